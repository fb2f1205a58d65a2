//! Pages: what a section holds, what views show of it. Of each page the first byte stands for all.

use std::cell::RefCell;
use std::rc::Rc;

use super::{INVALID_ADDRESS, INVALID_PARAMETER, World};
use crate::win32::abi::{Answer, MemoryInformation};

const PAGE: u64 = 4096;

/// One of `PAGE_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Protection(u32);

impl Protection {
    pub(super) fn new(number: u32) -> Answer<Protection> {
        match number {
            1 | 2 | 4 | 8 | 0x10 | 0x20 | 0x40 | 0x80 => Ok(Protection(number)),
            _ => Err(INVALID_PARAMETER),
        }
    }

    /// By `FILE_MAP_*`.
    pub(super) fn of_view(access: u32) -> Protection {
        let executes = access & 0x20 != 0;
        // What says how to map, and not what.
        let number = match access & !(0x20 | 0xC000_0000) {
            1 => 8,
            data if data & 2 != 0 => 4,
            data if data & 4 != 0 => 2,
            _ => return Protection(1),
        };
        Protection(if executes { number << 4 } else { number })
    }

    pub(super) fn is(self, number: u32) -> bool {
        self.0 == number
    }

    pub(super) fn reads(self) -> bool {
        !matches!(self.0, 1 | 0x10)
    }

    pub(super) fn writes(self) -> bool {
        matches!(self.0, 4 | 0x40)
    }

    pub(super) fn executes(self) -> bool {
        self.0 >= 0x10
    }

    fn copies(self) -> bool {
        matches!(self.0, 8 | 0x80)
    }

    /// Whether a section of this has views of that.
    pub(super) fn allows(self, view: Protection) -> bool {
        (self.writes() || !view.writes()) && (self.executes() || !view.executes())
    }

    /// Whether pages that were mapped with this may become that.
    fn admits(self, to: Protection) -> bool {
        (self.reads() || !to.reads()) && self.allows(to)
    }
}

/// The memory of a section.
#[derive(Debug)]
pub(crate) struct Memory {
    bytes: Vec<u8>,
    committed: Vec<bool>,
}

impl Memory {
    pub(super) fn new(size: u64, committed: bool) -> Rc<RefCell<Memory>> {
        let pages = size.div_ceil(PAGE) as usize;
        Rc::new(RefCell::new(Memory {
            bytes: vec![0; pages],
            committed: vec![committed; pages],
        }))
    }

    pub(super) fn size(&self) -> u64 {
        self.bytes.len() as u64 * PAGE
    }
}

/// A view of a section.
#[derive(Debug)]
pub(crate) struct View {
    pub(super) base: usize,
    memory: Rc<RefCell<Memory>>,
    first: usize,
    pages: Vec<Page>,
    mapped: Protection,
    is_uncached: bool,
}

/// A page of a view.
#[derive(Clone, Copy, Debug)]
struct Page {
    protection: Protection,
    /// What it holds, if that is a copy.
    own: Option<u8>,
}

impl View {
    pub(super) fn new(
        memory: &Rc<RefCell<Memory>>,
        offset: u64,
        len: u64,
        protection: Protection,
        is_uncached: bool,
    ) -> View {
        let first = (offset / PAGE) as usize;
        let count = len.div_ceil(PAGE) as usize;
        let page = |index: usize| Page {
            protection,
            own: protection
                .copies()
                .then(|| memory.borrow().bytes[first + index]),
        };
        View {
            base: 0,
            memory: Rc::clone(memory),
            first,
            pages: (0..count).map(page).collect(),
            mapped: protection,
            is_uncached,
        }
    }

    fn len(&self) -> usize {
        self.pages.len() * PAGE as usize
    }

    pub(super) fn end(&self) -> usize {
        self.base + self.len()
    }

    fn is_committed(&self, index: usize) -> bool {
        self.memory.borrow().committed[self.first + index]
    }

    fn byte(&self, index: usize) -> u8 {
        let shared = self.memory.borrow().bytes[self.first + index];
        self.pages[index].own.unwrap_or(shared)
    }

    /// The pages that a range touches.
    fn range(&self, offset: usize, len: usize) -> Answer<std::ops::Range<usize>> {
        let end = offset.checked_add(len).filter(|end| *end <= self.len());
        let end = end.ok_or(INVALID_ADDRESS)?;
        Ok(offset / PAGE as usize..end.div_ceil(PAGE as usize))
    }

    /// What `VirtualQuery` tells of a page, without where it is.
    fn state(&self, index: usize) -> (u32, u32) {
        const MEM_COMMIT: u32 = 0x1000;
        const MEM_RESERVE: u32 = 0x2000;
        match self.is_committed(index) {
            true => (MEM_COMMIT, self.told(self.pages[index].protection)),
            false => (MEM_RESERVE, 0),
        }
    }

