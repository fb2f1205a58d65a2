use crate::support::{Place, finish};

const MESSAGE: &str = "Message from first process.";

#[test]
fn two_sections_line_by_line() {
    let place = Place::new();
    let first = place.hold(["a", "--size", "1K", "--text", MESSAGE]);
    let second = place.hold(["b", "--size", "8K", "--text", MESSAGE]);
    place
        .run(["write", "b", "--text", "F", "--offset", "13"])
        .ok();
    place
        .run(["write", "b", "--text", "second", "--offset", "4000"])
        .ok();
    let done = place.run(["diff", "a", "b"]).code(1);
    let expected = "\
- a
+ b
- 00000000  4d 65 73 73 61 67 65 20  66 72 6f 6d 20 66 69 72  |Message from fir|
+ 00000000  4d 65 73 73 61 67 65 20  66 72 6f 6d 20 46 69 72  |Message from Fir|
- 00000fa0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
+ 00000fa0  73 65 63 6f 6e 64 00 00  00 00 00 00 00 00 00 00  |second..........|
7 bytes of 4096 differ, in 2 places, the first at offset 13 (0xd); b is longer by 4096 bytes
";
    assert_eq!(done.text(), expected);
    let some = place.run(["diff", "a", "b", "--lines", "1"]).code(1);
    assert!(some.text().contains("\nand 1 line more\n"), "{some:?}");
    let none = place.run(["diff", "a", "b", "--lines", "0"]).code(1);
    assert_eq!(none.text().lines().count(), 1);
    let json = place.run(["diff", "a", "b", "--json"]).code(1).json();
    assert_eq!(json["same"], false);
    assert_eq!(
        (&json["differing"], &json["places"]),
        (&7.into(), &2.into())
    );
    assert_eq!(json["first_offset"], 13);
    assert_eq!(json["only_second"], 4096);
    let same = place.run(["diff", "a", "a"]).ok();
    assert_eq!(same.text(), "a and a are the same: 4096 bytes\n");
    place.run(["diff", "a", "c"]).code(3);
    place.run(["diff", "-", "-"]).code(2);
    first.release();
    second.release();
    place.assert_empty();
}

#[test]
fn a_section_and_a_file_or_a_stream() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "2M", "--text", MESSAGE]);
    let bytes = place.run(["read", "x"]).ok().stdout;
    let file = place.file("same", &bytes);
    let file = file.to_str().expect("UTF-8");
    place.run(["diff", "x", file]).ok();
    place.run(["diff", file, "x"]).ok();
    place.feed(["diff", "x", "-"], &bytes).ok();
    let short = place.feed(["diff", "x", "-"], &bytes[..27]).code(1);
    assert_eq!(
        short.text(),
        "x is longer by 2097125 bytes\n",
        "no byte that both have differs"
    );
    let missing = place.run(["diff", "x", "./no-such-file"]).code(1);
    assert!(missing.stderr.contains("failed to open"), "{missing:?}");
    place.run(["diff", "x", "/"]).code(1);
    holder.release();
}

#[test]
fn reading_compares_a_part() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "8K", "--text", MESSAGE]);
    let file = place.file("part", b"from first");
    let file = file.to_str().expect("UTF-8");
    let part = ["read", "x", "--offset", "8", "--length", "10", "--compare"];
    let same = place.run([&part[..], &[file]].concat()).ok();
    assert!(same.text().contains("are the same: 10 bytes"), "{same:?}");
    let other = place
        .feed([&part[..], &["-"]].concat(), b"from First")
        .code(1);
    assert!(other.text().contains("1 byte of 10 differs"), "{other:?}");
    let whole = place.run(["read", "x", "--compare", file]).code(1);
    assert!(whole.text().contains("x is longer by 8182 bytes"));
    place.run(["read", "x", "--raw", "--compare", file]).code(2);
    holder.release();
}

#[test]
fn who_means_a_file_and_names_a_section_is_told() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K"]);
    place.file("x.raw", b"");
    let mut command = place.nshm(["diff", "x", "x.raw"]);
    command.current_dir(place.path());
    let done = finish(command, b"").code(3);
    let hint = "hint: a file of that name is here: write ./x.raw\n";
    assert!(done.stderr.ends_with(hint), "{done:?}");
    let done = place.run(["diff", "x", "no-such-file"]).code(3);
    assert!(!done.stderr.contains("hint"), "{done:?}");
    holder.release();
}

#[test]
fn reading_compares_with_what_a_snapshot_holds() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "8K", "--text", MESSAGE]);
    let saved = place.path().join("saved");
    let saved = saved.to_str().expect("UTF-8");
    place.run(["snapshot", "x", saved]).ok();
    let same = place.run(["read", "x", "--compare", saved]).ok();
    let words = format!("x and the snapshot {saved} are the same: 8192 bytes\n");
    assert_eq!(same.text(), words);
    place.run(["write", "x", "--text", "m"]).ok();
    let other = place.run(["read", "x", "--compare", saved]).code(1);
    assert!(other.text().contains("1 byte of 8192 differs"), "{other:?}");
    holder.release();
}
