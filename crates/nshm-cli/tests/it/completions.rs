use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nshm_tty::Tty;

use crate::support::{LIMIT, Place};

/// A shell on a terminal, with the program on its PATH and its completion loaded.
fn shell(place: &Place, program: &Path, words: &[&str], load: &str) -> Tty {
    let script = place.path().join("completion");
    let mut command = Command::new(program);
    command.args(words);
    place.here(&mut command);
    let bin = Path::new(env!("CARGO_BIN_EXE_nshm"));
    let dirs = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&dirs);
    let path = std::iter::once(bin.parent().expect("a directory").to_owned()).chain(dirs);
    command
        .env("PATH", std::env::join_paths(path).expect("a path"))
        .env("HOME", place.path())
        .env("PS1", "> ")
        .env("LC_ALL", "C.UTF-8")
        .current_dir(place.path());
    let mut tty = Tty::start(&command, 80, 24, LIMIT).expect("a terminal");
    tty.type_(&load.replace("SCRIPT", &script.to_string_lossy()))
        .expect("a line");
    tty.wait_for("loaded-1").expect("the completion is loaded");
    tty
}

/// Waits until the shell is ready for a line: what is typed before is shown twice.
fn prompt(tty: &Tty) {
    tty.wait_until("an empty prompt", |screen| {
        let text = screen.contents();
        text.lines().last().map(str::trim) == Some(">") && screen.cursor_position().1 == 2
    })
    .expect("a prompt");
}

fn write_script(place: &Place, shell: &str) {
    let script = place.run(["completions", shell]).ok().stdout;
    place.file("completion", &script);
}

#[test]
fn bash_completes_commands_options_and_live_names() {
    let place = Place::new();
    let holders = [
        place.hold([r"Global\MyFileMappingObject", "--size", "4K"]),
        place.hold(["frame", "--size", "4K"]),
        place.hold(["two words", "--size", "4K"]),
    ];
    write_script(&place, "bash");
    place.file("local-file", b"");
    let Some(bash) = find("bash", "bash_completes_commands") else {
        return;
    };
    let load = "source SCRIPT; echo loaded-$((0+1))\n";
    let mut tty = shell(&place, &bash, &["--norc", "--noprofile", "-i"], load);
    // What is typed, and what the line is then.
    for (typed, line) in [
        ("nshm sna\t", "> nshm snapshot "),
        ("nshm read fr\t", "> nshm read frame "),
        ("nshm info tw\t", r"> nshm info two\ words "),
        (
            "nshm read Glo\t",
            r"> nshm read Global\\MyFileMappingObject ",
        ),
        (
            r"nshm read 'Global\M\t",
            r"> nshm read 'Global\MyFileMappingObject' ",
        ),
        ("nshm watch \"two\t", "> nshm watch \"two words\" "),
        (
            "nshm diff frame ./local\t",
            "> nshm diff frame ./local-file ",
        ),
        ("nshm create x --acc\t", "> nshm create x --access "),
        (
            "nshm read frame --compare local\t",
            "> nshm read frame --compare local-file ",
        ),
    ] {
        prompt(&tty);
        let typed = typed.replace(r"\t", "\t");
        tty.type_(&typed).expect("keys");
        // The cursor tells whether there is a space at the end.
        tty.wait_until(line, |screen| {
            let text = screen.contents();
            text.lines()
                .any(|shown| shown.trim_end() == line.trim_end())
                && usize::from(screen.cursor_position().1) == line.chars().count()
        })
        .expect("the line is completed");
        // Away with it.
        tty.type_("\x15").expect("Ctrl-U");
    }
    // And it means what it should: the line is run.
    prompt(&tty);
    tty.type_("nshm info Glo\t | head -1; echo ran-$((0+1))\r")
        .expect("keys");
    let text = tty.wait_for("ran-1").expect("it ran");
    assert!(
        text.contains("name      Global\\MyFileMappingObject\n"),
        "{text}"
    );
    // Where there are several they are listed.
    prompt(&tty);
    tty.type_("nshm re\t\t").expect("keys");
    tty.wait_until("three commands", |screen| {
        let text = screen.contents();
        ["read ", "remove ", "restore"]
            .iter()
            .all(|word| text.contains(word))
    })
    .expect("a list");
    for holder in holders {
        holder.release();
    }
}

