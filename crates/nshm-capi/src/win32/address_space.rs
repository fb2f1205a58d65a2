//! The rest of the address space, which this layer has not mapped: programs, stacks, what libraries
//! allocate, and nothing. From `/proc/self/maps`.

use std::fs;
use std::ops::Range;

use super::sysinfoapi::HIGHEST_ADDRESS;
use super::types::{DWORD, MEMORY_BASIC_INFORMATION, mem, page};
use super::winerror::*;

/// A line of `/proc/self/maps`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Area<'a> {
    range: Range<usize>,
    /// As in `rw-p`.
    permissions: &'a str,
    path: &'a str,
}

/// What `VirtualQuery` tells of an address.
///
/// # Errors
/// 87 for an address beyond what programs can use.
pub(crate) fn describe(address: usize) -> Result<MEMORY_BASIC_INFORMATION> {
    let maps = fs::read("/proc/self/maps")?;
    describe_in(&String::from_utf8_lossy(&maps), address)
}

/// Whether anything is mapped at an address.
pub(crate) fn is_mapped(address: usize) -> bool {
    describe(address).is_ok_and(|information| information.State != mem::FREE)
}

fn describe_in(maps: &str, address: usize) -> Result<MEMORY_BASIC_INFORMATION> {
    let areas: Vec<Area<'_>> = maps.lines().filter_map(Area::parse).collect();
    let page = rustix::param::page_size();
    let base = address - address % page;
    let index = areas.partition_point(|area| area.range.end <= address);
    let Some(area) = areas.get(index).filter(|area| area.range.start <= address) else {
        if address > HIGHEST_ADDRESS {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let end = areas.get(index).map_or(usize::MAX, |area| area.range.start);
        return Ok(MEMORY_BASIC_INFORMATION {
            BaseAddress: base,
            RegionSize: end.min(HIGHEST_ADDRESS + 1).saturating_sub(base),
            State: mem::FREE,
            Protect: page::NOACCESS,
            ..MEMORY_BASIC_INFORMATION::default()
        });
    };
    let before = areas[..=index].windows(2).rev();
    let neighbours = before.take_while(|two| two[0].is_one_with(&two[1])).count();
    let first = &areas[index - neighbours];
    let protection = area.protection();
    let is_reserved = protection == page::NOACCESS && area.kind() == mem::PRIVATE;
    Ok(MEMORY_BASIC_INFORMATION {
        BaseAddress: base,
        AllocationBase: first.range.start,
        AllocationProtect: first.protection(),
        PartitionId: 0,
        RegionSize: area.range.end - base,
        State: if is_reserved {
            mem::RESERVE
        } else {
            mem::COMMIT
        },
        Protect: if is_reserved { 0 } else { protection },
        Type: area.kind(),
    })
}

impl<'a> Area<'a> {
    fn parse(line: &'a str) -> Option<Area<'a>> {
        let mut words = line.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        Some(Area {
            range: number(start)?..number(end)?,
            permissions: words.next()?,
            path: words.nth(3).unwrap_or(""),
        })
    }

    /// Whether the next area is a part of the same file, mapped together with this one.
    fn is_one_with(&self, next: &Area<'_>) -> bool {
        self.range.end == next.range.start && self.is_file() && self.path == next.path
    }

    fn is_file(&self) -> bool {
        self.path.starts_with('/')
    }

    fn is_shared(&self) -> bool {
        self.permissions.ends_with('s')
    }

    fn kind(&self) -> DWORD {
        match (self.is_shared(), self.is_file()) {
            (true, _) => mem::MAPPED,
            (false, true) => mem::IMAGE,
            (false, false) => mem::PRIVATE,
        }
    }

    fn protection(&self) -> DWORD {
        let has = |permission| self.permissions.contains(permission);
        let copies = self.is_file() && !self.is_shared();
        match (has('r'), has('w'), has('x')) {
            (_, true, false) if copies => page::WRITECOPY,
            (_, true, true) if copies => page::EXECUTE_WRITECOPY,
            (_, true, false) => page::READWRITE,
            (_, true, true) => page::EXECUTE_READWRITE,
            (true, false, false) => page::READONLY,
            (true, false, true) => page::EXECUTE_READ,
            (false, false, true) => page::EXECUTE,
            (false, false, false) => page::NOACCESS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
        00400000-00402000 r--p 00000000 08:01 77 /usr/bin/some program\n\
        00402000-00405000 r-xp 00002000 08:01 77 /usr/bin/some program\n\
        00405000-00406000 rw-p 00005000 08:01 77 /usr/bin/some program\n\
        00406000-00500000 rw-p 00000000 00:00 0 [heap]\n\
        7f0000000000-7f0000010000 rw-s 00000000 00:05 12 /memfd:x (deleted)\n\
        7f0000020000-7f0000030000 ---p 00000000 00:00 0\n";

    fn told(address: usize) -> (usize, usize, DWORD, usize, DWORD, DWORD, DWORD) {
        let it = describe_in(MAPS, address).unwrap();
        (
            it.BaseAddress,
            it.AllocationBase,
            it.AllocationProtect,
            it.RegionSize,
            it.State,
            it.Protect,
            it.Type,
        )
    }

    #[test]
    fn areas_are_told_in_the_words_of_windows() {
        assert_eq!(
            told(0x403123),
            (0x403000, 0x400000, 2, 0x2000, 0x1000, 0x20, 0x100_0000)
        );
        assert_eq!(
            told(0x405000),
            (0x405000, 0x400000, 2, 0x1000, 0x1000, 8, 0x100_0000)
        );
        assert_eq!(
            told(0x406fff),
            (0x406000, 0x406000, 4, 0xFA000, 0x1000, 4, 0x2_0000)
        );
        assert_eq!(
            told(0x7f00_0000_0001),
            (
                0x7f00_0000_0000,
                0x7f00_0000_0000,
                4,
                0x10000,
                0x1000,
                4,
                0x4_0000
            )
        );
        let reserved = told(0x7f00_0002_1000);
        assert_eq!((reserved.3, reserved.4, reserved.5), (0xF000, 0x2000, 0));
    }

    #[test]
    fn what_is_free_reaches_to_the_next_area() {
        assert_eq!(told(0), (0, 0, 0, 0x40_0000, 0x1_0000, 1, 0));
        assert_eq!(
            told(0x50_0001),
            (0x50_0000, 0, 0, 0x7eff_ffb0_0000, 0x1_0000, 1, 0)
        );
        let last = told(0x7f00_0003_0000);
        assert_eq!((last.0 + last.3, last.4), (HIGHEST_ADDRESS + 1, 0x1_0000));
        let refused = describe_in(MAPS, HIGHEST_ADDRESS + 1);
        assert_eq!(refused, Err(ERROR_INVALID_PARAMETER));
    }

    #[test]
    fn the_stack_of_this_thread_is_private_memory() {
        let local = 0;
        let stack = describe((&raw const local).addr()).unwrap();
        assert_eq!((stack.Protect, stack.Type), (page::READWRITE, mem::PRIVATE));
        assert!(is_mapped((&raw const local).addr()) && !is_mapped(0));
    }
}
