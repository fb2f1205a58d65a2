//! What is installed, and where it goes below the prefix.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap_complete::Shell;

use super::built::Built;
use super::texts;
use super::tree::{Entry, What};
use crate::cargo::Workspace;
use crate::{header, pages};

/// The number of the shared library that programs ask for; `build.rs` of nshm-capi gives it.
const SONAME: &str = "libnshm.so.0";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Everything, in the order in which it is written: what others need comes first.
pub(super) fn of(workspace: &Workspace, built: &Built) -> Result<Vec<Entry>> {
    let library = format!("libnshm.so.{VERSION}");
    let mut entries = vec![
        Entry::new("bin/nshm", What::program(read(&built.program)?)),
        Entry::new(
            &format!("lib/{library}"),
            What::program(read(&built.shared)?),
        ),
        Entry::new(&format!("lib/{SONAME}"), What::Link(library)),
        Entry::new("lib/libnshm.so", What::Link(SONAME.into())),
        Entry::new("lib/libnshm.a", What::data(read(&built.archive)?)),
        Entry::new(
            "include/nshm.h",
            What::data(read(&workspace.root().join(header::PATH))?),
        ),
    ];
    let win32 = win32_headers(workspace)?;
    let has_win32 = !win32.is_empty();
    entries.extend(win32);
    let mut text = |path: &str, text: String| entries.push(Entry::new(path, What::data(text)));
    text("lib/pkgconfig/nshm.pc", texts::pkg_config(&built.needs));
    if has_win32 {
        text("lib/pkgconfig/nshm-win32.pc", texts::pkg_config_win32());
    }
    text(
        "lib/cmake/nshm/nshm-config.cmake",
        texts::cmake(&built.needs),
    );
    text(
        "lib/cmake/nshm/nshm-config-version.cmake",
        texts::cmake_version(),
    );
    entries.extend(pages(workspace)?);
    Ok(entries)
}

/// The headers of the Windows API, where there are some.
fn win32_headers(workspace: &Workspace) -> Result<Vec<Entry>> {
    let dir = workspace.root().join("crates/nshm-capi/include/win32");
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| format!("read {}", dir.display()))? {
        paths.push(entry.context("the headers")?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|it| it == "h"));
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let to = format!("include/nshm/win32/{}", name(path));
            Ok(Entry::new(&to, What::data(read(path)?)))
        })
        .collect()
}

/// The man pages and the completions, each where its reader looks for it.
fn pages(workspace: &Workspace) -> Result<Vec<Entry>> {
    let dir = tempfile::tempdir_in(workspace.target()).context("a directory for the pages")?;
    let mut entries = Vec::new();
    for page in pages::man(dir.path())? {
        let to = format!("share/man/man1/{}", name(&page));
        entries.push(Entry::new(&to, What::data(read(&page)?)));
    }
    for (shell, script) in pages::completions(dir.path())? {
        let to = match shell {
            Shell::Bash => "share/bash-completion/completions/nshm",
            Shell::Zsh => "share/zsh/site-functions/_nshm",
            Shell::Fish => "share/fish/vendor_completions.d/nshm.fish",
            // The others have no directory that a package may write to.
            _ => continue,
        };
        entries.push(Entry::new(to, What::data(read(&script)?)));
    }
    Ok(entries)
}

fn read(path: &PathBuf) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("read {}", path.display()))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