    fn told(&self, protection: Protection) -> u32 {
        const NOCACHE: u32 = 0x200;
        protection.0 | if self.is_uncached { NOCACHE } else { 0 }
    }

    fn set(&mut self, range: std::ops::Range<usize>, to: Protection) {
        for index in range {
            if to.copies() {
                self.pages[index].own = Some(self.byte(index));
            }
            self.pages[index].protection = to;
        }
    }
}

impl World {
    /// The address and the length of each view.
    pub(crate) fn views(&self) -> Vec<(usize, usize)> {
        let place = |view: &View| (view.base, view.len());
        self.views.iter().map(place).collect()
    }

    fn view(&mut self, address: usize) -> Option<&mut View> {
        self.views
            .iter_mut()
            .find(|view| (view.base..view.end()).contains(&address))
    }

    pub(crate) fn unmap(&mut self, address: usize) -> Answer<()> {
        let view = self
            .views
            .iter()
            .position(|view| (view.base..view.end()).contains(&address));
        self.views.swap_remove(view.ok_or(INVALID_ADDRESS)?);
        Ok(())
    }

    /// Of an address in a view.
    pub(crate) fn flush(&mut self, address: usize, len: usize) -> Option<Answer<()>> {
        let view = self.view(address)?;
        let offset = address - view.base;
        let part = view.range(offset, len);
        Some(part.map(|_| ()).map_err(|_| INVALID_PARAMETER))
    }

    /// Of an address in a view.
    pub(crate) fn query(&mut self, address: usize) -> Option<MemoryInformation> {
        const MEM_MAPPED: u32 = 0x4_0000;
        let view = self.view(address)?;
        let index = (address - view.base) / PAGE as usize;
        let (state, protection) = view.state(index);
        let alike = (index..view.pages.len())
            .take_while(|other| view.state(*other) == (state, protection))
            .count();
        Some(MemoryInformation {
            base: view.base + index * PAGE as usize,
            allocation: view.base,
            allocation_protection: view.told(view.mapped),
            partition: 0,
            size: alike * PAGE as usize,
            state,
            protection,
            kind: MEM_MAPPED,
        })
    }

    /// Of an address in a view.
    pub(crate) fn protect(&mut self, address: usize, len: usize, to: u32) -> Option<Answer<u32>> {
        let view = self.view(address)?;
        let mut protect = || {
            let to = Protection::new(to)?;
            if len == 0 {
                return Err(INVALID_PARAMETER);
            }
            let range = view.range(address - view.base, len)?;
            if !view.mapped.admits(to) {
                return Err(INVALID_PARAMETER);
            }
            if !range.clone().all(|index| view.is_committed(index)) {
                return Err(INVALID_ADDRESS);
            }
            let before = view.told(view.pages[range.start].protection);
            view.set(range, to);
            Ok(before)
        };
        Some(protect())
    }

    /// Of an address in a view.
    pub(crate) fn commit(&mut self, address: usize, len: usize, to: u32) -> Option<Answer<usize>> {
        let view = self.view(address)?;
        let commit = || {
            let to = Protection::new(to)?;
            if len == 0 {
                return Err(INVALID_PARAMETER);
            }
            let range = view.range(address - view.base, len)?;
            if !view.mapped.admits(to) {
                return Err(INVALID_PARAMETER);
            }
            let first = view.first;
            let committed = &mut view.memory.borrow_mut().committed;
            committed[first + range.start..first + range.end].fill(true);
            Ok(range)
        };
        let range = match commit() {
            Ok(range) => range,
            Err(error) => return Some(Err(error)),
        };
        let start = view.base + range.start * PAGE as usize;
        view.set(range, Protection(to));
        Some(Ok(start))
    }

    /// What the byte at the beginning of a page is, if it may be read.
    pub(crate) fn read(&mut self, address: usize) -> Option<u8> {
        let view = self.view(address)?;
        let index = (address - view.base) / PAGE as usize;
        let may = view.is_committed(index) && !view.pages[index].protection.is(1);
        may.then(|| view.byte(index))
    }

    /// Writes to the beginning of a page, if that may be written to.
    pub(crate) fn write(&mut self, address: usize, byte: u8) -> bool {
        let Some(view) = self.view(address) else {
            return false;
        };
        let index = (address - view.base) / PAGE as usize;
        let protection = view.pages[index].protection;
        if !view.is_committed(index) || !(protection.writes() || protection.copies()) {
            return false;
        }
        match &mut view.pages[index].own {
            Some(own) => *own = byte,
            None => view.memory.borrow_mut().bytes[view.first + index] = byte,
        }
        true
    }
}
