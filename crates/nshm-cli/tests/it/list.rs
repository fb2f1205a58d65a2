use crate::support::Place;

#[test]
fn lists_every_scope_for_people_and_as_json() {
    let place = Place::new();
    assert_eq!(place.run(["list"]).ok().text(), "");
    assert!(place.run(["list"]).ok().stderr.contains("nothing is alive"));
    assert_eq!(
        place.run(["list", "--json"]).ok().json(),
        serde_json::json!([])
    );

    let local = place.hold([r"Local\one", "--size", "3M"]);
    let global = place.hold([
        r"Global\two",
        "--size",
        "256",
        "--text",
        "a",
        "--access",
        "everyone",
        "--others-read-only",
    ]);
    let table = place.run(["list"]).ok();
    let lines: Vec<_> = table.text().lines().collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        [
            "NAME", "KIND", "SIZE", "RESIDENT", "HOLDERS", "CREATOR", "AGE", "ACCESS"
        ]
    );
    assert_eq!(lines.len(), 3);
    assert!(lines[1].starts_with("one ") && lines[1].contains("3 MiB"));
    assert!(lines[1].ends_with("  owner"));
    assert!(lines[2].starts_with(r"Global\two ") && lines[2].contains("4 KiB"));
    assert!(lines[2].contains(&format!("nshm ({})", global.pid())));
    assert!(lines[2].ends_with("  everyone, read-only"));

    let json = place.run(["list", "--json"]).ok().json();
    let one = &json[0];
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    assert_eq!(one["name"], "one");
    assert_eq!(one["kind"], "section");
    assert_eq!(one["size"], 3 << 20);
    assert_eq!(one["resident"], 0);
    assert_eq!(one["swapped"], 0);
    assert_eq!(one["attach_count"], 1);
    assert_eq!(
        one["holders"],
        serde_json::json!([{ "pid": local.pid(), "command": env!("CARGO_BIN_EXE_nshm") }])
    );
    assert_eq!(
        (&one["family"], &one["orphaned"]),
        (&"nshm".into(), &false.into())
    );
    assert_eq!(one["creator_pid"], local.pid());
    assert_eq!(one["creator_uid"], rustix::process::geteuid().as_raw());
    let created = one["created"].as_str().expect("a text");
    assert!(created.len() == 20 && created.ends_with('Z') && created.contains('T'));
    assert_eq!(
        (&one["access"], &one["others_read_only"]),
        (&"owner".into(), &false.into())
    );
    let two = &json[1];
    assert_eq!(two["name"], r"Global\two");
    assert_eq!(
        (&two["access"], &two["others_read_only"]),
        (&"everyone".into(), &true.into())
    );
    assert_eq!(two["resident"], 4096);

    local.release();
    global.release();
    place.assert_empty();
}

#[test]
fn info_tells_who_has_it_and_does_not_count_itself() {
    let place = Place::new();
    let first = place.hold(["x", "--size", "64K", "--text", "a", "--access", "group"]);
    let second = place.hold(["x", "--size", "64K", "--open"]);
    let text = place.run(["info", "x"]).ok();
    for words in [
        "name      x\n".to_owned(),
        "size      64 KiB (65536 bytes)\n".into(),
        "resident  4 KiB (4096 bytes)\n".into(),
        "access    group\n".into(),
        "attached  2 times\n".into(),
        format!("process {}\n", first.pid()),
        format!("{} (", second.pid()),
    ] {
        assert!(text.text().contains(&words), "{words:?} in {text:?}");
    }
    let json = place.run(["info", "x", "--json"]).ok().json();
    assert_eq!(json["name"], "x");
    assert_eq!(json["attach_count"], 2);
    let mut pids = [first.pid(), second.pid()];
    pids.sort_unstable();
    let holders = json["holders"].as_array().expect("an array");
    assert_eq!(holders.len(), 2);
    for (holder, pid) in holders.iter().zip(pids) {
        assert_eq!(holder["pid"], pid);
        assert_eq!(holder["command"], env!("CARGO_BIN_EXE_nshm"));
    }
    first.release();
    second.release();
    place.run(["info", "x"]).code(3);
    place.assert_empty();
}

#[test]
fn names_of_foreign_origin_cannot_act() {
    let place = Place::new();
    let name = "a\x1b[2J\n\u{202e}имя";
    let shown = r"a\u{1b}[2J\u{a}\u{202e}имя";
    let holder = place.hold([name, "--size", "1"]);
    let table = place.run(["list"]).ok();
    assert_eq!(table.text().lines().count(), 2);
    assert!(table.text().contains(shown), "{table:?}");
    assert!(place.run(["info", name]).ok().text().contains(shown));
    let taken = place.run(["create", name, "--size", "1"]).code(4);
    assert!(taken.stderr.contains(shown) && !taken.stderr.contains('\x1b'));
    // JSON has the name as it is.
    assert_eq!(place.run(["list", "--json"]).ok().json()[0]["name"], name);
    holder.release();
    place.assert_empty();
}

#[test]
fn a_pattern_and_an_order() {
    let place = Place::new();
    let holders = [
        place.hold(["frame one", "--size", "8K"]),
        place.hold([r"Global\frame two", "--size", "16K"]),
        place.hold(["sound", "--size", "4K"]),
    ];
    let names = |args: &[&str]| -> Vec<String> {
        let json = place.run([&["list", "--json"], args].concat()).ok().json();
        let entries = json.as_array().expect("an array");
        entries
            .iter()
            .map(|entry| entry["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    let two = r"Global\frame two";
    assert_eq!(names(&[]), ["frame one", "sound", two]);
    assert_eq!(names(&["frame*"]), ["frame one", two]);
    assert_eq!(names(&[r"Global\*"]), [two]);
    assert_eq!(names(&["s???d"]), ["sound"]);
    assert_eq!(names(&["FRAME*"]), [""; 0]);
    assert_eq!(names(&["--sort", "size"]), [two, "frame one", "sound"]);
    assert_eq!(
        names(&["--sort", "size", "--reverse"]),
        ["sound", "frame one", two]
    );
    for key in ["name", "resident", "holders", "age"] {
        assert_eq!(names(&["--sort", key]).len(), 3, "{key}");
    }
    place.run(["list", "--sort", "colour"]).code(2);
    let nothing = place.run(["list", "no such*"]).ok();
    assert!(
        nothing.stderr.contains("no name is like that"),
        "{nothing:?}"
    );
    holders.into_iter().for_each(|holder| holder.release());
    place.assert_empty();
}

#[test]
fn a_segment_of_system_v_is_for_info_alone_and_the_others_say_so() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K"]);
    let table = std::fs::read_to_string("/proc/sysvipc/shm").expect("the table of segments");
    let pid = holder.pid().to_string();
    let id = table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields[4] == pid).then(|| fields[1].to_owned())
    });
    let name = format!("sysv:{}", id.expect("the segment of the section"));
    place.run(["info", &name]).ok();
    for words in [&["read", &name][..], &["remove", &name, "--yes"]] {
        let done = place.run(words).code(3);
        let hint = format!("`nshm info {name}` shows it");
        assert!(done.stderr.contains(&hint), "{words:?}: {done:?}");
    }
    for words in [
        &["read", "sysv:2147483647"][..],
        &["info", "sysv:2147483647"],
    ] {
        let done = place.run(words).code(3);
        assert!(!done.stderr.contains("hint"), "{words:?}: {done:?}");
    }
    holder.release();
    place.assert_empty();
}
