//! A live object as `list` and `info` show it.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use nshm::inspect::{Object, Origin};
use nshm::{Access, Audience, Listed, Name, Scope, SectionInfo, Security};
use serde::Serialize;

use crate::os;
use crate::state::{self, State};
use crate::text::escape;

/// What is told of an object; the field names are those of the JSON form.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// The library that made it; null where nothing tells.
    pub(crate) family: Option<&'static str>,
    pub(crate) size: u64,
    pub(crate) resident: u64,
    pub(crate) swapped: u64,
    /// Null where the system does not count.
    pub(crate) attach_count: Option<u64>,
    pub(crate) holders: Vec<Holder>,
    /// Null where somebody may have it whom this user cannot see.
    pub(crate) orphaned: Option<bool>,
    /// Null where the system does not tell; the other two likewise.
    pub(crate) creator_pid: Option<u32>,
    pub(crate) creator_uid: Option<u32>,
    /// RFC 3339.
    pub(crate) created: Option<String>,
    pub(crate) access: &'static str,
    pub(crate) others_read_only: bool,
    /// The key of a System V segment, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// The file that it is over, if it is. Bytes that are no text are replaced: JSON has no room
    /// for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// Of an event, a mutex or a semaphore; null where it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<State>,
    #[serde(skip)]
    pub(crate) born: Option<SystemTime>,
}

/// A process that has an object open.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Holder {
    pub(crate) pid: u32,
    /// Null where the system does not tell.
    pub(crate) command: Option<String>,
}

impl Holder {
    /// The number and the command, for people.
    pub(crate) fn words(&self) -> String {
        match &self.command {
            Some(command) => format!("{} ({})", self.pid, escape(command)),
            None => self.pid.to_string(),
        }
    }

    /// The name of the program and the number, for people with little room.
    pub(crate) fn brief(&self) -> String {
        match &self.command {
            Some(command) => {
                let program = command.rsplit('/').next().unwrap_or(command);
                format!("{} ({})", escape(program), self.pid)
            }
            None => self.pid.to_string(),
        }
    }
}

/// The programs of processes, each asked for once.
#[derive(Default)]
pub(crate) struct Programs(HashMap<u32, Option<String>>);

impl Programs {
    pub(crate) fn holder(&mut self, pid: u32) -> Holder {
        let command = self.0.entry(pid).or_insert_with(|| os::program_of(pid));
        Holder {
            pid,
            command: command.clone(),
        }
    }
}

/// The names of users, safe to show, each asked for once: asking may take a network.
#[derive(Default)]
pub(crate) struct Users(HashMap<u32, String>);

impl Users {
    /// The name, or the number of who has none.
    pub(crate) fn name(&mut self, uid: u32) -> &str {
        self.0.entry(uid).or_insert_with(|| {
            let name = os::user_name(uid).unwrap_or_else(|| uid.to_string());
            escape(&name).into_owned()
        })
    }
}

impl Entry {
    pub(crate) fn new(object: &Object, programs: &mut Programs) -> Self {
        let is_posix = matches!(object.origin, Origin::Posix { .. });
        Entry {
            family: object.family(),
            holders: object
                .holders
                .iter()
                .map(|pid| programs.holder(*pid))
                .collect(),
            orphaned: object.orphaned,
            key: match object.origin {
                Origin::SystemV { key, .. } if key != 0 => Some(format!("{key:#010x}")),
                _ => None,
            },
            ..Entry::unheld(object.name(), object.kind(), is_posix, &object.info)
        }
    }

    /// One without its holders, for who looks so often that asking every process is too much.
    pub(crate) fn listed(object: &Listed) -> Self {
        let is_posix = *object.name.scope() == Scope::Posix;
        let kind = object.kind.as_str();
        Entry::unheld(object.name.to_string(), kind, is_posix, &object.info)
    }

