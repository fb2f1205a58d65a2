//! Structures, against those of windows-sys, and the sizes of all other types.

use std::fmt::Write as _;
use std::mem::offset_of;

use windows_sys::Win32::Foundation::*;
use windows_sys::Win32::Security::*;
use windows_sys::Win32::System::IO::OVERLAPPED;
use windows_sys::Win32::System::Memory::MEMORY_BASIC_INFORMATION;
use windows_sys::Win32::System::SystemInformation::SYSTEM_INFO;

use crate::compiler::{CLANG, GCC, Language, Text, Workshop, succeed};
use crate::headers::{self, Header};

/// A structure as it lies in memory.
struct Layout {
    name: &'static str,
    size: usize,
    align: usize,
    fields: Vec<(&'static str, usize)>,
}

/// The layouts that structures have in windows-sys, where what has no name in C is `Anonymous`.
macro_rules! layouts {
    ($($name:ident { $($($field:ident).+),* })*) => {
        vec![$(Layout {
            name: stringify!($name),
            size: size_of::<$name>(),
            align: align_of::<$name>(),
            fields: vec![$((last(stringify!($($field).+)), offset_of!($name, $($field).+))),*],
        }),*]
    };
}

/// The name of a field without those of the unnamed structures around it.
fn last(path: &'static str) -> &'static str {
    path.rsplit('.').next().unwrap().trim()
}

fn layouts() -> Vec<Layout> {
    layouts! {
        ACL { AclRevision, Sbz1, AclSize, AceCount, Sbz2 }
        FILETIME { dwLowDateTime, dwHighDateTime }
        MEMORY_BASIC_INFORMATION {
            BaseAddress, AllocationBase, AllocationProtect, PartitionId, RegionSize, State, Protect,
            Type
        }
        OVERLAPPED {
            Internal, InternalHigh, Anonymous.Anonymous.Offset, Anonymous.Anonymous.OffsetHigh,
            Anonymous.Pointer, hEvent
        }
        POINT { x, y }
        RECT { left, top, right, bottom }
        SECURITY_ATTRIBUTES { nLength, lpSecurityDescriptor, bInheritHandle }
        SECURITY_DESCRIPTOR { Revision, Sbz1, Control, Owner, Group, Sacl, Dacl }
        SIZE { cx, cy }
        SYSTEM_INFO {
            Anonymous.dwOemId, Anonymous.Anonymous.wProcessorArchitecture,
            Anonymous.Anonymous.wReserved, dwPageSize, lpMinimumApplicationAddress,
            lpMaximumApplicationAddress, dwActiveProcessorMask, dwNumberOfProcessors,
            dwProcessorType, dwAllocationGranularity, wProcessorLevel, wProcessorRevision
        }
    }
}

/// Structures that windows-sys has not: there they are an `i64` and a `u64`. Their fields have two
/// names in C.
fn others() -> Vec<Layout> {
    let number = |name| Layout {
        name,
        size: size_of::<i64>(),
        align: align_of::<i64>(),
        fields: vec![
            ("LowPart", 0),
            ("HighPart", 4),
            ("u.LowPart", 0),
            ("u.HighPart", 4),
            ("u", 0),
            ("QuadPart", 0),
        ],
    };
    vec![number("LARGE_INTEGER"), number("ULARGE_INTEGER")]
}

/// What a scalar type is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signed,
    Unsigned,
    Other,
}

/// All types that are no structure: their sizes in bytes.
#[rustfmt::skip]
const SCALARS: &[(Kind, usize, &[&str])] = &[
    (Kind::Signed, 1, &["INT8"]),
    (Kind::Signed, 2, &["INT16", "SHORT"]),
    (Kind::Signed, 4, &["BOOL", "HRESULT", "INT", "INT32", "LONG", "LONG32"]),
    (Kind::Signed, 8, &[
        "INT64", "INT_PTR", "LONG64", "LONGLONG", "LONG_PTR", "LPARAM", "LRESULT", "SSIZE_T",
    ]),
    (Kind::Unsigned, 1, &["BOOLEAN", "BYTE", "UCHAR", "UINT8"]),
    (Kind::Unsigned, 2, &[
        "LANGID", "SECURITY_DESCRIPTOR_CONTROL", "UINT16", "USHORT", "WORD",
    ]),
    (Kind::Unsigned, 4, &[
        "ACCESS_MASK", "DWORD", "DWORD32", "LCID", "UINT", "UINT32", "ULONG", "ULONG32",
    ]),
    (Kind::Unsigned, 8, &[
        "DWORD64", "DWORDLONG", "DWORD_PTR", "SIZE_T", "UINT64", "UINT_PTR", "ULONG64",
        "ULONGLONG", "ULONG_PTR", "WPARAM",
    ]),
    (Kind::Other, 1, &["CHAR"]),
    (Kind::Other, 4, &["FLOAT"]),
    (Kind::Other, 8, &[
        "HCURSOR", "HGLOBAL", "HLOCAL", "HMODULE", "PSECURITY_DESCRIPTOR", "PSID",
    ]),
];

/// Types that have the size of the chosen text.
const TEXT_SIZED: [&str; 1] = ["TBYTE"];

#[test]
fn every_type_of_the_headers_is_compared() {
    let headers = headers::of_the_sdk();
    let mut structures: Vec<(String, Vec<String>)> = headers
        .iter()
        .flat_map(Header::structures)
        .map(|structure| (structure.name, structure.fields))
        .collect();
    structures.sort();
    let mut compared: Vec<(String, Vec<String>)> = layouts()
        .iter()
        .chain(&others())
        .map(|layout| {
            let fields = layout.fields.iter();
            let fields = fields.map(|(field, _)| field.replace("u.", ""));
            (layout.name.to_owned(), fields.collect())
        })
        .collect();
    compared.sort();
    assert_eq!(structures, compared);

    let mut scalars: Vec<String> = headers.iter().flat_map(Header::scalars).collect();
    scalars.sort();
    scalars.dedup();
    let mut compared: Vec<&str> = SCALARS
        .iter()
        .flat_map(|(_, _, names)| names.iter().copied())
        .chain(TEXT_SIZED)
        .collect();
    compared.sort_unstable();
    assert_eq!(scalars, compared);
}

#[test]
fn layouts_are_those_of_windows() {
    let mut source = "#include <windows.h>\n#include <stddef.h>\n\
        #ifndef __cplusplus\n#define static_assert _Static_assert\n#define alignof _Alignof\n#endif\n"
        .to_owned();
    let mut check = |what: String| writeln!(source, "static_assert({what}, \"{what}\");").unwrap();
    for layout in layouts().iter().chain(&others()) {
        let (name, size, align) = (layout.name, layout.size, layout.align);
        check(format!("sizeof({name}) == {size}"));
        check(format!("alignof({name}) == {align}"));
        for (field, offset) in &layout.fields {
            check(format!("offsetof({name}, {field}) == {offset}"));
        }
    }
    for (kind, size, names) in SCALARS {
        for name in *names {
            check(format!("sizeof({name}) == {size}"));
            match kind {
                Kind::Signed => check(format!("({name})-1 < 0")),
                Kind::Unsigned => check(format!("({name})-1 > 0")),
                Kind::Other => {}
            }
        }
    }
    for handle in ["HANDLE", "HWND", "HINSTANCE", "HMENU", "HICON", "LPVOID"] {
        check(format!("sizeof({handle}) == {}", size_of::<HANDLE>()));
    }
    check("sizeof(WCHAR) == 2".to_owned());
    for compiler in [GCC, CLANG] {
        if !compiler.is_here("layouts_are_those_of_windows") {
            continue;
        }
        for language in [Language::C("c11"), Language::Cxx("c++17")] {
            for text in [Text::Ansi, Text::Unicode] {
                let size = if text == Text::Ansi { 1 } else { 2 };
                let mut source = source.clone();
                for name in ["TCHAR"].iter().chain(&TEXT_SIZED) {
                    writeln!(
                        source,
                        "static_assert(sizeof({name}) == {size}, \"{name}\");"
                    )
                    .unwrap();
                }
                let shop = Workshop::new();
                let name = format!("layouts.{}", language.ending());
                let source = shop.source(&name, &source);
                let mut command = compiler.command(language, text);
                succeed(command.arg("-fsyntax-only").arg(source));
            }
        }
    }
}
