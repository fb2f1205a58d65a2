//! What could not be seen, in words.

use nshm::inspect::Gap;
use nshm::{ErrorKind, Scope};

use crate::failure::with_causes;
use crate::os;
use crate::output;

/// What could not be read, in words.
pub(crate) struct Unread {
    /// Whose names this user may not see.
    pub(crate) denied: Option<String>,
    /// What went wrong in another way.
    pub(crate) failed: Vec<String>,
}

pub(crate) fn unread(gaps: &[Gap]) -> Unread {
    let mut denied = Vec::new();
    let mut failed = Vec::new();
    for gap in gaps {
        match gap {
            Gap::Scope { scope, error } if error.kind() == ErrorKind::AccessDenied => {
                denied.push(scope_words(scope));
            }
            Gap::Scope { error, .. } | Gap::Others { error } => {
                failed.push(format!("skipped: {}", with_causes(error)));
            }
            _ => {}
        }
    }
    Unread {
        denied: (!denied.is_empty()).then(|| format!("the names of {}", denied.join(", "))),
        failed,
    }
}

/// Notes where names could not be read, and why.
pub(crate) fn note_unread(gaps: &[Gap]) {
    let unread = unread(gaps);
    for words in unread.failed {
        output::note(&words);
    }
    if let Some(names) = unread.denied {
        output::note(&format!("not shown, because access is denied: {names}"));
    }
}

/// Whose holdings could not be seen.
pub(crate) fn unseen_holders(gaps: &[Gap]) -> impl Iterator<Item = &'static str> {
    gaps.iter().filter_map(|gap| match gap {
        Gap::Processes | Gap::HiddenProcesses => Some(closed_processes()),
        Gap::OuterProcesses => Some("processes outside of this container are not shown"),
        _ => None,
    })
}

/// Which processes do not show this user what they have.
pub(crate) fn closed_processes() -> &'static str {
    if os::raised() {
        "some processes do not show what they have, not even to root"
    } else {
        "processes of other users are shown to root only"
    }
}

/// Notes whose holdings could not be seen.
pub(crate) fn note_unseen_holders(gaps: &[Gap]) {
    unseen_holders(gaps).for_each(output::note);
}

fn scope_words(scope: &Scope) -> String {
    match scope {
        Scope::Local => "this user".into(),
        Scope::Session(number) => {
            os::user_name(*number).unwrap_or_else(|| format!("user {number}"))
        }
        _ => r"Global\".into(),
    }
}
