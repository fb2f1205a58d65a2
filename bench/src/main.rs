//! Measures nshm side by side with everything that a user would pick instead.
//!
//! `cargo xtask bench` builds and runs it. It runs in mounts and an IPC namespace of its own, so
//! that nobody else's objects count, and every peer is a process of its own that is told what to
//! do, a line at a time: what is killed, and what it leaves behind, is then a peer alone.
//!
//! - [`question`]: what is asked, one file per question
//! - [`peer`]: who is asked, one file per peer, and what they are told
//! - [`bell`]: ways to wake another process, one file per way
//! - [`foreign`]: building and starting those that are not Rust
//! - [`child`]: talking to a peer
//! - [`measure`]: rounds in which the peers take turns, and what becomes of the figures
//! - [`stand`]: the namespaces, the processors
//! - [`sys`]: the raw system calls to compare with
//! - [`results`], [`page`], [`plot`]: the figures as data, as a document and as pictures
//! - [`output`]: the only one that prints

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "what POSIX and the rivals give is raw memory")]
mod bell;
#[cfg(target_os = "linux")]
mod child;
#[cfg(target_os = "linux")]
mod cli;
#[cfg(target_os = "linux")]
mod foreign;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod measure;
mod output;
#[cfg(target_os = "linux")]
mod page;
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "what the rivals give is a raw pointer")]
mod peer;
#[cfg(target_os = "linux")]
mod plot;
#[cfg(target_os = "linux")]
mod question;
#[cfg(target_os = "linux")]
mod results;
#[cfg(target_os = "linux")]
mod stand;
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the raw system calls to compare with")]
mod sys;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    let done = cli::run();
    #[cfg(not(target_os = "linux"))]
    let done: anyhow::Result<()> =
        Err(anyhow::anyhow!("the comparison is with Linux system calls"));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
