//! Where a name lies in the file system, and who rules there.
//!
//! Nothing here is cached: a directory can be made, replaced or removed at any time, and a
//! descriptor kept open would be closed by programs that close what they do not know.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::call;
use super::error::os_error;
use super::lock::make_lock_file;
use crate::error::{Error, ErrorKind, Result};
use crate::name::{Name, Scope, encode, encode_file_name, parse_decimal, push_decimal};

const BASE: &str = "/dev/shm";
/// Made by an administrator, who thereby decides who may create `Global\` names.
const GLOBAL: &str = "/run/nshm/global";
/// Begins the file names of `Global\` names where no administrator made [`GLOBAL`].
pub(super) const FLAT_PREFIX: &str = "nshm-global.";
/// The file in a user's own directory whose locks guard the links of that user.
const LOCK: &str = ".lock";
/// Begins the name of a user's own directory; the user id follows.
pub(super) const USER_PREFIX: &str = "nshm-";

/// The directory that holds everything: `/dev/shm`, or what `NSHM_DIR` says, asked once.
/// A program with raised privilege does not listen to its caller's environment.
fn base() -> &'static Base {
    static FOUND: OnceLock<Base> = OnceLock::new();
    FOUND.get_or_init(|| {
        let named = std::env::var_os("NSHM_DIR")
            .filter(|dir| !dir.is_empty() && !call::has_raised_privilege());
        match named {
            Some(dir) => {
                let dir = PathBuf::from(dir);
                let dir = std::path::absolute(&dir).unwrap_or(dir);
                let global = dir.join(GLOBAL.trim_start_matches('/'));
                Base { dir, global }
            }
            None => Base {
                dir: BASE.into(),
                global: GLOBAL.into(),
            },
        }
    })
}

struct Base {
    dir: PathBuf,
    global: PathBuf,
}

/// Which rules hold in the directory of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// A user's own directory: every object in it is that user's, or root's.
    User(u32),
    /// A directory shared by users: the owner of a link is the creator of its segment.
    Shared,
    /// The same, made by an administrator: to create there is a privilege.
    Privileged,
}

/// The place of a name.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) name: Name,
    pub(super) rule: Rule,
    pub(super) path: CString,
}

impl Place {
    pub(super) fn of(name: &Name) -> Result<Place> {
        if *name.scope() == Scope::Posix {
            return Err(
                Error::new(ErrorKind::Unsupported, "use as a name of its own")
                    .on(name)
                    .detail("a POSIX object belongs to the program that made it")
                    .with_hint(
                        "it can be opened, read, written and looked at; shm_open(3) makes one \
                         and shm_unlink(3) removes it",
                    ),
            );
        }
        let leaf = encode(name.leaf());
        let file_name = encode_file_name(name.leaf(), &leaf);
        let (dir, rule) = directory(name.scope());
        let mut path = dir.into_os_string().into_vec();
        path.push(b'/');
        if is_flat(name.scope(), rule) {
            path.extend_from_slice(FLAT_PREFIX.as_bytes());
        }
        path.extend_from_slice(file_name.as_bytes());
        let path = CString::new(path).map_err(|error| {
            Error::new(ErrorKind::Other, "use the directory of")
                .on(name)
                .caused_by(error.into())
        })?;
        Ok(Place {
            name: name.clone(),
            rule,
            path,
        })
    }

    /// The leaf, as links spell it.
    pub(super) fn leaf(&self) -> Cow<'_, str> {
        encode(self.name.leaf())
    }

    /// The directory that holds the link.
    pub(super) fn dir(&self) -> CString {
        let path = self.path.as_bytes();
        let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        c_path(Path::new(OsStr::from_bytes(&path[..end])))
    }

    pub(super) fn display(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Sees to it that a link can be created: a user's directory is made, and is that user's.
    pub(super) fn prepare(&self) -> Result<()> {
        match self.rule {
            Rule::User(uid) => prepare_user_directory(&self.dir(), uid),
            Rule::Shared | Rule::Privileged => Ok(()),
        }
    }

    /// Explains a directory in which nothing can be trusted; `Ok` where it is in order or absent.
    pub(super) fn check_directory(&self) -> Result<()> {
        let Rule::User(uid) = self.rule else {
            return Ok(());
        };
        let dir = self.dir();
        match call::lstat(&dir) {
            Ok(stat) => check_user_directory(&dir, &stat, uid),
            Err(_) => Ok(()),
        }
    }
}

/// The directory of a scope and its rule.
pub(super) fn directory(scope: &Scope) -> (PathBuf, Rule) {
    let base = base();
    match scope {
        Scope::Local => user_directory_path(call::effective_uid()),
        Scope::Session(uid) => user_directory_path(*uid),
        Scope::Global => match call::lstat(&privileged_directory()) {
            Ok(stat) if stat.is_dir() => (base.global.clone(), Rule::Privileged),
            _ => (base.dir.clone(), Rule::Shared),
        },
        Scope::Private(namespace) => (namespace.dir().to_owned(), Rule::Shared),
        Scope::Posix => (base.dir.clone(), Rule::Shared),
    }
}

