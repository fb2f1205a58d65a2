//! What the error numbers of the system mean here.

use std::io;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, ERROR_BAD_PATHNAME, ERROR_CALL_NOT_IMPLEMENTED,
    ERROR_COMMITMENT_LIMIT, ERROR_DISK_FULL, ERROR_FILE_INVALID, ERROR_FILE_NOT_FOUND,
    ERROR_FILENAME_EXCED_RANGE, ERROR_INVALID_ADDRESS, ERROR_INVALID_FUNCTION,
    ERROR_INVALID_HANDLE, ERROR_INVALID_NAME, ERROR_INVALID_PARAMETER, ERROR_MAPPED_ALIGNMENT,
    ERROR_NO_SYSTEM_RESOURCES, ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_ENOUGH_QUOTA,
    ERROR_NOT_SUPPORTED, ERROR_OUTOFMEMORY, ERROR_PATH_NOT_FOUND, ERROR_PRIVILEGE_NOT_HELD,
    ERROR_WORKING_SET_QUOTA,
};

use crate::error::{Error, ErrorKind};
use crate::name::Scope;
use crate::options::{MapRequest, Options};
use crate::sys::Source;

/// What a number means wherever it comes from; `None` for one that says nothing by itself.
pub(super) fn kind_of(code: u32) -> Option<ErrorKind> {
    Some(match code {
        // The second one: the session of a name does not exist.
        ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND => ErrorKind::NotFound,
        ERROR_ALREADY_EXISTS => ErrorKind::AlreadyExists,
        ERROR_ACCESS_DENIED | ERROR_PRIVILEGE_NOT_HELD => ErrorKind::AccessDenied,
        ERROR_INVALID_NAME | ERROR_BAD_PATHNAME | ERROR_FILENAME_EXCED_RANGE => {
            ErrorKind::InvalidName
        }
        // No call here is given a bad handle, so the object of a name is not of the kind.
        ERROR_INVALID_HANDLE => ErrorKind::WrongKind,
        ERROR_NOT_ENOUGH_MEMORY
        | ERROR_OUTOFMEMORY
        | ERROR_DISK_FULL
        | ERROR_NO_SYSTEM_RESOURCES
        | ERROR_WORKING_SET_QUOTA
        | ERROR_COMMITMENT_LIMIT
        | ERROR_NOT_ENOUGH_QUOTA => ErrorKind::CommitLimit,
        ERROR_MAPPED_ALIGNMENT => ErrorKind::Misaligned,
        ERROR_INVALID_FUNCTION | ERROR_NOT_SUPPORTED | ERROR_CALL_NOT_IMPLEMENTED => {
            ErrorKind::Unsupported
        }
        _ => return None,
    })
}

/// The number of an error, as the constants of the system have it.
pub(super) fn code(error: &io::Error) -> u32 {
    error.raw_os_error().unwrap_or(0).cast_unsigned()
}

/// An error of `kind` unless the number says something more precise.
pub(super) fn os_error(kind: ErrorKind, step: &'static str, error: io::Error) -> Error {
    Error::new(kind_of(code(&error)).unwrap_or(kind), step).caused_by(error)
}

/// Why a section could not be made.
pub(super) fn create_error(error: io::Error, source: Source<'_>, options: &Options) -> Error {
    const STEP: &str = "create section";
    let new = |kind| Error::new(kind, STEP);
    let (len, over_file) = match source {
        Source::PagingFile { len } => (len, false),
        Source::File { len, .. } => (len, true),
    };
    let large = options.huge_pages.pool_page().is_some();
    let made = match (code(&error), kind_of(code(&error))) {
        (ERROR_PRIVILEGE_NOT_HELD, _) => new(ErrorKind::AccessDenied)
            .detail("large pages are a privilege, which this process does not hold")
            .with_hint(
                "give this user the right \"Lock pages in memory\" (secpol.msc, Local Policies, \
                 User Rights Assignment), and log on again",
            ),
        (ERROR_INVALID_PARAMETER, _) => new(ErrorKind::InvalidSize)
            .detail(format!("the system takes no section of {len} bytes")),
        (ERROR_PATH_NOT_FOUND, _) => {
            new(ErrorKind::NotFound).detail("the session of this name does not exist")
        }
        (ERROR_FILE_INVALID, _) if over_file => {
            new(ErrorKind::InvalidSize).detail("the file is empty, and no size was given")
        }
        (_, Some(ErrorKind::CommitLimit)) if over_file => {
            new(ErrorKind::CommitLimit).detail(format!("the file cannot grow to {len} bytes"))
        }
        (_, Some(ErrorKind::CommitLimit)) if large => new(ErrorKind::CommitLimit)
            .detail(format!("{len} bytes of memory are not free in large pages"))
            .with_hint("memory is in one piece soon after the system starts; ask for less"),
        (_, Some(ErrorKind::CommitLimit)) => new(ErrorKind::CommitLimit)
            .detail(format!("the system cannot promise {len} bytes"))
            .with_hint(
                "ask for less, or let the paging file grow; a program may also reserve the size and \
                 commit pages when it needs them",
            ),
        _ => return os_error(ErrorKind::Other, STEP, error),
    };
    made.caused_by(error)
}

/// The system refused a section of that protection over a file, whatever its name.
pub(super) fn file_refused(error: io::Error) -> Error {
    Error::new(ErrorKind::AccessDenied, "create section over a file")
        .detail("the file was not opened for all that the section may do")
        .with_hint(
            "open the file for reading, and for writing and execution as far as \
             SectionOptions::protection has them",
        )
        .caused_by(error)
}

