use std::process::Stdio;

use crate::support::{Holder, Place};

const MESSAGE: &str = "Message from first process.";

/// A place with a section `x` that has something at both ends, and a snapshot of it.
fn saved() -> (Place, Holder, String) {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "3M", "--text", MESSAGE]);
    place
        .run(["write", "x", "--text", "end", "--offset", "3145725"])
        .ok();
    let file = place.path().join("x.nshm");
    let file = file.to_str().expect("UTF-8").to_owned();
    let done = place.run(["snapshot", "x", &file]).ok();
    assert_eq!(done.text(), format!("saved 3145728 bytes of x to {file}\n"));
    (place, holder, file)
}

#[test]
fn what_is_saved_comes_back() {
    let (place, holder, file) = saved();
    // The section itself has the name, so it must be another one.
    let taken = place.run(["restore", &file]).code(4);
    assert!(
        taken.stderr.contains("hint: give another NAME"),
        "{taken:?}"
    );
    let mut command = place.nshm(["restore", &file, "y"]);
    command.stderr(Stdio::inherit());
    let restored = Holder::start(command);
    let line = restored.expect("restored y: 3 MiB, for its owner only; saved from x at ");
    assert!(line.ends_with('Z'), "{line}");
    restored.expect("holding it");
    place.run(["diff", "x", "y"]).ok();
    let compared = place.run(["diff", "y", &file]).ok();
    assert!(compared.text().contains("the snapshot "), "{compared:?}");
    // Zeros between the two ends take no memory.
    let info = place.run(["info", "y", "--json"]).ok().json();
    assert_eq!(info["size"], 3 << 20);
    place.run(["write", "y", "--text", "m"]).ok();
    place.run(["diff", "y", &file]).code(1);
    restored.release();
    holder.release();
    // Now the name in the snapshot is free.
    let restored = Holder::start(place.nshm(["restore", &file, "--for", "1m"]));
    restored.expect("restored x: 3 MiB");
    restored.expect("holding it for 1m");
    let text = place.run(["read", "x", "--text"]).ok();
    assert_eq!(text.text(), format!("{MESSAGE}\n"));
    restored.release();
    place.assert_empty();
}

#[test]
fn through_a_pipe_and_for_a_command() {
    let (place, holder, file) = saved();
    let bytes = place.run(["snapshot", "x", "-"]).ok().stdout;
    let on_disk = std::fs::read(&file).expect("the file");
    // They may be of different seconds.
    assert_eq!(bytes.len(), on_disk.len());
    assert!(bytes[64..] == on_disk[64..]);
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let read = ["restore", "-", "y", "--", nshm, "read", "y", "--text"];
    let done = place.feed(read, &bytes).ok();
    assert_eq!(done.text(), format!("{MESSAGE}\n"));
    let pipe = place.run(["restore", &file, "y", "--", "false"]).code(1);
    assert!(pipe.stderr.contains("restored y"), "{pipe:?}");
    holder.release();
    place.assert_empty();
}

#[test]
fn a_damaged_snapshot_makes_no_section() {
    let (place, holder, file) = saved();
    holder.release();
    let good = std::fs::read(&file).expect("the file");
    let mut flipped = good.clone();
    flipped[100_000] ^= 1;
    let mut renamed = good.clone();
    renamed[32] ^= 1;
    for (bytes, words) in [
        (&flipped[..], "its contents are damaged"),
        (&renamed, "its header is damaged"),
        (&good[..good.len() - 1], "it is cut off"),
        (&[&good[..], b"\n"].concat(), "something follows its end"),
        (b"", "it is cut off"),
        (&[b'x'; 100], "it is no snapshot"),
    ] {
        place.file("x.nshm", bytes);
        let done = place.run(["restore", &file]).code(1);
        assert!(done.stderr.contains(words), "{words}: {done:?}");
        let piped = place.feed(["restore", "-"], bytes).code(1);
        let words = format!("nshm: the standard input: {words}");
        assert!(piped.stderr.starts_with(&words), "{words}: {piped:?}");
        place.assert_empty();
    }
}

#[test]
fn files_are_whole_or_not_there() {
    let (place, holder, file) = saved();
    let taken = place.run(["snapshot", "x", &file]).code(1);
    assert!(taken.stderr.contains("exists"), "{taken:?}");
    assert!(
        taken.stderr.ends_with("hint: --force replaces it\n"),
        "{taken:?}"
    );
    let dir = place.path().to_str().expect("UTF-8");
    for words in [
        &["snapshot", "x", dir][..],
        &["snapshot", "x", dir, "--force"],
    ] {
        let refused = place.run(words).code(1);
        assert!(
            refused.stderr.contains("is a directory\nhint: "),
            "{refused:?}"
        );
    }
    place.run(["write", "x", "--text", "new"]).ok();
    place.run(["snapshot", "x", &file, "--force"]).ok();
    place.run(["diff", "x", &file]).ok();
    place.run(["snapshot", "y", "./never"]).code(3);
    place.run(["snapshot", "x", "/no/such/dir/file"]).code(1);
    let full = place.run(["snapshot", "x", "/dev/full"]).code(1);
    assert!(full.stderr.contains("failed to write"), "{full:?}");
    let left: Vec<_> = std::fs::read_dir(place.path())
        .expect("the directory")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().contains("part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    // Nobody reads: no error.
    let mut child = place
        .nshm(["snapshot", "x", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    holder.release();
}

#[test]
fn an_object_of_another_library_comes_back_under_a_name_that_is_given() {
    let place = Place::new();
    place.file("px", b"hello");
    let saved = place.path().join("saved");
    let saved = saved.to_str().expect("UTF-8");
    place.run(["snapshot", "posix:/px", saved]).ok();
    let refused = place.run(["restore", saved]).code(1);
    assert_eq!(
        refused.stderr,
        "nshm: the snapshot is of posix:/px, and a section needs a name of its own\n\
         hint: give a NAME for the section, behind the file\n"
    );
    place.run(["restore", saved, "px", "--for", "0s"]).ok();
    place.assert_empty();
}
