//! Two users: this takes root, who can be both.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::support::{Done, Holder, Place, finish, skipped};

const NOBODY: u32 = 65534;

/// The place and a copy of the program that everybody may run; `None`, said aloud, without root.
pub(crate) fn two_users(test: &str) -> Option<(Place, std::path::PathBuf)> {
    if !rustix::process::geteuid().is_root() {
        skipped(test, "two users take root");
        return None;
    }
    let place = Place::new();
    let program = place.path().join("program");
    // Not by this process: a child that another test starts meanwhile would have the copy open for
    // writing, and then it cannot be run ("text file busy").
    let copied = Command::new("install")
        .args(["-m", "755", env!("CARGO_BIN_EXE_nshm")])
        .arg(&program)
        .status();
    assert!(copied.expect("install(1) of coreutils").success());
    Some((place, program))
}

pub(crate) fn as_nobody(place: &Place, program: &std::path::Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).uid(NOBODY).gid(NOBODY).current_dir("/");
    place.here(&mut command);
    command
}

#[test]
fn a_directory_where_nothing_may_be_made_is_one_error_with_its_cure() {
    let test = "a_directory_where_nothing_may_be_made_is_one_error_with_its_cure";
    let Some((place, program)) = two_users(test) else {
        return;
    };
    let closed = place.path().join("closed");
    std::fs::create_dir(&closed).expect("a directory");
    let cure = format!("sudo chmod 1777 '{}'", closed.display());
    for words in [
        &["create", "x", "--size", "1"][..],
        &["event", "create", r"Global\x"],
        &["lock", "x", "--", "true"],
        &["wait", "x", "--timeout", "0s"],
    ] {
        let mut command = as_nobody(&place, &program, words);
        command.env("NSHM_DIR", &closed);
        let done = finish(command, b"").code(5);
        assert!(done.stderr.contains(&cure), "{words:?}: {done:?}");
    }
}

#[test]
fn access_is_what_the_creator_said() {
    let Some((place, program)) = two_users("access_is_what_the_creator_said") else {
        return;
    };
    let nobody = |args: &[&str]| -> Done { finish(as_nobody(&place, &program, args), b"") };
    let own = place.hold([r"Global\own", "--size", "1", "--text", "o"]);
    let seen = place.hold([
        r"Global\seen",
        "--size",
        "1",
        "--text",
        "s",
        "--access",
        "everyone",
        "--others-read-only",
    ]);
    let free = place.hold([
        r"Global\free",
        "--size",
        "1",
        "--text",
        "f",
        "--access",
        "everyone",
    ]);
    let local = place.hold(["local", "--size", "1", "--access", "everyone"]);

    nobody(&["read", r"Global\own", "--text"]).code(5);
    nobody(&["create", r"Global\own", "--size", "1"]).code(4);
    assert_eq!(
        nobody(&["read", r"Global\seen", "--text"]).ok().text(),
        "s\n"
    );
    nobody(&["write", r"Global\seen", "--text", "x"]).code(5);
    assert_eq!(
        nobody(&["read", r"Global\free", "--text"]).ok().text(),
        "f\n"
    );
    nobody(&["write", r"Global\free", "--text", "x"]).ok();
    assert_eq!(
        place.run(["read", r"Global\free", "--text"]).ok().text(),
        "x\n"
    );
    nobody(&["read", "local"]).code(3);
    nobody(&["read", r"Session\0\local"]).code(5);
    nobody(&["remove", r"Global\free", "--yes"]).code(5);

    // Told of, though not to be opened.
    let info = nobody(&["info", r"Global\own"]).ok();
    assert!(info.text().contains("creator   root (user 0)"), "{info:?}");
    assert!(
        info.text().contains("holders   nobody this user can see"),
        "{info:?}"
    );
    assert!(info.stderr.contains("root only"), "{info:?}");
    let listed = nobody(&["list", "--json"]).ok();
    assert_eq!(listed.json().as_array().map(Vec::len), Some(3));
    assert!(
        listed
            .stderr
            .contains("note: not shown, because access is denied: the names of root")
    );

    // Joining in order to hold it takes no more than reading.
    let mut join = as_nobody(
        &place,
        &program,
        &["create", r"Global\seen", "--size", "1", "--open"],
    );
    let joined = Holder::start({
        join.env("LANG", "C");
        join
    });
    joined.expect(r"joined Global\seen");
    joined.expect("holding it");
    joined.release();

    for holder in [own, seen, free, local] {
        holder.release();
    }
    place.assert_empty();
}

#[test]
fn root_sees_the_names_of_others() {
    let Some((place, program)) = two_users("root_sees_the_names_of_others") else {
        return;
    };
    let holder = Holder::start(as_nobody(
        &place,
        &program,
        &["create", "mine", "--size", "5K"],
    ));
    holder.expect("holding it");
    let listed = place.run(["list", "--json"]).ok().json();
    assert_eq!(listed[0]["name"], r"Session\65534\mine");
    assert_eq!(listed[0]["creator_uid"], NOBODY);
    let info = place.run(["info", r"Session\65534\mine"]).ok();
    assert!(
        info.text()
            .contains(&format!("holders   {} (", holder.pid())),
        "{info:?}"
    );
    holder.release();
    place.assert_empty();
}

#[test]
fn the_demo_works_for_anybody_and_where_global_is_a_privilege() {
    let Some((place, program)) = two_users("the_demo_works_for_anybody") else {
        return;
    };
    let demo = || finish(as_nobody(&place, &program, &["demo"]), b"").ok();
    assert!(
        demo()
            .text()
            .contains(r"creates Global\MyFileMappingObject,")
    );
    let global = place.path().join("run/nshm/global");
    std::fs::create_dir_all(&global).expect("a directory");
    let done = demo();
    assert!(
        done.text()
            .contains("takes a privilege that this user does not have"),
        "{}",
        done.text()
    );
    assert!(done.text().contains(r"creates Local\MyFileMappingObject,"));
    let refused = as_nobody(&place, &program, &["create", r"Global\x", "--size", "1"]);
    finish(refused, b"").code(5);
    place.assert_empty();
}