/// The directory that holds everything, POSIX objects too.
pub(super) fn base_directory() -> &'static Path {
    &base().dir
}

/// The directory that an administrator may make for `Global\\` names.
pub(super) fn privileged_directory() -> CString {
    c_path(&base().global)
}

/// Whether the file names in a scope's directory carry [`FLAT_PREFIX`].
pub(super) fn is_flat(scope: &Scope, rule: Rule) -> bool {
    *scope == Scope::Global && rule == Rule::Shared
}

fn user_directory_path(uid: u32) -> (PathBuf, Rule) {
    let base = base().dir.as_os_str().as_bytes();
    // With room for the file name of most names.
    let mut path = Vec::with_capacity(base.len() + 64);
    path.extend_from_slice(base);
    path.push(b'/');
    path.extend_from_slice(USER_PREFIX.as_bytes());
    push_decimal(&mut path, uid.into());
    (OsString::from_vec(path).into(), Rule::User(uid))
}

/// The users that have a directory of their own here.
pub(super) fn users() -> io::Result<Vec<u32>> {
    let mut users: Vec<u32> = std::fs::read_dir(&base().dir)?
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let number = name.as_bytes().strip_prefix(USER_PREFIX.as_bytes())?;
            parse_decimal(number)?.try_into().ok()
        })
        .collect();
    users.sort_unstable();
    Ok(users)
}

/// The directory of `uid`, and the file in it whose locks guard that user's links. They may be
/// missing. No link has that file name: a dot at the beginning of a leaf is encoded.
pub(super) fn lock_file(uid: u32) -> (CString, CString) {
    let (dir, _) = user_directory_path(uid);
    (c_path(&dir), c_path(&dir.join(LOCK)))
}

pub(super) fn prepare_user_directory(dir: &CStr, uid: u32) -> Result<()> {
    const STEP: &str = "use the directory";
    let fail = |error| os_error(ErrorKind::Other, STEP, error).on(dir.to_string_lossy());
    match call::lstat(dir) {
        Ok(stat) => return check_user_directory(dir, &stat, uid),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
        Err(error) => return Err(fail(error)),
    }
    let me = call::effective_uid();
    let made = if me == uid {
        call::mkdir_private(dir)
    } else if me == 0 {
        make_for(dir, uid, call::mkdir_private, call::rmdir)
    } else {
        return Err(Error::new(ErrorKind::NotFound, STEP)
            .on(dir.to_string_lossy())
            .detail(format!("user {uid} has no names here")));
    };
    match made {
        // Now rather than when a name must go, because the file system may be full then.
        Ok(()) => drop(make_lock_file(&lock_file(uid).1, uid)),
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {}
        Err(error) => return Err(fail(error)),
    }
    let stat = call::lstat(dir).map_err(fail)?;
    check_user_directory(dir, &stat, uid)
}

/// Makes a directory or a file for another user in one step, so that it is never seen with a wrong
/// owner.
pub(super) fn make_for(
    path: &CStr,
    uid: u32,
    make: impl Fn(&CStr) -> io::Result<()>,
    unmake: impl Fn(&CStr) -> io::Result<()>,
) -> io::Result<()> {
    let mut draft = path.to_bytes().to_vec();
    draft.extend_from_slice(format!(".{}", std::process::id()).as_bytes());
    let draft = CString::new(draft)?;
    make(&draft)?;
    let result = call::lchown(&draft, uid).and_then(|()| call::rename_no_replace(&draft, path));
    if result.is_err() {
        let _ = unmake(&draft);
    }
    result
}

fn check_user_directory(dir: &CStr, stat: &call::FileStat, uid: u32) -> Result<()> {
    let what = if !stat.is_dir() {
        "it is not a directory".to_owned()
    } else if stat.uid != uid {
        format!("it belongs to user {} and not to user {uid}", stat.uid)
    } else if stat.mode & 0o022 != 0 {
        format!("others may write to it (mode {:o})", stat.mode & 0o7777)
    } else {
        return Ok(());
    };
    let dir = dir.to_string_lossy();
    Err(Error::new(ErrorKind::AccessDenied, "use the directory")
        .on(&dir)
        .detail(what)
        .with_hint(format!(
            "somebody put it there: look at it, then remove it or mend it \
             (`ls -ld '{dir}'`, `chmod 700 '{dir}'`)"
        )))
}

/// A path for the kernel. A path with a NUL cannot exist; the empty path says so.
pub(super) fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}
