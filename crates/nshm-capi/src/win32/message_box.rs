//! The message box: a window where there is a display, else a box on the terminal.

use std::ffi::OsStr;
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::keyboard;
use super::types::DWORD;

/// A button: its number (`ID*`) and its label.
#[derive(Debug, PartialEq, Eq)]
struct Button {
    id: i32,
    label: &'static str,
}

const fn button(id: i32, label: &'static str) -> Button {
    Button { id, label }
}

const OK: Button = button(1, "OK");
const CANCEL: Button = button(2, "Cancel");
const ABORT: Button = button(3, "Abort");
const RETRY: Button = button(4, "Retry");
const IGNORE: Button = button(5, "Ignore");
const YES: Button = button(6, "Yes");
const NO: Button = button(7, "No");
const TRY_AGAIN: Button = button(10, "Try Again");
const CONTINUE: Button = button(11, "Continue");

/// The sets of buttons, in the order of `MB_OK`, `MB_OKCANCEL` and so on.
const SETS: [&[Button]; 7] = [
    &[OK],
    &[OK, CANCEL],
    &[ABORT, RETRY, IGNORE],
    &[YES, NO, CANCEL],
    &[YES, NO],
    &[RETRY, CANCEL],
    &[CANCEL, TRY_AGAIN, CONTINUE],
];

/// `MB_ICON*`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Icon {
    None,
    Error,
    Question,
    Warning,
    Information,
}

/// What a message box shows and asks.
#[derive(Debug)]
pub(crate) struct Question {
    text: String,
    caption: String,
    buttons: &'static [Button],
    default: usize,
    icon: Icon,
}

impl Question {
    /// A message box of a style (`MB_*`); `None` for a style that Windows does not know.
    pub(crate) fn new(text: String, caption: String, style: DWORD) -> Option<Question> {
        let buttons = *SETS.get((style & 0xF) as usize)?;
        let default = (style >> 8 & 0xF) as usize;
        let icon = match style & 0xF0 {
            0x10 => Icon::Error,
            0x20 => Icon::Question,
            0x30 => Icon::Warning,
            0x40 => Icon::Information,
            _ => Icon::None,
        };
        Some(Question {
            text,
            caption,
            buttons,
            default: if default < buttons.len() { default } else { 0 },
            icon,
        })
    }

    fn default(&self) -> i32 {
        self.buttons[self.default].id
    }

    /// What closing it without a button means: cancel where that is a choice, else the default.
    fn dismissed(&self) -> i32 {
        if self.buttons.contains(&CANCEL) {
            CANCEL.id
        } else {
            self.default()
        }
    }

    /// The button that begins with this letter.
    fn by_letter(&self, letter: u8) -> Option<i32> {
        let begins = |button: &&Button| button.label.as_bytes()[0].eq_ignore_ascii_case(&letter);
        self.buttons.iter().find(begins).map(|button| button.id)
    }

    fn by_label(&self, label: &str) -> Option<i32> {
        let button = self.buttons.iter().find(|button| button.label == label);
        button.map(|button| button.id)
    }
}

/// Shows it, and answers the number of a button.
pub(crate) fn ask(question: &Question) -> i32 {
    let has = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let (x11, wayland) = (has("DISPLAY"), has("WAYLAND_DISPLAY"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    TOOLS
        .iter()
        .filter(|tool| x11 || wayland && tool.knows_wayland)
        .filter_map(|tool| Some((tool, find(tool.name, &path)?)))
        .find_map(|(tool, program)| (tool.show)(question, Command::new(program)))
        .unwrap_or_else(|| on_terminal(question))
}

/// A program that shows windows.
struct Tool {
    name: &'static str,
    knows_wayland: bool,
    /// Shows the question; `None` where the program could not.
    show: fn(&Question, Command) -> Option<i32>,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "zenity",
        knows_wayland: true,
        show: zenity,
    },
    Tool {
        name: "kdialog",
        knows_wayland: true,
        show: kdialog,
    },
    Tool {
        name: "xmessage",
        knows_wayland: false,
        show: xmessage,
    },
];

/// The program of that name in the folders of a search path.
fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .map(|folder| folder.join(name))
        .find(|file| {
            let metadata = std::fs::metadata(file);
            metadata.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
        })
}

