//! Each header alone and all together, by both compilers, in every language that they are for.

use crate::compiler::{CLANG, Compiler, GCC, Language, Text, Workshop, succeed};
use crate::headers;

/// The oldest of each language that there are headers for.
const OLD: [(Language, Text); 3] = [
    (Language::C("c99"), Text::Ansi),
    (Language::C("c11"), Text::Unicode),
    (Language::Cxx("c++17"), Text::Unicode),
];

/// What all headers are tried with together. In C99 there is no literal of 16 bits; all else is.
const ALL: [(Language, Text); 14] = [
    (Language::C("c99"), Text::Ansi),
    (Language::C("c99"), Text::Unicode),
    (Language::C("gnu99"), Text::Ansi),
    (Language::C("c11"), Text::Ansi),
    (Language::C("c11"), Text::Unicode),
    (Language::C("gnu17"), Text::Unicode),
    (Language::C("c2x"), Text::Ansi),
    (Language::C("c2x"), Text::Unicode),
    (Language::Cxx("c++11"), Text::Ansi),
    (Language::Cxx("c++11"), Text::Unicode),
    (Language::Cxx("c++17"), Text::Ansi),
    (Language::Cxx("c++17"), Text::Unicode),
    (Language::Cxx("gnu++20"), Text::Ansi),
    (Language::Cxx("gnu++20"), Text::Unicode),
];

/// Compiles a source in a language, without linking.
fn compile(compiler: Compiler, language: Language, text: Text, source: &str) {
    let shop = Workshop::new();
    let source = shop.source(&format!("source.{}", language.ending()), source);
    let mut command = compiler.command(language, text);
    succeed(command.arg("-fsyntax-only").arg(source));
}

fn each_alone(compiler: Compiler, test: &str) {
    if !compiler.is_here(test) {
        return;
    }
    for header in headers::all() {
        for (language, text) in OLD {
            // A source must not be empty, and some headers have nothing but macros.
            let source = format!("#include <{}>\nint something;\n", header.name);
            compile(compiler, language, text, &source);
        }
    }
}

#[test]
fn gcc_takes_each_header_alone() {
    each_alone(GCC, "gcc_takes_each_header_alone");
}

#[test]
fn clang_takes_each_header_alone() {
    each_alone(CLANG, "clang_takes_each_header_alone");
}

#[test]
fn all_headers_together_in_both_orders() {
    let names: Vec<String> = headers::all()
        .into_iter()
        .map(|header| format!("#include <{}>\n", header.name))
        .collect();
    let forwards = names.concat() + "int main(void) { return 0; }\n";
    let backwards: String = names.iter().rev().map(String::as_str).collect();
    for compiler in [GCC, CLANG] {
        if compiler.is_here("all_headers_together_in_both_orders") {
            for (language, text) in ALL {
                compile(compiler, language, text, &forwards);
                compile(compiler, language, text, &backwards);
            }
        }
    }
}

/// Warnings that not everybody wants, and that headers must not bring to those who do.
#[test]
fn strict_programs_get_no_warning_from_headers_of_the_system() {
    let shop = Workshop::new();
    let text = "#include <windows.h>\n#include <conio.h>\n#include <tchar.h>\n\
        int _tmain(void) { return _tprintf(TEXT(\"%d\"), 1) != 1 || INVALID_HANDLE_VALUE == NULL; }\n";
    let warnings = [
        "-Wconversion",
        "-Wsign-conversion",
        "-Wshadow",
        "-Wcast-qual",
        "-Wformat=2",
    ];
    let in_c = ["-Wc++-compat", "-Wundef"];
    let in_cxx = ["-Wold-style-cast", "-Wextra-semi"];
    for compiler in [GCC, CLANG] {
        if !compiler.is_here("strict_programs_get_no_warning_from_headers_of_the_system") {
            continue;
        }
        for (language, own) in [(Language::C("c11"), in_c), (Language::Cxx("c++17"), in_cxx)] {
            for size in [Text::Ansi, Text::Unicode] {
                let source = shop.source(&format!("strict.{}", language.ending()), text);
                let mut command = compiler.command(language, size);
                command.arg("-isystem").arg(headers::folder());
                command.args(warnings).args(own);
                succeed(command.arg("-fsyntax-only").arg(source));
            }
        }
    }
}

