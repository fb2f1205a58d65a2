//! Every form that `_tmain` and `wmain` may have: each is built for both sizes of text, as C and as
//! C++, and must get its arguments and give its exit code.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use crate::compiler::{CLANG, Compiler, GCC, Language, Text, Workshop, succeed};

const C11: Language = Language::C("c11");
const C23: Language = Language::C("c2x");
const CXX17: Language = Language::Cxx("c++17");

const C: &[Language] = &[C11, C23];
const CXX: &[Language] = &[CXX17];
const BOTH: &[Language] = &[C11, C23, CXX17];

const UNICODE: &[Text] = &[Text::Unicode];
const ANY: &[Text] = &[Text::Ansi, Text::Unicode];

/// The exit code of a program that got what it should.
const GOOD: i32 = 7;

/// A form that the beginning of a program may have.
struct Form {
    /// What a program defines. `CHECK` stands for a look at `argc` and `argv`.
    code: &'static str,
    languages: &'static [Language],
    sizes: &'static [Text],
    exit_code: i32,
}

const fn form(code: &'static str, languages: &'static [Language], sizes: &'static [Text]) -> Form {
    Form {
        code,
        languages,
        sizes,
        exit_code: GOOD,
    }
}

/// In 8 bits `_tmain` is main, for which the compilers have rules of their own: what those do not
/// allow is for text of 16 bits only.
#[rustfmt::skip]
const FORMS: &[Form] = &[
    form("int _tmain() { return 7; }", BOTH, ANY),
    form("int _tmain(void) { return 7; }", BOTH, ANY),
    form("int _tmain(int argc, TCHAR *argv[]) { CHECK }", BOTH, ANY),
    form("int _tmain(int argc, TCHAR **argv) { CHECK }", BOTH, ANY),
    form("int __cdecl _tmain(int argc, _TCHAR* argv[]) { CHECK }", BOTH, ANY),
    form("int _tmain(const int argc, LPTSTR argv[]) { CHECK }", BOTH, ANY),
    form("int\n_tmain(\n    _In_ int argc,\n    _In_reads_(argc) TCHAR *argv[]\n    )\n{ CHECK }", BOTH, ANY),
    form("int _tmain(int, TCHAR **);\nint _tmain(int argc, TCHAR **argv) { CHECK }", BOTH, ANY),
    form("int _tmain(int argc) { return argc == 4 ? 7 : 1; }", CXX, UNICODE),
    form("int _tmain(int argc, const TCHAR *argv[]) { CHECK }", BOTH, UNICODE),
    form("int _tmain(int argc, LPCTSTR *argv) { CHECK }", BOTH, UNICODE),
    form("int _tmain(int argc, TCHAR *const argv[]) { CHECK }", BOTH, UNICODE),
    form("int _tmain(int argc, const TCHAR *const *argv) { CHECK }", BOTH, UNICODE),
    form("int _tmain(int argc, TCHAR *argv[], TCHAR *envp[]) { while (_tcscmp(*envp, TEXT(\"NSHM_TEXT=é\"))) envp++; CHECK }", BOTH, UNICODE),
    form("int _tmain(int argc, const TCHAR *const *argv, const TCHAR *const *envp) { if (!*envp) return 1; CHECK }", BOTH, UNICODE),
    form("UINT _tmain(int argc, TCHAR *argv[]) { CHECK }", BOTH, UNICODE),
    form("DWORD WINAPI _tmain(int argc, TCHAR *argv[]) { CHECK }", BOTH, UNICODE),
    form("extern \"C\" int _tmain(int argc, TCHAR *argv[]) { CHECK }", CXX, UNICODE),
    form("extern \"C\" { int _tmain(int argc, TCHAR *argv[]) { CHECK } }", CXX, UNICODE),
    form("extern \"C\" { int _tmain() { return 7; } }", CXX, UNICODE),
    form("static int calls; int _tmain(int argc, TCHAR *argv[]) { if (calls++ < 2) return _tmain(argc, argv); CHECK }", C, UNICODE),
    form("int wmain() { return 7; }", BOTH, ANY),
    form("int wmain(int argc, WCHAR *argv[]) { return argc == 4 && argv[2][0] == 0xd83d && argv[2][1] == 0xde00 && !argv[2][2] ? 7 : 1; }", BOTH, ANY),
    form("int main(void) { return 7; }", BOTH, ANY),
    form("int main(int argc, char *argv[]) { return argc == 4 && argv[1][0] && !argv[4] ? 7 : 1; }", BOTH, ANY),
    Form {
        code: "void _tmain() { }",
        languages: BOTH,
        sizes: UNICODE,
        exit_code: 0,
    },
    Form {
        code: "void _tmain(int argc, TCHAR *argv[]) { if (argc != 4 || argv[4]) exit(1); }",
        languages: BOTH,
        sizes: UNICODE,
        exit_code: 0,
    },
];

