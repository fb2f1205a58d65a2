//! The fences: what ARCHITECTURE.md says must stay true of the sources, each as a test that says
//! what to do about a breach.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}

/// A text file of the repository; its path is relative to the root, with slashes.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| {
            if place.ends_with('/') {
                self.path.starts_with(place)
            } else {
                self.path == *place
            }
        })
    }

    /// The code: lines with their numbers, without comments and without what is between quotes.
    fn code(&self) -> Vec<(usize, String)> {
        code_of(&self.text)
    }

    /// The code in front of the unit tests, which end a file or have one of their own.
    fn code_before_tests(&self) -> Vec<(usize, String)> {
        if self.path.ends_with("/tests.rs") || MODELS.contains(&self.path.as_str()) {
            return Vec::new();
        }
        let end = self.text.find("#[cfg(test)]\nmod tests");
        code_of(&self.text[..end.unwrap_or(self.text.len())])
    }
}

fn code_of(text: &str) -> Vec<(usize, String)> {
    text.lines()
        .map(|line| {
            let mut code = String::new();
            let mut quoted = false;
            let mut rest = line.chars().peekable();
            while let Some(character) = rest.next() {
                match character {
                    '\\' if quoted => drop(rest.next()),
                    // A character that is a quote is no quote.
                    '\'' if !quoted && rest.peek() == Some(&'"') => drop(rest.next()),
                    '"' => quoted = !quoted,
                    '/' if !quoted && rest.peek() == Some(&'/') => break,
                    _ if quoted => {}
                    _ => code.push(character),
                }
            }
            code
        })
        .enumerate()
        .map(|(index, code)| (index + 1, code))
        .collect()
}

/// Every text file of the repository.
fn files() -> Vec<File> {
    fn walk(dir: &Path, root: &Path, found: &mut Vec<File>) {
        let mut entries: Vec<PathBuf> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_hidden = name.starts_with('.') && name != ".ci" && name != ".cargo";
            if is_hidden && name != ".github" || name == "target" || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                walk(&path, root, found);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root).unwrap();
                let path = path.to_string_lossy().replace('\\', "/");
                found.push(File { path, text });
            }
        }
    }
    let root = root();
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    assert!(
        found.len() > 20,
        "the sources are not where they are expected"
    );
    found
}

/// Every Rust file below one of the places.
fn sources(places: &[&str]) -> Vec<File> {
    let mut files = files();
    files.retain(|file| file.path.ends_with(".rs") && file.is_in(places));
    assert!(!files.is_empty(), "{places:?}");
    files
}

/// The sources of every crate, without their tests.
fn crate_sources() -> Vec<File> {
    let mut files = sources(&["crates/"]);
    files.retain(|file| file.path.split('/').nth(2) == Some("src"));
    files
}

/// Whether `word` stands in `code` with nothing of a word around it.
fn has_word(code: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(at, _)| {
        let starts = word.starts_with(is_part) && code[..at].ends_with(is_part);
        let ends = word.ends_with(is_part) && code[at + word.len()..].starts_with(is_part);
        !starts && !ends
    })
}

/// Fails with every breach and what to do.
#[track_caller]
fn report(breaches: &[String], what_to_do: &str) {
    let mut list = String::new();
    for breach in breaches {
        writeln!(list, "  {breach}").unwrap();
    }
    assert!(breaches.is_empty(), "{what_to_do}\n{list}");
}