#[test]
fn odd_names_are_quoted_or_left_out() {
    let place = Place::new();
    let told = [
        "a b",
        "$(exit)",
        "`exit`",
        "it's \"x\"",
        "a!b",
        "{a,b}*?",
        "#x",
        "~",
        "ключ 🦀",
    ];
    let left_out = ["one\ntwo", "tab\tbed", "es\x1bcape", "\u{202e}mirror"];
    let hold = |name: &&str| place.hold([name, "--size", "1"]);
    let holders: Vec<_> = told.iter().chain(&left_out).map(hold).collect();
    let ask = |line: &str| {
        let breaks = " \t\n\"'@><=;|&(:";
        let done = place.run(["__complete", "bash", "--", line, breaks]).ok();
        done.text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut wanted = told.to_vec();
    wanted.sort_unstable();
    for quote in ["", "'", "\""] {
        let mut means = Vec::new();
        for word in ask(&format!("nshm read {quote}")) {
            let script = format!("printf %s {quote}{word}{quote}");
            let done = Command::new("bash").args(["-c", &script]).output();
            let meaning = done.expect("bash").stdout;
            means.push(String::from_utf8(meaning).expect("UTF-8"));
        }
        means.sort_unstable();
        assert_eq!(means, wanted, "{quote}");
    }
    for shell in ["zsh", "fish"] {
        let done = place.run(["__complete", shell, "--", "read", ""]).ok();
        assert_eq!(done.text().lines().count(), told.len(), "{done:?}");
        let has_help = |line: &str| line.matches('\t').count() == 1;
        assert!(done.text().lines().all(has_help), "{done:?}");
    }
    // Files may be called so, too.
    for name in ["new\nline", "new file"] {
        place.file(name, b"");
    }
    let words = ask(&format!("nshm diff {}/new", place.path().display()));
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(words[0].ends_with(r"/new\ file"), "{words:?}");
    holders.into_iter().for_each(|holder| holder.release());
}

#[test]
fn zsh_and_fish_complete_live_names() {
    let place = Place::new();
    let holder = place.hold([r"Global\MyFileMappingObject", "--size", "4K"]);
    let shells: [(&str, &[&str], &str, &str); 2] = [
        (
            "zsh",
            &["-f", "-i"],
            "autoload -U compinit; compinit -u; source SCRIPT; echo loaded-$((0+1))\n",
            r"nshm read Global\\MyFileMappingObject",
        ),
        (
            "fish",
            &["--no-config", "-i"],
            "source SCRIPT; echo loaded-(math 0 + 1)\n",
            r"nshm read Global\\MyFileMappingObject",
        ),
    ];
    for (name, words, load, line) in shells {
        let Some(program) = find(name, "zsh_and_fish_complete_live_names") else {
            continue;
        };
        write_script(&place, name);
        let mut tty = shell(&place, &program, words, load);
        tty.type_("nshm read Glo\t").expect("keys");
        tty.wait_for(line).expect("the line is completed");
    }
    holder.release();
    for name in ["elvish", "powershell"] {
        let script = place.run(["completions", name]).ok();
        assert!(script.text().contains("snapshot"), "{name}");
    }
    place.run(["completions", "nosuchshell"]).code(2);
}

/// A shell, if it is here; said aloud if it is not.
fn find(name: &str, test: &str) -> Option<PathBuf> {
    let found = Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", name])
        .stderr(Stdio::null())
        .output()
        .expect("sh");
    let path = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if path.is_empty() {
        use std::io::Write;
        let line = format!("skipped: {test}: there is no {name} here\n");
        std::io::stderr()
            .write_all(line.as_bytes())
            .expect("stderr");
        return None;
    }
    Some(path.into())
}
