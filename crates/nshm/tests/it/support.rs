//! How these tests run: every body in a process of its own, with its own `NSHM_DIR`, and every
//! peer in a further one.
//!
//! nshm asks for its directory once per process, and many promises are about what is left when a
//! process is gone. So a test executes the test binary again, for itself only, and judges it from
//! outside: it must end well and in time, leave no process behind, and no memory.
//!
//! A process stands by its pipes: it waits for a line, never for a time to pass. Every wait ends
//! after [`PATIENCE`], with an error.

use std::any::type_name;
use std::fmt::Debug;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use crate::wine;

/// How long any wait may take before it is an error. Nothing here needs a second of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How long a whole test may take.
const LIMIT: Duration = Duration::from_secs(300);

/// Under Wine the files of Linux are there as well, but say nothing about its processes.
const ON_LINUX: bool = cfg!(target_os = "linux");

/// Whether the system keeps a record of who created a section, when, and how much of it is in
/// memory. Windows does not: it says 0, [`u32::MAX`] and 1970.
pub(crate) const ORIGIN_IS_KNOWN: bool = ON_LINUX;

/// Whether the system tells which thread of another process owns a mutex. Windows does, but not
/// Wine, which says 0.
pub(crate) const OWNERS_ARE_KNOWN: bool = ON_LINUX;

/// Whether a token is good as long as anybody has the section open. On Windows it names a handle
/// of the process that gave it, and goes with that.
pub(crate) const TOKENS_OUTLIVE_THEIR_GIVER: bool = ON_LINUX;

/// In the environment of a process of ours: `main`, or the name of a role.
const MODE: &str = "NSHM_IT";
const ID: &str = "NSHM_IT_ID";
const ROOT: &str = "NSHM_IT_ROOT";
const ARGUMENTS: &str = "NSHM_IT_ARGUMENTS";
const SEPARATOR: &str = "\u{1f}";

/// Lines of the protocol begin so; the test harness prints lines of its own between them.
const MARK: &str = "@it ";
const DONE: &str = "done";
const SKIP: &str = "skip ";

/// A test: a body, and the roles that other processes play in it.
pub(crate) struct Test<F> {
    body: F,
    roles: Vec<(&'static str, RoleBody)>,
    world: Option<World>,
    asks_for_holders: bool,
}

/// What a further process does.
type RoleBody = fn(&mut Role);

/// What the process of a test needs around it, beyond a directory.
pub(crate) struct World {
    /// For the reason, where it is not to be had.
    pub(crate) what: &'static str,
    pub(crate) enter: fn(&mut Command),
}

/// Runs a body in a process of its own.
pub(crate) fn isolated<F: FnOnce(&Main)>(body: F) {
    Test::new(body).run();
}

impl<F: FnOnce(&Main)> Test<F> {
    pub(crate) fn new(body: F) -> Self {
        Test {
            body,
            roles: Vec::new(),
            world: None,
            asks_for_holders: false,
        }
    }

    /// What a further process does, when [`Main::peer`] starts it.
    pub(crate) fn role(mut self, name: &'static str, role: RoleBody) -> Self {
        self.roles.push((name, role));
        self
    }

    /// Runs the body in a world of its own; where that is not to be had, the test is skipped.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "Linux has worlds")
    )]
    pub(crate) fn world(mut self, world: World) -> Self {
        self.world = Some(world);
        self
    }

    /// The body asks who holds an object. Where Windows does not tell, every handle of every process is
    /// copied for a moment, so that an object of another test can outlive its last user: no other test
    /// runs meanwhile.
    pub(crate) fn asks_for_holders(mut self) -> Self {
        self.asks_for_holders = true;
        self
    }

    pub(crate) fn run(self) {
        static HANDLES: RwLock<()> = RwLock::new(());
        let test = test_of::<F>();
        match std::env::var(MODE).as_deref() {
            Err(_) if ON_LINUX => outside(test, self.world),
            // A test that has failed has left nothing half-done here.
            Err(_) if self.asks_for_holders => {
                let _alone = HANDLES.write().unwrap_or_else(PoisonError::into_inner);
                outside(test, self.world);
            }
            Err(_) => {
                let _beside_others = HANDLES.read().unwrap_or_else(PoisonError::into_inner);
                outside(test, self.world);
            }
            Ok("main") => {
                (self.body)(&Main::here(test));
                say(DONE);
            }
            Ok(name) => {
                let (_, role) = self
                    .roles
                    .iter()
                    .find(|(role, _)| *role == name)
                    .unwrap_or_else(|| panic!("{test} has no role {name}"));
                role(&mut Role::here());
            }
        }
    }
}

