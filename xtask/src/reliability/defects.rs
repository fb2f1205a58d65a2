//! What was found broken on the way, and the test that would find it again.

/// Something that was broken once.
pub(super) struct Defect {
    /// What could happen.
    pub(super) what: &'static str,
    /// What found it.
    pub(super) found_by: &'static str,
    /// The file of the test that is named after it, and the test.
    pub(super) file: &'static str,
    pub(super) test: &'static str,
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        what: "When the mark that makes a segment go with its last user failed, the segment stayed \
               for ever.",
        found_by: "failure of every system call",
        file: "torture/tests/regressions.rs",
        test: "a_mark_that_fails_leaves_no_segment",
    },
    Defect {
        what: "An error of the question whether a segment is there counted as the answer that it is \
               not, and the name of a living section could be removed.",
        found_by: "failure of every system call",
        file: "torture/tests/regressions.rs",
        test: "an_unanswered_question_takes_no_live_name_away",
    },
    Defect {
        what: "The first lock of a thread inside a section left a part of its memory mapped, and a \
               segment with it, where the system did not map all of it.",
        found_by: "failure of every system call",
        file: "torture/tests/regressions.rs",
        test: "a_first_lock_that_fails_leaves_nothing_mapped",
    },
    Defect {
        what: "One lock for all names of a user: under load half of all links became stale.",
        found_by: "soak",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "a_name_that_is_locked_holds_up_no_other",
    },
    Defect {
        what: "Root and a user took different locks for one name, and a live name could be lost.",
        found_by: "not recorded",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "everybody_takes_the_lock_of_the_directory",
    },
    Defect {
        what: "A thread that had moved to another IPC namespace took living names for stale ones.",
        found_by: "not recorded",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "a_thread_in_another_ipc_namespace_takes_no_live_name_away",
    },
    Defect {
        what: "An open did not look at the directory, so a stranger who had replaced it could lead \
               a user to any section of its own.",
        found_by: "a test with forged links",
        file: "crates/nshm/tests/it/linux/tamper.rs",
        test: "a_good_link_in_a_bad_directory_is_refused",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::Workspace;

    #[test]
    fn every_defect_has_its_test() {
        let workspace = Workspace::load().unwrap();
        for defect in DEFECTS {
            let text = std::fs::read_to_string(workspace.root().join(defect.file)).unwrap();
            let function = format!("fn {}()", defect.test);
            assert!(text.contains(&function), "{} in {}", function, defect.file);
        }
    }
}
