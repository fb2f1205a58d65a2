//! The promises of nshm, seen from outside: one module for each, one binary for all.
//!
//! Everything here but `linux` uses the public API and `std` only, and says what must hold on
//! every system. `support` says how a test runs.

mod access; // who may do what with a handle
mod crash; // names and memory when processes are killed
mod create; // a new section: sizes, zeros, the name that is taken
mod file; // sections over files
mod inspect; // every kind of object, its holders and its state
mod lifetime; // a name lives exactly as long as it is used
#[cfg(target_os = "linux")]
mod linux; // what only Linux promises, or only Linux can be asked
mod list; // what is alive, who holds it, taking a name away
mod name; // which names there are, and where they live
mod open; // a handle to what exists
mod placed; // primitives inside a section
mod placed_crash; // the same when processes are killed
mod placed_sections; // locks of several sections, and views that go before them
mod race; // everybody at once
#[allow(unsafe_code, reason = "a raw view is an address")]
mod raw; // views as addresses, without their section
mod regressions; // what was broken once
mod support; // how a test runs
mod sync_crash; // waiters, owners and setters when processes are killed
mod sync_event; // who waits for an event goes on when it is set
mod sync_mutex; // one owner at a time, and what happens when it ends
mod sync_semaphore; // what was released can be taken
mod sync_wait; // any of several objects, or all at once
mod token; // sections without a name
mod view; // reaching the memory
mod wait; // a name that is yet to come
mod wine; // what Wine alone makes necessary
