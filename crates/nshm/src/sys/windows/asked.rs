//! Objects that are open only to be asked, of whatever kind. Who holds one has `gate::look`.

use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle};
use std::time::SystemTime;

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE};
use windows_sys::Win32::Storage::FileSystem::READ_CONTROL;
use windows_sys::Win32::System::Memory::{FILE_MAP_READ, SECTION_QUERY};

use super::call;
use super::error::code;
use super::name::Wide;
use super::rights::{QUERY, SYNCHRONIZE};
use super::security;
use super::sync;
use crate::access::Security;
use crate::format::Kind;
use crate::info::SectionInfo;

/// The kinds that there are, and what the system calls them.
const KINDS: [(Kind, &str); 4] = [
    (Kind::Section, "Section"),
    (Kind::Event, "Event"),
    (Kind::Mutex, "Mutant"),
    (Kind::Semaphore, "Semaphore"),
];

/// The kind of what the system calls so; `None` for timers, jobs and other things.
pub(super) fn kind_of(word: &[u16]) -> Option<Kind> {
    let is_it = |(_, called): &&(Kind, &str)| called.encode_utf16().eq(word.iter().copied());
    KINDS.iter().find(is_it).map(|(kind, _)| *kind)
}

/// An object that is open to be asked.
#[derive(Debug)]
pub(super) struct Asked {
    kind: Kind,
    handle: OwnedHandle,
}

/// What has a name.
#[derive(Debug)]
pub(super) enum Found {
    Open(Asked),
    /// It admits this user to nothing.
    Closed(Kind),
}

impl Found {
    /// What the name has, of whichever kind. Of another one than ours: `ERROR_INVALID_HANDLE`.
    pub(super) fn by(name: &Wide) -> io::Result<Found> {
        let mut result = Err(io::Error::from_raw_os_error(
            ERROR_INVALID_HANDLE.cast_signed(),
        ));
        for (kind, _) in KINDS {
            result = Found::of(kind, name);
            match &result {
                // The system looks at the kind before it looks at the access.
                Err(error) if code(error) == ERROR_INVALID_HANDLE => {}
                _ => break,
            }
        }
        result
    }

    /// The same where the kind is known.
    pub(super) fn of(kind: Kind, name: &Wide) -> io::Result<Found> {
        for access in accesses(kind) {
            match open(kind, *access, name) {
                Ok(handle) => return Ok(Found::Open(Asked { kind, handle })),
                Err(error) if code(&error) == ERROR_ACCESS_DENIED => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Found::Closed(kind))
    }
}

/// What to ask for: as much as all questions take, or whatever there is.
fn accesses(kind: Kind) -> &'static [u32] {
    match kind {
        Kind::Section => &[
            READ_CONTROL | SECTION_QUERY,
            FILE_MAP_READ | SECTION_QUERY,
            READ_CONTROL,
            FILE_MAP_READ,
        ],
        Kind::Event | Kind::Mutex | Kind::Semaphore => &[READ_CONTROL, QUERY, SYNCHRONIZE],
    }
}

fn open(kind: Kind, access: u32, name: &Wide) -> io::Result<OwnedHandle> {
    match kind {
        Kind::Section => call::open_file_mapping(access, name),
        Kind::Event | Kind::Mutex | Kind::Semaphore => sync::open_with(kind, access, name),
    }
}

impl Asked {
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn handle(&self) -> BorrowedHandle<'_> {
        self.handle.as_handle()
    }

    /// The value of the handle, as the system's table of handles has it.
    pub(super) fn value(&self) -> usize {
        self.handle.as_raw_handle().addr()
    }

    /// How many handles there are besides this one.
    pub(super) fn users(&self) -> io::Result<u32> {
        let count = call::handle_count(self.handle())?;
        Ok(count.saturating_sub(1))
    }

    /// What the system knows of it, where it has that many users.
    pub(super) fn info(&self, users: u32) -> SectionInfo {
        info(self.kind, self.handle(), users)
    }
}

/// What the system knows of an open object.
pub(super) fn info(kind: Kind, object: BorrowedHandle<'_>, users: u32) -> SectionInfo {
    let unknown = unknown_info();
    let len = match kind {
        Kind::Section => call::query_section(object)
            .ok()
            .and_then(|facts| facts.len()),
        // They have no memory that anybody could map.
        Kind::Event | Kind::Mutex | Kind::Semaphore => None,
    };
    let security = descriptor_of(object).and_then(|descriptor| security::parse(kind, &descriptor));
    SectionInfo {
        len: len.unwrap_or(unknown.len),
        attach_count: users.into(),
        security: security.unwrap_or(unknown.security),
        ..unknown
    }
}

/// The security descriptor of an open object; `None`: this process may not read it.
pub(super) fn descriptor_of(object: BorrowedHandle<'_>) -> Option<Vec<u8>> {
    let descriptor = call::security_of(object).or_else(|_| {
        let object = call::duplicate_handle(object, READ_CONTROL)?;
        call::security_of(object.as_handle())
    });
    descriptor.ok()
}

/// What is said of an object that may not be asked.
pub(super) fn unknown_info() -> SectionInfo {
    SectionInfo {
        len: 0,
        creator_pid: 0,
        creator_uid: u32::MAX,
        created: SystemTime::UNIX_EPOCH,
        attach_count: 0,
        resident: 0,
        swapped: 0,
        security: Security::owner(),
        file: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_the_words_of_the_system() {
        let kind = |word: &str| kind_of(&word.encode_utf16().collect::<Vec<_>>());
        assert_eq!(kind("Mutant"), Some(Kind::Mutex));
        assert_eq!(kind("Section"), Some(Kind::Section));
        assert_eq!(kind("Timer"), None);
        assert_eq!(kind("mutant"), None);
    }
}