/// The lines of `files` that have one of the words.
fn lines_with(
    files: &[File],
    code: impl Fn(&File) -> Vec<(usize, String)>,
    words: &[&str],
) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in code(file) {
            if let Some(word) = words.iter().find(|word| has_word(&line, word)) {
                found.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    found
}

const CORE: &str = "crates/nshm/src/";
const SYS: &str = "crates/nshm/src/sys/";
/// Compiled for tests only.
const MODELS: [&str; 3] = [
    "crates/nshm/src/protocol/bell/model.rs",
    "crates/nshm/src/protocol/model.rs",
    "crates/nshm/src/protocol/lives/model.rs",
];
const VIEW: &str = "crates/nshm/src/view/";

#[test]
fn the_operating_system_is_chosen_in_one_place() {
    let allowed = [
        "crates/nshm/src/sys/mod.rs",
        "crates/nshm/src/os/mod.rs",
        "crates/nshm-cli/src/os.rs",
        // The Windows API is for Linux alone.
        "crates/nshm-capi/src/lib.rs",
    ];
    let mut breaches = Vec::new();
    for file in crate_sources() {
        if file.is_in(&allowed) {
            continue;
        }
        for (number, line) in file.code() {
            let is_choice = ["cfg(", "cfg!(", "cfg_attr("]
                .iter()
                .any(|it| line.contains(it));
            let systems = ["target_os", "target_family", "unix", "windows"];
            if is_choice && systems.iter().any(|system| has_word(&line, system)) {
                breaches.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    report(
        &breaches,
        "put what differs between systems behind the contract in sys/mod.rs, and choose there",
    );
}

#[test]
fn the_system_crates_are_used_below_sys_only() {
    let mut files = crate_sources();
    files.retain(|file| !file.is_in(&[SYS]));
    report(
        &lines_with(&files, File::code, &["libc", "windows_sys"]),
        "make the system call in crates/nshm/src/sys, and let the public API give what it is for",
    );
}

#[test]
fn unsafe_code_is_where_it_may_be() {
    let allowed = [
        SYS,
        VIEW,
        "crates/nshm-capi/src/own/pointer.rs",
        "crates/nshm-capi/src/win32/boundary.rs",
        "crates/nshm-capi/src/win32/pages.rs",
        "crates/nshm-python/src/buffer.rs",
    ];
    let mut files = crate_sources();
    files.retain(|file| !file.is_in(&allowed));
    // An attribute that exports a symbol is no unsafe code, though the language calls it so.
    let code = |file: &File| {
        let exports = ["#[unsafe(no_mangle)]", "#[unsafe(export_name = )]"];
        let mut code = file.code();
        code.retain(|(_, line)| !exports.contains(&line.trim()));
        code
    };
    report(
        &lines_with(&files, code, &["unsafe"]),
        "write it without, or move it to sys/ or view/, with its reason",
    );
    let lib = fs::read_to_string(root().join("crates/nshm/src/lib.rs")).unwrap();
    let allowances = lib.matches("#[allow(unsafe_code").count();
    assert_eq!(
        allowances, 2,
        "only `mod sys` and `mod view` may hold unsafe code"
    );
    let crates = ["crates/nshm/src/lib.rs", "crates/nshm-capi/src/lib.rs"];
    for file in files {
        let allows =
            !crates.contains(&file.path.as_str()) && file.text.contains("allow(unsafe_code");
        assert!(!allows, "{}: take the allowance away", file.path);
    }
}

/// `vzeroupper` clears half of every vector register. A block that does not say so lost values which
/// the compiler kept there, in programs built for processors with AVX.
#[test]
fn what_clears_registers_names_them_all() {
    let path = "crates/nshm/src/view/copy/vector.rs";
    let text = fs::read_to_string(root().join(path)).unwrap();
    let blocks: Vec<_> = text.split("\"vzeroupper\"").skip(1).collect();
    assert!(!blocks.is_empty(), "{path}: no block to look at");
    for block in blocks {
        let operands = block.split("options(").next().unwrap();
        for register in 0..16 {
            let named = ["xmm", "ymm"]
                .iter()
                .any(|kind| operands.contains(&format!("out(\"{kind}{register}\")")));
            assert!(named, "{path}: name register {register} after `vzeroupper`");
        }
    }
}

/// The same for what is no part of the product: the project's own tools, and tests of every kind.
#[test]
fn tools_and_tests_are_fenced_too() {
    let forbidden = [
        "crates/nshm-cli/src/lib.rs",
        "crates/nshm-cli/src/main.rs",
        "crates/nshm-tty/src/lib.rs",
        "xtask/src/main.rs",
    ];
    for path in forbidden {
        let text = fs::read_to_string(root().join(path)).unwrap();
        let forbids = text.contains("#![forbid(unsafe_code)]");
        assert!(forbids, "{path}: put `#![forbid(unsafe_code)]` back");
    }
    let allowed = [
        // Faults on purpose.
        "canary/src/main.rs",
        // fork(2): other attacks do without, by nix or the public API.
        "torture/src/linux/fork.rs",
        // What C programs call.
        "fuzz/src/win32/abi.rs",
        "fuzz/src/check/calls.rs",
        // Raw system calls, to compare with; rivals whose functions are unsafe.
        "bench/src/sys.rs",
        "bench/src/bell/",
        "bench/src/peer/",
        "bench/src/question/copy.rs",
        "crates/nshm/benches/",
        // Raw views are addresses; limits and forks are system calls.
        "crates/nshm/tests/it/raw.rs",
        "crates/nshm/tests/it/linux/os.rs",
    ];
    let mut files = sources(&[
        "bench/", "canary/", "crates/", "fuzz/", "torture/", "xtask/",
    ]);
    files.retain(|file| {
        let is_of_a_crate = file.path.starts_with("crates/");
        let is_source = is_of_a_crate && file.path.split('/').nth(2) == Some("src");
        !is_source && !file.is_in(&allowed)
    });
    report(
        &lines_with(&files, File::code, &["unsafe"]),
        "write it without, or move it to one of the files that may have it",
    );
}

#[test]
fn pure_modules_use_no_system() {
    let modules = [
        "error", "name", "format", "access", "options", "info", "survey", "family",
    ];
    let protocol = ["mod", "word", "one", "many"].map(|file| format!("protocol/{file}"));
    let lives = [
        "lives/mod",
        "lives/lock",
        "lives/shared",
        "lives/condition",
        "bell/mod",
    ]
    .map(|file| format!("protocol/{file}"));
    let modules = modules.map(str::to_owned).into_iter();
    let modules = modules.chain(protocol).chain(lives);
    let pure: Vec<String> = modules.map(|module| format!("{CORE}{module}.rs")).collect();
    let pure: Vec<&str> = pure.iter().map(String::as_str).collect();
    let files = sources(&pure);
    assert_eq!(files.len(), pure.len(), "a pure module is missing");
    let words = [
        "crate::sys",
        "crate::section",
        "crate::view",
        "std::fs",
        "std::env",
        "std::process",
        "std::net",
        "std::thread",
        "std::os",
        "fs",
        "env",
    ];
    report(
        &lines_with(&files, File::code_before_tests, &words),
        "these modules are rules and data: what asks the system belongs to sys/",
    );
}

#[test]
fn sys_uses_nothing_above_it() {
    let mut breaches = Vec::new();
    for file in sources(&[SYS]) {
        for (number, line) in file.code() {
            let line = line.replace("crate::view::copy", "");
            for above in ["crate::section", "crate::view", "crate::os"] {
                if has_word(&line, above) {
                    breaches.push(format!("{}:{number}: {above}", file.path));
                }
            }
        }
    }
    report(
        &breaches,
        "hand it down as an argument: sys knows the pure modules and the copy routines only",
    );
}

#[test]
fn sys_is_nobodys_api() {
    let lib = fs::read_to_string(root().join("crates/nshm/src/lib.rs")).unwrap();
    let mut breaches = Vec::new();
    for (number, line) in code_of(&lib) {
        if line.contains("pub") && has_word(&line, "sys") {
            breaches.push(format!("crates/nshm/src/lib.rs:{number}: {}", line.trim()));
        }
    }
    for file in crate_sources() {
        for (index, line) in file.text.lines().enumerate() {
            if line.contains("doc(hidden)") {
                breaches.push(format!("{}:{}: doc(hidden)", file.path, index + 1));
            }
        }
    }
    report(
        &breaches,
        "grow the public API instead of letting others in by a back door",
    );
}

#[test]
fn the_core_prints_nothing() {
    let words = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];
    report(
        &lines_with(&sources(&[CORE]), File::code, &words),
        "return an error or a value: only output.rs of the command line prints",
    );
}

#[test]
fn the_last_error_is_read_beside_its_call() {
    let mut files = sources(&[CORE]);
    files.retain(|file| !file.path.ends_with("/call.rs"));
    report(
        &lines_with(
            &files,
            File::code,
            &["errno", "__errno_location", "last_os_error", "GetLastError"],
        ),
        "make the call in call.rs, which turns its failure into an io::Error at once",
    );
}

#[test]
fn links_are_unlinked_in_one_place() {
    let mut files = sources(&[CORE]);
    // user_directory.rs removes the draft of a lock that somebody else was faster to make; an orphan of
    // another library is a file, and no link of ours.
    let allowed = [
        "/call.rs",
        "linux/link.rs",
        "linux/user_directory.rs",
        "linux/posix.rs",
    ];
    files.retain(|file| !allowed.iter().any(|end| file.path.ends_with(end)));
    report(
        &lines_with(
            &files,
            File::code_before_tests,
            &["unlink", "remove_file", "call::rename"],
        ),
        "remove a name through link::remove, which takes the lock and reads the link again",
    );
}

#[test]
fn nothing_is_left_to_do() {
    let files = sources(&["crates/", "xtask/", "bench/", "fuzz/", "tests/"]);
    report(
        &lines_with(
            &files,
            File::code,
            &["todo!", "unimplemented!", "#[ignore", "FIXME"],
        ),
        "do it, or leave it out: what is declared works",
    );
}

#[test]
fn what_may_fail_is_handled() {
    let mut breaches = Vec::new();
    for file in crate_sources() {
        for (number, line) in file.code_before_tests() {
            for word in [".unwrap()", ".expect("] {
                if line.contains(word) {
                    breaches.push(format!("{}:{number}: {word}", file.path));
                }
            }
        }
    }
    report(
        &breaches,
        "give the error to the caller, or choose what holds without the value",
    );
}

#[test]
fn the_core_depends_on_next_to_nothing() {
    let manifest = fs::read_to_string(root().join("crates/nshm/Cargo.toml")).unwrap();
    let allowed = ["zerocopy", "libc", "windows-sys"];
    let mut section = "";
    let mut breaches = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies]") && !section.contains("dev-dependencies]") {
            // Continued lines of a list begin with a space or a bracket.
            let name: String = line
                .chars()
                .take_while(|it| it.is_alphanumeric() || "-_".contains(*it))
                .collect();
            if !name.is_empty() && !allowed.contains(&name.as_str()) {
                breaches.push(format!("{section} {name}"));
            }
        }
    }
    report(
        &breaches,
        "do without it, or write its reason into DESIGN.md and its name here",
    );
}

