use crate::support::Place;

const BOX: &str = "
    ┌─ Process2 ────────────────────┐
    │                               │
    │  Message from first process.  │
    │                               │
    │            [ OK ]             │
    └───────────────────────────────┘
";

#[test]
fn two_processes_and_nothing_is_left() {
    let place = Place::new();
    let done = place.run(["demo"]).ok();
    assert!(done.text().contains(BOX), "{}", done.text());
    for words in [
        r"creates Global\MyFileMappingObject, 256 bytes",
        "CreateFileMapping",
        "OpenFileMapping",
        "MapViewOfFile",
        "MessageBox",
        r"opening Global\MyFileMappingObject gives: not found",
        "no list has it",
    ] {
        assert!(done.text().contains(words), "{words}: {}", done.text());
    }
    assert!(done.text().lines().all(|line| line.chars().count() <= 80));
    let processes: Vec<_> = done
        .text()
        .lines()
        .filter_map(|line| line.split_once(" process (")?.1.split_once(')'))
        .map(|(pid, _)| pid)
        .collect();
    assert_eq!(processes.len(), 3);
    assert_eq!(processes[0], processes[2]);
    assert_ne!(processes[0], processes[1]);
    place.assert_empty();
}

#[test]
fn nothing_is_said_to_be_wrong_where_nobody_reads_on() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let place = Place::new();
    let mut command = place.nshm(["demo"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let is_last =
        |line: &std::io::Result<String>| line.as_ref().is_ok_and(|it| it.contains("CopyMemory"));
    lines
        .find(is_last)
        .expect("the first process")
        .expect("a line");
    drop(lines);
    // It ends when the second process has, which has the same one.
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut said).expect("text");
    assert_eq!(said, "");
    assert!(child.wait().expect("it ends").success());
    place.assert_empty();
}

#[test]
fn a_live_section_of_that_name_is_left_alone() {
    let place = Place::new();
    let name = r"Global\MyFileMappingObject";
    let holder = place.hold([name, "--size", "256", "--text", "somebody's own"]);
    let done = place.run(["demo"]).ok();
    assert!(
        done.text().contains("is in use and stays as it is"),
        "{}",
        done.text()
    );
    assert!(done.text().contains(BOX));
    assert!(done.text().contains(r"creates Global\MyFileMappingObject-"));
    let read = place.run(["read", name, "--text"]).ok();
    assert_eq!(read.text(), "somebody's own\n");
    holder.release();
    place.assert_empty();
}
