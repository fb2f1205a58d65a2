//! Files that are put below a directory and taken away again. A list that lies with them says
//! which they are, and which directories were made for them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::os;

/// The list, which is a file of the tree itself.
const LIST: &str = "share/nshm/installed.txt";

const ABOUT: &str =
    "# What `cargo xtask install` has put here; `cargo xtask uninstall` removes it.\n";

/// Something to install.
pub(super) struct Entry {
    /// Where it goes, with slashes, below the directory.
    path: String,
    what: What,
}

/// What it is.
pub(super) enum What {
    /// A file with its bytes and its mode.
    File(Vec<u8>, u32),
    /// A symbolic link with its text.
    Link(String),
}

impl Entry {
    pub(super) fn new(path: &str, what: What) -> Entry {
        Entry {
            path: path.to_owned(),
            what,
        }
    }
}

impl What {
    /// A file that is run or loaded.
    pub(super) fn program(bytes: Vec<u8>) -> What {
        What::File(bytes, 0o755)
    }

    /// Any other file.
    pub(super) fn data(bytes: impl Into<Vec<u8>>) -> What {
        What::File(bytes.into(), 0o644)
    }
}

/// Puts the entries below `root`. What an earlier installation had besides is taken away.
pub(super) fn install(root: &Path, entries: &[Entry]) -> Result<()> {
    let before = List::read(root)?.unwrap_or_default();
    let mut list = List {
        files: entries.iter().map(|entry| entry.path.clone()).collect(),
        dirs: before.dirs,
    };
    list.dirs.extend(make_dirs(root, LIST)?);
    for entry in entries {
        list.dirs.extend(make_dirs(root, &entry.path)?);
    }
    // Before any file, so that an installation which breaks off can be taken away too.
    let either = List {
        files: list.files.union(&before.files).cloned().collect(),
        dirs: list.dirs.clone(),
    };
    either.write(root)?;
    for entry in entries {
        put(&root.join(&entry.path), &entry.what).with_context(|| entry.path.clone())?;
    }
    for left in before.files.difference(&list.files) {
        remove(&root.join(left))?;
    }
    list.write(root)
}

/// Takes everything away that the list names, and the directories that are empty then.
pub(super) fn uninstall(root: &Path) -> Result<usize> {
    let Some(list) = List::read(root)? else {
        bail!("there is no {LIST}: nothing was installed there");
    };
    for file in &list.files {
        remove(&root.join(file))?;
    }
    remove(&root.join(LIST))?;
    // From the innermost outwards. What others have put there stays, with its directory.
    for dir in list.dirs.iter().rev() {
        let _ = fs::remove_dir(root.join(dir));
    }
    Ok(list.files.len())
}

/// What is installed below a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct List {
    files: BTreeSet<String>,
    /// The directories that were made for it; the empty text is the root itself, written `./`.
    dirs: BTreeSet<String>,
}

impl List {
    fn read(root: &Path) -> Result<Option<List>> {
        let text = match fs::read_to_string(root.join(LIST)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context(LIST),
        };
        let mut list = List::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            ensure!(is_below(line), "{LIST} names {line:?}");
            match line.strip_suffix('/') {
                Some(".") => list.dirs.insert(String::new()),
                Some(dir) => list.dirs.insert(dir.to_owned()),
                None => list.files.insert(line.to_owned()),
            };
        }
        Ok(Some(list))
    }

    fn write(&self, root: &Path) -> Result<()> {
        let mut text = ABOUT.to_owned();
        for file in &self.files {
            text += &format!("{file}\n");
        }
        for dir in &self.dirs {
            let dir = if dir.is_empty() { "." } else { dir };
            text += &format!("{dir}/\n");
        }
        put(&root.join(LIST), &What::data(text)).context(LIST)
    }
}

/// Whether a line of the list stays below the root.
fn is_below(line: &str) -> bool {
    let stays = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    !line.is_empty() && Path::new(line).components().all(stays)
}

/// Makes the directories of a file, and gives those that were not there.
fn make_dirs(root: &Path, file: &str) -> Result<Vec<String>> {
    let mut made = Vec::new();
    let mut dirs: Vec<PathBuf> = Path::new(file)
        .ancestors()
        .skip(1)
        .map(Into::into)
        .collect();
    dirs.reverse();
    for dir in dirs {
        let path = root.join(&dir);
        if path.is_dir() {
            continue;
        }
        // Those above the root belong to nobody.
        fs::create_dir_all(&path).with_context(|| format!("make {}", path.display()))?;
        os::set_mode(&path, 0o755).with_context(|| format!("make {}", path.display()))?;
        made.push(dir.to_string_lossy().into_owned());
    }
    Ok(made)
}

/// Puts a file into place at once: a program that runs keeps the file that it has.
fn put(path: &Path, what: &What) -> Result<()> {
    let dir = path.parent().context("a file has a directory")?;
    match what {
        What::File(bytes, mode) => {
            let mut file = tempfile::NamedTempFile::new_in(dir)?;
            file.write_all(bytes)?;
            os::set_mode(file.path(), *mode)?;
            file.persist(path)?;
        }
        What::Link(text) => {
            let place = tempfile::tempdir_in(dir)?;
            let link = place.path().join("link");
            os::symlink(text, &link)?;
            fs::rename(&link, path)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn entries(names: &[&str]) -> Vec<Entry> {
        let file = |name: &&str| Entry::new(name, What::data(name.as_bytes()));
        names.iter().map(file).collect()
    }

    fn files(dir: &Path) -> Vec<String> {
        let mut found: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        found.sort();
        found
    }

    #[test]
    fn what_is_installed_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("a/prefix");
        let mut all = entries(&["bin/x", "lib/deep/y"]);
        all.push(Entry::new("lib/link", What::Link("deep/y".into())));
        install(&root, &all).unwrap();
        assert_eq!(
            fs::read_to_string(root.join("lib/link")).unwrap(),
            "lib/deep/y"
        );
        fs::write(root.join("lib/of-others"), "").unwrap();
        assert_eq!(uninstall(&root).unwrap(), 3);
        assert_eq!(files(&root), ["lib"]);
        assert_eq!(files(&root.join("lib")), ["of-others"]);
        assert!(uninstall(&root).is_err());
    }

    #[test]
    fn directories_that_were_there_stay() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bin")).unwrap();
        install(dir.path(), &entries(&["bin/x", "lib/y"])).unwrap();
        uninstall(dir.path()).unwrap();
        assert_eq!(files(dir.path()), ["bin"]);
        // And a root that was made goes.
        let root = dir.path().join("new");
        install(&root, &entries(&["x"])).unwrap();
        uninstall(&root).unwrap();
        assert!(!root.exists());
    }

    #[test]
    fn a_newer_installation_takes_the_place_of_an_older_one() {
        let dir = tempfile::tempdir().unwrap();
        install(dir.path(), &entries(&["lib/old", "lib/both"])).unwrap();
        install(dir.path(), &entries(&["lib/both", "bin/new"])).unwrap();
        assert_eq!(files(&dir.path().join("lib")), ["both"]);
        uninstall(dir.path()).unwrap();
        assert_eq!(files(dir.path()), Vec::<String>::new());
    }

    #[test]
    fn a_list_that_leads_elsewhere_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        install(dir.path(), &entries(&["x"])).unwrap();
        for line in ["../y", "/y", "lib/../../y"] {
            fs::write(dir.path().join(LIST), line).unwrap();
            assert!(uninstall(dir.path()).is_err(), "{line}");
        }
    }
}
