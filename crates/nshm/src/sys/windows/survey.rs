//! All objects that can be seen. Whatever program made them, they are the system's own, so there
//! are no others; and nobody leaves anything behind.

use std::collections::HashMap;

use super::asked::{Asked, Found};
use super::gate;
use super::holders::{holders, holders_of};
use super::list::{find, list};
use super::name::wide;
use crate::error::{Error, ErrorKind, Result};
use crate::info::Listed;
use crate::name::{Name, Scope};
use crate::survey::{LeakedId, Leftovers, Object, Places, Reach, Survey, gather};

/// The live objects of some scopes.
pub(crate) fn survey(scopes: &[Scope], _: Reach) -> Result<Survey> {
    let mut survey = Survey::default();
    let listed = gather(scopes, &mut survey.gaps, list)?;
    let mut seen = all_holders(&listed)?;
    let with_holders = listed.into_iter().enumerate().map(|(index, listed)| {
        // One that is gone by now, or may not be asked, is held by nobody that can be seen.
        Object::named(listed, seen.remove(&index).unwrap_or_default())
    });
    survey.objects.extend(with_holders);
    Ok(survey)
}

/// Who has those of some objects that may be asked, by their index. They are all open for as long
/// as one look at the system's table of handles takes.
fn all_holders(listed: &[Listed]) -> Result<HashMap<usize, Vec<u32>>> {
    let _gate = gate::look();
    let (mut indices, mut objects) = (Vec::new(), Vec::<Asked>::new());
    for (index, listed) in listed.iter().enumerate() {
        if let Ok(Found::Open(object)) = Found::of(listed.kind, &wide(&listed.name)?) {
            indices.push(index);
            objects.push(object);
        }
    }
    // Without the table nobody can be seen.
    let holders = holders_of(&objects).unwrap_or_default();
    let known = indices.into_iter().zip(holders);
    Ok(known
        .filter_map(|(index, holders)| Some((index, holders?)))
        .collect())
}

/// The live object of a name.
pub(crate) fn object(name: &Name) -> Result<Object> {
    let holders = holders(name).unwrap_or_default();
    Ok(Object::named(find(name)?, holders))
}

/// There are none.
pub(crate) fn segment(_: i32) -> Result<Object> {
    Err(Error::new(ErrorKind::Unsupported, "find").detail("Windows has no System V segments"))
}

/// There are no orphans.
pub(crate) fn remove_orphan(_: &Object) -> Result<bool> {
    Err(Error::new(ErrorKind::Unsupported, "remove the orphan")
        .detail("they go with their last users"))
}

/// There are none.
pub(crate) fn leftovers(_: &[Scope]) -> Result<Leftovers> {
    Ok(Leftovers::default())
}

/// There are none.
pub(crate) fn clear_leaked(_: &LeakedId) -> Result<bool> {
    Ok(false)
}

/// Names are in no directory.
pub(crate) fn places() -> Result<Places> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "find out where names lie",
    ))
}
