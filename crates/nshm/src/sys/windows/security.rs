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
    const DACL_PRESENT: u16 = 4;
    const ACCESS_ALLOWED: u8 = 0;
    // SECURITY_DESCRIPTOR_RELATIVE: revision, control, owner, group, system list, list.
    let control = u16_at(descriptor, 2)?;
    let group_at = u32_at(descriptor, 8)? as usize;
    let list_at = u32_at(descriptor, 16)? as usize;
    if control & DACL_PRESENT == 0 || list_at == 0 {
        // No list keeps nobody out.
        return Some(Security::everyone());
    }
    let group = match group_at {
        0 => None,
        _ => Some(sid_at(descriptor.get(group_at..)?)?),
    };
    let list = descriptor.get(list_at..)?;
    let count = u16_at(list, 4)?;
    if count == 0 {
        return Some(Security::nobody());
    }
    let mut entries = list.get(8..)?;
    let (mut of_group, mut of_everyone) = (None, None);
    for _ in 0..count {
        // ACCESS_ALLOWED_ACE: type, flags, size, mask, identifier.
        let size = usize::from(u16_at(entries, 2)?);
        let (entry, rest) = entries.split_at_checked(size)?;
        if entry.first() == Some(&ACCESS_ALLOWED) {
            let mask = u32_at(entry, 4)?;
            let sid = sid_at(entry.get(8..)?)?;
            let holder = if sid == EVERYONE {
                Some(&mut of_everyone)
            } else if Some(sid) == group {
                Some(&mut of_group)
            } else {
                None
            };
            if let Some(holder) = holder {
                *holder = Some(holder.unwrap_or(0) | mask);
            }
        }
        entries = rest;
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
