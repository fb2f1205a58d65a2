//! `nshm setup`: what an administrator installs to make `Global\` a privilege.

use std::io;
use std::path::{Path, PathBuf};

use nshm::ErrorKind;

use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::output;

const EXAMPLES: &str = r"Examples:
  nshm setup
  nshm setup --group audio --install --root image";

/// Set the machine up: who may create Global\ names, and how many
///
/// Prints three files: a sysusers.d snippet with a group, a tmpfiles.d snippet with the directory
/// in which only that group may create Global\ names (everybody may open them, as each section's
/// own access says), and a sysctl.d file that allows more sections. With --install it writes them
/// and says how to apply them now. A file that is there and says something else is left alone.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The group that may create Global\ names
    #[arg(long, value_name = "NAME", default_value = "nshm", value_parser = group)]
    group: String,
    /// Write the files
    #[arg(long)]
    install: bool,
    /// Write them below this directory, for an image of a system
    #[arg(long, value_name = "DIR", default_value = "/", requires = "install")]
    root: PathBuf,
}

/// A name that every tool takes for a group.
fn group(text: &str) -> Result<String, String> {
    let starts_well = text.starts_with(|it: char| it.is_ascii_lowercase() || it == '_');
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "_-".contains(it);
    if starts_well && text.chars().all(is_plain) && text.len() <= 32 {
        Ok(text.to_owned())
    } else {
        Err("expected lower-case letters, digits, _ and -, as groups are named".into())
    }
}

/// A file of the set-up.
struct File {
    path: &'static str,
    text: String,
}

fn files(group: &str) -> [File; 3] {
    [
        File {
            path: "/etc/sysusers.d/nshm.conf",
            text: format!(
                "# Who is in this group may create Global\\ names of nshm.\n\
                 g {group} -\n"
            ),
        },
        File {
            path: "/etc/tmpfiles.d/nshm.conf",
            text: format!(
                "# Links in here are the Global\\ names of nshm. The group may create them, everybody\n\
                 # may read them, and nobody may remove those of another user (the sticky bit).\n\
                 d /run/nshm        0755 root root    -\n\
                 d /run/nshm/global 1775 root {group} -\n"
            ),
        },
        File {
            path: "/etc/sysctl.d/60-nshm.conf",
            text: "# How many System V segments, and so sections of nshm, an IPC namespace may have.\n\
                   kernel.shmmni = 32768\n"
                .into(),
        },
    ]
}

/// What makes the files effective without a restart.
const APPLY: &str = "systemd-sysusers && systemd-tmpfiles --create && sysctl --system";

pub(crate) fn run(args: &Args) -> Result<i32> {
    // Where names are in no place, there is none to be set up.
    if nshm::inspect::places().is_err_and(|error| error.kind() == ErrorKind::Unsupported) {
        let text = r"this system needs no set-up: Global\ is a privilege here already";
        return Err(Failure::new(ExitCode::Failure, text));
    }
    let files = files(&args.group);
    if !args.install {
        for file in &files {
            output::heading(&format!("# {}", file.path))?;
            output::line(&file.text)?;
        }
        output::say("`nshm setup --install` writes these files; then run, as root:");
        output::say(&format!("  {APPLY}"));
        return Ok(crate::DONE);
    }
    for file in &files {
        let path = args.root.join(file.path.trim_start_matches('/'));
        let what = if install(&path, &file.text)? {
            "wrote"
        } else {
            "unchanged:"
        };
        output::line(&format!("{what} {}", path.display()))?;
    }
    if args.root == Path::new("/") {
        output::say("now run, as root, or restart:");
        output::say(&format!("  {APPLY}"));
        output::say(&format!(
            "then let users in: usermod --append --groups {} USER",
            args.group
        ));
    }
    Ok(crate::DONE)
}

/// Writes a file, whole or not at all. `Ok(false)`: it is there already.
fn install(path: &Path, text: &str) -> Result<bool> {
    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied => Failure::new(
            ExitCode::AccessDenied,
            format!("failed to write {}: {error}", path.display()),
        )
        .with_hint("run it as root: sudo nshm setup --install"),
        _ => Failure::io(format!("write {}", path.display()), error),
    };
    match std::fs::read_to_string(path) {
        Ok(there) if there == text => return Ok(false),
        Ok(_) => {
            return Err(Failure::new(
                ExitCode::AlreadyExists,
                format!("{} is there and says something else", path.display()),
            )
            .with_hint("look at it; remove it to have it written anew"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(fail(error)),
    }
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(fail)?;
    }
    // Nobody reads a file of this name, should it be left half-written.
    let draft = path.with_extension("conf.draft");
    let written = std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, path));
    written
        .inspect_err(|_| {
            // It may never have been there.
            let _ = std::fs::remove_file(&draft);
        })
        .map_err(fail)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_plainly() {
        for good in ["nshm", "_nshm", "a-b_c1"] {
            assert_eq!(group(good).as_deref(), Ok(good));
        }
        for bad in ["", "Nshm", "1a", "a b", "a\n", "-a", "ä", &"a".repeat(33)] {
            assert!(group(bad).is_err(), "{bad:?}");
        }
    }
}
