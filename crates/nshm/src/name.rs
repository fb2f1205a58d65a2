//! Names: what a text means, and which file name carries it. Pure rules, no system call.
//!
//! The rules are those of Windows object names (MS Learn, "Kernel object namespaces"): a name is
//! case-sensitive, its prefix included; one name space serves every kind of object.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Error, InvalidName, Result};

/// The longest leaf, in UTF-16 units, as in the `MAX_PATH` buffers of Windows.
pub const MAX_LEAF_UTF16: usize = 260;

/// Begins the name of a POSIX object; what follows is its file name.
const POSIX: &str = "posix:/";
/// The longest name of a POSIX object, in bytes (`NAME_MAX`).
const MAX_POSIX: usize = 255;
/// Begins what a System V segment is called, which no [`Name`] is: its number follows.
pub(crate) const SYSTEM_V: &str = "sysv:";

/// The longest file name that [`encode_file_name`] gives, in bytes. It leaves room for a prefix
/// under the 255 bytes that file systems take.
pub(crate) const MAX_FILE_NAME: usize = 240;

/// Where a name lives, and so who meets under it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// `x` and `Local\x`: the names of this user (Linux) or of this session (Windows).
    Local,
    /// `Global\x`: every user of the system.
    Global,
    /// `Session\<number>\x`: the local names of the user (Linux) or session (Windows) of that
    /// number.
    Session(u32),
    /// A private namespace.
    Private(Namespace),
    /// `posix:/x`: the shared memory objects that other programs make by `shm_open` (Linux). They
    /// can be opened and listed, and are neither made nor removed by their names.
    Posix,
}

/// A private namespace: a directory that the program names.
///
/// Whoever may read the directory may look names up in it, and whoever may write to it may
/// create names. It must exist; the program that owns it sets its permissions.
///
/// # Platform
/// - Linux: names are symbolic links in that directory.
/// - Windows: session-local names marked with the directory's path, which must exist; its
///   permissions do not matter there.
///
/// ```
/// # fn main() -> nshm::Result<()> {
/// # let dir = std::env::temp_dir().join(format!("nshm-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir).unwrap();
/// use nshm::{Namespace, Section};
///
/// let team = Namespace::new(&dir);
/// let section = Section::create(team.name("frame")?, 4096)?;
/// assert_eq!(Section::open(team.name("frame")?)?.len(), 4096);
/// # drop(section);
/// # std::fs::remove_dir_all(&dir).unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Namespace {
    dir: Arc<Path>,
}

