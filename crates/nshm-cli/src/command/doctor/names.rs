//! Where names lie, who may create them there, and what the dead have left.

use std::path::Path;

use nshm::inspect::{self, Gap, Leftovers, Object, Places, Reach};

use super::check::{Check, Status};
use crate::failure::Failure;
use crate::os::{self, Directory, Room};
use crate::size::{human, plural};

pub(super) fn checks(places: &Places) -> Vec<Check> {
    let base = Base::of(places);
    let mut checks = vec![base.check()];
    if base.found.is_some() {
        checks.push(room(&places.base, os::room(&places.base)));
    }
    checks.push(own_directory(places));
    checks.push(match os::directory(&places.global) {
        Some(found) => global(&places.global, &found),
        None => base.global(&places.global),
    });
    match inspect::leftovers() {
        Ok(leftovers) => checks.extend(remains(&leftovers, base.found.is_some())),
        Err(error) => checks.push(unread(error)),
    }
    let survey = inspect::survey(Reach::Everything);
    checks.extend(survey.ok().map(|survey| orphans(&survey.objects)));
    checks
}

/// The directory that holds everything, as this user finds it.
struct Base<'p> {
    path: &'p Path,
    found: Option<Directory>,
    /// Whether something is there, if it is no directory.
    is_taken: bool,
    /// Whether this user has a directory in it.
    has_own: bool,
}

impl Base<'_> {
    fn of(places: &Places) -> Base<'_> {
        let path = places.base.as_path();
        let meant = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Base {
            path,
            found: os::directory(&meant),
            is_taken: path.symlink_metadata().is_ok(),
            has_own: os::directory(&places.own).is_some(),
        }
    }

    fn check(&self) -> Check {
        let path = self.path.display();
        let new = |status, finding: String| Check::new("dev-shm", status, finding);
        let Some(found) = &self.found else {
            return new(Status::Wrong, format!("{path} is no directory"))
                .meaning("names lie there: none can be created")
                .cure(self.making());
        };
        let mode = found.mode;
        let may_all_write = mode & 0o002 != 0;
        let is_sticky = mode & 0o1000 != 0;
        match (may_all_write, is_sticky) {
            (true, false) => new(
                Status::Wrong,
                format!("{path} has mode {mode:o}, without the sticky bit"),
            )
            .meaning("any user may remove or replace the names of others")
            .cure(format!("sudo chmod 1777 '{path}'")),
            (true, true) if !found.is_writable => new(
                Status::Wrong,
                format!("{path} has mode {mode:o}, but this user can make nothing there"),
            )
            .meaning("no names can be created: its file system may be mounted to be read only")
            .cure(format!("sudo mount -o remount,rw '{path}'")),
            (true, true) => new(
                Status::Ok,
                format!("everybody may use {path}, and nobody remove what is another's"),
            ),
            (false, _) if found.is_writable || self.has_own => {
                new(Status::Warning, format!("{path} has mode {mode:o}"))
                    .meaning("users without a directory in it can create no names")
                    .cure(format!("sudo chmod 1777 '{path}'"))
            }
            (false, _) => new(
                Status::Wrong,
                format!("{path} has mode {mode:o}: this user may make nothing there"),
            )
            .meaning("names lie there: this user can create none")
            .cure(format!("sudo chmod 1777 '{path}'")),
        }
    }

    /// The command that makes it.
    fn making(&self) -> String {
        let path = self.path.display();
        if self.path == Path::new("/dev/shm") {
            format!("sudo mkdir -p {path} && sudo mount -t tmpfs -o mode=1777 tmpfs {path}")
        } else if self.is_taken {
            "unset NSHM_DIR".into()
        } else {
            format!("mkdir -p -m 1777 '{path}'")
        }
    }

    /// Who may create names for all users where they lie in here, because `global` is not there.
    fn global(&self, global: &Path) -> Check {
        let path = self.path.display();
        let (status, finding) = match &self.found {
            Some(found) if found.is_writable && found.mode & 0o002 != 0 => (
                Status::Note,
                r"every user may create Global\ names".to_owned(),
            ),
            Some(found) if found.is_writable => (
                Status::Note,
                format!(r"who may write to {path} may create Global\ names"),
            ),
            _ => {
                let finding =
                    format!(r"this user can create no Global\ names, which lie in {path}");
                return Check::new("global", Status::Wrong, finding)
                    .meaning("what mends dev-shm mends this as well");
            }
        };
        let cure = if global == Path::new("/run/nshm/global") {
            "sudo nshm setup --install".to_owned()
        } else {
            format!("sudo install -d -m 1775 '{}'", global.display())
        };
        Check::new("global", status, finding)
            .meaning("whoever comes first has a name; an administrator can make it a privilege")
            .cure(cure)
    }
}

