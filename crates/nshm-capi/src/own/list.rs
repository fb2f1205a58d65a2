//! Lists of live objects.

use std::ffi::CString;

use nshm::{Listed, Scope};

use super::answer::{answer_with, namespace};
use super::error::{Error, text_of};
use super::info::{Info, Kind};
use super::pointer::{Lent, Out, Owned, Ref, Shown, Text};
use super::status::Status;
use crate::boundary::guard;

/// The live objects of a scope at the moment of the call, sorted by name. It keeps none of them
/// alive. Free it with nshm_list_free().
pub struct List {
    entries: Vec<Entry>,
    /// What the entries point to.
    _names: Vec<CString>,
}

/// One live object of a list.
#[derive(Debug)]
#[repr(C)]
pub struct Entry {
    /// Its name, UTF-8, as the other functions take it: with its prefix, or a leaf if the list is
    /// that of a namespace.
    pub name: Lent,
    /// What it is.
    pub kind: Kind,
    /// What the system knows of it. What this user may not ask of has length 0 on Windows.
    pub info: Info,
}

impl List {
    fn of(scope: &Scope) -> nshm::Result<List> {
        let listed = nshm::list(scope.clone())?;
        let names: Vec<CString> = listed.iter().map(name).collect();
        let entry = |(name, listed): (&CString, Listed)| Entry {
            // The text stays where it is when the vector of its owner moves.
            name: Lent::new(name),
            kind: listed.kind.into(),
            info: listed.info.into(),
        };
        let entries = names.iter().zip(listed).map(entry).collect();
        Ok(List {
            entries,
            _names: names,
        })
    }
}

fn name(listed: &Listed) -> CString {
    match listed.name.scope() {
        Scope::Private(_) => text_of(listed.name.leaf()),
        _ => text_of(listed.name.to_string()),
    }
}

/// Lists the local names: those of this user (Linux) or of this session (Windows).
///
/// It shows what this user may not open, too.
///
/// @param list  Where the list goes: free it with nshm_list_free(). NULL on failure.
/// @param error Where an error object goes; may be NULL.
/// @return NSHM_STATUS_ACCESS_DENIED where the directory may not be read, _OTHER.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_list_local(list: Out<Owned<List>>, error: Out<Owned<Error>>) -> Status {
    answer_with(list, error, || Ok(List::of(&Scope::Local)?))
}

/// Lists the "Global\\" names; otherwise as nshm_list_local().
///
/// @param list  Where the list goes: free it with nshm_list_free(). NULL on failure.
/// @param error Where an error object goes; may be NULL.
/// @return As nshm_list_local().
#[unsafe(no_mangle)]
pub extern "C" fn nshm_list_global(list: Out<Owned<List>>, error: Out<Owned<Error>>) -> Status {
    answer_with(list, error, || Ok(List::of(&Scope::Global)?))
}

/// Lists the local names of a user (Linux) or session (Windows); otherwise as nshm_list_local().
///
/// @param session Its number: see nshm_sessions().
/// @param list    Where the list goes: free it with nshm_list_free(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return As nshm_list_local().
#[unsafe(no_mangle)]
pub extern "C" fn nshm_list_session(
    session: u32,
    list: Out<Owned<List>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(list, error, || Ok(List::of(&Scope::Session(session))?))
}

/// Lists the names of a private namespace; otherwise as nshm_list_local().
///
/// @param dir   The directory of the namespace, UTF-8.
/// @param list  Where the list goes: free it with nshm_list_free(). NULL on failure.
/// @param error Where an error object goes; may be NULL.
/// @return As nshm_list_local().
#[unsafe(no_mangle)]
pub extern "C" fn nshm_list_namespace(
    dir: Text,
    list: Out<Owned<List>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(list, error, || {
        Ok(List::of(&Scope::Private(namespace(&dir)?))?)
    })
}

/// How many objects a list has.
///
/// @param list May be NULL.
/// @return 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_list_len(list: Ref<List>) -> usize {
    guard(0, || list.get().map_or(0, |list| list.entries.len()))
}

/// One object of a list.
///
/// @param list  May be NULL.
/// @param index From 0.
/// @return An entry that lives as long as the list; NULL past the end, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_list_get(list: Ref<List>, index: usize) -> Shown<Entry> {
    guard(None.into(), || {
        list.get().and_then(|list| list.entries.get(index)).into()
    })
}

/// Frees a list, its entries and their names.
///
/// @param list May be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_list_free(list: Owned<List>) {
    guard((), || drop(list.take()));
}