impl Namespace {
    /// The namespace in `dir`. A relative path is made absolute now, so that a later change of
    /// the working directory does not move it; an empty one is the working directory.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        let mut dir = dir.into();
        if dir.as_os_str().is_empty() {
            dir.push(".");
        }
        let dir = std::path::absolute(&dir).unwrap_or(dir);
        Namespace { dir: dir.into() }
    }

    /// The name `leaf` in this namespace.
    ///
    /// # Errors
    /// [`InvalidName`](crate::ErrorKind::InvalidName): empty, too long, with a backslash or a NUL.
    pub fn name(&self, leaf: &str) -> Result<Name> {
        check_leaf(leaf, leaf)?;
        Ok(Name {
            scope: Scope::Private(self.clone()),
            says_local: false,
            leaf: leaf.into(),
        })
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// The name of an object: `x`, `Local\x`, `Global\x`, `Session\1000\x`, or a leaf in a
/// [`Namespace`]; or `posix:/x`, an object of `shm_open` that another program made.
///
/// The leaf has 1 to 260 UTF-16 units, any character but backslash and NUL; a slash is an
/// ordinary character. Upper and lower case differ, in the prefixes too. Prefixes chain as on
/// Windows: `Local\Global\x` is `Global\x`. `x` and `Local\x` are the same name.
///
/// Source: MS Learn, "Kernel object namespaces" and `CreateFileMappingW`.
///
/// ```
/// use nshm::{Name, Scope};
///
/// let name: Name = r"Global\MyFileMappingObject".parse()?;
/// assert_eq!(name.scope(), &Scope::Global);
/// assert_eq!(name.leaf(), "MyFileMappingObject");
/// assert_eq!(name.to_string(), r"Global\MyFileMappingObject");
/// assert_eq!(Name::new(r"Local\x")?, Name::new("x")?);
/// assert!(Name::new(r"global\x").is_err());
/// # Ok::<(), nshm::Error>(())
/// ```
#[derive(Clone)]
pub struct Name {
    scope: Scope,
    /// Printed as `Local\x` because it was written so.
    says_local: bool,
    leaf: Arc<str>,
}

impl Name {
    /// Parses a name; the same as [`str::parse`].
    ///
    /// # Errors
    /// [`InvalidName`](crate::ErrorKind::InvalidName); [`Error::invalid_name`] tells the rule.
    pub fn new(text: &str) -> Result<Self> {
        let bad = |reason| Error::bad_name(reason, text);
        if text.is_empty() {
            return Err(bad(InvalidName::Empty));
        }
        if let Some(leaf) = text.strip_prefix(POSIX) {
            return Name::posix(leaf, text);
        }
        if text.starts_with('\\') {
            return Err(bad(InvalidName::LeadingSeparator));
        }
        let mut scope = Scope::Local;
        let mut says_local = false;
        let mut rest = text;
        while let Some((head, tail)) = rest.split_once('\\') {
            let (next, tail) = match head {
                "Local" => (scope.clone(), tail),
                "Global" => (Scope::Global, tail),
                "Session" => {
                    let (number, tail) = tail
                        .split_once('\\')
                        .ok_or_else(|| bad(InvalidName::MissingLeaf))?;
                    let number = parse_decimal(number.as_bytes())
                        .and_then(|number| u32::try_from(number).ok())
                        .ok_or_else(|| bad(InvalidName::UnknownPrefix))?;
                    (Scope::Session(number), tail)
                }
                _ => return Err(bad(InvalidName::UnknownPrefix)),
            };
            if tail.is_empty() || tail.starts_with('\\') {
                return Err(bad(InvalidName::MissingLeaf));
            }
            (scope, rest) = (next, tail);
            says_local = scope == Scope::Local;
        }
        if matches!(rest, "Local" | "Global" | "Session") {
            return Err(bad(InvalidName::Reserved));
        }
        check_leaf(rest, text)?;
        Ok(Name {
            scope,
            says_local,
            leaf: rest.into(),
        })
    }

    /// Where the name lives.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The part behind the prefix.
    pub fn leaf(&self) -> &str {
        &self.leaf
    }

    /// The name `leaf` in `scope`.
    ///
    /// # Errors
    /// [`InvalidName`](crate::ErrorKind::InvalidName): empty, too long, reserved, with a
    /// backslash or a NUL.
    pub fn in_scope(scope: &Scope, leaf: &str) -> Result<Self> {
        match scope {
            Scope::Private(namespace) => return namespace.name(leaf),
            Scope::Posix => return Name::posix(leaf, leaf),
            _ => {}
        }
        if matches!(leaf, "Local" | "Global" | "Session") {
            return Err(Error::bad_name(InvalidName::Reserved, leaf));
        }
        check_leaf(leaf, leaf)?;
        Ok(Name {
            scope: scope.clone(),
            says_local: false,
            leaf: leaf.into(),
        })
    }

    /// The name of a POSIX object, as shm_open(3) takes it behind its slash.
    fn posix(leaf: &str, text: &str) -> Result<Self> {
        let is_file_name = !matches!(leaf, "" | "." | "..") && !leaf.contains('/');
        if !is_file_name || leaf.len() > MAX_POSIX {
            return Err(Error::bad_name(InvalidName::Posix, text));
        }
        if leaf.contains('\0') {
            return Err(Error::bad_name(InvalidName::Nul, text));
        }
        Ok(Name {
            scope: Scope::Posix,
            says_local: false,
            leaf: leaf.into(),
        })
    }
}

fn check_leaf(leaf: &str, text: &str) -> Result<()> {
    // One look at each byte suffices for the usual name.
    let is_special = |byte| matches!(byte, b'\0' | b'\\');
    let reason = if leaf.is_empty() {
        InvalidName::Empty
    } else if leaf.len() <= MAX_LEAF_UTF16 && !leaf.bytes().any(is_special) {
        return Ok(());
    } else if leaf.contains('\0') {
        InvalidName::Nul
    } else if leaf.contains('\\') {
        InvalidName::UnknownPrefix
    } else if leaf.len() > MAX_LEAF_UTF16 && leaf.encode_utf16().count() > MAX_LEAF_UTF16 {
        InvalidName::TooLong
    } else {
        return Ok(());
    };
    Err(Error::bad_name(reason, text))
}

/// Reads a decimal number as [`Decimal`] spells it: digits only, no leading zero.
pub(crate) fn parse_decimal(text: &[u8]) -> Option<u64> {
    match take_decimal(text)? {
        (number, []) => Some(number),
        _ => None,
    }
}

/// The decimal number that a text begins with, and what stands behind it.
pub(crate) fn take_decimal(text: &[u8]) -> Option<(u64, &[u8])> {
    /// So many digits always fit.
    const SAFE: usize = 19;
    let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(len);
    let values = digits.iter().map(|digit| u64::from(digit - b'0'));
    let number = match digits {
        [] | [b'0', _, ..] => return None,
        _ if len <= SAFE => values.fold(0, |number, digit| number * 10 + digit),
        _ => values.into_iter().try_fold(0u64, |number, digit| {
            number.checked_mul(10)?.checked_add(digit)
        })?,
    };
    Some((number, rest))
}

/// The decimal digits of a number.
#[allow(dead_code, reason = "for systems that keep names in directories")]
pub(crate) struct Decimal {
    digits: [u8; 20],
    begin: usize,
}

#[allow(dead_code, reason = "for systems that keep names in directories")]
impl Decimal {
    pub(crate) fn of(mut number: u64) -> Decimal {
        let mut digits = [b'0'; 20];
        let mut begin = digits.len();
        // Two digits a turn, because a division takes longer than all the rest.
        for pair in digits.as_chunks_mut::<2>().0.iter_mut().rev() {
            let two = (number % 100) as u8;
            *pair = [b'0' + two / 10, b'0' + two % 10];
            begin -= 2;
            number /= 100;
            if number == 0 {
                break;
            }
        }
        if digits[begin] == b'0' {
            begin += 1;
        }
        Decimal { digits, begin }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.digits[self.begin..]
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.scope == other.scope && self.leaf == other.leaf
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.scope.hash(state);
        self.leaf.hash(state);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            // A leaf that looks like an object of others must not read as one.
            Scope::Local if self.says_local || looks_foreign(&self.leaf) => {
                f.write_str("Local\\")?;
            }
            Scope::Local => {}
            Scope::Global => f.write_str("Global\\")?,
            Scope::Session(number) => write!(f, "Session\\{number}\\")?,
            Scope::Private(namespace) => write!(f, "{}\\", namespace.dir.display())?,
            Scope::Posix => f.write_str(POSIX)?,
        }
        f.write_str(&self.leaf)
    }
}

