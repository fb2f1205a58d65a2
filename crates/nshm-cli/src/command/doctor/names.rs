//! Where names lie, who may create them there, and what the dead have left.

use std::path::Path;

use nshm::inspect::{self, Gap, Leftovers, Object, Places, Reach};

use super::check::{Check, Status};
use crate::os::{self, Directory, Room};
use crate::size::{human, plural};

pub(super) fn checks(places: &Places) -> Vec<Check> {
    let mut checks = vec![
        shared_directory(&places.base, os::directory(&places.base).as_ref()),
        room(&places.base, os::room(&places.base)),
        own_directory(places),
        global(&places.global, os::directory(&places.global).as_ref()),
    ];
    match inspect::leftovers() {
        Ok(leftovers) => checks.extend(remains(&leftovers)),
        Err(error) => checks.push(
            Check::new("stale", Status::Wrong, error.to_string()).meaning(
                "stale names and leaked ids cannot be looked for: /proc may not be mounted",
            ),
        ),
    }
    let survey = inspect::survey(Reach::Everything);
    checks.extend(survey.ok().map(|survey| orphans(&survey.objects)));
    checks
}

fn shared_directory(path: &Path, found: Option<&Directory>) -> Check {
    let path = path.display();
    let new = |status, finding: String| Check::new("dev-shm", status, finding);
    let Some(found) = found else {
        return new(Status::Wrong, format!("{path} is no directory"))
            .meaning("names lie there: none can be created")
            .cure(format!("sudo mount -t tmpfs -o mode=1777 tmpfs '{path}'"));
    };
    let may_all_write = found.mode & 0o002 != 0;
    let is_sticky = found.mode & 0o1000 != 0;
    match (may_all_write, is_sticky) {
        (true, true) => new(
            Status::Ok,
            format!("everybody may use {path}, and nobody remove what is another's"),
        ),
        (true, false) => new(
            Status::Wrong,
            format!("{path} has mode {:o}, without the sticky bit", found.mode),
        )
        .meaning("any user may remove or replace the names of others")
        .cure(format!("sudo chmod 1777 '{path}'")),
        (false, _) => new(Status::Warning, format!("{path} has mode {:o}", found.mode))
            .meaning("users without a directory in it can create no names")
            .cure(format!("sudo chmod 1777 '{path}'")),
    }
}

fn room(path: &Path, room: Option<Room>) -> Check {
    let new = |status, finding: String| {
        Check::new("room", status, finding).meaning(
            "a name takes one inode and no byte, but POSIX objects are kept there: beyond the room \
             they end their users with SIGBUS",
        )
    };
    let Some(room) = room else {
        return new(
            Status::Warning,
            format!("{} does not tell its size", path.display()),
        );
    };
    let finding = format!(
        "{} of {} are free in {}",
        human(room.free),
        human(room.size),
        path.display()
    );
    // File systems without a limit say 0 of 0.
    let no_inodes = room.inodes > 0 && room.free_inodes < room.inodes / 100;
    if no_inodes {
        return new(
            Status::Wrong,
            format!("{} inodes are free in {}", room.free_inodes, path.display()),
        )
        .cure(format!(
            "sudo mount -o remount,nr_inodes={} '{}'",
            room.inodes.saturating_mul(10),
            path.display()
        ));
    }
    let remount = format!("sudo mount -o remount,size=50% '{}'", path.display());
    if room.free < room.size / 20 {
        new(Status::Warning, finding).cure(remount)
    } else if room.size <= 64 << 20 {
        // What container engines give.
        new(Status::Note, finding).cure(remount)
    } else {
        new(Status::Ok, finding)
    }
}

fn own_directory(places: &Places) -> Check {
    let new = |status, finding: String| {
        Check::new("directory", status, finding)
            .meaning("nshm refuses to use it, so this user has no local names")
    };
    match &places.own_problem {
        None => new(
            Status::Ok,
            format!(
                "{} is this user's alone, or not made yet",
                places.own.display()
            ),
        ),
        Some(problem) => {
            let check = new(Status::Wrong, problem.to_string());
            match os::directory(&places.own) {
                Some(found) if found.is_own => check
                    .cure(format!("chmod 700 '{}'", places.own.display()))
                    .fixable(),
                // It is somebody else's, who may have put anything there.
                _ => check.cure(format!("sudo rm -r '{}'", places.own.display())),
            }
        }
    }
}

fn global(path: &Path, found: Option<&Directory>) -> Check {
    const SETUP: &str = "sudo nshm setup --install";
    let new = |status, finding: String| Check::new("global", status, finding);
    let Some(found) = found else {
        return new(
            Status::Note,
            r"every user may create Global\ names".to_owned(),
        )
        .meaning("whoever comes first has a name; an administrator can make it a privilege")
        .cure(SETUP);
    };
    let may_all_write = found.mode & 0o002 != 0;
    let is_sticky = found.mode & 0o1000 != 0;
    let path = path.display();
    if found.uid != 0 {
        return new(
            Status::Wrong,
            format!("{path} belongs to user {} and not to root", found.uid),
        )
        .meaning(r"that user decides about the Global\ names of all others")
        .cure(format!("sudo chown root '{path}'"));
    }
    if found.mode & 0o022 != 0 && !is_sticky {
        return new(
            Status::Wrong,
            format!("{path} has mode {:o}, without the sticky bit", found.mode),
        )
        .meaning("whoever may create names there may remove or replace those of others")
        .cure(format!("sudo chmod +t '{path}'"));
    }
    let who = if may_all_write {
        "every user".to_owned()
    } else if found.mode & 0o020 != 0 {
        match os::group_name(found.gid) {
            Some(group) => format!("the group {group}"),
            None => format!("group {}", found.gid),
        }
    } else {
        "root alone".to_owned()
    };
    new(
        Status::Ok,
        format!(r"{who} may create Global\ names, by {path}"),
    )
}

