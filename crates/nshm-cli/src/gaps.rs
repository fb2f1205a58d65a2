//! What could not be seen, in words.

use nshm::inspect::Gap;
use nshm::{ErrorKind, Scope};

use crate::os;
use crate::output;

/// Notes where names could not be read, and why.
pub(crate) fn note_unread(gaps: &[Gap]) {
    let mut denied = Vec::new();
    for gap in gaps {
        match gap {
            Gap::Scope { scope, error } if error.kind() == ErrorKind::AccessDenied => {
                denied.push(scope_words(scope));
            }
            Gap::Scope { error, .. } | Gap::Others { error } => {
                output::note(&format!("skipped: {error}"));
            }
            _ => {}
        }
    }
    if !denied.is_empty() {
        output::note(&format!(
            "not shown, because access is denied: the names of {}",
            denied.join(", ")
        ));
    }
}

/// Notes whose holdings could not be seen.
pub(crate) fn note_unseen_holders(gaps: &[Gap]) {
    for gap in gaps {
        let words = match gap {
            Gap::Processes | Gap::HiddenProcesses => {
                "processes of other users are shown to root only"
            }
            Gap::OuterProcesses => "processes outside of this container are not shown",
            _ => continue,
        };
        output::note(words);
    }
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
