//! What this user can forge in its own directory: links to what is not there, or is something else,
//! and directories that cannot be trusted.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use nshm::{ErrorKind, Event, Mutex, Scope, Section, Semaphore};

use super::text::Text;
use super::{Court, word};
use crate::linux::stage::Stage;

/// So many links in one go.
const LINKS: usize = 200;
const BYTES: &[u8] = b"own";

/// What must become of a name under which a forged link lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It leads to nothing that lives: the name is free.
    Free,
    /// It says what no link of ours says.
    Corrupt,
    /// It is of another IPC namespace, of which nothing is known.
    Foreign,
    /// Nothing that lives is opened, however it is told.
    Refused,
}

impl Fate {
    fn answers(self) -> &'static [&'static str] {
        match self {
            Fate::Free => &["NotFound"],
            Fate::Corrupt => &["Corrupt"],
            Fate::Foreign => &["ForeignNamespace"],
            Fate::Refused => &["NotFound", "Corrupt", "ForeignNamespace", "WrongKind"],
        }
    }
}

/// Links with other texts than nshm would write.
pub(super) fn links(
    stage: &Stage,
    random: &mut fastrand::Rng,
    court: &mut Court<'_>,
) -> Result<()> {
    let model = stage.leaf();
    let section = Section::create(&*model, 8192)?;
    section.map()?.write_at(0, BYTES)?;
    let good = Text::read(&stage.link(&model))?;
    for _ in 0..LINKS {
        let leaf = stage.leaf();
        let (class, text, fate) = forged(&good.named(&leaf), &model, random);
        let path = stage.link(&leaf);
        symlink(OsStr::from_bytes(&text), &path)?;
        let shown = String::from_utf8_lossy(&text).into_owned();
        judge(&leaf, &path, fate, court).with_context(|| format!("{class}: {shown}"))?;
        court.count(class);
    }
    ensure!(
        section.map()?.read_vec(0, BYTES.len())? == BYTES,
        "the model has changed"
    );
    Ok(())
}

/// A forged link: its class, its text, and what must become of it.
fn forged(
    good: &Text,
    other_leaf: &str,
    random: &mut fastrand::Rng,
) -> (&'static str, Vec<u8>, Fate) {
    let mut text = good.clone();
    let some =
        |texts: &[&str], random: &mut fastrand::Rng| texts[random.usize(..texts.len())].to_owned();
    let (class, fate) = match random.u8(..11) {
        0 => {
            // The segment is alive, but another one had its id when the link was made.
            let born: u64 = good.born.parse().unwrap_or(0);
            text.born = match random.u8(..4) {
                0 => "0".to_owned(),
                1 => u64::MAX.to_string(),
                2 => (born - random.u64(1..1000)).to_string(),
                _ => (born + random.u64(1..1000)).to_string(),
            };
            ("links to recycled ids", Fate::Free)
        }
        1 => {
            text.id = random.i32(i32::MAX - 1000..).to_string();
            ("links to ids that never were", Fate::Free)
        }
        2 => {
            text.id = match random.u8(..3) {
                0 => random.i32(..0).to_string(),
                1 => random.u64(1 << 31..).to_string(),
                _ => some(&["", "-0", "+1", " 1", "01", "0x1", "1e3", "١"], random),
            };
            ("links with ids that are none", Fate::Corrupt)
        }
        3 => {
            text.namespace = random.u64(1..1000).to_string();
            ("links of other IPC namespaces", Fate::Foreign)
        }
        4 => {
            text.boot = format!("{:016x}", random.u64(..));
            ("links of other runs of the system", Fate::Free)
        }
        5 => {
            text.leaf = match random.u8(..4) {
                0 => other_leaf.to_owned(),
                1 => String::new(),
                2 => format!("{}x", good.leaf),
                _ => good.leaf.to_uppercase(),
            };
            ("links of other names", Fate::Corrupt)
        }
        6 => {
            text.leaf += &"x".repeat(random.usize(1000..3500));
            ("links that are too long", Fate::Corrupt)
        }
        7 => {
            text.kind = some(&["event", "mutex", "semaphore"], random);
            ("links that say another kind", Fate::Refused)
        }
        8 => {
            // Pages that are gone, or a file that is not the one.
            text.traits = match random.bool() {
                true => format!("-,{}.{}", i32::MAX - random.i32(0..1000), good.born),
                false => format!("-,1,{},4096,/nowhere/at/all", random.u32(1..)),
            };
            ("links with pages elsewhere", Fate::Refused)
        }
        9 => {
            return (
                "links that are no text",
                no_text(good, random),
                Fate::Corrupt,
            );
        }
        _ => return ("links that are noise", noise(random), Fate::Corrupt),
    };
    (class, text.to_string().into_bytes(), fate)
}

