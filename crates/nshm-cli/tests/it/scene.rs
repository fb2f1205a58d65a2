use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Done, Holder, Place, apart, finish, finish_within, skipped};

const TEST: &str = "scene::who_holds_two_gigabytes_and_what_may_go";

/// A file of the scene.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scene")
        .join(name)
}

/// The Python of the system: another one on the PATH may be a wrapper around it.
fn interpreter() -> &'static Path {
    let usual = Path::new("/usr/bin/python3");
    if usual.exists() {
        usual
    } else {
        Path::new("python3")
    }
}

fn python(what: &str, number: usize) -> Command {
    let mut command = Command::new(interpreter());
    command
        .arg(source("python.py"))
        .args([what, &number.to_string()]);
    command
}

/// Builds the program that uses Boost; why not, where that is so.
fn build_boost(dir: &Path) -> Result<PathBuf, String> {
    let program = dir.join("boost");
    let mut command = Command::new("g++");
    command
        .args(["-O0", "-o"])
        .arg(&program)
        .arg(source("boost.cpp"))
        .arg("-lrt");
    if Command::new("g++").arg("--version").output().is_err() {
        return Err("no g++ here".into());
    }
    let done = finish_within(command, b"", Duration::from_secs(200));
    if done.code == 0 {
        Ok(program)
    } else if done.stderr.contains("boost/interprocess") && done.stderr.contains("No such file") {
        Err("no libboost-dev here".into())
    } else {
        panic!("{done:?}")
    }
}

fn boost(program: &Path, what: &str, number: usize) -> Command {
    let mut command = Command::new(program);
    command.args([what, &number.to_string()]);
    command
}

/// Starts one that holds, and waits until it does.
fn hold(command: Command) -> Holder {
    let holder = Holder::start(command);
    holder.expect("ready");
    holder
}

fn entries(done: &Done) -> Vec<Value> {
    done.json().as_array().expect("an array").clone()
}

/// How many entries have that value there.
fn count(entries: &[Value], key: &str, value: impl Into<Value>) -> usize {
    let value = value.into();
    entries.iter().filter(|entry| entry[key] == value).count()
}

/// Ten sections of ours, fifteen blocks of Python, fifteen segments of Boost, and ten of System V:
/// half of them orphaned.
#[test]
fn who_holds_two_gigabytes_and_what_may_go() {
    apart(TEST, |place| {
        let dir = tempfile::tempdir().expect("a directory");
        let program = match build_boost(dir.path()) {
            Ok(program) => program,
            Err(reason) => return skipped(TEST, &reason),
        };
        if Command::new(interpreter())
            .arg("--version")
            .output()
            .is_err()
        {
            return skipped(TEST, "no python3 here");
        }
        finish(python("leave", 8), b"").ok();
        finish(boost(&program, "leave", 7), b"").ok();
        for _ in 0..10 {
            let mut ipcmk = Command::new("ipcmk");
            ipcmk.args(["--shmem", "5000"]);
            finish(ipcmk, b"").ok();
        }
        let by_python = hold(python("hold", 7));
        let by_boost = hold(boost(&program, "hold", 8));
        let ours: Vec<Holder> = (0..10)
            .map(|number| place.hold([&format!("ours {number}"), "--size", "1M"]))
            .collect();

        // One command.
        let all = entries(&place.run(["list", "--all", "--json"]).ok());
        assert_eq!(all.len(), 50);
        // Who holds 2 GB?
        let largest = &all[0];
        assert_eq!(largest["size"], 2u64 << 30);
        assert_eq!(largest["family"], "Python");
        let holders = largest["holders"].as_array().expect("an array");
        assert_eq!(holders.len(), 1);
        assert_eq!(holders[0]["pid"], by_python.pid());
        let command = holders[0]["command"].as_str().expect("a command");
        assert!(command.contains("python3"), "{command}");
        // What may go?
        assert_eq!(count(&all, "orphaned", true), 25);
        assert_eq!(count(&all, "orphaned", false), 25);
        for (family, number) in [("nshm", 10), ("Python", 15), ("Boost", 15)] {
            assert_eq!(count(&all, "family", family), number, "{family}");
        }
        assert_eq!(count(&all, "kind", "sysv"), 10);
        for entry in &all {
            let is_held = !entry["holders"].as_array().expect("an array").is_empty();
            assert_eq!(entry["orphaned"], !is_held, "{entry:#}");
            for key in ["name", "kind", "size", "resident", "access"] {
                assert!(!entry[key].is_null(), "{key} in {entry:#}");
            }
            for key in ["creator_pid", "creator_uid", "created", "family"] {
                assert!(entry.get(key).is_some(), "{key} in {entry:#}");
            }
        }
        let held_by = |pid: u32| {
            all.iter()
                .filter(|entry| entry["holders"][0]["pid"] == pid)
                .count()
        };
        assert_eq!(held_by(by_python.pid()), 7);
        assert_eq!(held_by(by_boost.pid()), 8);
        for holder in &ours {
            assert_eq!(held_by(holder.pid()), 1);
        }

        // The same for people.
        let table = place.run(["list", "--all"]).ok();
        let first = table.text().lines().nth(1).unwrap_or_default();
        assert!(
            first.contains("2 GiB") && first.contains("Python"),
            "{first}"
        );
        assert!(
            first.contains(&format!("python3 ({})", by_python.pid())),
            "{first}"
        );
        assert!(table.stderr.contains("orphaned: 25 objects"), "{table:?}");
        assert!(table.stderr.contains("nshm reap --all"));
        strangers_see_less(place);

        // And it goes.
        place.run(["reap", "--all", "--yes"]).ok();
        let left = entries(&place.run(["list", "--all", "--json"]).ok());
        assert_eq!(left.len(), 25);
        assert_eq!(count(&left, "orphaned", false), 25);
        drop((by_python, by_boost));
        ours.into_iter().for_each(Holder::release);
        let left = entries(&place.run(["list", "--orphaned", "--json"]).ok());
        assert_eq!(left.len(), 15, "what was killed leaves what it had");
    });
}

/// An ordinary user is told what that user may know, and what not.
fn strangers_see_less(place: &Place) {
    let dir = tempfile::tempdir().expect("a directory");
    let program = dir.path().join("nshm");
    std::fs::copy(env!("CARGO_BIN_EXE_nshm"), &program).expect("a copy");
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
        .arg(&program)
        .args(["list", "--all", "--json"]);
    place.here(&mut command);
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(dir.path(), open).expect("permissions");
    if Command::new("setpriv")
        .args(["--reuid=65534", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        let seen = finish(command, b"").ok();
        let all = entries(&seen);
        // Names in root's own directory are out of sight; their segments are not.
        assert_eq!(count(&all, "family", "nshm"), 0);
        assert_eq!(count(&all, "family", "Python"), 15);
        // The kernel counts attaches for everybody, and not who has a file.
        assert_eq!(count(&all, "orphaned", true), 10);
        assert_eq!(count(&all, "orphaned", Value::Null), 30);
        for words in ["the names of root", "processes of other users"] {
            assert!(seen.stderr.contains(words), "{words} in {}", seen.stderr);
        }
    } else {
        skipped(TEST, "this user cannot be another one");
    }
}
