//! Page protections (`PAGE_*`): what each admits, and which views each kind of access gives.

use nshm::Protection;

use super::types::access::*;
use super::types::{DWORD, map, page};
use super::winerror::*;

/// A single page protection, without modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageProtection(DWORD);

impl PageProtection {
    /// A protection that a program names. Guard pages are not supported, and modifiers of caching
    /// belong to sections here.
    ///
    /// # Errors
    /// 87 for anything but one of the eight protections.
    pub(crate) fn new(number: DWORD) -> Result<PageProtection> {
        if number.is_power_of_two() && number <= page::EXECUTE_WRITECOPY {
            Ok(PageProtection(number))
        } else {
            Err(ERROR_INVALID_PARAMETER)
        }
    }

    /// One of the six that a section can have.
    ///
    /// # Errors
    /// 87 for anything else.
    pub(crate) fn of_section(number: DWORD) -> Result<PageProtection> {
        match number {
            page::NOACCESS | page::EXECUTE => Err(ERROR_INVALID_PARAMETER),
            number => PageProtection::new(number),
        }
    }

    /// That of a view, by the access that it was asked for with (`FILE_MAP_*`).
    pub(crate) fn of_view(access: DWORD) -> PageProtection {
        let executes = access & map::EXECUTE != 0;
        let access = access & !(map::EXECUTE | map::RESERVE | map::TARGETS_INVALID);
        PageProtection(if access == map::COPY {
            either(executes, page::EXECUTE_WRITECOPY, page::WRITECOPY)
        } else if access & map::WRITE != 0 {
            either(executes, page::EXECUTE_READWRITE, page::READWRITE)
        } else if access & map::READ != 0 {
            either(executes, page::EXECUTE_READ, page::READONLY)
        } else {
            page::NOACCESS
        })
    }

    /// The number of Windows.
    pub(crate) fn number(self) -> DWORD {
        self.0
    }

    pub(crate) fn reads(self) -> bool {
        self.0 & (page::NOACCESS | page::EXECUTE) == 0
    }

    /// Whether it writes to what is shared.
    pub(crate) fn writes(self) -> bool {
        self.0 & (page::READWRITE | page::EXECUTE_READWRITE) != 0
    }

    pub(crate) fn executes(self) -> bool {
        self.0 >= page::EXECUTE
    }

    /// Whether what is written stays in this process.
    pub(crate) fn copies(self) -> bool {
        self.0 & (page::WRITECOPY | page::EXECUTE_WRITECOPY) != 0
    }

    /// Whether pages mapped for this may get another protection: it must take no right that
    /// these were not mapped with. To have copies takes no more than to read.
    pub(crate) fn admits(self, other: PageProtection) -> bool {
        (self.reads() || !other.reads())
            && (self.writes() || !other.writes())
            && (self.executes() || !other.executes())
    }

    /// The right to a section that a view of this protection takes.
    pub(crate) fn right_to_section(self) -> DWORD {
        let data = if self.writes() {
            SECTION_MAP_WRITE
        } else {
            SECTION_MAP_READ
        };
        data | either(self.executes(), SECTION_MAP_EXECUTE, 0)
    }

    /// What the handle may do of who created or opened a section with this protection.
    pub(crate) fn granted(self) -> DWORD {
        STANDARD_RIGHTS_REQUIRED
            | SECTION_QUERY
            | SECTION_MAP_READ
            | either(self.writes(), SECTION_MAP_WRITE, 0)
            | either(self.executes(), SECTION_MAP_EXECUTE, 0)
    }

    /// The right to a file that a section of this protection takes.
    pub(crate) fn right_to_file(self) -> DWORD {
        FILE_READ_DATA
            | either(self.writes(), FILE_WRITE_DATA, 0)
            | either(self.executes(), FILE_EXECUTE, 0)
    }

    /// A page that was copied when it was written to is an ordinary one.
    pub(crate) fn once_copied(self) -> PageProtection {
        match self.0 {
            page::WRITECOPY => PageProtection(page::READWRITE),
            page::EXECUTE_WRITECOPY => PageProtection(page::EXECUTE_READWRITE),
            _ => self,
        }
    }

    /// The same in the words of the core.
    pub(crate) fn in_core(self) -> Protection {
        match self.0 {
            page::READONLY => Protection::ReadOnly,
            page::READWRITE => Protection::ReadWrite,
            page::WRITECOPY => Protection::CopyOnWrite,
            // Linux has no pages that run and cannot be read.
            page::EXECUTE | page::EXECUTE_READ => Protection::ExecuteRead,
            page::EXECUTE_READWRITE => Protection::ExecuteReadWrite,
            page::EXECUTE_WRITECOPY => Protection::ExecuteCopyOnWrite,
            _ => Protection::NoAccess,
        }
    }
}

fn either(which: bool, first: DWORD, second: DWORD) -> DWORD {
    if which { first } else { second }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_protection_is_one() {
        for number in 0..0x1000 {
            let single = [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80].contains(&number);
            assert_eq!(PageProtection::new(number).is_ok(), single, "{number:#x}");
            let six = single && number != 1 && number != 0x10;
            let of_section = PageProtection::of_section(number);
            assert_eq!(of_section.is_ok(), six, "{number:#x}");
        }
    }

    /// All combinations of the four kinds of access.
    #[test]
    fn access_gives_a_protection() {
        let table = [
            (0, 0x01),
            (1, 0x08),
            (2, 0x04),
            (3, 0x04),
            (4, 0x02),
            (5, 0x02),
            (6, 0x04),
            (7, 0x04),
            (0x20, 0x01),
            (0x21, 0x80),
            (0x22, 0x40),
            (0x23, 0x40),
            (0x24, 0x20),
            (0x25, 0x20),
            (0x26, 0x40),
            (0x27, 0x40),
            (0xF_001F, 0x04),
            (0xF_003F, 0x40),
            (8, 0x01),
            (9, 0x01),
            (0x10, 0x01),
            (0x100, 0x01),
            (0x8000_0004, 0x02),
        ];
        for (access, protection) in table {
            assert_eq!(
                PageProtection::of_view(access).number(),
                protection,
                "{access:#x}"
            );
        }
    }

    #[test]
    fn handles_are_granted_what_the_protection_says() {
        let granted = |number| PageProtection::of_section(number).unwrap().granted();
        assert_eq!([2, 8].map(granted), [0xF_0005; 2]);
        assert_eq!(granted(4), 0xF_0007);
        assert_eq!([0x20, 0x80].map(granted), [0xF_000D; 2]);
        assert_eq!(granted(0x40), 0xF_000F);
    }

    #[test]
    fn a_view_gets_no_right_that_it_was_not_mapped_with() {
        let admits = |from, to| {
            let of = |number| PageProtection::new(number).unwrap();
            of(from).admits(of(to))
        };
        for from in [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80] {
            assert!(admits(from, 1) && admits(from, from), "{from:#x}");
            assert_eq!(admits(from, 4), from & 0x44 != 0, "{from:#x}");
            assert_eq!(admits(from, 0x20), from & 0xE0 != 0, "{from:#x}");
            assert_eq!(admits(from, 2), from & 0x11 == 0, "{from:#x}");
        }
        assert!(admits(2, 8) && admits(8, 2) && admits(4, 8));
        assert!(!admits(1, 2));
    }
}
