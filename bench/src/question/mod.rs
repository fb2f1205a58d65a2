//! What is asked: one file per question.

#[allow(unsafe_code, reason = "memcpy and memset of shared pages")]
mod copy;
mod crash;
mod growth;
mod life;
mod many;
mod wake;

use std::time::Duration;

use anyhow::Result;

use crate::child::Peer;
use crate::foreign::Entrant;
use crate::output;
use crate::results::{Absent, Table};
use crate::stand::Stand;

/// Something that a user wants to know.
pub(crate) struct Question {
    /// The word for `--only`.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What its tables show, and why they look so.
    pub(crate) why: &'static str,
    pub(crate) ask: fn(&Plan<'_>) -> Result<Vec<Table>>,
}

/// All of them.
pub(crate) const QUESTIONS: &[Question] = &[
    Question {
        name: "life",
        title: "The life of a name",
        why: include_str!("life.md"),
        ask: life::ask,
    },
    Question {
        name: "growth",
        title: "Growth",
        why: include_str!("growth.md"),
        ask: growth::ask,
    },
    Question {
        name: "copy",
        title: "First touch and copy",
        why: include_str!("copy.md"),
        ask: copy::ask,
    },
    Question {
        name: "wake",
        title: "Wake-up",
        why: include_str!("wake.md"),
        ask: wake::ask,
    },
    Question {
        name: "crash",
        title: "Crash recovery",
        why: include_str!("crash.md"),
        ask: crash::ask,
    },
    Question {
        name: "many",
        title: "Many at once",
        why: include_str!("many.md"),
        ask: many::ask,
    },
];

pub(crate) const PAGE: usize = 4096;
pub(crate) const MIB: usize = 1 << 20;
pub(crate) const GIB: usize = 1 << 30;

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Under three minutes.
    Quick,
    /// As long as it takes.
    Full,
}

impl Mode {
    pub(crate) fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Mode::Quick => quick,
            Mode::Full => full,
        }
    }
}

/// What a question has to work with.
pub(crate) struct Plan<'a> {
    pub(crate) stand: &'a Stand,
    pub(crate) mode: Mode,
    /// How many rounds count.
    pub(crate) rounds: usize,
    /// How long a peer repeats what it does in a round.
    pub(crate) turn: Duration,
    pub(crate) entrants: &'a [Entrant],
    pub(crate) absent: &'a [Absent],
}

impl Plan<'_> {
    /// Starts a peer, on the second processor. The first is for who tells it what to do.
    pub(crate) fn start(&self, entrant: &Entrant) -> Result<Peer> {
        let command = entrant.command(self.stand);
        match entrant.alone {
            true => self.stand.on(1, || Peer::start(command))?,
            false => Peer::start(command),
        }
    }

    /// Starts a peer that may run anywhere.
    pub(crate) fn start_anywhere(&self, entrant: &Entrant) -> Result<Peer> {
        Peer::start(entrant.command(self.stand))
    }

    pub(crate) fn millis(&self) -> u128 {
        self.turn.as_millis()
    }

    /// Says what is measured now.
    pub(crate) fn say(&self, table: &Table, column: &str) {
        output::say(&format!("{}: {column}", table.title));
    }
}

/// A size in words.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..MIB => format!("{} KiB", bytes >> 10),
        MIB..GIB => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

/// How much memory could be had, in bytes.
pub(crate) fn available() -> usize {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    kib(&text, "MemAvailable:").unwrap_or(0) << 10
}

/// A line of `/proc/meminfo`, in KiB.
pub(crate) fn kib(text: &str, key: &str) -> Option<usize> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_words() {
        let words = [64, PAGE, 64 << 10, MIB, 256 * MIB, GIB].map(size);
        assert_eq!(
            words,
            ["64 B", "4 KiB", "64 KiB", "1 MiB", "256 MiB", "1 GiB"]
        );
    }

    #[test]
    fn questions_have_words_of_their_own() {
        for (index, question) in QUESTIONS.iter().enumerate() {
            let before = &QUESTIONS[..index];
            assert!(before.iter().all(|other| other.name != question.name));
        }
    }
}
