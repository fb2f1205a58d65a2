//! Saving a snapshot beside a live view, so that the screen goes on.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use nshm::{Name, Section};

use crate::command::snapshot::{Existing, save};
use crate::compare::label;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::size;

/// A snapshot that is being made. Dropped before its end, it is given up and leaves no file.
pub(crate) struct Saving {
    thread: Option<JoinHandle<Result<usize>>>,
    shared: Arc<Shared>,
    path: PathBuf,
}

#[derive(Default)]
struct Shared {
    done: AtomicUsize,
    given_up: AtomicBool,
}

impl Saving {
    /// How often to ask how far it is.
    pub(crate) const PACE: Duration = Duration::from_millis(100);

    /// Begins to save a section to a new file.
    pub(crate) fn begin(name: &Name, path: PathBuf) -> std::result::Result<Self, String> {
        let shared = Arc::new(Shared::default());
        let work = {
            let (name, path, shared) = (name.clone(), path.clone(), Arc::clone(&shared));
            move || write(&name, &path, &shared)
        };
        // thread::spawn would panic where there can be no more threads.
        let thread = std::thread::Builder::new()
            .spawn(work)
            .map_err(|error| format!("not saved: {error}"))?;
        Ok(Saving {
            thread: Some(thread),
            shared,
            path,
        })
    }

    /// What to tell of one that may be under way: how far it is or, at last, what came of it.
    pub(crate) fn look(
        current: &mut Option<Saving>,
    ) -> Option<std::result::Result<String, String>> {
        let saving = current.as_mut()?;
        match saving.outcome() {
            None => Some(Ok(saving.progress())),
            outcome => {
                *current = None;
                outcome
            }
        }
    }

    /// How far it is.
    fn progress(&self) -> String {
        let done = self.shared.done.load(Ordering::Relaxed);
        format!("saving: {} so far", size::human(done as u64))
    }

    /// What came of it, once it has ended.
    fn outcome(&mut self) -> Option<std::result::Result<String, String>> {
        if !self.thread.as_ref()?.is_finished() {
            return None;
        }
        let done = self.thread.take()?.join();
        Some(match done {
            Ok(Ok(bytes)) => {
                let size = size::human(bytes as u64);
                Ok(format!("saved {size} to {}", label(&self.path)))
            }
            Ok(Err(failure)) => Err(format!("not saved: {failure}")),
            Err(_) => Err("not saved".into()),
        })
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        self.shared.given_up.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It removes what it has begun.
            let _ = thread.join();
        }
    }
}

fn write(name: &Name, path: &std::path::Path, shared: &Shared) -> Result<usize> {
    let view = Section::open_read_only(name)?.map_read_only()?;
    let step = |bytes| {
        if shared.given_up.load(Ordering::Relaxed) {
            return Err(Failure::new(ExitCode::Failure, "it was given up"));
        }
        shared.done.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    };
    save(&name.to_string(), &view, path, Existing::Keep, step)?;
    Ok(view.len())
}

/// A name for the file of a snapshot: that of the section, as far as it can be, and the time.
pub(crate) fn file_name(name: &Name) -> String {
    let leaf: String = name
        .leaf()
        .chars()
        .map(|it| match it.is_alphanumeric() || "-_.".contains(it) {
            true => it,
            false => '_',
        })
        .take(64)
        .collect();
    let leaf = leaf.trim_start_matches('.');
    let now = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    match leaf {
        "" => format!("section-{now}.nshm"),
        leaf => format!("{leaf}-{now}.nshm"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_sections() {
        let begin = |name: &str| {
            let file = file_name(&Name::new(name).unwrap());
            file.rsplit_once('-').unwrap().0.to_owned()
        };
        assert_eq!(begin(r"Global\MyFileMappingObject"), "MyFileMappingObject");
        assert_eq!(begin("a/b c\x1b"), "a_b_c_");
        assert_eq!(begin(".."), "section");
        assert!(file_name(&Name::new("x").unwrap()).ends_with("Z.nshm"));
    }
}
