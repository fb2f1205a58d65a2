//! [`Security`] as an access control list, and back.
//!
//! The creating user, the system and the administrators may do everything, as the owner and root
//! may on Linux. Others may use it and ask, and no more: they cannot change whom the object admits.
//! A list without entries admits nobody; who made the object has its handle and may read the list.

use std::io;

use windows_sys::Win32::Storage::FileSystem::READ_CONTROL;
use windows_sys::Win32::System::Memory::{
    SECTION_MAP_EXECUTE, SECTION_MAP_READ, SECTION_MAP_WRITE, SECTION_QUERY,
};

use super::call::{self, Descriptor, Identity};
use super::name::Wide;
use super::rights::{MODIFY, QUERY, SYNCHRONIZE, sync_rights};
use crate::access::{Access, Audience, Security};
use crate::format::Kind;

/// What others may do who may only read. Code runs only in sections that are made for it, and
/// there for everybody who may read. Objects to wait for can be asked: to wait is to write, as on
/// Linux.
fn reading(kind: Kind) -> u32 {
    match kind {
        Kind::Section => READ_CONTROL | SECTION_QUERY | SECTION_MAP_READ | SECTION_MAP_EXECUTE,
        Kind::Event | Kind::Mutex | Kind::Semaphore => READ_CONTROL | QUERY,
    }
}

/// What others may do who may also write.
fn writing(kind: Kind) -> u32 {
    reading(kind)
        | match kind {
            Kind::Section => SECTION_MAP_WRITE,
            Kind::Event | Kind::Mutex | Kind::Semaphore => sync_rights(kind),
        }
}

/// The rights of which each one is more than to read.
fn any_writing(kind: Kind) -> u32 {
    match kind {
        Kind::Section => SECTION_MAP_WRITE,
        Kind::Event | Kind::Mutex | Kind::Semaphore => SYNCHRONIZE | MODIFY,
    }
}

/// The descriptor that a new object gets.
pub(super) fn descriptor(kind: Kind, security: Security) -> io::Result<Descriptor> {
    let user = call::sid(Identity::User)?;
    let others = match security.audience() {
        Audience::Nobody => return Descriptor::from_sddl(&Wide::new(NO_ENTRIES)),
        Audience::Owner => None,
        Audience::Group => Some(call::sid(Identity::PrimaryGroup)?),
        Audience::Everyone => Some("WD".to_owned()),
    };
    let rights = match security.others() {
        Access::ReadWrite => writing(kind),
        Access::ReadOnly => reading(kind),
    };
    let text = sddl(&user, others.as_deref(), rights);
    Descriptor::from_sddl(&Wide::new(&text))
}

/// A list without entries that inherits none.
const NO_ENTRIES: &str = "D:P";

/// The same in the security descriptor definition language: a list that inherits nothing.
fn sddl(user: &str, others: Option<&str>, rights: u32) -> String {
    let mut text = format!("D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;{user})");
    if let Some(others) = others {
        text.push_str(&format!("(A;;{rights:#x};;;{others})"));
    }
    text
}

/// S-1-1-0, Everyone.
const EVERYONE: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];

/// The inverse, for the self-relative descriptor of an object that somebody made in any way:
/// what Everyone may do, or else what the object's own group may do.
///
/// `None` where the bytes are no descriptor.
pub(super) fn parse(kind: Kind, descriptor: &[u8]) -> Option<Security> {
    let Some(mut entries) = Entries::of(descriptor)? else {
        // No list keeps nobody out.
        return Some(Security::everyone());
    };
    let group = match u32_at(descriptor, 8)? as usize {
        0 => None,
        group_at => Some(sid_at(descriptor.get(group_at..)?)?),
    };
    if entries.count == 0 {
        return Some(Security::nobody());
    }
    let (mut of_group, mut of_everyone) = (None, None);
    while let Some(entry) = entries.next_entry()? {
        if entry.kind == ACCESS_ALLOWED {
            let sid = entry.sid()?;
            let holder = if sid == EVERYONE {
                Some(&mut of_everyone)
            } else if Some(sid) == group {
                Some(&mut of_group)
            } else {
                None
            };
            if let Some(holder) = holder {
                *holder = Some(holder.unwrap_or(0) | entry.mask);
            }
        }
    }
    let (security, mask) = match (of_group, of_everyone) {
        (_, Some(mask)) => (Security::everyone(), mask),
        (Some(mask), None) => (Security::group(), mask),
        (None, None) => return Some(Security::owner()),
    };
    Some(if mask & any_writing(kind) == 0 {
        security.others_read_only()
    } else {
        security
    })
}