/// What programs for Windows are full of, and other compilers know nothing about.
#[test]
fn words_of_other_compilers_mean_what_they_should() {
    let source = r#"
#include <windows.h>
#pragma comment(lib, "user32.lib")
#pragma warning(disable : 4996)

typedef DWORD (WINAPI *THREAD)(LPVOID);
__declspec(dllexport) DWORD WINAPI thread(_In_opt_ LPVOID parameter);
__declspec(noinline) static unsigned __int64 __cdecl twice(_In_ const __int64 number) {
    return (unsigned __int64)(2 * number);
}
__declspec(align(64)) static char line[64];
static __declspec(thread) int of_this_thread;
struct __declspec(align(32)) wide { char byte; };
static __forceinline BOOL CALLBACK is_zero(CONST INT number) { return number == 0; }
EXTERN_C __declspec(dllimport) VOID FAR PASCAL elsewhere(IN OPTIONAL PVOID pointer);

DWORD WINAPI thread(LPVOID parameter) {
    UNREFERENCED_PARAMETER(parameter);
    of_this_thread = (int)sizeof(line) + line[0];
    return (DWORD)twice(of_this_thread) + (DWORD)is_zero(1) + (DWORD)sizeof(struct wide);
}
typedef char is_aligned[sizeof(struct wide) == 32 ? 1 : -1];
THREAD pointer_to_thread = thread;
"#;
    for compiler in [GCC, CLANG] {
        if !compiler.is_here("words_of_other_compilers_mean_what_they_should") {
            continue;
        }
        for language in [Language::C("c11"), Language::Cxx("c++17")] {
            let shop = Workshop::new();
            let source = shop.source(&format!("source.{}", language.ending()), source);
            let mut command = compiler.command(language, Text::Ansi);
            // Older versions of g++ warn of the pragmas before they hear that they should not.
            command.arg("-Wno-unknown-pragmas");
            succeed(command.arg("-fsyntax-only").arg(source));
        }
    }
}

/// In C, and in C++ by clang, the pragmas are silenced by windows.h itself.
#[test]
fn pragmas_for_the_linker_of_windows_are_not_warned_of() {
    let source = "#include <windows.h>\n#pragma comment(lib, \"user32.lib\")\n";
    let test = "pragmas_for_the_linker_of_windows_are_not_warned_of";
    if GCC.is_here(test) {
        compile(GCC, Language::C("c11"), Text::Ansi, source);
    }
    if CLANG.is_here(test) {
        compile(CLANG, Language::C("c11"), Text::Ansi, source);
        compile(CLANG, Language::Cxx("c++17"), Text::Ansi, source);
    }
}

/// Some programs put `extern "C"` around whatever they take for a header of C.
#[test]
fn headers_may_be_included_as_those_of_c() {
    let source = "extern \"C\" {\n#include <windows.h>\n#include <conio.h>\n#include <tchar.h>\n\
        int _tmain(int argc, TCHAR *argv[]) { return argc > 1 && _tcschr(argv[1], '/') != NULL; }\n}\n";
    for compiler in [GCC, CLANG] {
        if compiler.is_here("headers_may_be_included_as_those_of_c") {
            compile(compiler, Language::Cxx("c++17"), Text::Unicode, source);
        }
    }
}

/// Text of both sizes in one source file would call functions of one size with text of the other.
#[test]
fn the_size_of_text_cannot_change_within_a_source() {
    let shop = Workshop::new();
    let text = "#include <tchar.h>\n#define UNICODE\n#include <windows.h>\n";
    let source = shop.source("source.c", text);
    let mut command = GCC.command(Language::C("c11"), Text::Ansi);
    let output = command.arg("-fsyntax-only").arg(source).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("define UNICODE before"), "{error}");
}

/// `_UNICODE` alone and `UNICODE` alone mean both.
#[test]
fn one_word_chooses_the_size_for_all_headers() {
    let source = "#include <tchar.h>\n#include <windows.h>\n\
        WCHAR one[] = TEXT(\"a\"), two[] = _T(\"b\");\n\
        HANDLE (*open)(DWORD, BOOL, const WCHAR *) = OpenFileMapping;\n";
    for word in ["UNICODE", "_UNICODE"] {
        let source = format!("#define {word}\n{source}");
        compile(GCC, Language::C("c11"), Text::Ansi, &source);
    }
}

/// Who makes `L"text"` of 16 bits may use it.
#[test]
fn wide_literals_of_16_bits_are_text() {
    let source = "#include <tchar.h>\n#include <windows.h>\n\
        WCHAR one[] = L\"a\"; TCHAR two[] = TEXT(\"b\"); LPCWSTR three = L\"c\";\n";
    for language in [Language::C("c11"), Language::Cxx("c++17")] {
        let shop = Workshop::new();
        let source = shop.source(&format!("source.{}", language.ending()), source);
        let mut command = GCC.command(language, Text::Unicode);
        command.args(["-fshort-wchar", "-fsyntax-only"]);
        succeed(command.arg(source));
    }
}
