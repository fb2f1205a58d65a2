//! Sections that we share with a C program which knows the Windows SDK and nothing of this crate
//! (`tests/c/peer.c`): contents and error numbers, in both directions.
//!
//! It runs on Windows, with the path of the C program in `NSHM_PEER`; `cargo xtask wine` sees to
//! both. With `NSHM_EXE` it does the same once more through the command line program.

use std::any::Any;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use nshm::{Access, Disposition, ErrorKind, Name, Namespace, Scope, Section};

const READ: u32 = 4;
const WRITE: u32 = 2;
const ALL: u32 = 0xf001f;
const PAGE_READONLY: u32 = 2;
const PAGE_READWRITE: u32 = 4;

/// What the C program answered: the last error of a call that succeeded and some data, or that of
/// one that failed.
type Answer = Result<(u32, String), u32>;

fn ok(data: &str) -> Answer {
    Ok((0, data.to_owned()))
}

/// The C program.
struct Peer {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start() -> Peer {
        let program = std::env::var_os("NSHM_PEER")
            .expect("NSHM_PEER is not set: run this test by `cargo xtask wine`");
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the C program starts");
        let commands = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Peer {
            child,
            commands,
            answers,
        }
    }

    fn tell(&mut self, command: &str) -> Answer {
        writeln!(self.commands, "{command}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let mut words = line.split_whitespace();
        let word = words.next().unwrap_or_default();
        let error = words.next().and_then(|number| number.parse().ok());
        let data = words.next().unwrap_or_default().to_owned();
        match (word, error) {
            ("ok", Some(error)) => Ok((error, data)),
            ("fail", Some(error)) => Err(error),
            _ => panic!("{command:?} was answered {line:?}"),
        }
    }

    fn create(&mut self, name: &str, len: usize, protection: u32) -> Answer {
        self.tell(&format!("create {name} {len} {protection:x}"))
    }

    fn open(&mut self, name: &str, access: u32) -> Answer {
        self.tell(&format!("open {name} {access:x}"))
    }

    fn map(&mut self, access: u32) -> Answer {
        self.tell(&format!("map {access:x} 0 0"))
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.tell(&format!("write {offset} {hex}")).unwrap();
    }

    fn read(&mut self, offset: usize, len: usize) -> Vec<u8> {
        let (_, hex) = self.tell(&format!("read {offset} {len}")).unwrap();
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    fn close(&mut self) {
        self.tell("close").unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unique(topic: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("nshm-interop-{}-{number}-{topic}", std::process::id())
}

/// Names of all kinds, as we write them and as the peer does.
fn names(topic: &str) -> Vec<(Name, String)> {
    let leaf = unique(topic);
    [
        (leaf.clone(), leaf.clone()),
        (leaf.clone(), format!(r"Local\{leaf}")),
        (format!(r"Local\{leaf}"), leaf.clone()),
        (format!(r"Global\{leaf}"), format!(r"Global\{leaf}")),
        (format!(r"Local\Global\{leaf}"), format!(r"Global\{leaf}")),
        (format!("{leaf}-имя/🦀"), format!("{leaf}-имя/🦀")),
    ]
    .into_iter()
    .map(|(ours, theirs)| (Name::new(&ours).unwrap(), theirs))
    .collect()
}

/// A program of ours that meets the peer.
trait Ours {
    /// Makes a section that begins with the text, and holds it as long as the result lives.
    fn create(&self, name: &Name, len: usize, text: &str) -> Box<dyn Any>;
    fn read(&self, name: &Name, len: usize) -> Result<Vec<u8>, ErrorKind>;
    fn write(&self, name: &Name, offset: usize, text: &str) -> Result<(), ErrorKind>;
}

fn ours() -> Vec<Box<dyn Ours>> {
    let mut ours: Vec<Box<dyn Ours>> = vec![Box::new(Library)];
    if let Some(program) = std::env::var_os("NSHM_EXE") {
        ours.push(Box::new(Program(program)));
    }
    ours
}

struct Library;

impl Ours for Library {
    fn create(&self, name: &Name, len: usize, text: &str) -> Box<dyn Any> {
        let section = Section::create(name, len).unwrap();
        section.map().unwrap().write_at(0, text.as_bytes()).unwrap();
        Box::new(section)
    }

    fn read(&self, name: &Name, len: usize) -> Result<Vec<u8>, ErrorKind> {
        Section::open_read_only(name)
            .and_then(|section| section.map_read_only()?.read_vec(0, len))
            .map_err(|error| error.kind())
    }

    fn write(&self, name: &Name, offset: usize, text: &str) -> Result<(), ErrorKind> {
        Section::open(name)
            .and_then(|section| section.map()?.write_at(offset, text.as_bytes()))
            .map_err(|error| error.kind())
    }
}

/// The command line program.
struct Program(OsString);

impl Program {
    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, ErrorKind> {
        let done = Command::new(&self.0).args(arguments).output().unwrap();
        match done.status.code() {
            Some(0) => Ok(done.stdout),
            Some(3) => Err(ErrorKind::NotFound),
            Some(4) => Err(ErrorKind::AlreadyExists),
            Some(5) => Err(ErrorKind::AccessDenied),
            _ => panic!("{}", String::from_utf8_lossy(&done.stderr)),
        }
    }
}

/// A program that holds a section until it is ended.
struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Ours for Program {
    fn create(&self, name: &Name, len: usize, text: &str) -> Box<dyn Any> {
        let (name, len) = (name.to_string(), len.to_string());
        let child = Command::new(&self.0)
            .args(["create", &name, "--size", &len, "--text", text])
            .args(["--for", "60s"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut holder = Holder(child);
        // It says what it has made.
        let mut line = String::new();
        let mut output = BufReader::new(holder.0.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the program holds no section");
        Box::new(holder)
    }

    fn read(&self, name: &Name, len: usize) -> Result<Vec<u8>, ErrorKind> {
        let (name, len) = (name.to_string(), len.to_string());
        self.run(&["read", &name, "--length", &len, "--raw"])
    }

    fn write(&self, name: &Name, offset: usize, text: &str) -> Result<(), ErrorKind> {
        let (name, offset) = (name.to_string(), offset.to_string());
        self.run(&["write", &name, "--offset", &offset, "--text", text])
            .map(drop)
    }
}

#[test]
fn what_we_create_the_peer_opens() {
    for ours in ours() {
        for (name, spelled) in names("ours") {
            let mut peer = Peer::start();
            assert_eq!(peer.open(&spelled, READ | WRITE), Err(2));
            let held = ours.create(&name, 5000, "from us");
            assert_eq!(peer.open(&spelled, READ | WRITE), ok(""), "{name}");
            // Whole pages, and nothing of ours in them.
            assert_eq!(peer.map(WRITE), ok("8192"));
            assert_eq!(peer.read(0, 7), b"from us");
            assert_eq!(peer.read(7, 2000), [0; 2000]);
            peer.write(8184, b"from C!!");
            assert_eq!(ours.read(&name, 8192).unwrap()[8184..], *b"from C!!");
            // The peer keeps it when we let go.
            drop(held);
            assert_eq!(ours.read(&name, 7).unwrap(), b"from us");
            peer.close();
            assert_eq!(ours.read(&name, 7), Err(ErrorKind::NotFound));
            assert_eq!(peer.tell("unmap"), ok(""));
        }
    }
}

#[test]
fn what_the_peer_creates_we_open() {
    for ours in ours() {
        for (name, spelled) in names("theirs") {
            let mut peer = Peer::start();
            assert_eq!(ours.read(&name, 1), Err(ErrorKind::NotFound));
            assert_eq!(peer.create(&spelled, 5000, PAGE_READWRITE), ok(""));
            assert_eq!(peer.map(ALL), ok("8192"));
            peer.write(4998, b"from C");
            assert_eq!(ours.read(&name, 8192).unwrap()[4998..5004], *b"from C");
            ours.write(&name, 100, "from us").unwrap();
            assert_eq!(peer.read(100, 7), b"from us");
            // Names live with handles; a view of the peer keeps the memory alone.
            peer.close();
            assert_eq!(ours.read(&name, 1), Err(ErrorKind::NotFound));
            assert_eq!(peer.read(100, 7), b"from us");
            let again = ours.create(&name, 4096, "new");
            assert_eq!(ours.read(&name, 4).unwrap(), b"new\0");
            drop(again);
        }
    }
}

#[test]
fn who_comes_second_is_told() {
    let name = unique("second");
    let mut peer = Peer::start();
    let section = Section::create(name.as_str(), 8192).unwrap();
    // The peer opens ours, whatever size it asks for.
    let met = peer.create(&name, 65536, PAGE_READWRITE);
    assert_eq!(met, Ok((183, String::new())));
    assert_eq!(peer.map(READ), ok("8192"));
    drop(section);
    // Now the peer alone has it.
    let error = Section::create(name.as_str(), 4096).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let (section, disposition) = Section::open_or_create(name.as_str(), 4096).unwrap();
    assert_eq!(disposition, Disposition::Opened);
    assert_eq!(section.len(), 8192);
}

#[test]
fn one_name_space_for_all_kinds() {
    let name = unique("kinds");
    let mut peer = Peer::start();
    assert_eq!(peer.tell(&format!("event {name}")), ok(""));
    for error in [
        Section::create(name.as_str(), 4096).unwrap_err(),
        Section::open(name.as_str()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::WrongKind);
        assert_eq!(error.raw_os_error(), Some(6));
    }
    assert_eq!(peer.tell("end"), ok(""));
    let section = Section::create(name.as_str(), 4096).unwrap();
    assert_eq!(peer.tell(&format!("event {name}")), Err(6));
    drop(section);
    assert_eq!(peer.tell(&format!("event {name}")), ok(""));
}

/// The names that `Name` refuses, refused by the system with a number for each rule.
#[test]
fn names_that_are_none() {
    let mut peer = Peer::start();
    for (name, number) in [
        (r"local\x", 3),
        (r"NoSuch\x", 3),
        (r"a\b", 3),
        (r"Local\a\b", 3),
        (r"\x", 161),
        (r"Local\", 123),
        (r"Local\\x", 123),
        ("Local", 6),
        ("Global", 6),
    ] {
        assert_eq!(
            peer.create(name, 4096, PAGE_READWRITE),
            Err(number),
            "{name}"
        );
        let error = Section::create(name, 4096).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidName, "{name}");
    }
    assert_eq!(peer.open(r"Session\4000000\x", READ), Err(3));
    let error = Section::open(r"Session\4000000\x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.raw_os_error(), Some(3));
}

#[test]
fn access_is_kept_by_the_system() {
    let name = unique("access");
    let mut peer = Peer::start();
    let section = Section::create(name.as_str(), 4096).unwrap();
    assert_eq!(peer.open(&name, READ), ok(""));
    assert_eq!(peer.map(WRITE), Err(5));
    assert_eq!(peer.map(READ), ok("4096"));
    drop(section);
    // What the peer has for reading, the same user may open for writing.
    let section = Section::open(name.as_str()).unwrap();
    section.map().unwrap().write_at(0, b"x").unwrap();
    assert_eq!(peer.read(0, 1), b"x");
    drop(section);
    peer.close();

    // A section whose own pages are read-only.
    assert_eq!(peer.create(&name, 4096, PAGE_READONLY), ok(""));
    let section = Section::options()
        .access(Access::ReadOnly)
        .open(name.as_str())
        .unwrap();
    let view = section.map_read_only().unwrap();
    assert_eq!(view.read_vec(0, 1).unwrap(), [0]);
    assert_eq!(section.map().unwrap_err().kind(), ErrorKind::AccessDenied);
}

#[test]
fn the_peer_is_listed_and_counted() {
    let name = unique("listed");
    let me = std::process::id();
    let mut peer = Peer::start();
    let its = peer.child.id();
    assert_eq!(peer.create(&name, 4096, PAGE_READWRITE), ok(""));
    let listed = nshm::list(Scope::Local).unwrap();
    let object = listed
        .iter()
        .find(|object| object.name.leaf() == name)
        .expect("the peer's section is listed");
    assert_eq!(object.info.len, 4096);
    assert_eq!(nshm::holders(name.as_str()).unwrap(), [its]);
    let section = Section::open(name.as_str()).unwrap();
    assert_eq!(
        nshm::holders(name.as_str()).unwrap(),
        [me.min(its), me.max(its)]
    );
    assert_eq!(section.info().unwrap().attach_count, 2);
    // The end of a process is the end of its handles, however it comes.
    drop(peer);
    assert_eq!(nshm::holders(name.as_str()).unwrap(), [me]);
    drop(section);
    let error = nshm::holders(name.as_str()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_private_name_is_not_met_by_its_leaf() {
    let namespace = Namespace::new(std::env::temp_dir());
    let leaf = unique("private");
    let _section = Section::create(namespace.name(&leaf).unwrap(), 4096).unwrap();
    let mut peer = Peer::start();
    assert_eq!(peer.open(&leaf, READ), Err(2));
    assert_eq!(peer.create(&leaf, 4096, PAGE_READWRITE), ok(""));
}
