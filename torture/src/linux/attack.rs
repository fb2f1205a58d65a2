//! The list of the attacks: which promise each one is against, and which part of the time it has.

use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;

use super::report::Figures;
use super::stage::Stage;
use super::{chaos, death, failure, forgery, hostile, placed, soak, stress, waiting};

/// What an attack has to work with.
pub(crate) struct Campaign<'s> {
    pub(crate) stage: &'s Stage,
    /// Repeats the random choices.
    pub(crate) seed: u64,
    /// How long an attack without an end of its own goes on.
    pub(crate) time: Duration,
    /// How many processes the soak has.
    pub(crate) processes: usize,
    /// How many turns those under stress have, all together.
    pub(crate) turns: u64,
}

/// An attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attack {
    Death,
    Failure,
    Waiting,
    Placed,
    Chaos,
    Hostile,
    Forgery,
    Stress,
    Soak,
}

impl Attack {
    pub(crate) const ALL: [Attack; 9] = [
        Attack::Death,
        Attack::Failure,
        Attack::Waiting,
        Attack::Placed,
        Attack::Chaos,
        Attack::Hostile,
        Attack::Forgery,
        Attack::Stress,
        Attack::Soak,
    ];

    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Attack::Death => "death",
            Attack::Failure => "failure",
            Attack::Waiting => "waiting",
            Attack::Placed => "placed",
            Attack::Chaos => "chaos",
            Attack::Hostile => "hostile",
            Attack::Forgery => "forgery",
            Attack::Stress => "stress",
            Attack::Soak => "soak",
        }
    }

    /// What must hold.
    pub(crate) fn promise(self) -> &'static str {
        match self {
            Attack::Death => {
                "Whoever is killed when, a name is absent or whole, and no memory is left."
            }
            Attack::Failure => {
                "Whatever the system refuses, a call succeeds or says why, changes nothing of \
                 others and leaks nothing."
            }
            Attack::Waiting => {
                "Whoever is killed when, nobody sleeps on beside what is available, and the death \
                 of an owner is told once."
            }
            Attack::Placed => {
                "Whoever is killed when with a lock inside a section, nobody waits for it, and its \
                 death is told: to one, or to all until it is mended."
            }
            Attack::Chaos => {
                "Among processes that die, stop, fork and exec, a name is one object at a time, a \
                 new one is zero, and a lock has one owner."
            }
            Attack::Hostile => {
                "Who may write into an object can spoil that object for others, and nothing else: \
                 no crash, no wait beyond its time, no other object."
            }
            Attack::Forgery => {
                "Nobody gets at the memory or the names of others, or leads them to memory of his \
                 own, by what he writes into a directory."
            }
            Attack::Stress => {
                "However many use an object at once, everybody who waits gets on, nobody is beside an \
                 owner, and nothing that is counted is lost or won."
            }
            Attack::Soak => "Under long load nothing grows.",
        }
    }

    /// How it is attacked.
    pub(crate) fn how(self) -> &'static str {
        match self {
            Attack::Death => {
                "Each operation on a name, and each on what is placed in a section, with others in its \
                 way, asleep on it or dead, is run once for each of its system calls, and killed \
                 before it and after it; then others look at what is left."
            }
            Attack::Failure => {
                "Each system call of each operation is made to fail in each way that its manual \
                 page names."
            }
            Attack::Waiting => {
                "What is done to events, mutexes and semaphores is killed after each single \
                 instruction (from the 400th on after every seventh), with somebody asleep on the \
                 object or not."
            }
            Attack::Placed => {
                "Processes use a mutex, a condition and a reader-writer lock inside a section, and are \
                 stopped and killed at random moments; each operation on what is placed there is \
                 killed after instructions at random. How many deaths must be told is read from the \
                 locks before."
            }
            Attack::Chaos => {
                "Processes do everything to a few names, a mutex, a semaphore and an event, and are \
                 killed, stopped, forked and replaced at random. Their histories are compared with \
                 what can have been."
            }
            Attack::Hostile => {
                "Processes write noise and well-aimed values (thread ids, flags, counts) over the \
                 words and the data of objects that others use, and are joined by SIGKILL."
            }
            Attack::Forgery => {
                "Links and directories are written by hand, by this user and as real processes of \
                 other users, and used by every call that takes a name."
            }
            Attack::Stress => {
                "Eight processes take and give back one object as often as can be: events, mutexes, \
                 semaphores and waits for several, with names and inside a section, reader-writer \
                 locks and conditions. Inside they change plain counters in two steps."
            }
            Attack::Soak => {
                "Many processes open, use and close two thousand names at random; memory, \
                 descriptors, segments and links are counted all the while."
            }
        }
    }

    /// Its part of the time, of those that have no end of their own.
    pub(crate) fn weight(self) -> u32 {
        match self {
            Attack::Death | Attack::Failure | Attack::Waiting | Attack::Stress => 0,
            Attack::Chaos | Attack::Soak => 3,
            Attack::Hostile => 2,
            Attack::Placed | Attack::Forgery => 1,
        }
    }

    pub(crate) fn run(self, campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
        match self {
            Attack::Death => death::run(campaign, figures),
            Attack::Failure => failure::run(campaign, figures),
            Attack::Waiting => waiting::run(campaign, figures),
            Attack::Placed => placed::run(campaign, figures),
            Attack::Chaos => chaos::run(campaign, figures),
            Attack::Hostile => hostile::run(campaign, figures),
            Attack::Forgery => forgery::run(campaign, figures),
            Attack::Stress => stress::run(campaign, figures),
            Attack::Soak => soak::run(campaign, figures),
        }
    }
}
