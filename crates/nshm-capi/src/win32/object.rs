//! What a handle can stand for, and the rights that each kind of object knows.

use std::sync::Arc;

use super::file::File;
use super::section::Section;
use super::types::DWORD;
use super::types::access::*;
use super::winerror::*;

/// An object, shared by all handles to it.
#[derive(Clone, Debug)]
pub(crate) enum Object {
    File(Arc<File>),
    Section(Section),
    Event(nshm::Event),
    Mutex(nshm::Mutex),
    Semaphore(nshm::Semaphore),
    /// This process: a copy of the pseudo handle.
    Process,
}

/// What the bits of an access mask mean for a kind of object.
pub(crate) struct Rights {
    read: DWORD,
    write: DWORD,
    execute: DWORD,
    all: DWORD,
}

const FILE: Rights = Rights {
    read: FILE_GENERIC_READ,
    write: FILE_GENERIC_WRITE,
    execute: FILE_GENERIC_EXECUTE,
    all: FILE_ALL_ACCESS,
};

const SECTION: Rights = Rights {
    read: READ_CONTROL | SECTION_QUERY | SECTION_MAP_READ,
    write: READ_CONTROL | SECTION_MAP_WRITE,
    execute: READ_CONTROL | SECTION_MAP_EXECUTE,
    all: SECTION_ALL_ACCESS,
};

const EVENT: Rights = Rights {
    read: READ_CONTROL | EVENT_QUERY_STATE,
    write: READ_CONTROL | EVENT_MODIFY_STATE,
    execute: READ_CONTROL | SYNCHRONIZE,
    all: EVENT_ALL_ACCESS,
};

const MUTEX: Rights = Rights {
    read: READ_CONTROL | MUTEX_QUERY_STATE,
    write: READ_CONTROL,
    execute: READ_CONTROL | SYNCHRONIZE,
    all: MUTEX_ALL_ACCESS,
};

const SEMAPHORE: Rights = Rights {
    read: READ_CONTROL | SEMAPHORE_QUERY_STATE,
    write: READ_CONTROL | SEMAPHORE_MODIFY_STATE,
    execute: READ_CONTROL | SYNCHRONIZE,
    all: SEMAPHORE_ALL_ACCESS,
};

const PROCESS: Rights = Rights {
    read: READ_CONTROL | 0x0410,
    write: READ_CONTROL | 0x0BEA,
    execute: READ_CONTROL | SYNCHRONIZE | 0x1001,
    all: STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF,
};

impl Object {
    /// The object for a handle with this access, which may be more than other handles have.
    pub(crate) fn with_access(&self, access: DWORD) -> Result<Object> {
        match self {
            Object::File(file) => file.admits(access).map(|()| self.clone()),
            Object::Section(section) => section.with_access(access).map(Object::Section),
            // Who has one of these open may do everything with it.
            Object::Event(_) | Object::Mutex(_) | Object::Semaphore(_) | Object::Process => {
                Ok(self.clone())
            }
        }
    }

    /// The rights of its kind.
    pub(crate) fn rights(&self) -> &'static Rights {
        match self {
            Object::File(_) => &FILE,
            Object::Section(_) => &SECTION,
            Object::Event(_) => &EVENT,
            Object::Mutex(_) => &MUTEX,
            Object::Semaphore(_) => &SEMAPHORE,
            Object::Process => &PROCESS,
        }
    }
}

impl Rights {
    pub(crate) const fn file() -> &'static Rights {
        &FILE
    }

    pub(crate) const fn section() -> &'static Rights {
        &SECTION
    }

    pub(crate) const fn event() -> &'static Rights {
        &EVENT
    }

    pub(crate) const fn mutex() -> &'static Rights {
        &MUTEX
    }

    pub(crate) const fn semaphore() -> &'static Rights {
        &SEMAPHORE
    }

    /// Every right.
    pub(crate) const fn all(&self) -> DWORD {
        self.all
    }

    /// The mask with every generic right replaced by what it stands for here.
    ///
    /// # Errors
    /// 5 for a bit that means nothing here; 1314 for a right that is a privilege.
    pub(crate) fn translate(&self, wanted: DWORD) -> Result<DWORD> {
        let generic = [
            (GENERIC_READ, self.read),
            (GENERIC_WRITE, self.write),
            (GENERIC_EXECUTE, self.execute),
            (GENERIC_ALL, self.all),
            (MAXIMUM_ALLOWED, self.all),
        ];
        let mut mask = wanted;
        for (generic, meaning) in generic {
            if wanted & generic != 0 {
                mask = mask & !generic | meaning;
            }
        }
        if mask & !(self.all | ACCESS_SYSTEM_SECURITY) != 0 {
            return Err(ERROR_ACCESS_DENIED);
        }
        if mask & ACCESS_SYSTEM_SECURITY != 0 {
            return Err(ERROR_PRIVILEGE_NOT_HELD);
        }
        Ok(mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rights_of_sections_are_those_of_windows() {
        assert_eq!(SECTION.translate(GENERIC_READ), Ok(0x2_0005));
        assert_eq!(SECTION.translate(GENERIC_WRITE), Ok(0x2_0002));
        assert_eq!(SECTION.translate(GENERIC_EXECUTE), Ok(0x2_0008));
        assert_eq!(SECTION.translate(GENERIC_ALL), Ok(0xF_001F));
        assert_eq!(SECTION.translate(MAXIMUM_ALLOWED), Ok(0xF_001F));
        assert_eq!(SECTION.translate(SYNCHRONIZE), Err(ERROR_ACCESS_DENIED));
    }

    #[test]
    fn the_rights_of_what_is_waited_for_are_those_of_windows() {
        assert_eq!(EVENT.translate(GENERIC_ALL), Ok(0x1F_0003));
        assert_eq!(EVENT.translate(GENERIC_WRITE), Ok(0x2_0002));
        assert_eq!(MUTEX.translate(GENERIC_READ | GENERIC_WRITE), Ok(0x2_0001));
        assert_eq!(MUTEX.translate(GENERIC_EXECUTE), Ok(0x12_0000));
        assert_eq!(MUTEX.translate(2), Err(ERROR_ACCESS_DENIED));
        assert_eq!(SEMAPHORE.translate(MAXIMUM_ALLOWED), Ok(0x1F_0003));
        assert_eq!(SEMAPHORE.translate(4), Err(ERROR_ACCESS_DENIED));
    }

    #[test]
    fn generic_rights_become_those_of_the_kind() {
        assert_eq!(FILE.translate(GENERIC_READ), Ok(0x0012_0089));
        assert_eq!(FILE.translate(GENERIC_READ | 2), Ok(0x0012_008B));
        assert_eq!(FILE.translate(MAXIMUM_ALLOWED), Ok(FILE_ALL_ACCESS));
        assert_eq!(FILE.translate(0), Ok(0));
        assert_eq!(FILE.translate(u32::MAX), Err(ERROR_ACCESS_DENIED));
        assert_eq!(FILE.translate(0x0000_8000), Err(ERROR_ACCESS_DENIED));
        assert_eq!(
            FILE.translate(ACCESS_SYSTEM_SECURITY),
            Err(ERROR_PRIVILEGE_NOT_HELD)
        );
    }
}
