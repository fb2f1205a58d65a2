//! The names of objects: what a text says, for objects of every kind.

use nshm::{Name, Scope};

use super::boundary::Text;
use super::text::Unit;
use super::winerror::*;

/// The text of a name; `None` for NULL.
///
/// # Errors
/// 206 for ANSI text of more units than Windows has room for.
pub(crate) fn decode<U: Unit>(name: Text<U>) -> Result<Option<String>> {
    const ROOM: usize = 260;
    let Some(units) = name.units() else {
        return Ok(None);
    };
    let name = U::decode(&units)?;
    if size_of::<U>() == 1 && name.encode_utf16().count() >= ROOM {
        return Err(ERROR_FILENAME_EXCED_RANGE);
    }
    Ok(Some(name))
}

/// The name that a text says.
///
/// # Errors
/// By the rule that it breaks; 3 for a session that does not exist.
pub(crate) fn parse(text: &str) -> Result<Name> {
    let name = Name::new(text)?;
    if let Scope::Session(session) = name.scope()
        && nshm::session()? != *session
        && !nshm::sessions()?.contains(session)
    {
        return Err(ERROR_PATH_NOT_FOUND);
    }
    Ok(name)
}
