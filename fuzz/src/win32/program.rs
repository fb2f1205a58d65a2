//! Programs: what is called, in which order and with what, as choices.
//!
//! One byte is one choice wherever it can be, and most choices are sensible ones: so a few changes of
//! an input make another program that goes far.

use arbitrary::{Arbitrary, Result, Unstructured};

/// A handle that is given to a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handle {
    /// One of those that are open.
    Open(u8),
    /// The same, with low bits that mean nothing.
    Marked(u8, u8),
    /// Perhaps one that is closed.
    Number(u8),
    Null,
    Process,
    Thread,
}

/// A name that is given to a call.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Null,
    Ansi(Text),
    Wide(Text),
}

#[derive(Clone, Debug)]
pub(crate) enum Text {
    Known(u8),
    Any(String),
}

/// A mask of rights.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    All,
    Known(u8),
    Any(u32),
}

/// How large a section is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    Pages(u8),
    Bytes(u16),
    Known(u8),
}

/// A part of one of the views: which, from where on, how much.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) view: u8,
    pub(crate) offset: Length,
    pub(crate) len: Length,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    None,
    Pages(u8),
    Granules(u8),
    Bytes(u16),
    Any(u64),
}

/// One of the kinds of objects.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Kind {
    Section,
    Event,
    Mutex,
    Semaphore,
}

/// `PAGE_*`
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protection {
    ReadWrite,
    Known(u8),
    Any(u16),
}

/// `SEC_*`
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attributes {
    None,
    Reserve,
    Known(u8),
    Any(u8),
}

#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum Call {
    CreateSection {
        file: Option<Handle>,
        inherits: bool,
        protection: Protection,
        attributes: Attributes,
        size: Size,
        name: Name,
    },
    CreateEvent {
        inherits: bool,
        flags: u8,
        access: Access,
        name: Name,
    },
    CreateMutex {
        inherits: bool,
        flags: u8,
        access: Access,
        name: Name,
    },
    CreateSemaphore {
        inherits: bool,
        counts: (i8, i8),
        huge: bool,
        flags: u8,
        access: Access,
        name: Name,
    },
    Open {
        kind: Kind,
        inherits: bool,
        access: Access,
        name: Name,
    },
    Map {
        section: Handle,
        access: Access,
        offset: Length,
        len: Length,
    },
    Unmap(Part),
    Flush(Part),
    Query(Part),
    Protect(Part, Protection),
    Commit(Part, Protection),
    Free(Part, bool),
    Write(Part, u8),
    Read(Part),
    Close(Handle),
    Duplicate {
        source: Handle,
        access: Access,
        inherits: bool,
        options: u8,
    },
    Flags(Handle),
    SetFlags(Handle, u8, u8),
    SetEvent(Handle),
    ResetEvent(Handle),
    PulseEvent(Handle),
    ReleaseMutex(Handle),
    ReleaseSemaphore(Handle, i8),
    Wait(Handle),
    WaitAny(Vec<Handle>),
    WaitAll(Vec<Handle>),
    SignalAndWait(Handle, Handle),
}

/// The program of an input.
#[derive(Arbitrary, Debug)]
pub(crate) struct Program {
    pub(crate) calls: Vec<Call>,
}

impl<'a> Arbitrary<'a> for Handle {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match input.arbitrary()? {
            0 => Handle::Null,
            1 => Handle::Process,
            2 => Handle::Thread,
            number @ 3..32 => Handle::Number(number),
            number @ 32..64 => Handle::Marked(number >> 2, number),
            number => Handle::Open(number - 64),
        })
    }
}

impl<'a> Arbitrary<'a> for Name {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let number: u8 = input.arbitrary()?;
        let text = match number >> 1 {
            0 => return Ok(Name::Null),
            1 => Text::Any(input.arbitrary()?),
            2 => Text::Known(input.arbitrary()?),
            number => Text::Known(number & 3),
        };
        Ok(match number & 1 {
            0 => Name::Ansi(text),
            _ => Name::Wide(text),
        })
    }
}

impl<'a> Arbitrary<'a> for Access {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match input.arbitrary()? {
            0 => Access::Any(input.arbitrary()?),
            number @ 1..100 => Access::Known(number),
            _ => Access::All,
        })
    }
}

impl<'a> Arbitrary<'a> for Size {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match input.arbitrary()? {
            number @ 0..16 => Size::Known(number),
            16..24 => Size::Bytes(input.arbitrary()?),
            number => Size::Pages(number),
        })
    }
}

