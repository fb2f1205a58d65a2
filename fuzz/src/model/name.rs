//! What a name means: the table of Windows for object names, and docs/format.md for the file name.
//!
//! Written for the eye and not for speed: a name is cut into its components first, and each byte of a
//! file name is looked at alone.

use crate::error::InvalidName;

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Local,
    Global,
    Session(u32),
    Posix,
}

/// The place and the leaf of a name, or the rule that it breaks.
pub(crate) fn read(text: &str) -> Result<(Place, String), InvalidName> {
    if let Some(file) = text.strip_prefix("posix:/") {
        return match file {
            "" | "." | ".." => Err(InvalidName::Posix),
            _ if file.contains('/') || file.len() > 255 => Err(InvalidName::Posix),
            _ if file.contains('\0') => Err(InvalidName::Nul),
            _ => Ok((Place::Posix, file.to_owned())),
        };
    }
    let mut components: Vec<&str> = text.split('\\').collect();
    let leaf = components.pop().unwrap_or_default();
    if components.is_empty() && leaf.is_empty() {
        return Err(InvalidName::Empty);
    }
    if components.first() == Some(&"") {
        return Err(InvalidName::LeadingSeparator);
    }
    let mut place = Place::Local;
    let mut directories = components.as_slice();
    while let [first, behind @ ..] = directories {
        directories = behind;
        match *first {
            "Local" => {}
            "Global" => place = Place::Global,
            "Session" => {
                let [number, behind @ ..] = directories else {
                    // Its number would be the leaf.
                    return Err(InvalidName::MissingLeaf);
                };
                directories = behind;
                place = Place::Session(session(number).ok_or(InvalidName::UnknownPrefix)?);
            }
            _ => return Err(InvalidName::UnknownPrefix),
        }
        let next = directories.first().copied().unwrap_or(leaf);
        if next.is_empty() {
            return Err(InvalidName::MissingLeaf);
        }
    }
    match leaf {
        "Local" | "Global" | "Session" => Err(InvalidName::Reserved),
        _ if leaf.contains('\0') => Err(InvalidName::Nul),
        _ if leaf.encode_utf16().count() > 260 => Err(InvalidName::TooLong),
        _ => Ok((place, leaf.to_owned())),
    }
}

/// A number that has one spelling only.
fn session(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The leaf as it stands in a link, by docs/format.md.
pub(crate) fn encode(leaf: &str) -> String {
    let mut text = Vec::new();
    for (index, byte) in leaf.bytes().enumerate() {
        let is_special = matches!(byte, b'/' | b'\\' | b'%' | 0..0x20 | 0x7f);
        if is_special || byte == b'.' && index == 0 {
            text.extend(format!("%{byte:02X}").bytes());
        } else {
            text.push(byte);
        }
    }
    String::from_utf8(text).expect("only ASCII was replaced, by ASCII")
}