fn looks_foreign(leaf: &str) -> bool {
    leaf.starts_with(POSIX) || leaf.starts_with(SYSTEM_V)
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Name::new(text)
    }
}

impl TryFrom<&str> for Name {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        Name::new(text)
    }
}

impl TryFrom<String> for Name {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Name::new(&text)
    }
}

impl TryFrom<&String> for Name {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self> {
        Name::new(text)
    }
}

impl From<&Name> for Name {
    fn from(name: &Name) -> Self {
        name.clone()
    }
}

/// The file name that carries `leaf`: readable, percent-encoded where a byte would be special,
/// and a readable head with a hash where that gets too long.
///
/// Two leaves never share a file name unless both are long and their 128-bit hashes collide;
/// whoever reads a file name must compare the full leaf that the link holds.
///
/// `encoded` is what [`encode`] gives for `leaf`.
#[allow(dead_code, reason = "for systems that keep names in directories")]
pub(crate) fn encode_file_name<'e>(leaf: &str, encoded: &'e str) -> Cow<'e, str> {
    let mut file_name = Cow::Borrowed(encoded);
    if file_name.len() > MAX_FILE_NAME {
        // A percent sign is otherwise followed by two hexadecimal digits, so this never meets
        // the encoding of a short leaf.
        let tail = format!("%~{:032x}", fnv1a_128(leaf.as_bytes()));
        let mut head = MAX_FILE_NAME - tail.len();
        while !file_name.is_char_boundary(head) {
            head -= 1;
        }
        if let Some(percent) = file_name[..head].rfind('%')
            && percent + 3 > head
        {
            head = percent;
        }
        file_name = Cow::Owned(format!("{}{tail}", &encoded[..head]));
    }
    file_name
}

