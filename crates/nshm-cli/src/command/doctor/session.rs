//! What ends with a login session, and what a namespace keeps apart.

use std::fs;
use std::path::{Path, PathBuf};

use super::check::{Check, Status};
use crate::os;

pub(super) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    // The file by which systemd says that it runs the machine: sd_booted(3).
    if Path::new("/run/systemd/system").is_dir() {
        checks.push(remove_ipc(is_remove_ipc(&logind_files()), user().as_ref()));
    }
    if let Ok(link) = fs::read_link("/proc/self/ns/ipc") {
        checks.push(namespace(&link.to_string_lossy()));
    }
    if Path::new("/proc/self").exists() {
        checks.push(processes(Path::new("/proc/1").exists() || os::raised()));
    }
    checks
}

/// A user of this machine, as logind sees it.
struct User {
    name: String,
    uid: u32,
    lingers: bool,
}

fn user() -> Option<User> {
    let uid = nshm::session().ok()?;
    let name = os::user_name(uid)?;
    let lingers = Path::new("/var/lib/systemd/linger").join(&name).exists();
    Some(User { name, uid, lingers })
}

fn remove_ipc(is_on: bool, user: Option<&User>) -> Check {
    let new = |status, finding: String| {
        Check::new("removeipc", status, finding).meaning(
            "at the end of a user's last session systemd removes its POSIX objects, the names of \
             its sections and segments that nobody has attached; memory in use survives, but nobody \
             finds it",
        )
    };
    // logind spares system users: SYSTEM_UID_MAX of most distributions.
    const LAST_SYSTEM_UID: u32 = 999;
    match user {
        _ if !is_on => new(Status::Ok, "RemoveIPC= is off".into()),
        Some(user) if user.uid <= LAST_SYSTEM_UID => new(
            Status::Ok,
            format!("RemoveIPC= is on, and spares system users as {}", user.name),
        ),
        Some(user) if user.lingers => new(
            Status::Ok,
            format!("RemoveIPC= is on, but {} lingers after logout", user.name),
        ),
        Some(user) => new(
            Status::Warning,
            format!("RemoveIPC= is on and concerns {}", user.name),
        )
        .cure(format!("sudo loginctl enable-linger '{}'", user.name)),
        None => new(
            Status::Warning,
            "RemoveIPC= is on and concerns this user".into(),
        )
        .cure("printf '[Login]\\nRemoveIPC=no\\n' | sudo tee /etc/systemd/logind.conf.d/nshm.conf"),
    }
}

/// The settings of logind, from the weakest to the strongest.
fn logind_files() -> Vec<String> {
    const PLACES: [&str; 4] = ["/usr/lib", "/usr/local/lib", "/run", "/etc"];
    let mut files: Vec<PathBuf> = PLACES
        .iter()
        .map(|place| Path::new(place).join("systemd/logind.conf"))
        .collect();
    // Of two with the same name only the one in the stronger place counts; all are read in the
    // order of their names.
    let mut snippets = std::collections::BTreeMap::new();
    for place in PLACES {
        let dir = Path::new(place).join("systemd/logind.conf.d");
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|it| it == "conf") {
                snippets.insert(entry.file_name(), path);
            }
        }
    }
    files.extend(snippets.into_values());
    files
        .into_iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect()
}

/// Whether RemoveIPC= is on: the last word counts, and without one it is.
fn is_remove_ipc(files: &[String]) -> bool {
    let settings = files.iter().flat_map(|file| file.lines());
    let mut values = settings.filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "RemoveIPC").then(|| value.trim().to_ascii_lowercase())
    });
    values
        .next_back()
        .is_none_or(|value| matches!(value.as_str(), "" | "1" | "yes" | "y" | "true" | "t" | "on"))
}

fn namespace(link: &str) -> Check {
    // <linux/proc_ns.h>: PROC_IPC_INIT_INO.
    const FIRST: &str = "ipc:[4026531839]";
    let check = if link == FIRST {
        Check::new(
            "namespace",
            Status::Ok,
            "this is the IPC namespace of the machine",
        )
    } else {
        Check::new(
            "namespace",
            Status::Note,
            format!("this is an IPC namespace apart, as containers have: {link}"),
        )
        .cure("docker run --ipc=host ...")
    };
    check.meaning("sections are shared by processes of the same namespace only")
}

/// `all`: `/proc` lists the processes of other users.
fn processes(all: bool) -> Check {
    let check = if all {
        Check::new("proc", Status::Ok, "/proc lists the processes of all users")
    } else {
        Check::new(
            "proc",
            Status::Note,
            "/proc lists the processes of this user only (hidepid)",
        )
        .cure("sudo nshm list --all")
    };
    check.meaning("holders that are not listed are not shown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_removeipc_counts() {
        let files =
            |texts: &[&str]| -> Vec<String> { texts.iter().map(ToString::to_string).collect() };
        for (texts, expected) in [
            (&[][..], true),
            (&["[Login]\n#RemoveIPC=no\n"], true),
            (&["[Login]\nRemoveIPC=no\n"], false),
            (&["[Login]\nRemoveIPC = No\n", "[Login]\n"], false),
            (&["RemoveIPC=no", "RemoveIPC=yes"], true),
            (&["RemoveIPC=yes\nRemoveIPC=0"], false),
        ] {
            assert_eq!(is_remove_ipc(&files(texts)), expected, "{texts:?}");
        }
    }

    #[test]
    fn removeipc_concerns_people() {
        let user = |uid, lingers| User {
            name: "anna".into(),
            uid,
            lingers,
        };
        assert_eq!(
            remove_ipc(true, Some(&user(1000, false))).status,
            Status::Warning
        );
        assert_eq!(remove_ipc(true, Some(&user(1000, true))).status, Status::Ok);
        assert_eq!(remove_ipc(true, Some(&user(0, false))).status, Status::Ok);
        assert_eq!(
            remove_ipc(false, Some(&user(1000, false))).status,
            Status::Ok
        );
        assert_eq!(remove_ipc(true, None).status, Status::Warning);
    }

    #[test]
    fn a_namespace_apart_is_told() {
        assert_eq!(namespace("ipc:[4026531839]").status, Status::Ok);
        assert_eq!(namespace("ipc:[4026532201]").status, Status::Note);
        assert_eq!(processes(true).status, Status::Ok);
        assert_eq!(processes(false).status, Status::Note);
    }
}
