//! The Windows API as C programs on Linux see it: what unit tests cannot show, because it takes a
//! process of its own, a terminal, or several processes. What Windows does row by row is in
//! `tests/c/win32` of the repository.
#![cfg(target_os = "linux")]

mod document;
mod programs;
mod terminal;

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nshm::{Event, Mutex, Section, SectionOptions};
use programs::{C, CPP, Programs, SANITIZED};
use terminal::Terminal;

const TEXT: &str = "Message from first process.";

/// Says of a test that it could not be made, past the harness.
macro_rules! programs {
    ($test:literal, $flags:expr, $program:literal) => {
        match Programs::build($test, $flags, $program) {
            Some(programs) => programs,
            None => return,
        }
    };
}

#[test]
fn handles_and_addresses_that_are_free() {
    programs!("handles_and_addresses_that_are_free", C, "alone").run("alone", &[]);
}

#[test]
fn the_same_under_sanitizers() {
    let programs = programs!("the_same_under_sanitizers", SANITIZED, "alone");
    programs.run("alone", &[]);
    let programs = programs!("the_same_under_sanitizers", SANITIZED, "sync");
    programs.run("sync", &[]);
    let programs = programs!("the_same_under_sanitizers", SANITIZED, "hostile");
    programs.run("hostile", &["2000"]);
}

/// Events, mutexes and semaphores only: valgrind does not know the system call that makes a view of
/// part of a section. A table of the standard library is held by an address inside of its memory, so
/// that what is only possibly lost is no leak.
#[test]
fn under_valgrind() {
    let programs = programs!("under_valgrind", C, "sync");
    let runner = [
        "valgrind",
        "--quiet",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite",
        "--show-leak-kinds=definite",
        "--error-exitcode=99",
    ];
    let Some(said) = programs.run_by(&runner, "sync", &[]) else {
        programs::skipped("under_valgrind", "there is no valgrind");
        return;
    };
    assert_eq!(said, "well\n");
    assert_eq!(links(&programs.names()), Vec::<PathBuf>::new());
}

#[test]
fn threads_wait_for_each_other() {
    let programs = programs!("threads_wait_for_each_other", C, "sync");
    assert_eq!(programs.run("sync", &[]), "well\n");
    assert_eq!(links(&programs.names()), Vec::<PathBuf>::new());
}

/// The count is small here; `hostile 1000000` is for whoever changes this layer.
#[test]
fn no_arguments_do_harm() {
    let programs = programs!("no_arguments_do_harm", C, "hostile");
    let said = programs.run("hostile", &["20000"]);
    assert_eq!(said, "well\n");
    assert_eq!(links(&programs.names()), Vec::<PathBuf>::new());
}

#[test]
fn the_headers_are_for_cpp_too() {
    programs!("the_headers_are_for_cpp_too", CPP, "section").run("section", &["end", "name"]);
}

#[test]
fn a_key_comes_from_whatever_the_input_is() {
    let programs = programs!("a_key_comes_from_whatever_the_input_is", C, "console");
    let mut command = programs.command("console", &["key"]);
    let no_input = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(text(&no_input.stdout), "ready\nkey -1\n");
    let mut command = programs.command("console", &["keys"]);
    let file = programs.names().join("input");
    fs::write(&file, "a\nq").unwrap();
    let from_file = command.stdin(fs::File::open(file).unwrap()).output();
    let said = text(&from_file.unwrap().stdout);
    assert_eq!(said, "ready\nkey 97\nkey 10\nkey 113\n");
    let mut command = programs.command("console", &["hit"]);
    let at_the_end = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(text(&at_the_end.stdout), "hit 1\nkey -1\n");
}

#[test]
fn keys_come_one_by_one_at_a_terminal() {
    let programs = programs!("keys_come_one_by_one_at_a_terminal", C, "console");
    let mut terminal = Terminal::start(&programs, "keys");
    terminal.expect("ready\r\n");
    let keys: [(&str, &[u8]); 7] = [
        ("a", &[97]),
        ("\r", &[13]),
        ("\x7F", &[8]),
        ("\x04", &[4]),
        ("é", &[195, 169]),
        ("\x1B[A", &[224, 72]),
        ("\x1B", &[27]),
    ];
    for (key, bytes) in keys {
        terminal.press(key);
        for byte in bytes {
            terminal.expect(&format!("key {byte}\r\n"));
        }
    }
    terminal.press("q");
    terminal.expect("key 113\r\n");
    assert!(terminal.is_as_before());
    terminal.end();
}

#[test]
fn ctrl_c_ends_a_program_that_waits_for_a_key() {
    let programs = programs!("ctrl_c_ends_a_program_that_waits_for_a_key", C, "console");
    let mut terminal = Terminal::start(&programs, "key");
    terminal.expect("ready\r\n");
    terminal.press("\x03");
    let rest = terminal.end();
    assert!(!rest.contains("key"), "{rest}");
}

#[test]
fn a_key_is_shown_where_that_is_asked_for() {
    let programs = programs!("a_key_is_shown_where_that_is_asked_for", C, "console");
    let mut terminal = Terminal::start(&programs, "echo");
    terminal.expect("ready\r\n");
    terminal.press("x");
    terminal.expect("x key 120\r\n!");
    terminal.end();
}

#[test]
fn a_key_that_waits_is_seen() {
    let programs = programs!("a_key_that_waits_is_seen", C, "console");
    let mut terminal = Terminal::start(&programs, "hit");
    terminal.expect("hit 0\r\n");
    terminal.press("x");
    terminal.expect("key 120\r\n");
    terminal.end();
}