/// Percent-encodes what is special in a file name or in the text of a link. Other characters,
/// those outside ASCII included, stay readable.
#[allow(dead_code, reason = "for systems that keep names in directories")]
pub(crate) fn encode(leaf: &str) -> Cow<'_, str> {
    /// Looked up, and not compared, because every create and open asks for every byte.
    const SPECIAL: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 0x20 {
            table[byte] = true;
            byte += 1;
        }
        table[0x7f] = true;
        table[b'/' as usize] = true;
        table[b'\\' as usize] = true;
        table[b'%' as usize] = true;
        table
    };
    let special = |byte: u8| SPECIAL[usize::from(byte)];
    if !leaf.starts_with('.') && !leaf.bytes().any(special) {
        return Cow::Borrowed(leaf);
    }
    let mut out = String::with_capacity(leaf.len() + 16);
    for (index, character) in leaf.char_indices() {
        let leads = character == '.' && index == 0;
        match u8::try_from(character) {
            Ok(byte) if leads || special(byte) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
            _ => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// The inverse of [`encode`]; `None` for a text that it never gives.
#[allow(dead_code, reason = "for systems that keep names in directories")]
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut leaf = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, tail)) = rest.split_once('%') {
        leaf.push_str(plain);
        let code = u8::from_str_radix(tail.get(..2)?, 16).ok()?;
        leaf.push(char::from(code));
        rest = &tail[2..];
    }
    leaf.push_str(rest);
    (encode(&leaf) == text).then_some(leaf)
}

