//! What an event, a mutex or a semaphore is like, as `list` and `info` show it.

use nshm::inspect::{self, Object};
use nshm::{EventState, Reset};
use serde::Serialize;

use crate::entry::Programs;
use crate::text::escape;

/// A state; the field names are those of the JSON form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum State {
    Event {
        set: bool,
        /// What resets it: `manual` or `automatic`.
        reset: &'static str,
    },
    Mutex {
        /// Null for one that is free.
        owner: Option<Owner>,
        /// Its last owner ended without unlocking it, which the next one will be told.
        abandoned: bool,
    },
    Semaphore {
        count: u32,
        max: u32,
    },
    /// Null: this user may not open it, or it has gone since.
    Unknown,
}

/// The thread that owns a mutex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Owner {
    /// Its id, that of its process for the first thread. Null where the system does not tell.
    thread: Option<u32>,
    /// Null where the system does not tell.
    command: Option<String>,
}

/// The state of an object; `None` for what is only memory.
pub(crate) fn of(object: &Object, programs: &mut Programs) -> Option<State> {
    match inspect::state(object) {
        Ok(state) => Some(State::new(state?, programs)),
        Err(_) => Some(State::Unknown),
    }
}

/// The word for what resets an event.
pub(crate) fn reset_word(reset: Reset) -> &'static str {
    match reset {
        Reset::Manual => "manual",
        Reset::Automatic => "automatic",
    }
}

/// The word for whether an event is set.
pub(crate) fn set_word(set: bool) -> &'static str {
    if set { "set" } else { "not set" }
}

impl State {
    fn new(state: inspect::State, programs: &mut Programs) -> Self {
        match state {
            inspect::State::Event { reset, state } => State::Event {
                set: state == EventState::Set,
                reset: reset_word(reset),
            },
            inspect::State::Mutex { owner, abandoned } => State::Mutex {
                owner: owner.map(|thread| Owner::new(thread, programs)),
                abandoned,
            },
            inspect::State::Semaphore { count, max } => State::Semaphore { count, max },
            // The kinds may grow.
            _ => State::Unknown,
        }
    }

    /// All of it, for people.
    pub(crate) fn words(&self) -> String {
        match self {
            State::Event { set, reset } => format!("{}, {reset} reset", set_word(*set)),
            State::Mutex {
                owner: Some(owner), ..
            } => owner.words(),
            State::Mutex {
                owner: None,
                abandoned: true,
            } => "free; its last owner ended without unlocking it".into(),
            State::Semaphore { count, max } => format!("{count} of at most {max}"),
            State::Mutex { owner: None, .. } | State::Unknown => self.brief(),
        }
    }

    /// The same for people with little room.
    pub(crate) fn brief(&self) -> String {
        match self {
            State::Event { set, .. } => set_word(*set).into(),
            State::Mutex {
                owner: None,
                abandoned,
            } => if *abandoned { "abandoned" } else { "free" }.into(),
            State::Mutex {
                owner: Some(owner), ..
            } => match owner.thread {
                Some(thread) => format!("owned by {thread}"),
                None => "owned".into(),
            },
            State::Semaphore { count, max } => format!("{count} of {max}"),
            State::Unknown => "unknown".into(),
        }
    }
}

impl Owner {
    /// The thread of that id, or 0.
    pub(crate) fn new(thread: u32, programs: &mut Programs) -> Self {
        if thread == 0 {
            return Owner {
                thread: None,
                command: None,
            };
        }
        Owner {
            thread: Some(thread),
            // The directory of any thread tells the command of its process.
            command: programs.holder(thread).command,
        }
    }

    /// Who it is, for people.
    pub(crate) fn words(&self) -> String {
        match (self.thread, &self.command) {
            (Some(thread), Some(command)) => {
                format!("owned by thread {thread} ({})", escape(command))
            }
            (Some(thread), None) => format!("owned by thread {thread}"),
            (None, _) => "owned".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_told_in_words_and_as_json() {
        let owner = |command: Option<&str>| {
            Some(Owner {
                thread: Some(7),
                command: command.map(str::to_owned),
            })
        };
        for (state, words, brief, json) in [
            (
                State::Event {
                    set: true,
                    reset: "manual",
                },
                "set, manual reset",
                "set",
                r#"{"set":true,"reset":"manual"}"#,
            ),
            (
                State::Event {
                    set: false,
                    reset: "automatic",
                },
                "not set, automatic reset",
                "not set",
                r#"{"set":false,"reset":"automatic"}"#,
            ),
            (
                State::Mutex {
                    owner: None,
                    abandoned: false,
                },
                "free",
                "free",
                r#"{"owner":null,"abandoned":false}"#,
            ),
            (
                State::Mutex {
                    owner: None,
                    abandoned: true,
                },
                "free; its last owner ended without unlocking it",
                "abandoned",
                r#"{"owner":null,"abandoned":true}"#,
            ),
            (
                State::Mutex {
                    owner: owner(Some("a\nb")),
                    abandoned: false,
                },
                r"owned by thread 7 (a\u{a}b)",
                "owned by 7",
                r#"{"owner":{"thread":7,"command":"a\nb"},"abandoned":false}"#,
            ),
            (
                State::Mutex {
                    owner: owner(None),
                    abandoned: false,
                },
                "owned by thread 7",
                "owned by 7",
                r#"{"owner":{"thread":7,"command":null},"abandoned":false}"#,
            ),
            (
                State::Mutex {
                    owner: Some(Owner::new(0, &mut Programs::default())),
                    abandoned: false,
                },
                "owned",
                "owned",
                r#"{"owner":{"thread":null,"command":null},"abandoned":false}"#,
            ),
            (
                State::Semaphore { count: 2, max: 3 },
                "2 of at most 3",
                "2 of 3",
                r#"{"count":2,"max":3}"#,
            ),
            (State::Unknown, "unknown", "unknown", "null"),
        ] {
            assert_eq!(state.words(), words);
            assert_eq!(state.brief(), brief);
            assert_eq!(serde_json::to_string(&state).unwrap(), json);
        }
    }
}