/// What the dead have left cannot be looked for.
fn unread(error: nshm::Error) -> Check {
    let is_proc = error.name().is_some_and(|path| path.starts_with("/proc"));
    let meaning = if is_proc {
        "stale names and leaked ids cannot be looked for: /proc may not be mounted"
    } else {
        "stale names and leaked ids cannot be looked for: this user cannot read where names lie"
    };
    let finding = Failure::from(error).to_string();
    Check::new("stale", Status::Wrong, finding).meaning(meaning)
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

/// Who may create names for all users by the directory that an administrator made for them.
fn global(path: &Path, found: &Directory) -> Check {
    let new = |status, finding: String| Check::new("global", status, finding);
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

fn remains(leftovers: &Leftovers, base_is_there: bool) -> Vec<Check> {
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
    // To others it is only right that they may not look, and without the one that holds them all
    // there is none to look at.
    if os::raised() && base_is_there {
        checks.extend(leftovers.gaps.iter().filter_map(directory_of));
    }
    checks
}

/// A directory whose names cannot be read.
fn directory_of(gap: &Gap) -> Option<Check> {
    let Gap::Scope { error, .. } = gap else {
        return None;
    };
    let check = Check::new("directories", Status::Wrong, error.to_string())
        .meaning("the names in there cannot be used by anybody");
    Some(match (error.hint(), error.name()) {
        (Some(hint), _) => check.cure(hint),
        (None, Some(path)) => check.cure(format!("ls -ld '{path}'")),
        (None, None) => check,
    })
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
            is_writable: true,
        }
    }

    fn base(path: &str, found: Option<Directory>) -> Base<'_> {
        Base {
            path: Path::new(path),
            found,
            is_taken: false,
            has_own: false,
        }
    }

    #[test]
    fn a_shared_directory_is_sticky() {
        for (mode, status) in [
            (0o1777, Status::Ok),
            (0o777, Status::Wrong),
            (0o755, Status::Warning),
        ] {
            let check = base("/dev/shm", Some(directory(mode))).check();
            assert_eq!(check.status, status, "{mode:o}");
        }
    }

    #[test]
    fn a_missing_directory_is_made_by_the_cure() {
        let cure = |base: &Base<'_>| base.check().cure.unwrap_or_default();
        assert!(cure(&base("/dev/shm", None)).contains("mount -t tmpfs"));
        let mut other = base("/x", None);
        assert_eq!(cure(&other), "mkdir -p -m 1777 '/x'");
        other.is_taken = true;
        assert_eq!(cure(&other), "unset NSHM_DIR");
        assert_eq!(other.check().status, Status::Wrong);
    }

    #[test]
    fn where_this_user_can_make_nothing_it_can_create_no_names() {
        let path = Path::new("/run/nshm/global");
        for (mode, has_own, expected) in [
            (0o755, false, Status::Wrong),
            (0o755, true, Status::Warning),
            (0o1777, false, Status::Wrong),
        ] {
            let found = Directory {
                is_writable: false,
                ..directory(mode)
            };
            let mut base = base("/dev/shm", Some(found));
            base.has_own = has_own;
            assert_eq!(base.check().status, expected, "{mode:o}");
            assert!(base.check().cure.is_some());
            assert_eq!(base.global(path).status, Status::Wrong);
        }
        assert_eq!(base("/x", None).global(path).status, Status::Wrong);
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
            let check = global(path, &directory(mode));
            assert_eq!(check.status, status, "{mode:o}");
            assert!(check.finding.contains(words), "{}", check.finding);
        }
    }

    #[test]
    fn without_a_directory_for_them_global_names_are_everybodys() {
        let default = base("/dev/shm", Some(directory(0o1777)));
        let check = default.global(Path::new("/run/nshm/global"));
        assert_eq!(check.status, Status::Note);
        assert!(check.finding.starts_with("every user"));
        assert_eq!(check.cure.as_deref(), Some("sudo nshm setup --install"));
        let check = base("/x", Some(directory(0o755))).global(Path::new("/x/run/nshm/global"));
        assert!(check.finding.starts_with("who may write to /x"));
        let cure = "sudo install -d -m 1775 '/x/run/nshm/global'";
        assert_eq!(check.cure.as_deref(), Some(cure));
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
