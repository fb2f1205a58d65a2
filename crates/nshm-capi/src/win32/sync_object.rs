//! Events, mutexes and semaphores as Windows makes and opens them: names, rights, security.

use nshm::{Disposition, Name, Security};

use super::boundary::{In, Text};
use super::handle_table::{self, Entry};
use super::last_error;
use super::object::{Object, Rights};
use super::object_name;
use super::security::{self, Protection};
use super::text::Unit;
use super::types::{BOOL, DWORD, FALSE, HANDLE, SECURITY_ATTRIBUTES};
use super::winerror::*;

/// A kind of object that can be waited for.
pub(crate) trait SyncObject: Sized {
    /// What a new one is asked to be.
    type Options;

    fn rights() -> &'static Rights;

    /// The same as what a handle can stand for.
    fn into_object(self) -> Object;

    /// Makes a new one without a name, or one of this name unless there is one.
    fn make(
        options: Self::Options,
        security: Security,
        name: Option<&Name>,
    ) -> nshm::Result<(Self, Disposition)>;

    fn open(name: &Name) -> nshm::Result<Self>;
}

macro_rules! sync_objects {
    ($($object:ident by $options:ident with $rights:ident;)*) => {$(
        impl SyncObject for nshm::$object {
            type Options = nshm::$options;

            fn rights() -> &'static Rights {
                Rights::$rights()
            }

            fn into_object(self) -> Object {
                Object::$object(self)
            }

            fn make(
                options: Self::Options,
                security: Security,
                name: Option<&Name>,
            ) -> nshm::Result<(Self, Disposition)> {
                let options = options.security(security);
                match name {
                    None => Ok((options.anonymous()?, Disposition::Created)),
                    Some(name) => options.open_or_create(name),
                }
            }

            fn open(name: &Name) -> nshm::Result<Self> {
                nshm::$object::open(name)
            }
        }
    )*};
}

sync_objects! {
    Event by EventOptions with event;
    Mutex by MutexOptions with mutex;
    Semaphore by SemaphoreOptions with semaphore;
}

/// Creates an object, or opens the one that has the name, with last error 183. The last error of a
/// new one is 0.
pub(crate) fn create<O: SyncObject, U: Unit>(
    options: O::Options,
    attributes: In<SECURITY_ATTRIBUTES>,
    wanted: DWORD,
    name: Text<U>,
) -> Result<HANDLE> {
    let (inherits, protection) = security::read(attributes)?;
    let name = object_name::decode(name)?.filter(|name| !name.is_empty());
    let name = name.as_deref().map(object_name::parse).transpose()?;
    let access = granted::<O>(wanted)?;
    let (object, disposition) = O::make(options, protection.security(), name.as_ref())?;
    let handle = handle_table::insert(Entry {
        is_closed: protection == Protection::Nobody && disposition == Disposition::Created,
        ..entry(object, access, inherits)
    })?;
    last_error::set_by(disposition);
    Ok(handle)
}

/// Opens the object of a name.
pub(crate) fn open<O: SyncObject, U: Unit>(
    wanted: DWORD,
    inherits: BOOL,
    name: Text<U>,
) -> Result<HANDLE> {
    let name = object_name::decode(name)?.ok_or(ERROR_INVALID_PARAMETER)?;
    let object = O::open(&object_name::parse(&name)?)?;
    // Only what is there can be refused.
    handle_table::insert(entry(object, granted::<O>(wanted)?, inherits != FALSE))
}

/// What a handle may do that is opened with these rights.
///
/// # Errors
/// 5 for no right at all, and for one that the kind does not know.
fn granted<O: SyncObject>(wanted: DWORD) -> Result<DWORD> {
    match O::rights().translate(wanted)? {
        0 => Err(ERROR_ACCESS_DENIED),
        granted => Ok(granted),
    }
}

fn entry<O: SyncObject>(object: O, access: DWORD, inherits: bool) -> Entry {
    Entry {
        object: object.into_object(),
        access,
        flags: handle_table::inherit(inherits),
        is_closed: false,
    }
}
