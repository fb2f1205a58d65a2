//! What completes a name on the command line: the names that are alive now.

use std::ffi::OsStr;

use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use nshm::{Kind, Listed};

use crate::size;

/// Completes names.
pub(crate) fn names() -> ArgValueCandidates {
    ArgValueCandidates::new(|| live(|_| true))
}

/// Completes the names of a kind.
pub(crate) fn names_of(kind: Kind) -> ArgValueCandidates {
    ArgValueCandidates::new(move || live(|object| object.kind == kind))
}

/// Completes names and, where a word begins as a path does, files.
pub(crate) fn names_and_files() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let text = current.to_string_lossy();
        if text.starts_with(['/', '.']) {
            return PathCompleter::any().complete(current);
        }
        let mut found = live(|_| true);
        found.retain(|name| name.get_value().to_string_lossy().starts_with(&*text));
        found
    })
}

/// Every name that this user can see, with the kind and the size. What cannot be listed is left
/// out: nobody reads an error here.
fn live(wanted: impl Fn(&Listed) -> bool) -> Vec<CompletionCandidate> {
    let mut found: Vec<_> = nshm::inspect::scopes()
        .into_iter()
        .flat_map(|scope| nshm::list(scope).unwrap_or_default())
        .filter(wanted)
        .map(|object| {
            let size = size::human(object.info.len as u64);
            let help = format!("{}, {size}", object.kind.as_str());
            CompletionCandidate::new(object.name.to_string()).help(Some(help.into()))
        })
        .collect();
    found.sort();
    found
}
