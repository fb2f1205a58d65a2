use rustix::process::Signal;

use crate::support::{Holder, apart, finish, skipped};

#[test]
fn stale_names_go_and_live_ones_stay() {
    apart("reap::stale_names_go_and_live_ones_stay", |place| {
        let nothing = place.run(["reap"]).ok();
        assert!(nothing.stderr.contains("nothing to remove"), "{nothing:?}");
        let alive = place.hold(["alive", "--size", "1"]);
        let local = place.hold(["local", "--size", "1"]);
        let global = place.hold([r"Global\global", "--size", "1"]);
        local.end(Signal::KILL);
        global.end(Signal::KILL);
        assert_eq!(place.links().len(), 3);
        let shown = place.run(["reap", "--dry-run"]).ok();
        assert_eq!(
            shown.text(),
            "would remove the stale name local\n\
             would remove the stale name Global\\global\n"
        );
        assert_eq!(place.links().len(), 3);
        let done = place.run(["reap"]).ok();
        assert_eq!(
            done.text(),
            "removed the stale name local\nremoved the stale name Global\\global\n"
        );
        place.run(["wait", "alive", "--timeout", "0s"]).ok();
        alive.release();
        place.assert_empty();
    });
}

#[test]
fn orphans_of_others_go_when_that_is_wanted() {
    apart("reap::orphans_of_others_go_when_that_is_wanted", |place| {
        let orphan = place.file("orphan", b"abc");
        let held = place.file("held", b"abc");
        let open = std::fs::File::open(&held).expect("the file");
        let mut ipcmk = std::process::Command::new("ipcmk");
        ipcmk.args(["--shmem", "5000"]);
        finish(ipcmk, b"").ok();
        let listed = place.run(["list", "sysv:*", "--all", "--json"]).ok().json();
        let name = listed[0]["name"].as_str().expect("the segment");
        let shown = place.run(["info", name]).ok();
        let begin = format!("name      {name}\nkind      sysv\nkey       0x");
        assert!(shown.text().starts_with(&begin), "{shown:?}");
        assert!(shown.text().ends_with("\nholders   nobody\n"), "{shown:?}");
        assert_eq!(place.run(["info", name, "--json"]).ok().json(), listed[0]);
        place.run(["reap"]).ok();
        assert!(orphan.exists());
        let refused = place.run(["reap", "--all"]).code(2);
        assert!(refused.stderr.contains("no terminal to ask"), "{refused:?}");
        let shown = place.run(["reap", "--all", "--dry-run"]).ok();
        assert_eq!(shown.text().lines().count(), 2, "{shown:?}");
        assert!(orphan.exists());
        let done = place.run(["reap", "--all", "--yes"]).ok();
        assert!(
            done.text()
                .contains("removed the orphan posix:/orphan (3 B)\n"),
            "{done:?}"
        );
        assert!(done.text().contains("removed the orphan sysv:"), "{done:?}");
        assert!(!orphan.exists() && held.exists());
        let gone = place.run(["info", name]).code(3);
        assert!(gone.stderr.contains(name), "{gone:?}");
        let left = place.run(["list", "--all", "--json"]).ok().json();
        assert_eq!(left.as_array().map(Vec::len), Some(1));
        assert_eq!(left[0]["holders"][0]["pid"], std::process::id());
        drop(open);
    });
}

#[test]
fn a_segment_of_a_living_creator_is_left_alone() {
    const TEST: &str = "reap::a_segment_of_a_living_creator_is_left_alone";
    apart(TEST, |place| {
        let interpreter = std::path::Path::new("/usr/bin/python3");
        if !interpreter.exists() {
            return skipped(TEST, "no python3 here");
        }
        // It has made a segment that it will attach or tell somebody of, and has not yet.
        let script = "import ctypes, signal\n\
                      ctypes.CDLL(None).shmget(0, 4096, 0o1600)\n\
                      print('ready', flush=True)\n\
                      signal.pause()\n";
        let mut python = std::process::Command::new(interpreter);
        python.args(["-c", script]);
        let creator = Holder::start(python);
        creator.expect("ready");
        let done = place.run(["reap", "--all", "--yes"]).ok();
        assert!(
            done.stderr.contains("creators still run: sysv:"),
            "{done:?}"
        );
        let listed = place.run(["list", "--orphaned", "--json"]).ok().json();
        assert_eq!(listed.as_array().map(Vec::len), Some(1));
        drop(creator);
        let done = place.run(["reap", "--all", "--yes"]).ok();
        assert!(done.text().contains("removed the orphan sysv:"), "{done:?}");
    });
}