/// The arguments as they should come.
const CHECK: &str = "\
    if (argc != 4 || argv[4] || _tcscmp(argv[1], TEXT(\"é\"))) return 1; \
    return _tcscmp(argv[2], TEXT(\"😀\")) || !argv[3][0] || argv[3][1] ? 1 : 7;";

fn source_of(form: &Form) -> String {
    let code = form.code.replace("CHECK", CHECK);
    format!("#include <windows.h>\n#include <stdlib.h>\n#include <tchar.h>\n\n{code}\n")
}

/// Builds a form and runs it: with a character of two bytes, one of four, and one of Windows-1252.
fn exit_code_of(
    form: &Form,
    compiler: Compiler,
    language: Language,
    text: Text,
    options: &[&str],
) -> Option<i32> {
    let shop = Workshop::new();
    let source = shop.source(&format!("form.{}", language.ending()), &source_of(form));
    let program = shop.path().join("form");
    let mut command = compiler.command(language, text);
    command.args(options);
    succeed(command.arg(source).arg("-o").arg(&program));
    run(&program)
}

fn run(program: &Path) -> Option<i32> {
    let mut command = Command::new(program);
    command.args(["é", "😀"]).arg(OsStr::from_bytes(b"\xe9"));
    command.env("NSHM_TEXT", "é");
    command.status().unwrap().code()
}

fn all_forms(compiler: Compiler, test: &str) {
    if !compiler.is_here(test) {
        return;
    }
    for form in FORMS {
        for &language in form.languages {
            for &text in form.sizes {
                let exit_code = exit_code_of(form, compiler, language, text, &[]);
                let what = (compiler, language, text, form.code);
                assert_eq!(exit_code, Some(form.exit_code), "{what:?}");
            }
        }
    }
}

#[test]
fn gcc_takes_every_form_of_tmain() {
    all_forms(GCC, "gcc_takes_every_form_of_tmain");
}

#[test]
fn clang_takes_every_form_of_tmain() {
    all_forms(CLANG, "clang_takes_every_form_of_tmain");
}

/// The function that is called and the function that is defined are one to the linker, which must
/// not find that their types differ.
#[test]
fn forms_survive_optimisation_of_the_whole_program() {
    let forms = FORMS.iter().filter(|form| form.sizes == UNICODE);
    for form in forms {
        let language = *form.languages.last().unwrap();
        let options = ["-O2", "-flto"];
        let exit_code = exit_code_of(form, GCC, language, Text::Unicode, &options);
        assert_eq!(exit_code, Some(form.exit_code), "{}", form.code);
    }
    let options = ["-O2", "-flto"];
    let exit_code = exit_code_of(&FORMS[2], GCC, C11, Text::Unicode, &options);
    assert_eq!(exit_code, Some(GOOD));
}

#[test]
fn arguments_are_no_leak() {
    for language in [Language::C("c11"), Language::Cxx("c++17")] {
        let options = [
            "-g",
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover",
        ];
        let exit_code = exit_code_of(&FORMS[2], GCC, language, Text::Unicode, &options);
        assert_eq!(exit_code, Some(GOOD));
    }
}

/// Other files of a program may include the headers: only where wmain is defined is there a main.
#[test]
fn one_file_of_many_has_the_main() {
    let shop = Workshop::new();
    let first = shop.source("first.c", &source_of(&FORMS[2]));
    let second = shop.source("second.c", "#include <tchar.h>\n#include <windows.h>\n");
    let program = shop.path().join("program");
    let mut command = GCC.command(C11, Text::Unicode);
    succeed(command.args([first, second]).arg("-o").arg(&program));
    assert_eq!(run(&program), Some(GOOD));
}