/// The path of the test whose body is the closure `F`, as the harness knows it.
fn test_of<F>() -> &'static str {
    let path = type_name::<F>();
    let path = path.split_once("::").map_or(path, |(_, path)| path);
    path.trim_end_matches("::{{closure}}")
}

/// This binary, to run one test of it. The link in /proc, where there is one, also works for a
/// user who cannot reach the path.
fn this_binary(test: &str) -> Command {
    let link = Path::new("/proc/self/exe");
    let mut command = Command::new(if ON_LINUX && link.exists() {
        link.to_owned()
    } else {
        std::env::current_exe().unwrap()
    });
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command
}

/// The directory of a test, which goes with it also where the test fails.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let removed = fs::remove_dir_all(&self.0);
        if !thread::panicking() {
            removed.unwrap();
        }
    }
}

/// Starts the process of a test and judges it.
fn outside(test: &str, world: Option<World>) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let id = format!(
        "{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let scratch = Scratch(std::env::temp_dir().join(format!("nshm-it-{id}")));
    let root = scratch.0.as_path();
    let dir = root.join("shm");
    fs::create_dir_all(&dir).unwrap();

    let mut command = this_binary(test);
    command
        .env(MODE, "main")
        .env(ID, &id)
        .env(ROOT, root)
        .env("NSHM_DIR", &dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(world) = &world {
        (world.enter)(&mut command);
    }
    let mut child = match wine::spawn(&mut command) {
        Ok(child) => child,
        Err(error) => match world {
            Some(world) => return skipped(test, &format!("no {} here: {error}", world.what)),
            None => panic!("{test}: cannot start: {error}"),
        },
    };
    note_process(root, child.id());
    let output = collect(child.stdout.take().unwrap());
    let errors = collect(child.stderr.take().unwrap());

    // The child alone holds its output; whatever it leaves running holds the other pipe.
    let output = output.recv_timeout(LIMIT);
    if output.is_err() {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    let errors = errors.recv_timeout(PATIENCE);
    let report = format!(
        "{test}: {status}\n--- its output\n{}\n--- its errors\n{}",
        output
            .as_deref()
            .unwrap_or("(it was killed for taking too long)"),
        errors
            .as_deref()
            .unwrap_or("(a process that it started is still there)"),
    );
    let Ok(output) = output else {
        panic!("{report}")
    };
    assert!(errors.is_ok(), "left a process behind: {report}");
    assert!(status.success(), "{report}");
    let reason = marked(&output).find_map(|line| line.strip_prefix(SKIP));
    assert!(
        reason.is_some() || marked(&output).any(|line| line == DONE),
        "its body has not run: {report}"
    );
    let left = segments_left(root);
    assert!(left.is_empty(), "left memory behind: {left:#?}\n{report}");
    if let Some(reason) = reason {
        skipped(test, reason);
    }
}

/// Says so past the harness, which would keep it for itself.
fn skipped(test: &str, reason: &str) {
    let line = format!("skipped: {test}: {reason}\n");
    let _ = io::stderr().write_all(line.as_bytes());
}

fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

fn marked(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter_map(|line| line.strip_prefix(MARK))
}

/// Prints a line of the protocol. The harness may have printed half a line before it.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    write!(out, "\n{MARK}{text}\n").unwrap();
    out.flush().unwrap();
}

/// Notes a process of a test, so that what it leaves behind can be found.
fn note_process(root: &Path, pid: u32) {
    let mut file = fs::File::options()
        .create(true)
        .append(true)
        .open(root.join("pids"))
        .unwrap();
    file.write_all(format!("{pid}\n").as_bytes()).unwrap();
}

/// The segments that processes of this test made and that outlived them, where the system has a
/// list of segments (`/proc/sysvipc/shm`).
pub(crate) fn segments_left(root: &Path) -> Vec<String> {
    if !ON_LINUX {
        return Vec::new();
    }
    let Ok(table) = fs::read_to_string("/proc/sysvipc/shm") else {
        return Vec::new();
    };
    // Absent as long as no process was noted.
    let pids = fs::read_to_string(root.join("pids")).unwrap_or_default();
    let pids: std::collections::HashSet<&str> = pids.lines().collect();
    table
        .lines()
        .skip(1)
        .filter(|line| {
            line.split_whitespace().nth(4).is_some_and(|creator| {
                // A live process of that number is another one by now.
                pids.contains(creator) && !Path::new("/proc").join(creator).exists()
            })
        })
        .map(str::to_owned)
        .collect()
}

/// The process of a test.
pub(crate) struct Main {
    test: &'static str,
    id: String,
    root: PathBuf,
}

impl Main {
    fn here(test: &'static str) -> Self {
        let root = PathBuf::from(std::env::var_os(ROOT).unwrap());
        // Who started this process notes it, too, but perhaps only later.
        note_process(&root, std::process::id());
        Main {
            test,
            id: std::env::var(ID).unwrap(),
            root,
        }
    }

    /// A name that no other test uses.
    pub(crate) fn name(&self, leaf: &str) -> String {
        format!("it.{}.{leaf}", self.id)
    }

    /// A directory for this test alone; `NSHM_DIR` is the directory `shm` in it.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What `NSHM_DIR` says.
    pub(crate) fn dir(&self) -> PathBuf {
        self.root.join("shm")
    }

    /// A new directory for a private namespace.
    pub(crate) fn namespace_dir(&self, name: &str) -> PathBuf {
        let dir = self.root.join(name);
        fs::create_dir(&dir).unwrap();
        dir
    }

    /// Ends the test as skipped, when the body returns.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "Linux skips"))]
    pub(crate) fn skip(&self, reason: &str) {
        say(&format!("{SKIP}{reason}"));
    }

    /// Starts a process in a role.
    pub(crate) fn peer(&self, role: &str, arguments: &[&str]) -> Peer {
        self.peer_with(role, arguments, |_| {})
            .unwrap_or_else(|error| panic!("cannot start {role}: {error}"))
    }

    /// Starts a process in a role, as `adjust` says: another user, another namespace.
    pub(crate) fn peer_with(
        &self,
        role: &str,
        arguments: &[&str],
        adjust: impl FnOnce(&mut Command),
    ) -> io::Result<Peer> {
        let mut command = this_binary(self.test);
        command
            .env(MODE, role)
            .env(ARGUMENTS, arguments.join(SEPARATOR))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        adjust(&mut command);
        let mut child = wine::spawn(&mut command)?;
        note_process(&self.root, child.id());
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { return };
                if let Some(line) = line.strip_prefix(MARK)
                    && sender.send(line.to_owned()).is_err()
                {
                    return;
                }
            }
        });
        Ok(Peer {
            role: role.to_owned(),
            stdin: child.stdin.take(),
            child,
            lines,
            ended: false,
        })
    }

    /// Notes a process that was started in another way, for the look at what is left.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "fork is of Linux")
    )]
    pub(crate) fn note_process(&self, pid: u32) {
        note_process(&self.root, pid);
    }

    /// What processes of this test made and left behind so far.
    pub(crate) fn segments_left(&self) -> Vec<String> {
        segments_left(&self.root)
    }
}

