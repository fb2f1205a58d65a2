//! Sections: which can be made, which views they give.

use std::cell::RefCell;
use std::rc::Rc;

use super::pages::Protection;
use super::rights::{MAP_EXECUTE, MAP_READ, MAP_WRITE};
use super::{
    ACCESS_DENIED, BAD_EXE_FORMAT, INVALID_HANDLE, INVALID_PARAMETER, Kind, MAPPED_ALIGNMENT,
    Memory, NOT_ENOUGH_MEMORY, PRIVILEGE_NOT_HELD, State, View, World,
};
use crate::win32::abi::{Answer, Created, Name};

#[derive(Clone, Debug)]
pub(super) struct Section {
    protection: Protection,
    is_uncached: bool,
    memory: Rc<RefCell<Memory>>,
}

/// `SEC_*`
const FILE: u32 = 0x80_0000;
const IMAGE: u32 = 0x100_0000;
const RESERVE: u32 = 0x400_0000;
const COMMIT: u32 = 0x800_0000;
const NOCACHE: u32 = 0x1000_0000;
const WRITECOMBINE: u32 = 0x4000_0000;
const LARGE_PAGES: u32 = 0x8000_0000;
const ALL: u32 = FILE | IMAGE | RESERVE | COMMIT | NOCACHE | WRITECOMBINE | LARGE_PAGES;

impl World {
    /// `file` is no file: a handle of something else, or none.
    pub(crate) fn create_section(
        &mut self,
        file: Option<usize>,
        inherits: bool,
        bits: u32,
        size: u64,
        name: &Name,
    ) -> Created {
        let protection = Protection::new(bits & !ALL)?;
        if protection.is(1) || protection.is(0x10) || file.is_none() && size == 0 {
            return Err(INVALID_PARAMETER);
        }
        if let Name::Ansi(text) = name
            && text.encode_utf16().count() >= 260
        {
            return Err(super::FILENAME_EXCED_RANGE);
        }
        let attributes = match bits & ALL {
            0 => COMMIT,
            attributes => attributes,
        };
        // What of it stands alone, and with one word about caching.
        let caching = attributes & (NOCACHE | WRITECOMBINE);
        let is_known = match attributes & !caching {
            COMMIT | RESERVE => true,
            IMAGE => caching != WRITECOMBINE,
            large if large == COMMIT | LARGE_PAGES => file.is_none(),
            _ => false,
        };
        if !is_known || caching == NOCACHE | WRITECOMBINE {
            return Err(INVALID_PARAMETER);
        }
        match size {
            0x7FFF_FFFF_FFFF_FFFF.. => return Err(INVALID_PARAMETER),
            0x1000_0000_0000.. => return Err(NOT_ENOUGH_MEMORY),
            _ => {}
        }
        if file.is_some() {
            return Err(INVALID_HANDLE);
        }
        if attributes & IMAGE != 0 {
            return Err(BAD_EXE_FORMAT);
        }
        if attributes & LARGE_PAGES != 0 {
            return Err(match size % (2 << 20) {
                0 => PRIVILEGE_NOT_HELD,
                _ => INVALID_PARAMETER,
            });
        }
        let key = self.key_of_new(name)?;
        let access = 0xF_0001 | protection.right() | MAP_READ;
        let section = Section {
            protection,
            is_uncached: caching == NOCACHE,
            memory: Memory::new(size, attributes & RESERVE == 0),
        };
        self.create(key, access, inherits, State::Section(section))
    }

    /// What a view would be, before it has its place.
    pub(crate) fn map(
        &mut self,
        section: usize,
        access: u32,
        offset: u64,
        len: usize,
    ) -> Answer<View> {
        let protection = Protection::of_view(access);
        let handle = self.handle(section)?;
        let State::Section(section) = &self.object(handle).state else {
            return Err(INVALID_HANDLE);
        };
        if handle.access & protection.right() != protection.right() {
            return Err(ACCESS_DENIED);
        }
        if !offset.is_multiple_of(0x1_0000) {
            return Err(MAPPED_ALIGNMENT);
        }
        const WITH_LARGE_PAGES: u32 = 0x2000_0000;
        if access & WITH_LARGE_PAGES != 0 || !section.protection.allows(protection) {
            return Err(INVALID_PARAMETER);
        }
        let size = section.memory.borrow().size();
        if offset >= size {
            return Err(INVALID_PARAMETER);
        }
        let room = size - offset;
        let len = match len as u64 {
            0 => room,
            len if len > room => return Err(ACCESS_DENIED),
            len => len,
        };
        Ok(View::new(
            &section.memory,
            offset,
            len,
            protection,
            section.is_uncached,
        ))
    }

    /// A view that has its place.
    pub(crate) fn keep(&mut self, mut view: View, base: usize) {
        assert_eq!(base % 0x1_0000, 0, "views begin at granules");
        view.base = base;
        let overlaps = |other: &View| base < other.end() && other.base < view.end();
        assert!(!self.views.iter().any(overlaps), "it lies over another one");
        self.views.push(view);
    }
}

/// What a handle may do that is opened with these bits.
pub(super) fn granted(wanted: u32) -> Answer<u32> {
    const COPY: u32 = 1;
    const EXECUTE: u32 = 0x20;
    let rights = match wanted {
        COPY => MAP_READ,
        _ if wanted & EXECUTE != 0 => wanted & !EXECUTE | MAP_EXECUTE,
        _ => wanted,
    };
    super::granted(Kind::Section, rights)
}

impl Protection {
    /// What a handle must be allowed for a view of this.
    fn right(self) -> u32 {
        let data = match self.writes() {
            true => MAP_WRITE,
            false => MAP_READ,
        };
        data | if self.executes() { MAP_EXECUTE } else { 0 }
    }
}
