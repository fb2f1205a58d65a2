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
/// The exit codes and the form of errors.
mod errors;
/// The examples of the help.
mod examples;
/// `list` and `info`: for people and as JSON.
mod list;
/// `read` and `write`: forms, offsets, streams.
mod read_write;
/// `remove`: who is asked, and what stays.
mod remove;
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