/// A further process, seen from the one that started it. It is killed when this is dropped.
pub(crate) struct Peer {
    role: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    ended: bool,
}

impl Peer {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it says.
    pub(crate) fn hear(&self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("{} says nothing", self.role),
            Err(RecvTimeoutError::Disconnected) => panic!("{} ended without a word", self.role),
        }
    }

    /// Waits until it says `text`.
    pub(crate) fn expect(&self, text: &str) {
        let line = self.hear();
        assert_eq!(line, text, "what {} says", self.role);
    }

    /// Sends it a line.
    pub(crate) fn tell(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{text}").unwrap();
        stdin.flush().unwrap();
    }

    /// Kills it: `SIGKILL`, or `TerminateProcess`.
    pub(crate) fn kill(mut self) {
        self.kill_in_place();
    }

    /// Kills it, and keeps the pipes, which a child of it may have too. Then [`finish`] waits for
    /// that child.
    ///
    /// [`finish`]: Peer::finish
    pub(crate) fn kill_in_place(&mut self) {
        if !self.ended {
            self.ended = true;
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Ends its input, by which it knows that it may go, and waits until it has gone.
    pub(crate) fn finish(mut self) {
        drop(self.stdin.take());
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("{} does not end", self.role),
            }
        }
        if !self.ended {
            self.ended = true;
            let status = self.child.wait().unwrap();
            assert!(status.success(), "{}: {status}", self.role);
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.kill_in_place();
    }
}

