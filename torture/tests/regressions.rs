//! What was broken once and shows only where a system call fails, each test named after what broke.
//! The attack `failure` does this with every call; here are the ones that found something.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::io::Write;
use std::process::Command;

/// The numbers of mmap(2), mremap(2) and shmctl(2).
const MMAP: &str = "9";
const MREMAP: &str = "25";
const SHMCTL: &str = "31";
const EPERM: &str = "1";
const ENOMEM: &str = "12";

/// Lets one system call of an operation fail: of those with that number, the one that comes after
/// so many others.
fn fail_once(operation: &str, call: &str, turn: &str, errno: &str) {
    let dir = tempfile::tempdir().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_nshm-torture"))
        .args(["fail-once", operation, call, turn, errno])
        .env("NSHM_DIR", dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    if said.contains("ptrace is not allowed here") {
        let test = std::thread::current();
        let test = test.name().unwrap_or_default();
        // Past the capture of the test harness, so that whoever runs it hears of it.
        let _ = writeln!(std::io::stderr(), "skipped: {test}: {said}");
        return;
    }
    assert!(done.status.success(), "{operation}: {said}");
}

/// The mark that makes a new segment go with its last attach failed, and nobody looked: the segment
/// would have stayed for ever.
#[test]
fn a_mark_that_fails_leaves_no_segment() {
    for operation in ["create", "create-apart", "open-or-create-new"] {
        fail_once(operation, SHMCTL, "0", EPERM);
    }
}

/// An error of the question whether a segment is there was taken for the answer that it is not, and
/// the name of a living section was removed.
#[test]
fn an_unanswered_question_takes_no_live_name_away() {
    fail_once("close-not-last", SHMCTL, "0", ENOMEM);
    // The third call is the first one about the section of somebody else.
    fail_once("create-taken", SHMCTL, "2", ENOMEM);
}

/// The first lock of a thread inside a section, where memory could not be mapped, left a part of what
/// it had mapped, and with it a segment.
#[test]
fn a_first_lock_that_fails_leaves_nothing_mapped() {
    for (call, turn) in [(MREMAP, "1"), (MREMAP, "3"), (MMAP, "2")] {
        fail_once("first-lock", call, turn, ENOMEM);
    }
}