#[test]
fn the_lints_stand() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for lint in [
        "missing_docs",
        "unsafe_code",
        "unsafe_op_in_unsafe_fn",
        "undocumented_unsafe_blocks",
        "missing_safety_doc",
        "print_stdout",
        "print_stderr",
    ] {
        let denied = format!("{lint} = \"deny\"");
        assert!(
            manifest.contains(&denied),
            "Cargo.toml: put `{denied}` back"
        );
    }
    for file in files() {
        let is_member = file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml");
        if is_member && file.path.split('/').count() == 3 {
            let inherits = file.text.contains("[lints]\nworkspace = true");
            assert!(inherits, "{}: add `[lints] workspace = true`", file.path);
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    let mut breaches = Vec::new();
    let mut files = crate_sources();
    files.append(&mut sources(&[
        "canary/src/",
        "crates/nshm/tests/",
        "xtask/src/",
    ]));
    for file in files {
        let is_a_placeholder = file.text.lines().count() < 3;
        if !file.text.starts_with("//!") && !is_a_placeholder {
            breaches.push(file.path);
        }
    }
    report(
        &breaches,
        "begin the file with a `//!` line that says what is in it",
    );
}

/// What docs/format.md says of bytes and names, against the constants that make them. The text of
/// a link has its golden test in format.rs.
#[test]
fn the_format_is_as_its_document_says() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let document = read("docs/format.md");
    let format = read("crates/nshm/src/format.rs");
    let name = read("crates/nshm/src/name.rs");
    let places = read("crates/nshm/src/sys/linux/name.rs");
    let segment = read("crates/nshm/src/sys/linux/segment.rs");
    let seat = read("crates/nshm/src/sys/linux/sync/seat.rs");
    let word = read("crates/nshm/src/protocol/word.rs");
    let cell = read("crates/nshm/src/placed/cell.rs");
    let placed = read("crates/nshm/src/sys/linux/sync/placed/mod.rs");
    let windows = read("crates/nshm/src/sys/windows/sync/placed/mod.rs");
    let thread = read("crates/nshm/src/sys/windows/sync/placed/life.rs");
    let bell = read("crates/nshm/src/protocol/bell/mod.rs");
    let lives = read("crates/nshm/src/protocol/lives/mod.rs");
    let life = read("crates/nshm/src/sys/linux/sync/placed/life.rs");
    let link = "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-:My%2FObject";
    let table = [
        (&format, link, link),
        (&format, "nshm1:", "`nshm1`"),
        (&name, "MAX_FILE_NAME: usize = 240", "240 bytes"),
        (&name, "%~{", "`%~`"),
        (&name, "fnv1a_128", "FNV-1a"),
        (
            &places,
            "BASE: &str = \"/dev/shm\"",
            "`/dev/shm/nshm-<euid>/`",
        ),
        (&places, "\"/run/nshm/global\"", "`/run/nshm/global/`"),
        (
            &places,
            "FLAT_PREFIX: &str = \"nshm-global.\"",
            "`nshm-global.<file name>`",
        ),
        (
            &places,
            "USER_PREFIX: &str = \"nshm-\"",
            "`/dev/shm/nshm-<uid>/`",
        ),
        (&places, "LOCK: &CStr = c\".lock\"", "`.lock`"),
        (&places, "\"NSHM_DIR\"", "`NSHM_DIR`"),
        (&segment, "NURSERY: i32 = 0x4e53_0000", "0x4e530000"),
        (&segment, "SLOTS: u32 = 8", "eight keys"),
        (&seat, "base.add(page_size() - 16)", "page size - 16"),
        (&word, "OWNER: u64 = (1 << 30) - 1", "0 to 29"),
        (&word, "CROWD: u64 = 1 << 63", "| 63 |"),
        (&cell, "MAGIC: u64 = 0x4e53", "| 48 to 63 | 0x4e53 |"),
        (&cell, "Condvar = 5", "5 condition"),
        (&placed, "SYSTEM: u8 = 1", "1 Linux"),
        (&windows, "SYSTEM: u8 = 2", "2 Windows"),
        (&bell, "COUNT_BITS: u32 = 20", "bits 0 to 19 count"),
        (&thread, "0x9e37_79b9_7f4a_7c15", "0x9e3779b97f4a7c15"),
        (
            &lives,
            "CLEAN: u64 = 1 << 63",
            "the owner has changed nothing yet",
        ),
        (&life, "PAGE_BITS: u32 = 8", "*tag* mod 256"),
    ];
    for (source, constant, words) in table {
        assert!(
            source.contains(constant),
            "`{constant}` has changed: correct docs/format.md, then this table"
        );
        assert!(
            document.contains(words),
            "docs/format.md does not say {words}"
        );
    }
}

