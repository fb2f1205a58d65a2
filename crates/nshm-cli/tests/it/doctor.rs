use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Done, Place, apart, finish};
use crate::users::{as_nobody, two_users};

/// The check of that name.
fn check(done: &Done, id: &str) -> Value {
    let checks = done.json();
    let checks = checks.as_array().expect("an array");
    let found = checks.iter().find(|check| check["check"] == id);
    found
        .unwrap_or_else(|| panic!("no check {id} in {checks:#?}"))
        .clone()
}

#[test]
fn a_place_in_order_is_not_wrong() {
    let place = Place::new();
    let done = place.run(["doctor", "--json"]);
    for id in ["dev-shm", "directory", "stale"] {
        assert_eq!(check(&done, id)["status"], "ok", "{done:?}");
        assert_eq!(check(&done, id)["cure"], Value::Null);
    }
    let global = check(&done, "global");
    assert_eq!(global["status"], "note");
    let cure = format!(
        "sudo install -d -m 1775 '{}/run/nshm/global'",
        place.path().display()
    );
    assert_eq!(global["cure"], cure);
    let text = place.run(["doctor"]);
    assert_eq!(text.code, done.code);
    assert!(text.text().contains("\nok       dev-shm: "), "{text:?}");
    assert!(
        text.text().contains(&format!("mend it: {cure}\n")),
        "{text:?}"
    );
    assert!(text.stderr.contains(" checks: "), "{text:?}");
}

#[test]
fn what_is_wrong_gives_its_exit_code_and_its_cure() {
    let place = Place::new();
    let set = |mode| {
        std::fs::set_permissions(place.path(), Permissions::from_mode(mode)).expect("permissions");
    };
    set(0o777);
    let done = place.run(["doctor", "--json"]).code(1);
    let found = check(&done, "dev-shm");
    assert_eq!(found["status"], "wrong");
    assert_eq!(
        found["cure"],
        format!("sudo chmod 1777 '{}'", place.path().display())
    );
    set(0o1777);
    // A directory in which the group may put links without the sticky bit.
    let global = place.path().join("run/nshm/global");
    std::fs::create_dir_all(&global).expect("a directory");
    std::fs::set_permissions(&global, Permissions::from_mode(0o777)).expect("permissions");
    let done = place.run(["doctor", "--json"]).code(1);
    assert_eq!(check(&done, "global")["status"], "wrong");
}

#[test]
fn fixing_mends_what_is_ones_own() {
    apart("doctor::fixing_mends_what_is_ones_own", |place| {
        place.hold(["stale", "--size", "1"]).end(Signal::KILL);
        let own = place.path().join("nshm-0");
        std::fs::set_permissions(&own, Permissions::from_mode(0o777)).expect("permissions");
        let done = place.run(["doctor", "--json"]).code(1);
        let directory = check(&done, "directory");
        assert_eq!(
            (&directory["status"], &directory["fixable"]),
            (&"wrong".into(), &true.into())
        );
        let fixed = place.run(["doctor", "--fix", "--json"]).ok();
        for words in ["is this user's alone", "the stale name stale is gone"] {
            assert!(fixed.stderr.contains(words), "{words} in {fixed:?}");
        }
        assert_eq!(check(&fixed, "directory")["status"], "ok");
        assert_eq!(check(&fixed, "stale")["status"], "ok");
        place.assert_empty();
    });
}

#[test]
fn a_table_of_segments_that_is_full_is_wrong() {
    apart(
        "doctor::a_table_of_segments_that_is_full_is_wrong",
        |place| {
            let holder = place.hold(["one", "--size", "1"]);
            if std::fs::write("/proc/sys/kernel/shmmni", "1").is_err() {
                // Root of a user namespace may not, on some kernels.
                return crate::support::skipped(
                    "doctor::a_table_of_segments_that_is_full_is_wrong",
                    "this user may not set kernel.shmmni",
                );
            }
            let done = place.run(["doctor", "--json"]).code(1);
            let found = check(&done, "shmmni");
            assert_eq!(found["status"], "wrong");
            assert_eq!(found["finding"], "1 of 1 System V segments are in use");
            assert_eq!(found["cure"], "sudo sysctl -w kernel.shmmni=32768");
            holder.release();
        },
    );
}

/// Every check has its section in docs/doctor.md, and every section its check.
#[test]
fn the_document_explains_every_check() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/doctor.md");
    let document = std::fs::read_to_string(path).expect("docs/doctor.md");
    let explained: BTreeSet<String> = document
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    let place = Place::new();
    let done = place.run(["doctor", "--json"]);
    for found in done.json().as_array().expect("an array") {
        let id = found["check"].as_str().expect("a name");
        assert!(
            explained.contains(id),
            "docs/doctor.md does not explain {id}"
        );
    }
    // Not every machine has all of them, but the sources do.
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src/command/doctor");
    let code: String = std::fs::read_dir(sources)
        .expect("the sources")
        .map(|entry| std::fs::read_to_string(entry.expect("a file").path()).expect("a text"))
        .collect();
    for id in explained {
        assert!(
            code.contains(&format!("\"{id}\"")),
            "no check is called {id}"
        );
    }
}

#[test]
fn a_directory_that_is_missing_is_made_by_the_cure() {
    let place = Place::new();
    let missing = place.path().join("missing");
    let doctor = || {
        let mut command = place.nshm(["doctor", "--json"]);
        command.env("NSHM_DIR", &missing);
        finish(command, b"")
    };
    let done = doctor().code(1);
    let found = check(&done, "dev-shm");
    assert_eq!(found["status"], "wrong");
    assert_eq!(check(&done, "global")["status"], "wrong");
    let ids: Vec<_> = done.json().as_array().expect("an array").clone();
    assert!(ids.iter().all(|check| check["check"] != "directories"));
    let cure = found["cure"].as_str().expect("a cure");
    let made = std::process::Command::new("sh").args(["-c", cure]).status();
    assert!(made.expect("sh").success());
    assert_eq!(check(&doctor(), "dev-shm")["status"], "ok");
}

#[test]
fn a_user_who_cannot_create_names_is_told_so() {
    let Some((place, program)) = two_users("a_user_who_cannot_create_names_is_told_so") else {
        return;
    };
    let names = place.path().join("names");
    std::fs::create_dir(&names).expect("a directory");
    for mode in [0o755, 0o700] {
        std::fs::set_permissions(&names, Permissions::from_mode(mode)).expect("permissions");
        let nobody = |words: &[&str]| {
            let mut command = as_nobody(&place, &program, words);
            command.env("NSHM_DIR", &names);
            finish(command, b"")
        };
        nobody(&["create", r"Global\x", "--size", "1"]).code(5);
        nobody(&["create", "x", "--size", "1"]).code(5);
        let done = nobody(&["doctor", "--json"]).code(1);
        let found = check(&done, "dev-shm");
        assert_eq!(found["status"], "wrong", "{mode:o}");
        assert_eq!(
            found["cure"],
            format!("sudo chmod 1777 '{}'", names.display())
        );
        assert_eq!(check(&done, "global")["status"], "wrong", "{mode:o}");
        assert!(
            !done.text().contains("/proc may not be mounted"),
            "{done:?}"
        );
        if mode == 0o700 {
            let stale = check(&done, "stale");
            let reason = stale["finding"].as_str().expect("a text");
            assert!(reason.contains("Permission denied"), "{reason}");
        }
    }
}
