//! The command line, end to end: the real program, each test with names of its own.

// Signals, terminals and users are those of Unix.
#![cfg(unix)]

mod support;

/// `create`: what it makes, how long it holds it, what it leaves.
mod create;
/// `demo`: the scenario of the document, also where its name is taken or a privilege.
mod demo;
/// `doctor`: what it finds, and what it mends.
mod doctor;
/// The exit codes and the form of errors.
mod errors;
/// The examples of `--help` work.
mod inspect_examples;
/// `list` and `info`: for people and as JSON.
mod list;
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
/// `setup`: the files, and where they go.
mod setup;
/// On a terminal: Enter, questions, escapes, colours.
mod terminal;
/// Two users.
mod users;
/// `wait`.
mod wait;