/// FNV-1a with 128 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>): short, stable, and
/// enough where a collision ends in an error and not in a mix-up.
pub(crate) fn fnv1a_128(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of names: what Windows accepts is accepted, and each refusal is told apart as
    /// Windows' error numbers tell it apart.
    #[test]
    fn the_table_of_names() {
        let global = || Scope::Global;
        let long = "n".repeat(MAX_LEAF_UTF16);
        let too_long = "n".repeat(MAX_LEAF_UTF16 + 1);
        // Two UTF-16 units each.
        let wide = "\u{1F980}".repeat(MAX_LEAF_UTF16 / 2);
        let too_wide = format!("{wide}n");
        let prefixed = format!(r"Global\{long}");
        let posix = format!("posix:/{}", "n".repeat(MAX_POSIX));
        let posix_too_long = format!("{posix}n");
        let accepted = [
            ("x", Scope::Local, "x", "x"),
            ("x y", Scope::Local, "x y", "x y"),
            (" ", Scope::Local, " ", " "),
            ("a/b", Scope::Local, "a/b", "a/b"),
            ("x:y*?<>|", Scope::Local, "x:y*?<>|", "x:y*?<>|"),
            ("имя", Scope::Local, "имя", "имя"),
            (".", Scope::Local, ".", "."),
            ("..", Scope::Local, "..", ".."),
            ("local", Scope::Local, "local", "local"),
            ("GLOBAL", Scope::Local, "GLOBAL", "GLOBAL"),
            (r"Local\x", Scope::Local, "x", r"Local\x"),
            (r"Local\Local\x", Scope::Local, "x", r"Local\x"),
            (r"Global\x", global(), "x", r"Global\x"),
            (r"Local\Global\x", global(), "x", r"Global\x"),
            (r"Global\Local\x", global(), "x", r"Global\x"),
            (r"Session\0\x", Scope::Session(0), "x", r"Session\0\x"),
            (
                r"Session\1000\x",
                Scope::Session(1000),
                "x",
                r"Session\1000\x",
            ),
            (r"Session\7\Local\x", Scope::Session(7), "x", r"Session\7\x"),
            (r"Session\7\Global\x", global(), "x", r"Global\x"),
            (&long, Scope::Local, &long, &long),
            (&wide, Scope::Local, &wide, &wide),
            (&prefixed, global(), &long, &prefixed),
            ("posix:x", Scope::Local, "posix:x", "posix:x"),
            ("POSIX:/x", Scope::Local, "POSIX:/x", "POSIX:/x"),
            (
                r"Local\posix:/x",
                Scope::Local,
                "posix:/x",
                r"Local\posix:/x",
            ),
            ("sysv:7", Scope::Local, "sysv:7", r"Local\sysv:7"),
            (r"Global\sysv:7", global(), "sysv:7", r"Global\sysv:7"),
            ("posix:/psm_1", Scope::Posix, "psm_1", "posix:/psm_1"),
            (r"posix:/a\b", Scope::Posix, r"a\b", r"posix:/a\b"),
            (&posix, Scope::Posix, &posix[7..], &posix),
        ];
        for (text, scope, leaf, printed) in accepted {
            let name = Name::new(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(name.scope(), &scope, "{text:?}");
            assert_eq!(name.leaf(), leaf, "{text:?}");
            assert_eq!(name.to_string(), printed, "{text:?}");
            assert_eq!(Name::new(printed).unwrap(), name, "{text:?}");
        }
        use InvalidName::*;
        let refused = [
            ("", Empty),
            ("a\0b", Nul),
            (&too_long, TooLong),
            (&too_wide, TooLong),
            (r"\x", LeadingSeparator),
            (r"\", LeadingSeparator),
            (r"\BaseNamedObjects\x", LeadingSeparator),
            (r"local\x", UnknownPrefix),
            (r"LOCAL\x", UnknownPrefix),
            (r"global\x", UnknownPrefix),
            (r"NoSuch\x", UnknownPrefix),
            (r"a\b", UnknownPrefix),
            (r"x\", UnknownPrefix),
            (r"Local\a\b", UnknownPrefix),
            (r"Global\a\b", UnknownPrefix),
            (r"Session\one\x", UnknownPrefix),
            (r"Session\01\x", UnknownPrefix),
            (r"Session\+1\x", UnknownPrefix),
            (r"Session\4294967296\x", UnknownPrefix),
            (r"Session\5", MissingLeaf),
            (r"Session\5\", MissingLeaf),
            (r"Local\", MissingLeaf),
            (r"Global\", MissingLeaf),
            (r"Local\\x", MissingLeaf),
            ("Local", Reserved),
            ("Global", Reserved),
            ("Session", Reserved),
            (r"Global\Local", Reserved),
            ("posix:/", Posix),
            ("posix:/.", Posix),
            ("posix:/..", Posix),
            ("posix:/a/b", Posix),
            ("posix://x", Posix),
            ("posix:/a\0b", Nul),
            (&posix_too_long, Posix),
        ];
        for (text, reason) in refused {
            let error = Name::new(text).expect_err(text);
            assert_eq!(error.invalid_name(), Some(reason), "{text:?}");
            assert_eq!(error.name(), Some(text));
        }
    }

    #[test]
    fn local_is_the_same_name_with_and_without_its_prefix() {
        assert_eq!(Name::new("x").unwrap(), Name::new(r"Local\x").unwrap());
        assert_ne!(Name::new("x").unwrap(), Name::new("X").unwrap());
        assert_ne!(Name::new("x").unwrap(), Name::new(r"Global\x").unwrap());
    }

    #[test]
    fn a_leaf_that_looks_like_a_posix_name_stays_local() {
        let name = Name::in_scope(&Scope::Local, "posix:/x").unwrap();
        assert_eq!(name.to_string(), r"Local\posix:/x");
        let posix = Name::in_scope(&Scope::Posix, "x").unwrap();
        assert_eq!(posix, Name::new("posix:/x").unwrap());
        assert_ne!(posix, name);
        assert!(Name::in_scope(&Scope::Posix, "a/b").is_err());
    }

    #[test]
    fn a_leaf_that_looks_like_a_segment_is_printed_in_full() {
        let name = Name::in_scope(&Scope::Local, "sysv:7").unwrap();
        assert_eq!(name.to_string(), r"Local\sysv:7");
    }

    #[test]
    fn private_names_refuse_separators() {
        let namespace = Namespace::new("/srv/team");
        let printed = format!(r"{}\x", namespace.dir().display());
        assert_eq!(namespace.name("x").unwrap().to_string(), printed);
        for bad in ["", r"a\b", "a\0b", &"n".repeat(261)] {
            assert!(namespace.name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn decimals_are_written_as_they_are_read() {
        let around =
            |power: u32| [-1i8, 0, 1].map(|by| 10u64.pow(power).wrapping_add_signed(by.into()));
        let numbers = (0..20)
            .flat_map(around)
            .chain([u64::MAX - 1, u64::MAX, 4711]);
        for number in numbers {
            let text = number.to_string();
            assert_eq!(Decimal::of(number).as_bytes(), text.as_bytes());
            assert_eq!(parse_decimal(text.as_bytes()), Some(number));
            let behind = format!("{text}:7");
            assert_eq!(take_decimal(behind.as_bytes()), Some((number, &b":7"[..])));
        }
        for bad in [
            "",
            "a",
            "01",
            "00",
            "+1",
            " 1",
            "1 ",
            "18446744073709551616",
        ] {
            assert_eq!(parse_decimal(bad.as_bytes()), None, "{bad:?}");
        }
    }

    fn file_name(leaf: &str) -> String {
        encode_file_name(leaf, &encode(leaf)).into_owned()
    }

    #[test]
    fn file_names_round_trip_and_stay_safe() {
        for leaf in [
            "x",
            ".",
            "..",
            ".hidden",
            "a/b",
            "100%",
            "%41",
            "tab\there",
            "имя",
            "a b",
            "x~",
            "new\nline",
            "del\u{7f}",
        ] {
            let file_name = file_name(leaf);
            assert_eq!(decode(&file_name).as_deref(), Some(leaf));
            assert!(!file_name.contains('/') && !file_name.starts_with('.'));
            assert!(!file_name.bytes().any(|byte| byte.is_ascii_control()));
        }
        assert_eq!(file_name("a/b"), "a%2Fb");
        for text in ["%41", "%2f", "%", "%zz", "%F", ".x", "%~0", "%+1"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    #[test]
    fn long_leaves_get_a_readable_head_and_a_hash() {
        let a = format!("{}a", "имя/".repeat(60));
        let b = format!("{}b", "имя/".repeat(60));
        let (file_a, file_b) = (file_name(&a), file_name(&b));
        assert_ne!(file_a, file_b);
        for file_name in [&file_a, &file_b] {
            assert!(file_name.len() <= MAX_FILE_NAME, "{}", file_name.len());
            assert!(file_name.starts_with("имя%2Fимя"));
            assert!(file_name.contains("%~"));
            assert_eq!(decode(file_name), None);
        }
        // No leaf of any length is cut inside an escape.
        for length in 200..=260 {
            let file_name = file_name(&"/".repeat(length));
            let head = file_name.split("%~").next().unwrap();
            assert!(decode(head).is_some(), "{file_name}");
        }
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // Test vectors of the FNV authors.
        assert_eq!(fnv1a_128(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv1a_128(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
