//! Whoever copies an example from the help gets what it promises.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use nshm_tty::Tty;

use crate::support::{Holder, LIMIT, Place, apart};

/// How the examples of a command are run: what is waited for, what is typed then, and the exit
/// code. One for both, or one for each.
struct Play(&'static str, &'static str, u32);

const RUNS: Play = Play("", "", 0);

/// The commands that look at the whole machine, and may change it: they are run apart from it.
const OF_THE_MACHINE: [&str; 3] = ["doctor", "reap", "setup"];

/// The play of an example. What is not named here is not run: a command that changes more than its
/// own place must not be run by a test that does not know it.
fn play(command: &str, number: usize) -> Option<Play> {
    Some(match (command, number) {
        ("create" | "restore" | "event" | "event create" | "semaphore" | "semaphore create", 0) => {
            Play("press Enter", "\r", 0)
        }
        ("remove", 0) => Play("[y/N]", "y\r", 0),
        ("watch" | "top", _) => Play("live", "q", 0),
        // They differ, and the exit code says so.
        ("diff", 1) => Play("differ", "", 1),
        (
            "create" | "read" | "write" | "diff" | "snapshot" | "restore" | "list" | "info"
            | "wait" | "remove" | "completions" | "demo" | "lock",
            _,
        ) => RUNS,
        (command, _) if command.starts_with("event") || command.starts_with("semaphore") => RUNS,
        _ => return None,
    })
}

/// What the examples speak of: objects that are held, and files.
fn scene(example: &str) -> (Place, Vec<Holder>) {
    let place = Place::new();
    let mut holders = Vec::new();
    let creates = example.starts_with("nshm create");
    if example.contains("frame") {
        let frame: Vec<u8> = (0..8 << 20_u32).map(|n| (n % 251) as u8).collect();
        let raw = place.file("frame.raw", &frame);
        let raw = raw.to_str().expect("UTF-8");
        if !creates {
            holders.push(place.hold(["frame", "--size", "8M", "--from", raw]));
        }
    }
    if example.contains("restore frame.nshm") {
        let saved = place.path().join("frame.nshm");
        place
            .run([OsStr::new("snapshot"), "frame".as_ref(), saved.as_os_str()])
            .ok();
    }
    if !(creates && example.contains("Global")) {
        let message = "Message from first process.";
        let words = ["--size", "256", "--text", message];
        holders.push(place.hold([&[r"Global\MyFileMappingObject"], &words[..]].concat()));
    }
    holders.push(place.hold(["telemetry", "--size", "4K"]));
    for name in ["ready", r"Global\ready"] {
        if !example.contains("event create ready") {
            let event = place.nshm(["event", "create", name, "--manual", "--set"]);
            holders.push(Place::hold_by(event));
        }
    }
    if !example.contains("semaphore create slots") {
        let count = ["--count", "1", "--max", "4"];
        let semaphore = [&["semaphore", "create", "slots"], &count[..]].concat();
        holders.push(Place::hold_by(place.nshm(semaphore)));
    }
    let viewer = place.file("viewer", b"#!/bin/sh\nexec nshm info \"$1\"\n");
    let everybody = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(viewer, everybody).expect("permissions");
    (place, holders)
}

/// Runs an example as a shell on a terminal does.
fn run(place: &Place, example: &str, Play(wanted, keys, code): &Play) {
    let bin = Path::new(env!("CARGO_BIN_EXE_nshm")).parent();
    let path = std::env::var("PATH").expect("a PATH");
    let mut command = Command::new("bash");
    command.args(["-c", example]).current_dir(place.path());
    place.here(&mut command);
    command.env(
        "PATH",
        format!("{}:{path}", bin.expect("a directory").display()),
    );
    let mut tty = Tty::start(&command, 100, 30, LIMIT).expect("a terminal");
    if !wanted.is_empty() {
        tty.wait_for(wanted).expect(example);
    }
    tty.type_(keys).expect("keys");
    assert_eq!(
        tty.end().expect(example),
        *code,
        "{example}\n{}",
        tty.text()
    );
}

/// The commands that the help of one lists (of the program for no words), and theirs.
fn commands(place: &Place, above: &str) -> Vec<String> {
    let help = place.run(above.split_whitespace().chain(["--help"])).ok();
    let Some((_, list)) = help.text().split_once("\nCommands:\n") else {
        return Vec::new();
    };
    let list = list.split_once("\n\n").expect("an end").0;
    let names = list.lines().filter_map(|line| {
        let line = line.strip_prefix("  ")?;
        let is_name = line.starts_with(|it: char| it.is_ascii_lowercase());
        let name = line.split_whitespace().next().expect("a name");
        is_name.then(|| format!("{above} {name}").trim().to_owned())
    });
    names
        .flat_map(|name| {
            let below = commands(place, &name);
            [name].into_iter().chain(below)
        })
        .collect()
}

/// The two examples that the help of a command ends with.
fn examples(place: &Place, command: &str) -> [String; 2] {
    let help = place.run(command.split_whitespace().chain(["--help"])).ok();
    let lines: Vec<_> = help.text().lines().rev().take(3).collect();
    let [second, first, "Examples:"] = lines[..] else {
        panic!("nshm {command} --help does not end with two examples");
    };
    [first, second].map(|example| {
        let example = example.trim().to_owned();
        assert!(example.contains(&format!("nshm {command}")), "{example}");
        example
    })
}

#[test]
fn those_of_the_whole_machine_work() {
    apart("examples::those_of_the_whole_machine_work", |_| {
        let place = Place::new();
        for command in OF_THE_MACHINE {
            for example in examples(&place, command) {
                run(&place, &example, &RUNS);
            }
        }
    });
}

#[test]
fn every_help_ends_with_two_examples_that_work() {
    let place = Place::new();
    let commands = commands(&place, "");
    assert!(commands.len() >= 28, "{commands:?}");
    for command in commands {
        for (number, example) in examples(&place, &command).iter().enumerate() {
            let Some(play) = play(&command, number) else {
                let is_known = OF_THE_MACHINE.contains(&command.as_str());
                assert!(is_known, "nobody runs the examples of nshm {command}");
                continue;
            };
            if example.contains("| jq ") && Command::new("jq").arg("--version").output().is_err() {
                use std::io::Write;
                let line = format!("skipped: the example `{example}`: there is no jq here\n");
                std::io::stderr()
                    .write_all(line.as_bytes())
                    .expect("stderr");
                continue;
            }
            let (place, holders) = scene(example);
            run(&place, example, &play);
            holders.into_iter().for_each(Holder::release);
        }
    }
}