    /// What is known without asking who holds it.
    fn unheld(name: String, kind: &'static str, is_posix: bool, info: &SectionInfo) -> Self {
        let has_others = matches!(
            info.security.audience(),
            Audience::Group | Audience::Everyone
        );
        let born = Some(info.created).filter(|created| *created != SystemTime::UNIX_EPOCH);
        Entry {
            name,
            kind,
            family: None,
            size: info.len as u64,
            resident: info.resident,
            swapped: info.swapped,
            attach_count: (!is_posix).then_some(info.attach_count),
            holders: Vec::new(),
            orphaned: None,
            creator_pid: Some(info.creator_pid).filter(|pid| *pid != 0),
            creator_uid: Some(info.creator_uid).filter(|uid| *uid != u32::MAX),
            created: born
                .and_then(|born| jiff::Timestamp::try_from(born).ok())
                // To the second, as the kernel records it of segments.
                .and_then(|born| jiff::Timestamp::from_second(born.as_second()).ok())
                .map(|born| born.to_string()),
            access: audience_word(info.security.audience()),
            others_read_only: has_others && info.security.others() == Access::ReadOnly,
            key: None,
            file: info
                .file
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned()),
            state: None,
            born,
        }
    }

    /// The same with the state of what can be waited for, which is opened for that: afterwards, so
    /// that the counts do not count us.
    pub(crate) fn with_state(object: &Object, programs: &mut Programs) -> Self {
        let entry = Entry::new(object, programs);
        let state = state::of(object, programs);
        Entry { state, ..entry }
    }

    /// The object of a name, with its state.
    pub(crate) fn of(name: &Name) -> nshm::Result<Self> {
        let object = nshm::inspect::object(name)?;
        Ok(Entry::with_state(&object, &mut Programs::default()))
    }

    /// The System V segment of a number.
    pub(crate) fn of_segment(id: i32) -> nshm::Result<Self> {
        let object = nshm::inspect::segment(id)?;
        Ok(Entry::new(&object, &mut Programs::default()))
    }

    /// How long ago it was created.
    pub(crate) fn age(&self) -> Option<String> {
        Some(age(self.born?.elapsed().unwrap_or_default()))
    }

    /// Whom it admits, in one or two words.
    pub(crate) fn access_words(&self) -> String {
        if self.others_read_only {
            format!("{}, read-only", self.access)
        } else {
            self.access.to_owned()
        }
    }

    /// Who has it, in a sentence.
    pub(crate) fn holder_words(&self) -> String {
        match (self.holders.is_empty(), self.orphaned) {
            (false, _) => {
                let seen: Vec<_> = self.holders.iter().map(Holder::words).collect();
                seen.join(", ")
            }
            (true, Some(true)) => "nobody".into(),
            (true, _) => "nobody this user can see".into(),
        }
    }

    /// Whether nobody is shown to have it, although somebody has or may have.
    pub(crate) fn has_unseen_holders(&self) -> bool {
        self.holders.is_empty() && self.orphaned != Some(true)
    }

    /// Whether there may be others than those that are shown.
    pub(crate) fn may_have_more_holders(&self) -> bool {
        let counted = self.attach_count.unwrap_or(0);
        self.has_unseen_holders() || counted > self.holders.len() as u64
    }
}

/// The word for an audience, on the command line and in output.
pub(crate) fn audience_word(audience: Audience) -> &'static str {
    match audience {
        Audience::Nobody => "nobody",
        Audience::Owner => "owner",
        Audience::Group => "group",
        Audience::Everyone => "everyone",
    }
}

/// Whom a security admits, in a sentence.
pub(crate) fn security_words(security: Security) -> &'static str {
    match (security.audience(), security.others()) {
        (Audience::Nobody, _) => "for the handles of its creator only",
        (Audience::Owner, _) => "for its owner only",
        (Audience::Group, Access::ReadWrite) => "for its owner and the group",
        (Audience::Group, Access::ReadOnly) => "for its owner, and the group may read",
        (Audience::Everyone, Access::ReadWrite) => "for everyone",
        (Audience::Everyone, Access::ReadOnly) => "for its owner, and everyone may read",
    }
}

/// A duration in its two largest units.
pub(crate) fn age(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let unit = match seconds {
        0..3600 => 1,
        3600..86_400 => 60,
        _ => 3600,
    };
    humantime::format_duration(Duration::from_secs(seconds / unit * unit)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_two_units() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (61, "1m 1s"),
            (3599, "59m 59s"),
            (3661, "1h 1m"),
            (90_061, "1day 1h"),
            (172_800, "2days"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), text);
        }
    }
}