impl<'a> Arbitrary<'a> for Length {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match input.arbitrary()? {
            0 => Length::Any(input.arbitrary()?),
            1..12 => Length::Bytes(input.arbitrary()?),
            number @ 12..100 => Length::Granules(number),
            number @ 100..200 => Length::Pages(number),
            _ => Length::None,
        })
    }
}

impl<'a> Arbitrary<'a> for Protection {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match input.arbitrary()? {
            0 => Protection::Any(input.arbitrary()?),
            number @ 1..160 => Protection::Known(number),
            _ => Protection::ReadWrite,
        })
    }
}

impl<'a> Arbitrary<'a> for Attributes {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match input.arbitrary()? {
            0 => Attributes::Any(input.arbitrary()?),
            number @ 1..24 => Attributes::Known(number),
            24..96 => Attributes::Reserve,
            _ => Attributes::None,
        })
    }
}

/// Names that programs use, and names that are none.
const NAMES: &[&str] = &[
    "a",
    "b",
    r"Local\a",
    r"Global\a",
    r"Global\b",
    r"Local\Global\a",
    r"Global\Local\a",
    r"Session\0\a",
    r"Session\4294967294\a",
    "",
    r"local\a",
    r"a\b",
    r"\a",
    r"Local\",
    r"Global\\a",
    "Local",
    "a/b %.",
    ".",
];

impl Text {
    /// As far as C sees it.
    pub(crate) fn get(&self) -> String {
        match self {
            Text::Known(number) => match usize::from(*number) {
                // Around the lengths at which something changes.
                long @ 0xF0..=0xFF => "n".repeat(long - 0xF0 + 250),
                number => NAMES[number % NAMES.len()].to_owned(),
            },
            Text::Any(text) => text.split('\0').next().unwrap_or_default().to_owned(),
        }
    }
}

impl Access {
    pub(crate) fn get(self) -> u32 {
        const MASKS: [u32; 20] = [
            0,
            1,
            2,
            3,
            4,
            6,
            0x20,
            0x22,
            0x24,
            0x21,
            0x8,
            0x10_0000,
            0x10_0002,
            0x2_0000,
            0x8000_0000,
            0x4000_0000,
            0x2000_0000,
            0x1000_0000,
            0x200_0000,
            0x100_0000,
        ];
        match self {
            Access::All => 0x1000_0000,
            Access::Known(number) => MASKS[usize::from(number) % MASKS.len()],
            Access::Any(mask) => mask,
        }
    }

    /// The same for a view, where no bit is generic.
    pub(crate) fn of_view(self) -> u32 {
        const ALL: u32 = 0xF_001F;
        match self {
            Access::All => ALL,
            other => other.get(),
        }
    }
}

impl Size {
    pub(crate) fn get(self) -> u64 {
        const SIZES: [u64; 7] = [
            0,
            1 << 44,
            (1 << 63) - 2,
            (1 << 63) - 1,
            1 << 63,
            u64::MAX,
            0x1_0001,
        ];
        match self {
            Size::Pages(pages) => u64::from(pages % 40) * 4096,
            Size::Bytes(bytes) => bytes.into(),
            Size::Known(number) => SIZES[usize::from(number) % SIZES.len()],
        }
    }
}

impl Length {
    pub(crate) fn get(self) -> u64 {
        match self {
            Length::None => 0,
            Length::Pages(pages) => u64::from(pages % 40) * 4096,
            Length::Granules(granules) => u64::from(granules % 4) << 16,
            Length::Bytes(bytes) => bytes.into(),
            Length::Any(bytes) => bytes,
        }
    }
}

impl Protection {
    pub(crate) fn get(self) -> u32 {
        match self {
            Protection::ReadWrite => 4,
            Protection::Known(number) => 1 << (number & 7),
            Protection::Any(number) => number.into(),
        }
    }
}

impl Attributes {
    pub(crate) fn get(self) -> u32 {
        const SETS: [u32; 6] = [
            0x0800_0000,
            0x1800_0000,
            0x4800_0000,
            0x0100_0000,
            0x8800_0000,
            0x1400_0000,
        ];
        match self {
            Attributes::None => 0,
            Attributes::Reserve => 0x0400_0000,
            Attributes::Known(number) => SETS[usize::from(number) % SETS.len()],
            Attributes::Any(bits) => u32::from(bits) << 24,
        }
    }
}
