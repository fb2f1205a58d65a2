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
        what: "What those who wait for all of several objects could not take, each of them gave to the next one, \
               and so on for seconds.",
        found_by: "stress",
        file: "crates/nshm/src/protocol/tests.rs",
        test: "an_event_was_passed_round_among_those_who_wait_for_all",
    },
    Defect {
        what: "A forked child in another PID namespace locked a mutex of its parent by an id that means \
               another thread outside, or nobody.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "a_moved_child_locked_a_mutex_of_its_parent",
    },
    Defect {
        what: "What a thread owned that became another program, and was not the first one of its process, \
               stayed locked: the kernel looks for it by another id then.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/sync.rs",
        test: "what_a_thread_owned_that_ran_another_program_stayed_locked",
    },
    Defect {
        what: "A peer could write an owner who never was into a mutex, and who waited for it without a \
               timeout waited for ever.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/sync.rs",
        test: "a_mutex_of_nobody_was_locked_for_ever",
    },
    Defect {
        what: "An event that was set twice while two slept let one go and kept the other asleep: it \
               stayed set until a sleeper had run, and the second call counted for nothing.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/sync.rs",
        test: "two_sets_in_a_row_let_one_of_two_sleepers_go",
    },
    Defect {
        what: "What a sleeping thread had been let go by, a reset took back, or the next wait of the \
               thread that had set the event took for itself.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/sync.rs",
        test: "what_a_sleeper_was_let_go_by_could_be_taken_back_or_taken_away",
    },
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
    Defect {
        what: "A forgotten guard of a lock inside a section left a name for the kernel to look \
               at, and the end of the thread could change four bytes of what lay there by then.",
        found_by: "a test of locks in two sections",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "a_will_outlived_the_memory_that_it_named",
    },
    Defect {
        what: "A thread in another IPC namespace attached the segment that had the id of its section \
               there, which was a stranger's.",
        found_by: "not recorded",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "a_thread_in_another_ipc_namespace_maps_no_segment_of_a_stranger",
    },
    Defect {
        what: "A link that a user had written by hand in its own directory led root to any section of \
               root's, and to any file.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/users.rs",
        test: "a_user_leads_nobody_to_what_is_roots",
    },
    Defect {
        what: "Who could write to a directory exchanged links while one was opened, and the owner of \
               the other one vouched for it.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "the_owner_of_another_link_vouched_for_it",
    },
    Defect {
        what: "A directory in two spellings had two locks for one name, and a live name could be \
               lost.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "one_directory_in_two_spellings_had_two_locks",
    },
    Defect {
        what: "Where a stranger had made a user's directory, that user's names in a directory of all \
               could be created and never removed again.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/users.rs",
        test: "who_cannot_lock_a_name_does_not_create_it",
    },
    Defect {
        what: "A read-only handle could write the pages that say what is committed.",
        found_by: "not recorded",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "a_read_only_handle_has_no_writable_page_even_where_it_commits",
    },
    Defect {
        what: "A user could lead root to other directories while it made one there.",
        found_by: "not recorded",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "a_swapped_directory_leads_root_nowhere",
    },
    Defect {
        what: "A thread that could not own an abandoned mutex took away the knowledge that it \
               was abandoned.",
        found_by: "not recorded",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "who_cannot_own_a_mutex_leaves_word_that_it_was_abandoned",
    },
    Defect {
        what: "The last user left the name behind if it had come by a token.",
        found_by: "not recorded",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "the_last_user_takes_the_name_away_however_it_came",
    },
    Defect {
        what: "A forked child kept mutexes that its parent had closed.",
        found_by: "not recorded",
        file: "crates/nshm/tests/it/linux/regressions.rs",
        test: "a_child_keeps_no_mutex_that_its_parent_had_closed",
    },
    Defect {
        what: "A peer that wrote into a mutex could make a wait for all own it twice, or for \
               ever.",
        found_by: "not recorded",
        file: "crates/nshm/src/protocol/tests.rs",
        test: "a_tampered_claim_was_owned_twice_or_kept",
    },
    Defect {
        what: "A peer that wrote into a semaphore could make it count beyond its word.",
        found_by: "not recorded",
        file: "crates/nshm/src/protocol/tests.rs",
        test: "a_tampered_maximum_let_a_semaphore_overflow",
    },
    Defect {
        what: "A wake-up was lost that came while a wait for all was deciding.",
        found_by: "not recorded",
        file: "crates/nshm/src/protocol/tests.rs",
        test: "a_wake_up_was_lost_while_an_object_was_claimed",
    },
    Defect {
        what: "Who took a mutex while its last owner, a thread of the same process, was ending was told that \
               another process had written into it.",
        found_by: "a review",
        file: "crates/nshm/tests/it/regressions.rs",
        test: "the_next_owner_was_faster_than_the_end_of_the_last_one",
    },
    Defect {
        what: "A thread that could not own a mutex gave it back once only, and where another one began to \
               wait just then it stayed owned for ever.",
        found_by: "a review",
        file: "crates/nshm/src/protocol/model.rs",
        test: "what_was_refused_stayed_owned",
    },
    Defect {
        what: "Of two who slept at two locks of one owner, the one that the system woke for its death did not \
               tell the other.",
        found_by: "a review",
        file: "crates/nshm/src/protocol/lives/model.rs",
        test: "a_death_was_kept_from_who_sleeps_at_another_lock",
    },
    Defect {
        what: "Without futex_waitv a wait for several could sleep through a set and a reset.",
        found_by: "a review",
        file: "crates/nshm/src/sys/linux/sync/seat.rs",
        test: "a_set_between_two_looks_was_slept_through",
    },
    Defect {
        what: "A peer that changed a word all the time kept a timed wait beyond its time.",
        found_by: "a review",
        file: "crates/nshm/src/sys/linux/sync/seat.rs",
        test: "a_sleep_that_is_refused_was_never_late",
    },
    Defect {
        what: "A peer that wrote into a condition could make a program that checks for overflow panic.",
        found_by: "a review",
        file: "crates/nshm/src/protocol/lives/condition.rs",
        test: "counting_what_a_peer_wrote_overflowed",
    },
    Defect {
        what: "Who opened a section of huge pages from a pool that was empty was ended by the first \
               touch.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/pool.rs",
        test: "a_touch_found_the_pool_empty",
    },
    Defect {
        what: "Huge pages from a pool could be taken away by who might write them, under whoever had \
               opened them.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/pool.rs",
        test: "a_stranger_took_pages_of_a_pool_away",
    },
    Defect {
        what: "A peer that wrote the owner of a lock could have others look for it in an empty pool \
               of huge pages, which ended them.",
        found_by: "a review",
        file: "crates/nshm/tests/it/linux/pool.rs",
        test: "the_life_of_an_owner_lay_in_an_empty_pool",
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
