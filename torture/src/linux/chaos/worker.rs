//! A process under chaos: does one thing after the other until it is killed, and writes each down,
//! before and after.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use nshm::{Disposition, Section};

use super::guard::Guard;
use super::log::{self, Log, now};
use crate::linux::fork::{Side, fork};
use crate::linux::party::go_with_parent;

pub(super) const NAMES: u64 = 8;
/// The most handles that a process has at a time.
const HANDLES: usize = 6;

/// What a program has open, and the call that opened it.
struct Held {
    opened_as: u64,
    name: String,
    token: String,
    section: Section,
}

struct Worker {
    random: fastrand::Rng,
    log: Log,
    held: Vec<Held>,
    guard: Guard,
    may_fork: bool,
}

pub(crate) fn work(seed: u64, path: &Path) -> Result<()> {
    go_with_parent()?;
    let mut worker = Worker {
        random: fastrand::Rng::with_seed(seed),
        log: Log::create(path.to_owned())?,
        held: Vec::new(),
        guard: Guard::join()?,
        may_fork: true,
    };
    loop {
        match worker.random.u16(..400) {
            0 if worker.may_fork && log::depth(&worker.log.path) < 2 => worker.fork()?,
            1 if log::depth(&worker.log.path) < 6 => worker.exec()?,
            2..100 => worker.guard.enter(&mut worker.random)?,
            _ => worker.use_a_name()?,
        }
    }
}

impl Worker {
    fn use_a_name(&mut self) -> Result<()> {
        let is_full = self.held.len() == HANDLES;
        if !self.held.is_empty() && (is_full || self.random.u8(..3) == 0) {
            let index = self.random.usize(..self.held.len());
            return self.close(index);
        }
        let name = format!("chaos.{}", self.random.u64(..NAMES));
        let word = ["create", "open", "open_or_create"][self.random.usize(..3)];
        let options = Section::options()
            .size(4096)
            .separate_pages(self.random.bool());
        let opened_as = self.log.begin(word, &name)?;
        let result = match word {
            "create" => options
                .create(&*name)
                .map(|new| (new, Disposition::Created)),
            "open" => Section::open(&*name).map(|found| (found, Disposition::Opened)),
            _ => options.open_or_create(&*name),
        };
        let (section, disposition) = match result {
            Ok(opened) => opened,
            Err(error) => return self.log.end(&format!("{:?}", error.kind())),
        };
        let view = section.map()?;
        let is_zero = view.read_vec(0, 4096)?.iter().all(|byte| *byte == 0);
        let token = section.token()?;
        self.log.end(&format!("{token} {is_zero}"))?;
        // Nobody but its creator writes, so what the creator finds must be zero.
        if disposition == Disposition::Created {
            view.fill(.., 0xff)?;
        }
        self.held.push(Held {
            opened_as,
            name,
            token,
            section,
        });
        Ok(())
    }

    fn close(&mut self, index: usize) -> Result<()> {
        let held = self.held.swap_remove(index);
        self.log.begin("close", &held.opened_as.to_string())?;
        // A lock holder may be stopped: then a stale name is left, which is no harm.
        let _ = held.section.close();
        self.log.end("ok")
    }

    /// Becomes two, which have everything open that the one had.
    fn fork(&mut self) -> Result<()> {
        self.may_fork = false;
        let before = now()?;
        self.log.fork()?;
        self.guard.count_fork();
        if fork()? == Side::Parent {
            return Ok(());
        }
        go_with_parent()?;
        self.random = fastrand::Rng::with_seed(self.random.u64(..) ^ before);
        self.log = Log::create(log::of_fork(&self.log.path))?;
        for held in &mut self.held {
            held.opened_as = self.log.begin_at(before, "inherit", &held.name)?;
            self.log.end(&format!("{} true", held.token))?;
        }
        Ok(())
    }

    /// Gives way to another program, which has nothing open.
    fn exec(&mut self) -> Result<()> {
        self.guard.count_exec();
        self.log.exec()?;
        let error = Command::new(std::env::current_exe()?)
            .arg("chaos-worker")
            .arg(self.random.u64(..).to_string())
            .arg(log::of_exec(&self.log.path))
            .exec();
        bail!("no exec: {error}")
    }
}