#[test]
fn a_message_box_asks_who_is_at_the_terminal() {
    let programs = programs!("a_message_box_asks_who_is_at_the_terminal", C, "console");
    let keys = [("y", 6), ("\r", 7), ("C", 2), ("\x1B", 2), ("xn", 7)];
    for (key, answer) in keys {
        let mut terminal = Terminal::start(&programs, "box");
        terminal.expect("+-A question-+\r\n");
        terminal.expect("| Really     |\r\n");
        terminal.expect("Yes  [No]  Cancel");
        terminal.press(key);
        terminal.expect(&format!("answer {answer}\r\n"));
        terminal.end();
    }
}

#[test]
fn a_message_box_waits_for_nobody_without_a_terminal() {
    let programs = programs!(
        "a_message_box_waits_for_nobody_without_a_terminal",
        C,
        "console"
    );
    let mut command = programs.command("console", &["box"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(text(&output.stdout), "answer 7\n");
    assert!(text(&output.stderr).contains("| this?      |\n"));
    let mut command = programs.command("console", &["wide-box"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(text(&output.stdout), "answer 1\n");
    assert!(text(&output.stderr).contains("Error"));
}

/// What a debugger hears of is said where somebody asked for it.
#[test]
fn debug_output_is_for_who_wants_it() {
    let programs = programs!("debug_output_is_for_who_wants_it", C, "console");
    let quiet = programs.command("console", &["debug"]).output().unwrap();
    assert_eq!(text(&quiet.stderr), "");
    let mut command = programs.command("console", &["debug"]);
    let loud = command.env("NSHM_DEBUG", "1").output().unwrap();
    assert_eq!(text(&loud.stderr), "one\ntwo\n");
}

#[test]
fn a_program_that_ends_leaves_no_name() {
    let programs = programs!("a_program_that_ends_leaves_no_name", C, "section");
    for (how, code) in [("end", 0), ("exit", 3)] {
        let mut command = programs.command("section", &[how, r"Local\a name"]);
        let output = command.output().unwrap();
        assert_eq!(output.status.into_raw() >> 8, code, "{output:?}");
        assert_eq!(text(&output.stdout), "made\n");
        assert_eq!(links(&programs.names()), Vec::<PathBuf>::new(), "{how}");
    }
}

#[test]
fn a_child_of_fork_takes_nothing_from_its_parent() {
    let programs = programs!("a_child_of_fork_takes_nothing_from_its_parent", C, "fork");
    assert_eq!(programs.run("fork", &[]), "well\n");
    assert_eq!(links(&programs.names()), Vec::<PathBuf>::new());
}

/// A section of a C program opens in Rust, and the other way round.
#[test]
fn c_and_rust_share_sections() {
    let programs = programs!("c_and_rust_share_sections", C, "section");
    let mut holder = programs.start("section", &["hold", "of C"]);
    assert_eq!(holder.line(), "made");
    let said = programs.again_here("as_rust_inside", "of C");
    assert!(said.contains(TEXT), "{said}");
    assert_eq!(holder.finish(), "gone\n");
    let said = programs.again_here("as_rust_outside", "of Rust");
    assert!(said.contains(TEXT), "{said}");
}

/// Run by the test above, with its names.
#[test]
fn as_rust_inside() {
    let Some(name) = Programs::argument() else {
        return;
    };
    let section = Section::open(&name).unwrap();
    assert_eq!(section.len(), 4096);
    let bytes = section.map().unwrap().read_vec(0, TEXT.len()).unwrap();
    programs::say(&String::from_utf8(bytes).unwrap());
}

/// Run by the test above, with its names: a section as Rust makes it by default, and one as the
/// Windows API does.
#[test]
fn as_rust_outside() {
    let Some(name) = Programs::argument() else {
        return;
    };
    let options = Section::options().size(256);
    let programs = programs!("as_rust_outside", C, "section");
    for options in [options.clone(), options.separate_pages(true)] {
        programs::say(&read_by_c(&programs, &options, &name));
    }
}

fn read_by_c(programs: &Programs, options: &SectionOptions, name: &str) -> String {
    let section = options.create(name).unwrap();
    let view = section.map().unwrap();
    view.write_at(0, TEXT.as_bytes()).unwrap();
    let said = programs.run_here("section", &["read", name]);
    assert_eq!(said, format!("{TEXT}\n"));
    said
}

/// An event of a C program is set by Rust, and its mutex is abandoned to Rust.
#[test]
fn c_and_rust_wait_for_each_other() {
    let programs = programs!("c_and_rust_wait_for_each_other", C, "signals");
    let mut waiter = programs.start("signals", &[EVENT, MUTEX]);
    assert_eq!(waiter.line(), "made");
    let said = programs.again_here("as_rust_that_is_waited_for", "");
    assert!(said.contains("abandoned"), "{said}");
    assert_eq!(waiter.finish(), "woken\n");
    assert_eq!(links(&programs.names()), Vec::<PathBuf>::new());
}

const EVENT: &str = "event of C";
const MUTEX: &str = r"Local\mutex of C";

/// Run by the test above, with its names.
#[test]
fn as_rust_that_is_waited_for() {
    if Programs::argument().is_none() {
        return;
    }
    let mutex = Mutex::open(MUTEX).unwrap();
    assert!(mutex.try_lock().unwrap().is_none());
    Event::open(EVENT).unwrap().set().unwrap();
    if mutex.lock().unwrap().is_abandoned() {
        programs::say("abandoned");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every symbolic link below a folder: the names that there are.
fn links(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            found.push(path);
        } else if path.is_dir() {
            found.extend(links(&path));
        }
    }
    found
}