const ACCESS_ALLOWED: u8 = 0;
const ACCESS_DENIED: u8 = 1;

/// What an access list says of somebody: ACCESS_ALLOWED_ACE and its like.
struct Entry<'d> {
    kind: u8,
    flags: u8,
    mask: u32,
    /// An identifier, where the kind is one of these two.
    who: &'d [u8],
}

impl<'d> Entry<'d> {
    fn sid(&self) -> Option<&'d [u8]> {
        sid_at(self.who)
    }
}

/// The entries of the access list of a self-relative descriptor.
struct Entries<'d> {
    count: u16,
    rest: &'d [u8],
}

impl<'d> Entries<'d> {
    /// `None` where the bytes are no descriptor; `Some(None)`: it has no list.
    fn of(descriptor: &'d [u8]) -> Option<Option<Entries<'d>>> {
        const DACL_PRESENT: u16 = 4;
        // SECURITY_DESCRIPTOR_RELATIVE: revision, control, owner, group, system list, list.
        let control = u16_at(descriptor, 2)?;
        let list_at = u32_at(descriptor, 16)? as usize;
        if control & DACL_PRESENT == 0 || list_at == 0 {
            return Some(None);
        }
        // ACL: revision, size, count.
        let list = descriptor.get(list_at..)?;
        Some(Some(Entries {
            count: u16_at(list, 4)?,
            rest: list.get(8..)?,
        }))
    }

    /// `None` where the bytes are no list; `Some(None)`: there are no more.
    fn next_entry(&mut self) -> Option<Option<Entry<'d>>> {
        let Some(count) = self.count.checked_sub(1) else {
            return Some(None);
        };
        // Type, flags, size, mask, identifier.
        let size = usize::from(u16_at(self.rest, 2)?);
        let (entry, rest) = self.rest.split_at_checked(size)?;
        (self.count, self.rest) = (count, rest);
        Some(Some(Entry {
            kind: *entry.first()?,
            flags: *entry.get(1)?,
            mask: u32_at(entry, 4)?,
            who: entry.get(8..)?,
        }))
    }
}

/// The entries of an access list, as text, that gives `rights` to those whom a descriptor of a section
/// lets write, and denies them to those whom it does not.
///
/// `None` where the bytes are no descriptor, or its list says more than this understands.
pub(super) fn writers(descriptor: &[u8], rights: u32) -> Option<String> {
    /// `SECTION_MAP_WRITE`, also as a part of `GENERIC_WRITE` and `GENERIC_ALL`.
    const WRITING: u32 = SECTION_MAP_WRITE | 0x5000_0000;
    /// `INHERIT_ONLY_ACE`: it says nothing about the object itself.
    const INHERITED: u8 = 8;
    let Some(mut entries) = Entries::of(descriptor)? else {
        // No list keeps nobody out.
        let everyone = sid_text(EVERYONE)?;
        return Some(format!("(A;;{rights:#x};;;{everyone})"));
    };
    let mut text = String::new();
    while let Some(entry) = entries.next_entry()? {
        let verb = match entry.kind {
            _ if entry.flags & INHERITED != 0 => continue,
            ACCESS_ALLOWED => 'A',
            ACCESS_DENIED => 'D',
            _ => return None,
        };
        if entry.mask & WRITING != 0 {
            let sid = sid_text(entry.sid()?)?;
            text.push_str(&format!("({verb};;{rights:#x};;;{sid})"));
        }
    }
    Some(text)
}

/// An identifier as the system spells it: `S-1-5-18`.
fn sid_text(sid: &[u8]) -> Option<String> {
    let (head, parts) = sid.split_first_chunk::<8>()?;
    let authority = head[2..]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    let mut text = format!("S-{}-{authority}", head[0]);
    for part in parts.chunks_exact(4) {
        text.push_str(&format!("-{}", u32_at(part, 0)?));
    }
    Some(text)
}

/// The identifier at the beginning: revision, number of parts, authority, parts.
fn sid_at(bytes: &[u8]) -> Option<&[u8]> {
    let parts = usize::from(*bytes.get(1)?);
    bytes.get(..8 + 4 * parts)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?))
}

#[cfg(test)]
mod tests {
    use std::os::windows::io::AsHandle;

    use windows_sys::Win32::System::Memory::PAGE_READWRITE;

    use super::*;