/// Every row of SECURITY.md names what shows it, and that is there.
#[test]
fn the_threat_model_names_tests_that_are_there() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let document = read("SECURITY.md");
    let attacks = read("torture/src/linux/attack.rs");
    let tests: Vec<File> = sources(&["crates/", "torture/"]);
    let is_test = |name: &str| {
        let function = format!("fn {name}()");
        tests.iter().any(|file| file.text.contains(&function))
    };
    let mut breaches = Vec::new();
    let mut rows = 0;
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim().trim_matches('|').split('|').collect();
        let shown_by = cells.last().unwrap().trim();
        if shown_by == "shown by" {
            continue;
        }
        rows += 1;
        let mut names = 0;
        for entry in shown_by.split(", ") {
            let (attack, name) = match entry.strip_prefix("attack ") {
                Some(name) => (true, name),
                None => (false, entry),
            };
            let name = name.trim_matches('`');
            let there = match attack {
                true => attacks.contains(&format!("=> \"{name}\"")),
                false => is_test(name),
            };
            names += usize::from(there);
            if !there {
                breaches.push(format!("{entry}: {row}"));
            }
        }
        if names == 0 || cells.len() != 5 {
            breaches.push(row.to_owned());
        }
    }
    assert!(rows > 30, "the tables are not where they are expected");
    report(
        &breaches,
        "name the test or the attack in the last of five columns of SECURITY.md",
    );
}