fn remains(leftovers: &Leftovers) -> Vec<Check> {
    let mut checks = vec![
        count(
            "stale",
            leftovers.names.len(),
            "stale name",
            "their sections are gone; creators of the same names clear them, but in a directory \
             that users share only their own user can",
        ),
        count(
            "leaked",
            leftovers.ids.len(),
            "leaked id",
            "segments without memory, whose creators died within microseconds; they count against \
             kernel.shmmni until a creator meets them",
        ),
    ];
    // To others it is only right that they may not look.
    if os::raised() {
        checks.extend(leftovers.gaps.iter().filter_map(|gap| {
            match gap {
                Gap::Scope { error, .. } => Some(
                    Check::new("directories", Status::Wrong, error.to_string())
                        .meaning("the names in there cannot be used by anybody")
                        .cure(error.hint().unwrap_or("nshm list --all").to_owned()),
                ),
                _ => None,
            }
        }));
    }
    checks
}

fn count(id: &'static str, number: usize, what: &str, meaning: &str) -> Check {
    let status = if number == 0 {
        Status::Ok
    } else {
        Status::Warning
    };
    let finding = match number {
        0 => format!("no {what} is left"),
        1 => format!("1 {what} is left"),
        many => format!("{} are left", plural(many as u64, what)),
    };
    Check::new(id, status, finding)
        .meaning(meaning)
        .cure("nshm reap")
        .fixable()
}

fn orphans(objects: &[Object]) -> Check {
    let orphans = objects
        .iter()
        .filter(|object| object.orphaned == Some(true));
    let (number, bytes) = orphans.fold((0, 0u64), |(number, bytes), object| {
        (number + 1, bytes.saturating_add(object.info.resident))
    });
    let (status, finding) = match number {
        0 => (
            Status::Ok,
            "nothing of other libraries is orphaned".to_owned(),
        ),
        _ => (
            Status::Note,
            format!(
                "{} of other libraries, with {} in memory, nobody has open",
                plural(number, "object"),
                human(bytes)
            ),
        ),
    };
    Check::new("orphans", status, finding)
        .meaning("they stay until somebody removes them, whether they are still meant for somebody")
        .cure("nshm reap --all")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(mode: u32) -> Directory {
        Directory {
            mode,
            uid: 0,
            gid: 0,
            is_own: false,
        }
    }

    #[test]
    fn a_shared_directory_is_sticky() {
        let path = Path::new("/dev/shm");
        for (mode, status) in [
            (0o1777, Status::Ok),
            (0o777, Status::Wrong),
            (0o755, Status::Warning),
        ] {
            let check = shared_directory(path, Some(&directory(mode)));
            assert_eq!(check.status, status, "{mode:o}");
        }
        assert_eq!(shared_directory(path, None).status, Status::Wrong);
    }

    #[test]
    fn room_is_bytes_and_inodes() {
        let path = Path::new("/dev/shm");
        let full = |size, free, inodes, free_inodes| {
            let found = Room {
                size,
                free,
                inodes,
                free_inodes,
            };
            room(path, Some(found)).status
        };
        assert_eq!(full(1 << 30, 1 << 30, 1000, 1000), Status::Ok);
        assert_eq!(full(1 << 30, 1 << 20, 1000, 1000), Status::Warning);
        assert_eq!(full(64 << 20, 64 << 20, 1000, 1000), Status::Note);
        assert_eq!(full(1 << 30, 1 << 30, 1000, 5), Status::Wrong);
        assert_eq!(full(1 << 30, 1 << 30, 0, 0), Status::Ok);
        assert_eq!(room(path, None).status, Status::Warning);
    }

    #[test]
    fn global_is_a_privilege_where_the_directory_says_so() {
        let path = Path::new("/run/nshm/global");
        for (mode, status, words) in [
            (0o1775, Status::Ok, "group"),
            (0o755, Status::Ok, "root alone"),
            (0o1777, Status::Ok, "every user"),
            (0o777, Status::Wrong, "sticky"),
            (0o775, Status::Wrong, "sticky"),
        ] {
            let check = global(path, Some(&directory(mode)));
            assert_eq!(check.status, status, "{mode:o}");
            assert!(check.finding.contains(words), "{}", check.finding);
        }
        let check = global(path, None);
        assert_eq!((check.status, check.cure.is_some()), (Status::Note, true));
    }

    #[test]
    fn what_is_left_can_be_mended() {
        let check = count("stale", 0, "stale name", "");
        assert_eq!((check.status, check.fixable), (Status::Ok, false));
        let check = count("stale", 2, "stale name", "");
        assert_eq!((check.status, check.fixable), (Status::Warning, true));
        assert_eq!(check.finding, "2 stale names are left");
    }
}