/// Why a part of a section could not be mapped.
pub(super) fn map_error(error: io::Error, request: &MapRequest) -> Error {
    match (code(&error), request.address) {
        (ERROR_INVALID_ADDRESS, Some(address)) => {
            addresses_taken(address, request.len).caused_by(error)
        }
        // The handle allows it; then the protection of the section, chosen by its creator, does
        // not.
        (ERROR_INVALID_PARAMETER, _) => unlike_section().caused_by(error),
        _ => os_error(ErrorKind::CommitLimit, "map section", error),
    }
}

/// A view of other pages than a section is made for.
pub(super) fn unlike_section() -> Error {
    Error::new(ErrorKind::AccessDenied, "map section")
        .detail("the section was made without this kind of pages")
        .with_hint("create it with another SectionOptions::protection")
}

/// A view cannot be where it was asked for.
pub(super) fn addresses_taken(address: usize, len: usize) -> Error {
    Error::new(ErrorKind::AddressInUse, "map section").detail(format!(
        "address {address:#x} and {len} bytes from there on"
    ))
}

/// The system refused to create a name that nobody has.
pub(super) fn creation_refused(scope: &Scope, error: io::Error) -> Error {
    const STEP: &str = "create section";
    match scope {
        Scope::Global | Scope::Session(0) => Error::new(ErrorKind::PrivilegeNotHeld, STEP)
            .with_hint(
                "run as an administrator or as a service, or give this user the right \"Create \
                 global objects\" (secpol.msc); to open a Global\\ name needs no privilege",
            ),
        _ => Error::new(ErrorKind::AccessDenied, STEP)
            .detail("this user may not create names in that session"),
    }
    .caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Protection;
    use crate::options::HugePages;

    /// The numbers of docs/win32.md, written out.
    #[test]
    fn the_table_of_numbers() {
        use ErrorKind::*;
        let table = [
            (0, None),
            (1, Some(Unsupported)),
            (2, Some(NotFound)),
            (3, Some(NotFound)),
            (5, Some(AccessDenied)),
            (6, Some(WrongKind)),
            (8, Some(CommitLimit)),
            (14, Some(CommitLimit)),
            (50, Some(Unsupported)),
            (87, None),
            (112, Some(CommitLimit)),
            (120, Some(Unsupported)),
            (123, Some(InvalidName)),
            (161, Some(InvalidName)),
            (183, Some(AlreadyExists)),
            (193, None),
            (206, Some(InvalidName)),
            (288, None),
            (487, None),
            (1006, None),
            (1132, Some(Misaligned)),
            (1314, Some(AccessDenied)),
            (1450, Some(CommitLimit)),
            (1453, Some(CommitLimit)),
            (1455, Some(CommitLimit)),
            (1816, Some(CommitLimit)),
        ];
        for (number, kind) in table {
            assert_eq!(kind_of(number), kind, "{number}");
            let error = io::Error::from_raw_os_error(number.cast_signed());
            let error = os_error(Other, "test", error);
            assert_eq!(error.kind(), kind.unwrap_or(Other), "{number}");
            assert_eq!(error.raw_os_error(), Some(number.cast_signed()));
        }
    }

    #[test]
    fn a_creation_says_more() {
        use ErrorKind::*;
        let memory = Source::PagingFile { len: 4096 };
        let plain = Options::default();
        let large = Options {
            huge_pages: HugePages::TwoMiB,
            ..Options::default()
        };
        let table = [
            (1314, &large, AccessDenied),
            (1455, &large, CommitLimit),
            (1455, &plain, CommitLimit),
            (8, &plain, CommitLimit),
            (87, &plain, InvalidSize),
            (3, &plain, NotFound),
            (6, &plain, WrongKind),
            (1006, &plain, Other),
        ];
        for (number, options, kind) in table {
            let error = create_error(io::Error::from_raw_os_error(number), memory, options);
            assert_eq!(error.kind(), kind, "{number}");
            assert_eq!(error.raw_os_error(), Some(number));
        }
        let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
        let source = Source::File {
            file: &file,
            len: 4096,
        };
        for (number, kind) in [(1006, InvalidSize), (112, CommitLimit), (5, AccessDenied)] {
            let error = create_error(io::Error::from_raw_os_error(number), source, &plain);
            assert_eq!(error.kind(), kind, "{number}");
        }
        for (scope, kind) in [
            (Scope::Global, PrivilegeNotHeld),
            (Scope::Session(0), PrivilegeNotHeld),
            (Scope::Session(7), AccessDenied),
            (Scope::Local, AccessDenied),
        ] {
            let error = creation_refused(&scope, io::Error::from_raw_os_error(5));
            assert_eq!(error.kind(), kind, "{scope:?}");
        }
    }

    #[test]
    fn a_view_says_more() {
        use ErrorKind::*;
        let anywhere = MapRequest {
            offset: 0,
            len: 1,
            protection: Protection::ReadWrite,
            address: None,
            alignment: 1,
        };
        let there = MapRequest {
            address: Some(1 << 16),
            ..anywhere
        };
        let table = [
            (5, &anywhere, AccessDenied),
            (8, &anywhere, CommitLimit),
            (87, &anywhere, AccessDenied),
            (487, &anywhere, CommitLimit),
            (487, &there, AddressInUse),
        ];
        for (number, request, kind) in table {
            let error = map_error(io::Error::from_raw_os_error(number), request);
            assert_eq!(error.kind(), kind, "{number}");
            assert_eq!(error.raw_os_error(), Some(number));
        }
    }
}
