use crate::support::Place;

#[test]
fn objects_of_others_are_read_written_and_told_of() {
    let place = Place::new();
    let path = place.file("psm_0a1b2c3d", b"hello from afar");
    let name = "posix:/psm_0a1b2c3d";
    let text = place.run(["read", name, "--text"]).ok();
    assert_eq!(text.text(), "hello from afar\n");
    place.run(["write", name, "--text", "HELLO"]).ok();
    assert_eq!(std::fs::read(&path).expect("the file"), b"HELLO from afar");
    let info = place.run(["info", name]).ok();
    for words in [
        "name      posix:/psm_0a1b2c3d\n".to_owned(),
        "kind      posix\n".into(),
        "family    Python\n".into(),
        format!("file      {}\n", path.display()),
        "size      15 bytes\n".into(),
        "holders   nobody\n".into(),
    ] {
        assert!(info.text().contains(&words), "{words:?} in {info:?}");
    }
    let json = place.run(["info", name, "--json"]).ok().json();
    assert_eq!(json["orphaned"], true);
    assert_eq!(json["attach_count"], serde_json::Value::Null);
    assert_eq!(json["creator_pid"], serde_json::Value::Null);
    // Names of others are not among one's own.
    let own = place.run(["list", "--json"]).ok().json();
    assert_eq!(own, serde_json::json!([]));
}

#[test]
fn objects_of_others_are_watched_compared_and_saved() {
    let place = Place::new();
    let object = place.file("psm_0a1b2c3d", b"hello from afar");
    let name = "posix:/psm_0a1b2c3d";
    let mut tty = place.tty(["watch", name]);
    let text = tty.wait_for("|hello from afar|").expect("its bytes");
    // Nobody counts how often it is open, and nobody knows which process made it.
    assert!(text.starts_with(&format!(" {name}  15 B  ")), "{text}");
    assert!(!text.contains("open 0") && !text.contains("(0)"), "{text}");
    tty.type_("q").expect("a key");
    assert_eq!(tty.end().expect("it ends"), 0);
    let saved = place.path().join("saved");
    let saved = saved.to_str().expect("UTF-8");
    place.run(["snapshot", name, saved]).ok();
    place.run(["diff", name, saved]).ok();
    std::fs::write(object, b"HELLO from afar").expect("a change");
    let diff = place.run(["diff", name, saved]).code(1);
    assert!(diff.text().contains("5 bytes of 15 differ"), "{diff:?}");
}

#[test]
fn what_cannot_be_is_an_error_in_words() {
    let place = Place::new();
    place.file("empty", b"");
    let empty = place.run(["read", "posix:/empty"]).code(1);
    assert!(empty.stderr.contains("its size is 0"), "{empty:?}");
    place.run(["read", "posix:/absent"]).code(3);
    place.run(["info", "posix:/absent"]).code(3);
    place.run(["read", "posix:/a/b"]).code(2);
    let made = place.run(["create", "posix:/x", "--size", "1"]).code(1);
    assert!(
        made.stderr.contains("belongs to the program that made it"),
        "{made:?}"
    );
    // Nobody is asked about what is not removed.
    for yes in [&[][..], &["--yes"]] {
        let done = place
            .run([&["remove", "posix:/empty"], yes].concat())
            .code(1);
        let words = "posix:/empty is held by nobody, and belongs to the program that made it\n\
                     hint: `nshm reap --all`";
        assert!(done.stderr.contains(words), "{done:?}");
    }
    assert!(place.path().join("empty").exists());
}

#[test]
fn a_name_that_is_no_text_hinders_nobody() {
    use std::os::unix::ffi::OsStrExt;

    let place = Place::new();
    let name = std::ffi::OsStr::from_bytes(b"bad\xff\x1b[2J");
    std::fs::write(place.path().join(name), b"abc").expect("a file");
    let json = place.run(["list", "bad*", "--all", "--json"]).ok().json();
    assert_eq!(json[0]["name"], "posix:/bad\u{fffd}\u{1b}[2J");
    assert_eq!(
        (&json[0]["size"], &json[0]["orphaned"]),
        (&3.into(), &true.into())
    );
    let table = place.run(["list", "bad*", "--all"]).ok();
    let shown = "posix:/bad\u{fffd}\\u{1b}[2J";
    assert!(table.text().contains(shown), "{table:?}");
    assert!(!table.text().contains('\x1b'));
}