/// The tests of promises stand by pipes, not by time.
#[test]
fn tests_wait_for_one_another_and_not_for_time() {
    let mut files = sources(&["crates/nshm/tests/it/"]);
    // The moment of a kill is random in the first three; the last pauses before it asks Wine again for
    // a process, and waits for none.
    files.retain(|file| {
        !file.is_in(&[
            "crates/nshm/tests/it/crash.rs",
            "crates/nshm/tests/it/placed_crash.rs",
            "crates/nshm/tests/it/sync_crash.rs",
            "crates/nshm/tests/it/wine.rs",
        ])
    });
    report(
        &lines_with(&files, File::code, &["sleep", "Instant"]),
        "let the other process say a line when it is ready (support.rs)",
    );
}

#[test]
fn the_repository_knows_no_machine() {
    // In two pieces, so that this file passes.
    let places = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("C:\\Us", "ers\\"),
        concat!(".cargo/regis", "try"),
        concat!("sparse", "+http"),
        concat!("index.cra", "tes.io"),
        concat!("static.cra", "tes.io"),
        concat!("artifac", "tory"),
        concat!("registry", ".npmjs"),
        concat!("replace", "-with"),
    ];
    let usual = concat!(
        "registry",
        "+https://github.com/rust-lang/cra",
        "tes.io-index"
    );
    let mut breaches = Vec::new();
    for file in files() {
        for (index, line) in file.text.lines().enumerate() {
            let line = line.replace(usual, "");
            let other = concat!("registry", "+");
            for place in places.iter().chain([&other]) {
                if line.contains(place) {
                    breaches.push(format!("{}:{}: {place}", file.path, index + 1));
                }
            }
        }
    }
    report(
        &breaches,
        "leave out where it was made: it must build anywhere",
    );
}

/// The fences themselves: what they see and what they overlook on purpose.
#[test]
fn the_fences_see_code() {
    let code = code_of("let a = \"unsafe // \\\" x\"; // libc\n/// println!\n'\"' unsafe\n");
    let code: Vec<&str> = code.iter().map(|(_, line)| line.trim()).collect();
    assert_eq!(code, ["let a = ;", "", "' unsafe"]);
    assert!(has_word("unsafe {", "unsafe") && !has_word("allow(unsafe_code)", "unsafe"));
    assert!(has_word("x.unlink(y)", "unlink") && !has_word("read_unlinked", "unlink"));
    assert!(has_word("println!(1)", "println!") && !has_word("eprintln!(1)", "println!"));
}