    #[test]
    fn words_of_the_definition_language() {
        assert_eq!(
            sddl("S-1-5-21-1", None, writing(Kind::Section)),
            "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;S-1-5-21-1)"
        );
        for (kind, read, write) in [
            (Kind::Section, "0x2000d", "0x2000f"),
            (Kind::Event, "0x20001", "0x120003"),
            (Kind::Mutex, "0x20001", "0x120001"),
            (Kind::Semaphore, "0x20001", "0x120003"),
        ] {
            let text = sddl("u", Some("WD"), writing(kind));
            assert!(text.ends_with(&format!("(A;;{write};;;WD)")), "{text}");
            let text = sddl("u", Some("g"), reading(kind));
            assert!(text.ends_with(&format!("(A;;{read};;;g)")), "{text}");
        }
    }

    #[test]
    fn the_system_keeps_what_was_said() {
        let table = [
            Security::nobody(),
            Security::owner(),
            Security::group(),
            Security::group().others_read_only(),
            Security::everyone(),
            Security::everyone().others_read_only(),
        ];
        for security in table {
            let described = descriptor(Kind::Section, security).unwrap();
            let (section, _) =
                call::create_file_mapping(None, PAGE_READWRITE, 4096, &described, None).unwrap();
            let bytes = call::security_of(section.as_handle()).unwrap();
            assert_eq!(parse(Kind::Section, &bytes), Some(security), "{bytes:?}");
        }
    }

    /// The bytes of what a text describes.
    fn bytes_of(text: &str) -> Vec<u8> {
        let descriptor = Descriptor::from_sddl(&Wide::new(text)).unwrap();
        let (section, _) =
            call::create_file_mapping(None, PAGE_READWRITE, 4096, &descriptor, None).unwrap();
        call::security_of(section.as_handle()).unwrap()
    }

    #[test]
    fn who_may_write_a_section_is_found_in_its_list() {
        let writers = |text| writers(&bytes_of(text), 0x10_0003);
        let admits = |who| Some(format!("(A;;0x100003;;;{who})"));
        // By the right to map for writing, or all rights; not by the right to read.
        assert_eq!(
            writers("D:P(A;;0x2000f;;;WD)(A;;0x2000d;;;AU)"),
            admits("S-1-1-0")
        );
        assert_eq!(writers("D:P(A;;GA;;;SY)(A;;GR;;;WD)"), admits("S-1-5-18"));
        assert_eq!(writers("D:P(A;;GA;;;BA)"), admits("S-1-5-32-544"));
        assert_eq!(writers("D:P"), Some(String::new()));
        // Who is denied comes first.
        let denied = writers("D:P(D;;GA;;;BG)(A;;GA;;;WD)").unwrap();
        assert_eq!(
            denied,
            "(D;;0x100003;;;S-1-5-32-546)(A;;0x100003;;;S-1-1-0)"
        );
        Descriptor::from_sddl(&Wide::new(&format!("D:P{denied}"))).unwrap();
    }

    #[test]
    fn what_is_not_understood_admits_nobody() {
        let mut whole = vec![
            1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0,
        ];
        whole.extend([2, 0, 28, 0, 1, 0, 0, 0]);
        whole.extend([0, 0, 20, 0, 2, 0, 0, 0]);
        whole.extend(EVERYONE);
        let everyone = Some("(A;;0x3;;;S-1-1-0)".to_owned());
        assert_eq!(writers(&whole, 3), everyone);
        for len in 0..whole.len() {
            assert_eq!(writers(&whole[..len], 3), None, "{len}");
        }
        // It says nothing about the section itself.
        whole[29] = 8;
        assert_eq!(writers(&whole, 3), Some(String::new()));
        // An entry of another kind.
        (whole[28], whole[29]) = (9, 0);
        assert_eq!(writers(&whole, 3), None);
        // No list at all.
        whole[2] = 0;
        assert_eq!(writers(&whole, 3), everyone);
    }

    #[test]
    fn cut_bytes_are_no_descriptor() {
        let mut whole = vec![
            1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0,
        ];
        whole.extend([2, 0, 28, 0, 1, 0, 0, 0]);
        whole.extend([0, 0, 20, 0, 7, 0, 2, 0]);
        whole.extend(EVERYONE);
        assert_eq!(parse(Kind::Section, &whole), Some(Security::everyone()));
        for len in 0..whole.len() {
            assert_eq!(parse(Kind::Section, &whole[..len]), None, "{len}");
        }
        // With an empty list everybody is; whatever lies behind it.
        whole[24] = 0;
        assert_eq!(parse(Kind::Section, &whole), Some(Security::nobody()));
        // Without a list nobody is kept out.
        whole[2] = 0;
        assert_eq!(parse(Kind::Section, &whole), Some(Security::everyone()));
    }
}
