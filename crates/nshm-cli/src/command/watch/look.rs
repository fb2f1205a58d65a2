//! One look at a section: it is opened, the bytes that are shown are copied out, and it is let go.
//!
//! So nothing that is watched is kept alive by being watched, and one that comes back under the
//! same name is seen again. Only the pages that are shown are touched.

use std::ops::Range;
use std::time::SystemTime;

use nshm::{Access, ErrorKind, Name, Section, View};

use crate::entry::{Entry, Users};

/// What a look found.
pub(crate) enum Look {
    /// It is there.
    There {
        about: Box<About>,
        /// The bytes of each part that was asked for, as far as the section goes.
        parts: Vec<Vec<u8>>,
    },
    /// No live section has the name.
    Absent,
    /// It is there, or may be, but cannot be read; the reason.
    Refused(String),
}

/// What is told of a section at the top of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) len: usize,
    /// Without this look; unknown where the system does not count. So are the next two where it
    /// does not tell, and the last.
    pub(crate) attached: Option<u64>,
    pub(crate) creator: Option<String>,
    pub(crate) creator_pid: Option<u32>,
    pub(crate) access: String,
    pub(crate) born: Option<SystemTime>,
}

impl About {
    /// Whether it is the same section, as far as can be told.
    pub(crate) fn is_same(&self, other: &About) -> bool {
        (self.len, self.creator_pid, self.born) == (other.len, other.creator_pid, other.born)
    }
}

/// Looks at parts of a section, given as ranges of offsets.
pub(crate) fn look(name: &Name, parts: &[Range<usize>], users: &mut Users) -> Look {
    match try_look(name, parts, users) {
        Ok(look) => look,
        Err(error) if error.kind() == ErrorKind::NotFound => Look::Absent,
        Err(error) => Look::Refused(error.to_string()),
    }
}

fn try_look(name: &Name, parts: &[Range<usize>], users: &mut Users) -> nshm::Result<Look> {
    let entry = Entry::listed(&nshm::find(name)?);
    let view = open(name)?;
    let about = About {
        len: view.len(),
        attached: entry.attach_count,
        creator: entry.creator_uid.map(|uid| users.name(uid).to_owned()),
        creator_pid: entry.creator_pid,
        access: entry.access_words(),
        born: entry.born,
    };
    let parts = parts.iter().map(|part| {
        let start = part.start.min(view.len());
        let end = part.end.clamp(start, view.len());
        view.read_vec(start, end - start)
    });
    Ok(Look::There {
        about: Box::new(about),
        parts: parts.collect::<Result<_, _>>()?,
    })
}

/// The whole section, to be looked at.
pub(crate) fn open(name: &Name) -> nshm::Result<View> {
    Section::options()
        .access(Access::ReadOnly)
        .open(name)?
        .map_read_only()
}
