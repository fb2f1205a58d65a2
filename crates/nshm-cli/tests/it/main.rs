//! The command line, end to end: the real program, each test with names of its own.

// Signals, terminals and users are those of Unix.
#![cfg(unix)]

mod support;

/// `completions`, in real shells.
mod completions;
/// `create`: what it makes, how long it holds it, what it leaves.
mod create;
/// `demo`: the scenario of the document, also where its name is taken or a privilege.
mod demo;
/// `diff` and `read --compare`.
mod diff;
/// `doctor`: what it finds, and what it mends.
mod doctor;
/// The exit codes and the form of errors.
mod errors;
/// `event`: who waits goes on when it is set.
mod event;
/// The examples of the help.
mod examples;
/// Live views end when their terminal goes away.
mod hangup;
/// Every command that takes a name, on every kind.
mod kinds;
/// `list` and `info`: for people and as JSON.
mod list;
/// `lock`: one at a time, and what happens when the one is killed.
mod lock;
/// Objects of other libraries, as `posix:/name`.
mod posix;
/// `read` and `write`: forms, offsets, streams.
mod read_write;
/// `reap`: what goes, and what is asked.
mod reap;
/// `remove`: who is asked, and what stays.
mod remove;
/// Fifty objects of four libraries, half of them orphaned: who holds what, and what may go.
mod scene;
/// `semaphore`: what was given back can be taken.
mod semaphore;
/// `setup`: the files, and where they go.
mod setup;
/// `snapshot` and `restore`: what is saved comes back, and damage is told.
mod snapshot;
/// On a terminal: Enter, questions, escapes, colours.
mod terminal;
/// `top`, on a terminal whose screen is read.
mod top;
/// Two users.
mod users;
/// `wait`.
mod wait;
/// `watch`, on a terminal whose screen is read.
mod watch;
