//! Ways to wake another process: one file per way. A round trip is a ring *there* and a ring
//! *back*.
//!
//! `nshm-bench bell NAME` makes both bells, starts `nshm-bench echo NAME ...` on another
//! processor, which rings back whenever it is rung, and answers `trips MILLIS` with the time of one
//! round trip.

mod cache_line;
mod descriptor;
mod futex;
mod iceoryx2;
mod memory;
mod nshm;
mod pthread;
mod raw_sync;

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::peer::NSHM;
use crate::stand;

/// Which of the two bells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    There,
    Back,
}

impl Side {
    /// 0 or 1.
    fn index(self) -> usize {
        match self {
            Side::There => 0,
            Side::Back => 1,
        }
    }
}

/// Both bells, as one process has them.
trait Bells {
    /// Wakes who waits at this side.
    fn ring(&mut self, side: Side) -> Result<()>;

    /// Waits until this side is rung.
    fn wait(&mut self, side: Side) -> Result<()>;
}

/// What the other process gets to have the same bells.
#[derive(Default)]
struct Rope {
    /// Its standard input and output.
    descriptors: Option<[OwnedFd; 2]>,
    /// An argument.
    word: String,
}

/// Bells, and what the other process gets.
type Made = (Box<dyn Bells>, Rope);

/// What is known of a way beforehand.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    make: fn() -> Result<Made>,
    join: fn(&str) -> Result<Box<dyn Bells>>,
}

/// All of them; the first is what the others are compared with.
pub(crate) const KNOWN: &[Known] = &[
    Known {
        name: "cache line",
        what: "both spin on a word in shared memory: what the hardware needs, at the price of two \
               busy processors",
        make: cache_line::make,
        join: cache_line::join,
    },
    Known {
        name: "futex",
        what: "a word in shared memory, FUTEX_WAIT and FUTEX_WAKE",
        make: futex::make,
        join: futex::join,
    },
    Known {
        name: NSHM,
        what: "this crate, an Event that resets itself",
        make: nshm::make,
        join: nshm::join,
    },
    Known {
        name: "eventfd",
        what: "a read and a write of eight bytes",
        make: descriptor::eventfds,
        join: descriptor::join_eight,
    },
    Known {
        name: "pipe",
        what: "a read and a write of one byte",
        make: descriptor::pipes,
        join: descriptor::join_one,
    },
    Known {
        name: "unix socket",
        what: "a stream socket, a read and a write of one byte",
        make: descriptor::sockets,
        join: descriptor::join_one,
    },
    Known {
        name: "pthread",
        what: "a mutex and a condition variable in shared memory",
        make: pthread::make,
        join: pthread::join,
    },
    Known {
        name: "raw_sync",
        what: "crate raw_sync 0.1, an event that resets itself",
        make: raw_sync::make,
        join: raw_sync::join,
    },
    Known {
        name: "iceoryx2 event",
        what: "crate iceoryx2 0.10, a notifier and a listener",
        make: iceoryx2::make,
        join: iceoryx2::join,
    },
];

fn known(name: &str) -> Result<&'static Known> {
    let found = KNOWN.iter().find(|known| known.name == name);
    found.with_context(|| format!("there is no bell {name:?}"))
}

/// `nshm-bench bell NAME PROCESSOR`: rings, and says how long it takes.
pub(crate) fn ring(name: &str, processor: usize) -> Result<()> {
    let known = known(name)?;
    let (mut bells, rope) = (known.make)()?;
    let mut echo = Echo::start(name, processor, rope)?;
    // The first trip waits until the other process is there.
    trip(bells.as_mut())?;
    for line in std::io::stdin().lines() {
        let line = line.context("standard input")?;
        let answer = match line.split_once(' ') {
            Some(("trips", millis)) => trips(bells.as_mut(), millis),
            _ => bail!("it does not know {line:?}"),
        };
        let answer = match answer {
            Ok(time) => format!("ok {time:.1}\n"),
            Err(error) => format!("fail {error:#}\n"),
        };
        let mut output = std::io::stdout().lock();
        output.write_all(answer.as_bytes())?;
        output.flush()?;
    }
    echo.0.kill().context("kill")?;
    Ok(())
}

/// The time of one round trip in nanoseconds, the mean over so many milliseconds.
fn trips(bells: &mut dyn Bells, millis: &str) -> Result<f64> {
    let time = Duration::from_millis(millis.parse().context("milliseconds")?);
    let begin = Instant::now();
    let mut count = 0u32;
    while begin.elapsed() < time {
        for _ in 0..10 {
            trip(bells)?;
        }
        count += 10;
    }
    Ok(begin.elapsed().as_secs_f64() * 1e9 / f64::from(count.max(1)))
}

fn trip(bells: &mut dyn Bells) -> Result<()> {
    bells.ring(Side::There)?;
    bells.wait(Side::Back)
}

/// `nshm-bench echo NAME PROCESSOR WORD`: rings back until it is killed.
pub(crate) fn echo(name: &str, processor: usize, word: &str) -> Result<()> {
    // Whoever rings may be killed too.
    set_parent_process_death_signal(Some(Signal::KILL)).context("prctl")?;
    stand::pin(processor)?;
    let mut bells = (known(name)?.join)(word)?;
    loop {
        bells.wait(Side::There)?;
        bells.ring(Side::Back)?;
    }
}

/// The process that rings back. It ends with this value.
struct Echo(Child);

impl Echo {
    fn start(name: &str, processor: usize, rope: Rope) -> Result<Echo> {
        let mut command = Command::new(std::env::current_exe().context("our own program")?);
        command.args(["echo", name, &processor.to_string(), &rope.word]);
        match rope.descriptors {
            Some([input, output]) => {
                command.stdin(input).stdout(output);
            }
            // Answers go to the standard output: it is not for the echo.
            None => {
                command.stdin(Stdio::null()).stdout(Stdio::null());
            }
        }
        Ok(Echo(command.spawn().context("cannot start the echo")?))
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It ends only so.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