/// A good link with a byte in it that is no UTF-8.
fn no_text(good: &Text, random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = good.to_string().into_bytes();
    let at = random.usize(..bytes.len());
    bytes[at] = random.u8(0x80..);
    bytes
}

/// Bytes that are no link, with the beginning of one or not.
fn noise(random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = match random.bool() {
        true => b"nshm1:section:".to_vec(),
        false => vec![b'x'],
    };
    let len = random.usize(..200);
    // A path has no NUL.
    bytes.extend((0..len).map(|_| random.u8(1..)));
    bytes
}

/// Uses a forged link in every way, and takes it away.
fn judge(leaf: &str, path: &Path, fate: Fate, court: &mut Court<'_>) -> Result<()> {
    let fit = fate.answers();
    for (call, answer) in [
        ("open", word(&Section::open(leaf))),
        ("open for reading", word(&Section::open_read_only(leaf))),
        ("find", word(&nshm::find(leaf))),
        ("holders", word(&nshm::holders(leaf))),
    ] {
        // What a link says of pages concerns those who open them.
        if fate != Fate::Refused || call.starts_with("open") {
            court.refuses(call, &answer, fit)?;
        }
    }
    let others = [
        word(&Event::open(leaf)),
        word(&Mutex::open(leaf)),
        word(&Semaphore::open(leaf)),
    ];
    for answer in others {
        let fit = ["NotFound", "Corrupt", "ForeignNamespace", "WrongKind"];
        court.refuses("open as another kind", &answer, &fit)?;
    }
    let is_listed = nshm::list(Scope::Local)?
        .iter()
        .any(|object| object.name.leaf() == leaf);
    if fate != Fate::Refused {
        ensure!(!is_listed, "it is listed as living");
    }
    match Section::create(leaf, 4096) {
        Ok(new) if matches!(fate, Fate::Free | Fate::Refused) => {
            let bytes = new.map()?.read_vec(0, 4096)?;
            ensure!(bytes.iter().all(|byte| *byte == 0), "not a new section");
            new.close()?;
            ensure!(fs::symlink_metadata(path).is_err(), "a link was left");
            return Ok(());
        }
        result => {
            let fit = match fate {
                Fate::Refused => &["AlreadyExists", "WrongKind", "Corrupt"][..],
                _ => fit,
            };
            court.refuses("create", &word(&result), fit)?;
        }
    }
    Ok(fs::remove_file(path)?)
}

/// Directories that others could have made or changed, in the place of this user's.
pub(super) fn directories(stage: &Stage, court: &mut Court<'_>) -> Result<()> {
    let name = stage.leaf();
    let held = Section::create(&*name, 4096)?;
    held.map()?.write_at(0, BYTES)?;
    let dir = stage.user_dir();
    let aside = stage.dir().join("aside");

    for mode in [0o770, 0o702, 0o777, 0o1777] {
        fs::set_permissions(&dir, Permissions::from_mode(mode))?;
        refused(&name, court).with_context(|| format!("mode {mode:o}"))?;
    }
    fs::set_permissions(&dir, Permissions::from_mode(0o700))?;
    court.count("directories that others may write to");

    fs::rename(&dir, &aside)?;
    symlink(&aside, &dir)?;
    refused(&name, court).context("a link in the place of the directory")?;
    fs::remove_file(&dir)?;
    symlink(stage.dir().join("nowhere"), &dir)?;
    refused(&name, court).context("a link to nothing in the place of the directory")?;
    fs::remove_file(&dir)?;
    fs::write(&dir, "")?;
    refused(&name, court).context("a file in the place of the directory")?;
    fs::remove_file(&dir)?;
    court.count("directories replaced");

    // Gone under use: the name is free, and whoever has it open keeps what he has.
    match Section::open(&*name) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        other => bail!("a name in a directory that is gone: {other:?}"),
    }
    let new = Section::create(&*name, 4096)?;
    ensure!(
        held.map()?.read_vec(0, BYTES.len())? == BYTES,
        "what was held has changed"
    );
    held.close()?;
    ensure!(
        Section::open(&*name).is_ok(),
        "the new name went with the old section"
    );
    new.close()?;
    court.count("directories removed under use");
    Ok(fs::remove_dir_all(&aside)?)
}

/// Everything that takes a local name refuses the directory.
fn refused(name: &str, court: &mut Court<'_>) -> Result<()> {
    for (call, answer) in [
        ("create", word(&Section::create(name, 4096))),
        ("open", word(&Section::open(name))),
        ("open or create", word(&Section::open_or_create(name, 4096))),
        ("open a mutex", word(&Mutex::open(name))),
        ("find", word(&nshm::find(name))),
        ("holders", word(&nshm::holders(name))),
        ("remove", word(&nshm::remove(name))),
        ("list", word(&nshm::list(Scope::Local))),
    ] {
        court.refuses(call, &answer, &["AccessDenied"])?;
    }
    Ok(())
}
