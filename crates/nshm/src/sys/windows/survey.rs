//! All sections that can be seen. Whatever library made them, they are the system's own, so there
//! are no others; and nobody leaves anything behind.

use super::list::{find, holders, list};
use crate::error::{Error, ErrorKind, Result};
use crate::name::{Name, Scope};
use crate::survey::{LeakedId, Leftovers, Object, Places, Reach, Survey, gather};

/// The live objects of some scopes.
pub(crate) fn survey(scopes: &[Scope], _: Reach) -> Result<Survey> {
    let mut survey = Survey::default();
    let listed = gather(scopes, &mut survey.gaps, list)?;
    let with_holders = listed.into_iter().map(|listed| {
        // One that is gone by now, or may not be asked, is held by nobody that can be seen.
        let holders = holders(&listed.name).unwrap_or_default();
        Object::named(listed, holders)
    });
    survey.objects.extend(with_holders);
    Ok(survey)
}

/// The live object of a name.
pub(crate) fn object(name: &Name) -> Result<Object> {
    let holders = holders(name).unwrap_or_default();
    Ok(Object::named(find(name)?, holders))
}

/// There are no orphans.
pub(crate) fn remove_orphan(_: &Object) -> Result<bool> {
    Err(Error::new(ErrorKind::Unsupported, "remove the orphan")
        .detail("sections go with their last users"))
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
