use serde_json::{Value, json};

use crate::support::{Holder, Place};

/// One of each kind that can be waited for, held: its name and its kind.
const KINDS: [(&str, &str); 3] = [("e", "event"), ("m", "mutex"), ("s", "semaphore")];

fn hold(place: &Place) -> [Holder; 3] {
    let event = place.nshm(["event", "create", "e", "--manual", "--set"]);
    let mutex = place.nshm(["lock", "m", "--", "sh", "-c", "echo runs; exec sleep 60"]);
    let semaphore = place.nshm(["semaphore", "create", "s", "--count", "2", "--max", "3"]);
    let mutex = Holder::start(mutex);
    mutex.expect("runs");
    [Place::hold_by(event), mutex, Place::hold_by(semaphore)]
}

/// The `sleep` of a lock ends with it.
fn release([event, mutex, semaphore]: [Holder; 3]) {
    event.release();
    semaphore.release();
    let status = mutex.end(rustix::process::Signal::TERM);
    assert_eq!(status.code(), Some(143));
}

#[test]
fn list_and_info_show_the_state() {
    let place = Place::new();
    let holders = hold(&place);
    let owner = holders[1].pid();
    let section = place.hold(["x", "--size", "1"]);
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let states = [
        (
            "set, manual reset".to_owned(),
            json!({"set": true, "reset": "manual"}),
        ),
        (
            format!("owned by thread {owner} ({nshm})"),
            json!({"owner": {"thread": owner, "command": nshm}, "abandoned": false}),
        ),
        ("2 of at most 3".to_owned(), json!({"count": 2, "max": 3})),
    ];
    let listed = place.run(["list", "--json"]).ok().json();
    for (index, (name, kind)) in KINDS.iter().enumerate() {
        let (words, json) = &states[index];
        let info = place.run(["info", name]).ok();
        let line = format!("\nkind      {kind}\nstate     {words}\n");
        assert!(info.text().contains(&line), "{info:?}");
        for entry in [
            &listed[index],
            &place.run(["info", name, "--json"]).ok().json(),
        ] {
            assert_eq!(entry["name"], **name);
            assert_eq!(entry["kind"], **kind);
            assert_eq!(&entry["state"], json);
            // To be asked for the state has not kept it, or counted.
            assert_eq!(entry["attach_count"], 1);
            assert_eq!(entry["holders"][0]["pid"], holders[index].pid());
        }
    }
    assert_eq!(listed[3].get("state"), None, "a section has none");

    let table = place.run(["list"]).ok();
    let lines: Vec<Vec<&str>> = table
        .text()
        .lines()
        .map(|line| line.split_whitespace().take(4).collect())
        .collect();
    let owner = owner.to_string();
    assert_eq!(lines[0][..3], ["NAME", "KIND", "STATE"]);
    assert_eq!(lines[1][..3], ["e", "event", "set"]);
    assert_eq!(lines[2][..4], ["m", "mutex", "owned", "by"]);
    assert!(
        table.text().contains(&format!("owned by {owner} ")),
        "{table:?}"
    );
    assert_eq!(lines[3][..4], ["s", "semaphore", "2", "of"]);
    assert_eq!(lines[4][..3], ["x", "section", "-"]);

    section.release();
    release(holders);
    place.assert_empty();
}

#[test]
fn a_state_that_may_not_be_asked_for_is_unknown() {
    let Some((place, program)) = crate::users::two_users("a_state_that_may_not_be_asked_for")
    else {
        return;
    };
    let own = Place::hold_by(place.nshm(["event", "create", r"Global\own"]));
    let words = ["event", "create", r"Global\all", "--access", "everyone"];
    let all = Place::hold_by(place.nshm(words));
    let seen = crate::users::as_nobody(&place, &program, &["list", "--json"]);
    let seen = crate::support::finish(seen, b"").ok().json();
    assert_eq!(seen[0]["name"], r"Global\all");
    assert_eq!(
        seen[0]["state"],
        json!({"set": false, "reset": "automatic"})
    );
    assert_eq!(seen[1]["name"], r"Global\own");
    assert_eq!(seen[1].get("state"), Some(&Value::Null));
    for (name, code) in [(r"Global\all", 0), (r"Global\own", 5)] {
        let set = crate::users::as_nobody(&place, &program, &["event", "set", name]);
        crate::support::finish(set, b"").code(code);
    }
    own.release();
    all.release();
    place.assert_empty();
}

#[test]
fn a_name_of_another_kind_is_refused() {
    let place = Place::new();
    let holders = hold(&place);
    let section = place.hold(["x", "--size", "1"]);
    for (words, name, kind) in [
        (&["read"][..], "e", "event"),
        (&["write", "--text", "a"], "m", "mutex"),
        (&["create", "--size", "1", "--open"], "e", "event"),
        (&["event", "set"], "x", "section"),
        (&["event", "wait"], "m", "mutex"),
        (&["event", "create", "--open"], "s", "semaphore"),
        (&["semaphore", "acquire"], "e", "event"),
        (&["semaphore", "release"], "x", "section"),
        (&["snapshot"], "e", "event"),
    ] {
        let mut words = words.to_vec();
        words.push(name);
        if words[0] == "snapshot" {
            words.push("/dev/null");
        }
        let done = place.run(&words).code(1);
        let wanted = format!("the name is that of a live object of kind {kind}");
        assert!(done.stderr.contains(&wanted), "{words:?}: {done:?}");
        assert!(!done.stderr.contains("hint"), "{words:?}: {done:?}");
    }
    let done = place.run(["lock", "e", "--", "true"]).code(1);
    assert!(done.stderr.contains("of kind event"), "{done:?}");
    section.release();
    release(holders);
    place.assert_empty();
}

#[test]
fn a_name_that_another_kind_has_is_taken_for_a_new_one() {
    let place = Place::new();
    let holders = hold(&place);
    let section = place.hold(["x", "--size", "1"]);
    let saved = place.path().join("saved");
    let saved = saved.to_str().expect("UTF-8");
    place.run(["snapshot", "x", saved]).ok();
    for (words, kind, hint) in [
        (
            &["create", "e", "--size", "1"][..],
            "event",
            "hint: `nshm info` tells who has it\n",
        ),
        (
            &["event", "create", "x"],
            "section",
            "hint: `nshm info` tells who has it\n",
        ),
        (
            &["semaphore", "create", "e", "--count", "0", "--max", "1"],
            "event",
            "hint: `nshm info` tells who has it\n",
        ),
        (
            &["restore", saved, "s"],
            "semaphore",
            "hint: give another NAME",
        ),
    ] {
        let done = place.run(words).code(4);
        let wanted = format!("the name is that of a live object of kind {kind}\n");
        assert!(done.stderr.contains(&wanted), "{words:?}: {done:?}");
        assert!(done.stderr.contains(hint), "{words:?}: {done:?}");
    }
    section.release();
    release(holders);
    place.assert_empty();
}

#[test]
fn remove_takes_the_name_of_every_kind() {
    let place = Place::new();
    let holders = hold(&place);
    for (index, (name, _)) in KINDS.iter().enumerate() {
        let done = place.run(["remove", name, "--yes"]).ok();
        let words = format!("held by {}", holders[index].pid());
        assert!(done.stderr.contains(&words), "{done:?}");
        place.run(["info", name]).code(3);
    }
    place.run(["event", "set", "e"]).code(3);
    // The name is free for another kind.
    place.hold(["e", "--size", "1"]).release();
    release(holders);
    place.assert_empty();
}
