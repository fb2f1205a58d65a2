//! A live section as `list` and `info` show it.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use nshm::{Access, Audience, Listed, Name, Scope, Security};
use serde::Serialize;

use crate::os;

/// What is told of a section; the field names are those of the JSON form.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) size: u64,
    pub(crate) resident: u64,
    pub(crate) swapped: u64,
    pub(crate) attach_count: u64,
    pub(crate) creator_pid: u32,
    pub(crate) creator_uid: u32,
    /// RFC 3339.
    pub(crate) created: String,
    pub(crate) access: &'static str,
    pub(crate) others_read_only: bool,
    /// The file that it is over, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    #[serde(skip)]
    pub(crate) born: SystemTime,
}

impl Entry {
    fn new(name: &Name, kind: &'static str, info: &nshm::SectionInfo) -> Self {
        let has_others = matches!(
            info.security.audience(),
            Audience::Group | Audience::Everyone
        );
        let others_read_only = has_others && info.security.others() == Access::ReadOnly;
        Entry {
            name: name.to_string(),
            kind,
            size: info.len as u64,
            resident: info.resident,
            swapped: info.swapped,
            attach_count: info.attach_count,
            creator_pid: info.creator_pid,
            creator_uid: info.creator_uid,
            created: jiff::Timestamp::try_from(info.created)
                .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
                .to_string(),
            access: audience_word(info.security.audience()),
            others_read_only,
            file: info.file.clone(),
            born: info.created,
        }
    }

    /// One that was listed or found.
    pub(crate) fn listed(object: &Listed) -> Self {
        Entry::new(&object.name, object.kind.as_str(), &object.info)
    }

    /// The object of a name, without opening it, so that the counts do not count us.
    pub(crate) fn of(name: &Name) -> nshm::Result<Self> {
        nshm::find(name).map(|object| Entry::listed(&object))
    }

    /// The objects of a scope.
    pub(crate) fn list(scope: Scope) -> nshm::Result<Vec<Self>> {
        Ok(nshm::list(scope)?.iter().map(Entry::listed).collect())
    }

    /// Who made it: the user's name, or the number where it has none.
    pub(crate) fn creator(&self) -> String {
        os::user_name(self.creator_uid).unwrap_or_else(|| self.creator_uid.to_string())
    }

    /// How long ago it was created.
    pub(crate) fn age(&self) -> String {
        age(self.born.elapsed().unwrap_or_default())
    }

    /// Whom it admits, in one or two words.
    pub(crate) fn access_words(&self) -> String {
        if self.others_read_only {
            format!("{}, read-only", self.access)
        } else {
            self.access.to_owned()
        }
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