/// Runs a program with this on its standard input: how it ended and what it wrote.
fn run(command: &mut Command, input: &str) -> Option<(i32, String)> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    if let Some(mut stdin) = child.stdin.take() {
        // Who does not read it does not need it.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().ok()?;
    // The window could not be shown: the display has gone, or is not ours.
    let complaint = String::from_utf8_lossy(&output.stderr).to_lowercase();
    if ["open display", "connect to display"]
        .iter()
        .any(|it| complaint.contains(it))
    {
        return None;
    }
    Some((
        output.status.code()?,
        String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    ))
}

fn zenity(question: &Question, mut command: Command) -> Option<i32> {
    let kind = match (question.buttons, question.icon) {
        ([_], Icon::Error) => "--error",
        ([_], Icon::Warning) => "--warning",
        ([_], _) => "--info",
        _ => "--question",
    };
    // It reads escapes in its text.
    let text = question.text.replace('\\', r"\\");
    command
        .arg(kind)
        .arg("--no-markup")
        .arg(format!("--title={}", question.caption))
        .arg(format!("--text={text}"));
    if question.buttons.len() > 1 {
        // Its own two buttons are replaced by ours; it writes the label of the one pressed.
        command.arg("--switch");
        for button in question.buttons {
            command.arg(format!("--extra-button={}", button.label));
        }
    }
    let (_, label) = run(&mut command, "")?;
    Some(
        question
            .by_label(&label)
            .unwrap_or_else(|| question.dismissed()),
    )
}

fn kdialog(question: &Question, mut command: Command) -> Option<i32> {
    command.args(["--title", &question.caption]);
    let labels = ["--yes-label", "--no-label", "--cancel-label"];
    if question.buttons.len() > 1 {
        for (option, button) in labels.iter().zip(question.buttons) {
            command.args([option, button.label]);
        }
    }
    let kind = match (question.buttons.len(), question.icon) {
        (1, Icon::Error) => "--error",
        (1, Icon::Warning) => "--sorry",
        (1, _) => "--msgbox",
        (2, Icon::Warning | Icon::Error) => "--warningyesno",
        (2, _) => "--yesno",
        (_, Icon::Warning | Icon::Error) => "--warningyesnocancel",
        _ => "--yesnocancel",
    };
    command.args([kind, &question.text]);
    let (code, _) = run(&mut command, "")?;
    let pressed = usize::try_from(code).ok();
    let button = pressed.and_then(|index| question.buttons.get(index));
    Some(button.map_or_else(|| question.dismissed(), |button| button.id))
}

fn xmessage(question: &Question, mut command: Command) -> Option<i32> {
    /// Its own failures have small numbers.
    const FIRST: i32 = 100;
    let buttons: Vec<String> = question
        .buttons
        .iter()
        .map(|button| format!("{}:{}", button.label, FIRST + button.id))
        .collect();
    command
        .args(["-center", "-title", &question.caption])
        .args(["-buttons", &buttons.join(",")])
        .args(["-default", question.buttons[question.default].label])
        .args(["-file", "-"]);
    let (code, _) = run(&mut command, &question.text)?;
    let button = question
        .buttons
        .iter()
        .find(|button| FIRST + button.id == code);
    Some(button.map_or_else(|| question.dismissed(), |button| button.id))
}

/// A box on the standard error. It waits for a key where that and the standard input are terminals.
fn on_terminal(question: &Question) -> i32 {
    let mut error = std::io::stderr();
    let asks = keyboard::is_terminal() && error.is_terminal();
    let mut picture = picture(question);
    if asks {
        picture.push_str(&prompt(question));
    }
    // Where nobody sees it, the answer is the same.
    let _ = error.write_all(picture.as_bytes());
    let _ = error.flush();
    if !asks {
        return question.default();
    }
    let answer = loop {
        match keyboard::take() {
            None => break question.default(),
            Some(b'\r' | b'\n' | b' ') => break question.default(),
            Some(0x1B) => break question.dismissed(),
            Some(letter) => {
                if let Some(id) = question.by_letter(letter) {
                    break id;
                }
            }
        }
    };
    let _ = error.write_all(b"\n");
    answer
}