/// A further process, seen from inside.
pub(crate) struct Role {
    arguments: Vec<String>,
}

impl Role {
    fn here() -> Self {
        let arguments = std::env::var(ARGUMENTS).unwrap_or_default();
        Role {
            arguments: arguments.split(SEPARATOR).map(str::to_owned).collect(),
        }
    }

    pub(crate) fn argument(&self, index: usize) -> &str {
        &self.arguments[index]
    }

    pub(crate) fn number(&self, index: usize) -> usize {
        self.argument(index).parse().unwrap()
    }

    pub(crate) fn say(&self, text: &str) {
        say(text);
    }

    /// The next line from the process that started this one; `None` when it has no more to say.
    pub(crate) fn hear(&self) -> Option<String> {
        let mut line = String::new();
        match io::stdin().read_line(&mut line).unwrap() {
            0 => None,
            _ => Some(line.trim_end().to_owned()),
        }
    }

    /// Stays until the process that started this one says something, or ends.
    pub(crate) fn stay(&self) {
        self.hear();
    }

    /// For a role that goes round and round: becomes true when the process that started this one
    /// has ended its input, or itself.
    pub(crate) fn told_to_end(&self) -> Arc<AtomicBool> {
        let told = Arc::new(AtomicBool::new(false));
        let teller = Arc::clone(&told);
        thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = io::stdin().read_to_end(&mut rest);
            teller.store(true, Ordering::Relaxed);
        });
        told
    }

    /// For a role that is killed in the end: sees to it that this process does not outlive its parent.
    pub(crate) fn end_with_parent(&self) {
        thread::spawn(|| {
            let mut rest = Vec::new();
            let _ = io::stdin().read_to_end(&mut rest);
            std::process::exit(0);
        });
    }
}

/// The kind of an error where there must be one.
#[track_caller]
pub(crate) fn kind_of<T: Debug>(result: nshm::Result<T>) -> nshm::ErrorKind {
    result.unwrap_err().kind()
}

/// A result as a word for the protocol: `ok` or the kind of the error.
pub(crate) fn word<T>(result: &nshm::Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(error) => format!("{:?}", error.kind()),
    }
}

/// An error as a person sees it.
pub(crate) fn text_of(error: &nshm::Error) -> String {
    format!("{error} ({})", error.hint().unwrap_or("no hint"))
}

/// A number that differs from call to call and from process to process, for random moments.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

/// A count that the environment may change.
pub(crate) fn count_from(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}"))
    })
}
