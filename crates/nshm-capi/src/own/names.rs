//! Names without opening what they name, for tools and administrators.

use super::answer::{Failure, a_place, answer, name};
use super::error::Error;
use super::info::{Info, Kind};
use super::options::Options;
use super::pointer::{Array, Out, Owned, Ref, Text};
use super::status::Status;

/// Where a caller wants some numbers.
struct Place {
    numbers: Array,
    capacity: usize,
    count: Out<usize>,
}

impl Place {
    /// Puts there what `numbers` gives, which is asked only if the place is one.
    fn fill(mut self, numbers: impl FnOnce() -> nshm::Result<Vec<u32>>) -> Result<(), Failure> {
        a_place(&self.count)?;
        if self.numbers.is_null() && self.capacity > 0 {
            return Err(Failure::Argument("the array is NULL"));
        }
        let numbers = numbers()?;
        self.numbers.fill(self.capacity, &numbers);
        self.count.set(numbers.len());
        Ok(())
    }
}

/// Finds the live object of a name without opening it: it need not admit this user, and is not
/// kept alive (on Windows it is for a moment).
///
/// @param name    UTF-8, as for nshm_section_create().
/// @param options May be NULL; only the namespace matters.
/// @param kind    Where it says what it is, on success; may be NULL.
/// @param info    Where it says what the system knows of it, on success; may be NULL.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_NOT_FOUND, _INVALID_NAME, _FOREIGN_NAMESPACE, _CORRUPT.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_find(
    name: Text,
    options: Ref<Options>,
    mut kind: Out<Kind>,
    mut info: Out<Info>,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        let found = nshm::find(self::name(&name, options.get())?)?;
        kind.set(found.kind.into());
        info.set(found.info.into());
        Ok(())
    })
}

/// Tells which processes have the object of a name open, as far as this user may see, in ascending
/// order.
///
/// Linux: from /proc/PID/maps; root sees the processes of others. Windows: from the system's table
/// of handles.
///
/// @param name     UTF-8, as for nshm_section_create().
/// @param options  May be NULL; only the namespace matters.
/// @param pids     Where the ids of the processes go; may be NULL if `capacity` is 0.
/// @param capacity How many it has room for. What does not fit is left out.
/// @param count    Where it says how many there are, on success; may be more than `capacity`.
/// @param error    Where an error object goes; may be NULL.
/// @return NSHM_STATUS_NOT_FOUND, and as nshm_section_open().
#[unsafe(no_mangle)]
pub extern "C" fn nshm_holders(
    name: Text,
    options: Ref<Options>,
    pids: Array,
    capacity: usize,
    count: Out<usize>,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        let name = self::name(&name, options.get())?;
        let place = Place {
            numbers: pids,
            capacity,
            count,
        };
        place.fill(|| nshm::holders(name))
    })
}

/// Takes the name away from an object that may be alive. Whoever has it open keeps it; nobody finds
/// it any more, and the name is free. For administrators: nothing in normal use needs it.
///
/// @param name    UTF-8, as for nshm_section_create().
/// @param options May be NULL; only the namespace matters.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_NOT_FOUND, _ACCESS_DENIED where the name belongs to another user,
///         _TIMED_OUT; _UNSUPPORTED on Windows, where only closing every handle frees a name.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_remove(
    name: Text,
    options: Ref<Options>,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        Ok(nshm::remove(self::name(&name, options.get())?)?)
    })
}

/// Clears a name whose object is gone: what the last user left when it was killed. A live name is
/// never touched. Nobody needs to call this: a creator of the name does the same.
///
/// Linux: removes a stale link. Windows: names go with their objects; there is never one.
///
/// @param name    UTF-8, as for nshm_section_create().
/// @param options May be NULL; only the namespace matters.
/// @param cleared Where it says whether there was one, on success; may be NULL.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_ACCESS_DENIED where the name belongs to another user, _TIMED_OUT,
///         _FOREIGN_NAMESPACE, _CORRUPT, _INVALID_NAME.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_clear_stale(
    name: Text,
    options: Ref<Options>,
    mut cleared: Out<bool>,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        cleared.set(nshm::clear_stale(self::name(&name, options.get())?)?);
        Ok(())
    })
}

/// The number of the user (Linux) or session (Windows) whose local names are this process's own:
/// "Session\\NUMBER\\x" is "x".
///
/// @param session Where the number goes, on success.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OTHER where the system does not tell.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_session(mut session: Out<u32>, error: Out<Owned<Error>>) -> Status {
    answer(error, || {
        a_place(&session)?;
        session.set(nshm::session()?);
        Ok(())
    })
}

/// The numbers of the users (Linux) or sessions (Windows) that have local names, for
/// nshm_list_session().
///
/// @param numbers  Where they go; may be NULL if `capacity` is 0.
/// @param capacity How many it has room for. What does not fit is left out.
/// @param count    Where it says how many there are, on success; may be more than `capacity`.
/// @param error    Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OTHER where the system does not tell.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_sessions(
    numbers: Array,
    capacity: usize,
    count: Out<usize>,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        let place = Place {
            numbers,
            capacity,
            count,
        };
        place.fill(nshm::sessions)
    })
}