/// The box, with the caption in its upper edge.
fn picture(question: &Question) -> String {
    let caption = printable(&question.caption).join(" ");
    let lines = printable(&question.text);
    let len = |text: &String| text.chars().count();
    let width = lines.iter().map(len).max().unwrap_or(0).max(len(&caption));
    let edge = |text: &str, len: usize| format!("+-{text}{}-+\n", "-".repeat(width - len));
    let mut picture = edge(&caption, len(&caption));
    for line in &lines {
        let space = " ".repeat(width - len(line));
        picture.push_str(&format!("| {line}{space} |\n"));
    }
    picture.push_str(&edge("", 0));
    picture
}

/// The buttons, the default one in brackets.
fn prompt(question: &Question) -> String {
    let labels: Vec<String> = question
        .buttons
        .iter()
        .enumerate()
        .map(|(index, button)| match index == question.default {
            true => format!("[{}]", button.label),
            false => button.label.to_owned(),
        })
        .collect();
    format!("{} (first letter, or Enter): ", labels.join("  "))
}

/// The lines of a text. Its control characters could do anything to a terminal, so they are spelt.
fn printable(text: &str) -> Vec<String> {
    let spell = |character: char| match character {
        '\t' => "    ".to_owned(),
        it if it.is_control() => it.escape_default().to_string(),
        it => it.to_string(),
    };
    text.lines()
        .map(|line| line.chars().map(spell).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn question(style: DWORD) -> Question {
        Question::new("text".to_owned(), "caption".to_owned(), style).unwrap()
    }

    #[test]
    fn styles_have_their_buttons_and_defaults() {
        let ids = |style| {
            let question = question(style);
            let ids: Vec<i32> = question.buttons.iter().map(|button| button.id).collect();
            (ids, question.default(), question.dismissed())
        };
        assert_eq!(ids(0x00), (vec![1], 1, 1));
        assert_eq!(ids(0x01), (vec![1, 2], 1, 2));
        assert_eq!(ids(0x02), (vec![3, 4, 5], 3, 3));
        assert_eq!(ids(0x103), (vec![6, 7, 2], 7, 2));
        assert_eq!(ids(0x204), (vec![6, 7], 6, 6), "no such button");
        assert_eq!(ids(0x105), (vec![4, 2], 2, 2));
        assert_eq!(ids(0x236), (vec![2, 10, 11], 11, 2));
        assert!(Question::new(String::new(), String::new(), 7).is_none());
        assert_eq!(question(0x30).icon, Icon::Warning);
    }

    #[test]
    fn the_box_spells_control_characters() {
        let mut question = question(0);
        question.text = "one\r\n\x1B[2Jtwo\tx".to_owned();
        let lines = [
            "+-caption-----------+",
            "| one               |",
            r"| \u{1b}[2Jtwo    x |",
            "+-------------------+",
        ];
        assert_eq!(picture(&question).lines().collect::<Vec<_>>(), lines);
        assert_eq!(prompt(&question), "[OK] (first letter, or Enter): ");
    }

    /// A program of that name which says what it was called with.
    fn fake(folder: &tempfile::TempDir, name: &str, script: &str) -> Command {
        let file = folder.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        let found = find(name, folder.path().as_os_str()).unwrap();
        assert_eq!(found, file);
        Command::new(found)
    }

    #[test]
    fn windows_give_the_button_that_was_pressed() {
        let folder = tempfile::tempdir().unwrap();
        let pressed = fake(&folder, "zenity", "echo No; exit 1");
        assert_eq!(zenity(&question(3), pressed), Some(7));
        let escaped = fake(&folder, "zenity", "exit 1");
        assert_eq!(zenity(&question(3), escaped), Some(2));
        let text = fake(
            &folder,
            "zenity",
            r#"[ "$1 $2 $3 $4" = "--info --no-markup --title=caption --text=text" ] || echo Cancel"#,
        );
        assert_eq!(zenity(&question(0), text), Some(1));
        let pressed = fake(&folder, "kdialog", "exit 1");
        assert_eq!(kdialog(&question(4), pressed), Some(7));
        let pressed = fake(&folder, "xmessage", r#"[ "$(cat)" = text ] && exit 104"#);
        assert_eq!(xmessage(&question(5), pressed), Some(4));
        let no_display = fake(
            &folder,
            "xmessage",
            "echo \"Error: Can't open display: :9\" >&2; exit 1",
        );
        assert_eq!(xmessage(&question(0), no_display), None);
        assert_eq!(find("nothing", folder.path().as_os_str()), None);
    }
}
