//! A process of some user that does what it is told, word by word, and says what came of it in one.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use nix::errno::Errno;
use nshm::{Audience, Event, Mutex, Name, Scope, Section, Security, Semaphore};

use super::word;
use crate::linux::party::{Party, go_with_parent};

const SEPARATOR: char = '\t';
/// What sections that are held contain.
const BYTES: &[u8] = b"theirs";

/// Such a process, for who tells it what to do.
pub(super) struct Actor {
    pub(super) uid: u32,
    party: Party,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Actor {
    pub(super) fn start(uid: u32) -> Result<Actor> {
        // By this way it can be executed wherever it lies.
        Actor::start_program(Path::new("/proc/self/exe"), uid)
    }

    /// Starts a copy of this program as a user.
    pub(super) fn start_program(program: &Path, uid: u32) -> Result<Actor> {
        let mut command = Command::new(program);
        command.arg("actor").uid(uid).gid(uid);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut party = Party::of(&mut command)?;
        let input = party.child().stdin.take().context("no input")?;
        let output = party.child().stdout.take().context("no output")?;
        Ok(Actor {
            uid,
            party,
            input,
            output: BufReader::new(output),
        })
    }

    /// Tells it to do something, and hears what came of it.
    pub(super) fn ask(&mut self, words: &[&str]) -> Result<String> {
        let line = words.join(&SEPARATOR.to_string());
        writeln!(self.input, "{line}")?;
        self.input.flush()?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        match answer.trim_end() {
            "" => bail!("user {} did not survive {words:?}", self.uid),
            answer => Ok(answer.to_owned()),
        }
    }

    /// The same for what it must be able to do.
    pub(super) fn must(&mut self, words: &[&str]) -> Result<()> {
        match &*self.ask(words)? {
            "ok" => Ok(()),
            answer => bail!("user {} was told {answer} at {words:?}", self.uid),
        }
    }

    pub(super) fn end(self) -> Result<()> {
        self.party.kill()
    }
}

/// Such a process.
pub(crate) fn act() -> Result<()> {
    go_with_parent()?;
    let mut held = Held::default();
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(SEPARATOR).collect();
        let answer = held.act(&words)?;
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

/// What it has open.
#[derive(Default)]
struct Held {
    sections: Vec<Section>,
    mutexes: Vec<Mutex>,
}

impl Held {
    fn act(&mut self, words: &[&str]) -> Result<String> {
        Ok(match *words {
            ["hold", name, audience] => self.hold(name, security(audience)),
            ["hold mutex", name] => {
                let made = Mutex::create(name);
                let answer = word(&made);
                self.mutexes.extend(made);
                answer
            }
            ["rights"] => match nix::unistd::getuid() == nix::unistd::geteuid() {
                true => "plain".into(),
                false => "raised".into(),
            },
            ["check"] => self.check()?,
            ["open", name] => word(&Section::open(name)),
            ["open read only", name] => word(&Section::open_read_only(name)),
            ["open token", token] => word(&Section::from_token(token)),
            ["open token read only", token] => word(
                &Section::options()
                    .access(nshm::Access::ReadOnly)
                    .from_token(token),
            ),
            ["mutex token", token] => word(&Mutex::from_token(token)),
            ["open mutex", name] => word(&Mutex::open(name)),
            ["open event", name] => word(&Event::open(name)),
            ["open semaphore", name] => word(&Semaphore::open(name)),
            ["create", name] => word(&Section::create(name, 4096)),
            ["open or create", name] => word(&Section::open_or_create(name, 4096)),
            ["find", name] => word(&nshm::find(name)),
            ["remove", name] => word(&nshm::remove(name)),
            ["clear", name] => word(&nshm::clear_stale(name)),
            ["list", uid] => word(&nshm::list(Scope::Session(uid.parse()?))),
            ["list own"] => word(&nshm::list(Scope::Local)),
            ["symlink", text, path] => system(symlink(text, path)),
            ["unlink", path] => system(fs::remove_file(path)),
            ["rename", from, to] => system(fs::rename(from, to)),
            ["mkdir", path, mode] => {
                let mode = Permissions::from_mode(u32::from_str_radix(mode, 8)?);
                system(fs::create_dir(path).and_then(|()| fs::set_permissions(path, mode)))
            }
            ["rmdir", path] => system(fs::remove_dir(path)),
            ["chmod", path, mode] => {
                let mode = Permissions::from_mode(u32::from_str_radix(mode, 8)?);
                system(fs::set_permissions(path, mode))
            }
            ["look into", path] => system(fs::read_dir(path).map(drop)),
            ["open file", path] => system(File::options().write(true).open(path).map(drop)),
            _ => bail!("{words:?} is nothing that can be done"),
        })
    }

    fn hold(&mut self, name: &str, security: Security) -> String {
        let made = name
            .parse::<Name>()
            .and_then(|name| {
                Section::options()
                    .size(4096)
                    .security(security)
                    .create(name)
            })
            .and_then(|section| section.map()?.write_at(0, BYTES).map(|()| section));
        let answer = word(&made);
        self.sections.extend(made);
        answer
    }

    /// Whether what it holds is as it was, and nobody else's.
    fn check(&self) -> Result<String> {
        for section in &self.sections {
            let bytes = section.map()?.read_vec(0, BYTES.len())?;
            let attached = section.info()?.attach_count;
            if bytes != BYTES || attached != 1 {
                return Ok(format!("{bytes:?}, attached {attached} times"));
            }
        }
        for mutex in &self.mutexes {
            if mutex.try_lock()?.is_none_or(|guard| guard.is_abandoned()) {
                return Ok("a mutex that somebody had".into());
            }
        }
        Ok("ok".into())
    }
}

/// `nobody else`, `all read` or `all write`.
fn security(audience: &str) -> Security {
    match audience {
        "all write" => Security::for_audience(Audience::Everyone),
        "all read" => Security::for_audience(Audience::Everyone).others_read_only(),
        _ => Security::for_audience(Audience::Owner),
    }
}

fn system(result: std::io::Result<()>) -> String {
    match result {
        Ok(()) => "ok".into(),
        Err(error) => match error.raw_os_error() {
            Some(number) => format!("{:?}", Errno::from_raw(number)),
            None => format!("{error}"),
        },
    }
}
