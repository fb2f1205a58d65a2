//! Running the program with a limit on every wait.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nshm_tty::Tty;
use rustix::process::{Pid, Signal, kill_process};

/// No step takes that long unless it hangs.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A place for names that belongs to one test.
pub(crate) struct Place {
    dir: PathBuf,
    /// Goes with the place.
    _made: Option<tempfile::TempDir>,
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Done {
    /// Its standard output, as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("the output is UTF-8")
    }

    /// Its standard output, as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).expect("the output is JSON")
    }

    /// Asserts that all went well.
    pub(crate) fn ok(self) -> Self {
        self.code(0)
    }

    /// Asserts the exit code.
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("nshm-cli-")
            .tempdir()
            .expect("a directory for the test");
        // As /dev/shm: everyone may create here, and only remove what is theirs.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o1777))
            .expect("permissions");
        Place {
            dir: dir.path().to_owned(),
            _made: Some(dir),
        }
    }

    /// The directory of all libraries, of a test that has it for itself: see [`apart`].
    fn of_all() -> Self {
        Place {
            dir: "/dev/shm".into(),
            _made: None,
        }
    }

    /// The program, to be run here.
    pub(crate) fn nshm<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nshm"));
        command.args(args);
        self.here(&mut command);
        command
    }

    /// Makes any command use the names of this place.
    pub(crate) fn here(&self, command: &mut Command) {
        command.env("NSHM_DIR", &self.dir).env("TERM", "xterm");
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
    }

    /// Runs the program to its end, without input.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Done {
        finish(self.nshm(args), b"")
    }

    /// Runs the program to its end, with input.
    pub(crate) fn feed<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Done {
        finish(self.nshm(args), input)
    }

    /// Starts `nshm create` and waits until it holds.
    pub(crate) fn hold<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Holder {
        let mut command = self.nshm(["create"]);
        command.args(args);
        Self::hold_by(command)
    }

    /// Starts a command that makes something, and waits until it holds that.
    pub(crate) fn hold_by(command: Command) -> Holder {
        let holder = Holder::start(command);
        holder.expect("holding it");
        holder
    }

    /// How many processes have an object open.
    pub(crate) fn holders(&self, name: &str) -> usize {
        let info = self.run(["info", name, "--json"]).ok().json();
        info["holders"].as_array().expect("an array").len()
    }

    /// Waits until so many processes have an object open. One that waits for it does not catch
    /// signals later than that.
    pub(crate) fn await_holders(&self, name: &str, count: usize) {
        let begun = Instant::now();
        while self.holders(name) != count {
            assert!(begun.elapsed() < LIMIT, "{name} never has {count} holders");
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    /// Runs the program on a terminal of its own, of 80 columns and 24 rows.
    pub(crate) fn tty<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Tty {
        Tty::start(&self.nshm(args), 80, 24, LIMIT).expect("a terminal")
    }

    /// Writes a file, not among the names.
    pub(crate) fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, contents).expect("a file for the test");
        path
    }

    /// Asserts that no name is left, not even a stale one.
    pub(crate) fn assert_empty(&self) {
        assert_eq!(
            self.run(["list", "--json"]).ok().json(),
            serde_json::json!([])
        );
        assert_eq!(self.links(), Vec::<PathBuf>::new());
    }

    /// Every symbolic link here: names, live or stale.
    pub(crate) fn links(&self) -> Vec<PathBuf> {
        fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(dir).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_symlink() {
                    found.push(path);
                } else if path.is_dir() {
                    walk(&path, found);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.path(), &mut found);
        found
    }
}

/// Runs a test in IPC and mount namespaces of its own, where `/dev/shm` and the table of segments
/// are empty and what is left goes with them; skipped, said aloud, where that is not to be had.
pub(crate) fn apart(test: &str, body: impl FnOnce(&Place)) {
    const INSIDE: &str = "NSHM_CLI_APART";
    const PATIENCE: Duration = Duration::from_secs(300);
    if std::env::var_os(INSIDE).is_some() {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/dev/shm"])
            .status();
        assert!(mounted.expect("mount(8) of util-linux").success());
        body(&Place::of_all());
        return;
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["--ipc", "--mount"]);
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    let mut probe = Command::new("unshare");
    probe.args(unshare.get_args()).arg("true");
    match probe.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => return skipped(test, &String::from_utf8_lossy(&output.stderr)),
        Err(error) => return skipped(test, &format!("no unshare(1) of util-linux: {error}")),
    }
    unshare
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1");
    let done = finish_within(unshare, b"", PATIENCE);
    // What it had to leave out is for the summary.
    for line in done.stderr.lines() {
        if let Some(line) = line.strip_prefix("skipped: ") {
            say_skipped(line);
        }
    }
    assert!(done.text().contains("1 passed"), "{test}: {done:#?}");
    done.ok();
}

/// Says past the harness, which would keep it for itself, what could not be tested.
pub(crate) fn skipped(test: &str, reason: &str) {
    say_skipped(&format!("{test}: {}", reason.trim()));
}

fn say_skipped(line: &str) {
    std::io::stderr()
        .write_all(format!("skipped: {line}\n").as_bytes())
        .expect("stderr");
}

/// Runs a command to its end.
pub(crate) fn finish(command: Command, input: &[u8]) -> Done {
    finish_within(command, input, LIMIT)
}

/// The same for one that may take its time.
pub(crate) fn finish_within(mut command: Command, input: &[u8], limit: Duration) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let pid = child.id();
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // It may end without reading everything.
    std::thread::spawn(move || stdin.write_all(&input));
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(limit) else {
        kill(pid, Signal::KILL);
        panic!("it hangs: {command:?}");
    };
    let output = output.expect("the program ends");
    Done {
        code: code(output.status),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

pub(crate) fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

pub(crate) fn kill(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().expect("a pid")).expect("a pid");
    kill_process(pid, signal).expect("the process is there");
}

/// A program that runs beside the test. It is killed when the test is done with it.
pub(crate) struct Holder {
    child: Child,
    lines: Receiver<String>,
}

impl Holder {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Holder { child, lines }
    }

    /// Waits for a line with these words and gives it.
    pub(crate) fn expect(&self, words: &str) -> String {
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) if line.contains(words) => return line,
                Ok(_) => {}
                Err(error) => panic!("no line with {words:?}: {error}"),
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, and nothing that it has started.
    pub(crate) fn kill(&mut self) -> ExitStatus {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for")
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(self, signal: Signal) -> ExitStatus {
        kill(self.pid(), signal);
        self.wait()
    }

    /// Asks it to let go, and asserts that it ends well.
    pub(crate) fn release(self) {
        assert_eq!(code(self.end(Signal::TERM)), 0);
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> ExitStatus {
        // The other end of its stdout closes when it ends, so the lines end, too.
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(_) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not end"),
            }
        }
        self.child.wait().expect("it can be waited for")
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
