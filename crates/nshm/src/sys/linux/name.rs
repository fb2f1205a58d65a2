//! Where a name lies in the file system, and who rules there.
//!
//! Nothing here is cached: a directory can be made, replaced or removed at any time, and a
//! descriptor kept open would be closed by programs that close what they do not know.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::call::{self, Spot};
use super::error::os_error;
use super::path::with_path;
use super::user_directory;
use crate::error::{Error, ErrorKind, Result};
use crate::format::token_tail;
use crate::name::{Decimal, Name, Scope, encode, encode_file_name, parse_decimal};

const BASE: &str = "/dev/shm";
/// Made by an administrator, who thereby decides who may create `Global\` names.
const GLOBAL: &str = "/run/nshm/global";
/// Begins the file names of `Global\` names where no administrator made [`GLOBAL`].
pub(super) const FLAT_PREFIX: &str = "nshm-global.";
/// The file in a user's own directory whose locks guard the links of that user.
pub(super) const LOCK: &CStr = c".lock";
/// Begins the name of a user's own directory; the user id follows.
const USER_PREFIX: &str = "nshm-";

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
    /// Where the link is.
    pub(super) path: CString,
    /// How much of the path is the directory.
    dir_len: usize,
    /// Nothing in the leaf is encoded.
    is_plain: bool,
}

impl Place {
    pub(super) fn of(name: &Name) -> Result<Place> {
        if *name.scope() == Scope::Posix {
            return Err(
                Error::new(ErrorKind::Unsupported, "make, remove or wait for")
                    .on(name)
                    .detail("a POSIX object belongs to the program that made it")
                    .with_hint(
                        "one that is there is opened as a section, read, written and looked at; \
                         shm_open(3) makes one and shm_unlink(3) removes it",
                    ),
            );
        }
        let encoded = encode(name.leaf());
        let is_plain = matches!(encoded, Cow::Borrowed(_));
        let file_name = encode_file_name(name.leaf(), &encoded);
        let directory = Directory::of(name.scope());
        let prefix = if is_flat(name.scope(), directory.rule) {
            FLAT_PREFIX
        } else {
            ""
        };
        let [base, slash, user, uid] = directory.pieces();
        let (prefix, file_name) = (prefix.as_bytes(), file_name.as_bytes());
        let path = [base, slash, user, uid, b"/", prefix, file_name, b"\0"].concat();
        let dir_len = base.len() + slash.len() + user.len() + uid.len();
        let path = CString::from_vec_with_nul(path).map_err(|_| {
            Error::new(ErrorKind::Other, "use the directory of")
                .on(name)
                .detail("no path has a NUL in it")
        })?;
        Ok(Place {
            name: name.clone(),
            rule: directory.rule,
            path,
            dir_len,
            is_plain,
        })
    }

    /// The leaf, as links spell it.
    pub(super) fn leaf(&self) -> Cow<'_, str> {
        if self.is_plain {
            return Cow::Borrowed(self.name.leaf());
        }
        encode(self.name.leaf())
    }

    /// What a token says of it.
    pub(super) fn token_tail(&self) -> String {
        let user = match self.rule {
            Rule::User(uid) => uid,
            Rule::Shared | Rule::Privileged => 0,
        };
        token_tail(self.name.scope(), user, &self.leaf())
    }

    /// The directory that holds the link.
    pub(super) fn dir(&self) -> CString {
        self.with_dir(CStr::to_owned)
    }

    fn with_dir<T>(&self, meaning: impl FnOnce(&CStr) -> T) -> T {
        with_path(&[&self.path.as_bytes()[..self.dir_len]], meaning)
    }

    /// The name of the link within its directory.
    pub(super) fn file_name(&self) -> &CStr {
        let file_name = &self.path.to_bytes_with_nul()[self.dir_len + 1..];
        CStr::from_bytes_with_nul(file_name).unwrap_or_default()
    }

    pub(super) fn display(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Sees to it that a link can be created, and removed again: a user's directory is made, and is
    /// that user's. For links elsewhere it has the locks.
    pub(super) fn prepare(&self) -> Result<()> {
        if let Rule::User(uid) = self.rule {
            return self.with_dir(|dir| user_directory::prepare(dir, uid));
        }
        let me = call::effective_uid();
        with_path(&Directory::of_user(me).pieces(), |dir| {
            user_directory::prepare(dir, me)
        })
    }

    /// Where the link is: in the directory that a user has now, if it is another user's.
    ///
    /// A name that says no number is this user's own, so its path needs no proof.
    pub(super) fn site(&self) -> Result<Site<'_>> {
        let held = match (self.rule, self.name.scope()) {
            (Rule::User(uid), Scope::Session(_)) if uid != call::effective_uid() => {
                Some(self.with_dir(|dir| user_directory::hold(dir, uid))?)
            }
            _ => None,
        };
        Ok(Site { place: self, held })
    }

    /// Where to compare the link and remove it, both in the same directory. Of a private namespace
    /// too: whose directory that is the program alone knows.
    pub(super) fn site_of_removal(&self) -> Result<Site<'_>> {
        if !matches!(self.name.scope(), Scope::Private(_)) {
            return self.site();
        }
        let held = self.with_dir(user_directory::hold_any)?;
        Ok(Site {
            place: self,
            held: Some(held),
        })
    }

    /// Explains a directory in which nothing can be trusted; `Ok` where it is in order or absent.
    pub(super) fn check_directory(&self) -> Result<()> {
        let Rule::User(uid) = self.rule else {
            return Ok(());
        };
        self.with_dir(|dir| match call::lstat(dir) {
            Ok(stat) => user_directory::check(dir, &stat, uid),
            Err(_) => Ok(()),
        })
    }
}

/// Where the link of a place is changed. A path leads through directories; who owns one of them can
/// put another directory in its place between any two calls.
pub(super) struct Site<'p> {
    place: &'p Place,
    /// Where somebody else could do that.
    held: Option<OwnedFd>,
}

impl Site<'_> {
    /// Whether the directory is held, and was looked at.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    pub(super) fn spot(&self) -> Spot<'_> {
        let path = self.place.path.as_c_str();
        match &self.held {
            None => path.into(),
            Some(directory) => Spot::within(directory.as_fd(), self.place.file_name()),
        }
    }
}

/// The directory of a scope: below another one where it is that of a user.
struct Directory<'s> {
    base: &'s Path,
    uid: Option<Decimal>,
    rule: Rule,
}

impl<'s> Directory<'s> {
    fn of(scope: &'s Scope) -> Directory<'s> {
        let whole = |base, rule| Directory {
            base,
            uid: None,
            rule,
        };
        let base = base();
        match scope {
            Scope::Local => Directory::of_user(call::effective_uid()),
            Scope::Session(uid) => Directory::of_user(*uid),
            Scope::Global => match call::lstat(&privileged_directory()) {
                Ok(stat) if stat.is_dir() => whole(&base.global, Rule::Privileged),
                _ => whole(&base.dir, Rule::Shared),
            },
            Scope::Private(namespace) => whole(namespace.dir(), Rule::Shared),
            Scope::Posix => whole(&base.dir, Rule::Shared),
        }
    }

    fn of_user(uid: u32) -> Directory<'static> {
        Directory {
            base: &base().dir,
            uid: Some(Decimal::of(uid.into())),
            rule: Rule::User(uid),
        }
    }

    /// Its path, in pieces.
    fn pieces(&self) -> [&[u8]; 4] {
        let base = self.base.as_os_str().as_bytes();
        match &self.uid {
            Some(uid) => [base, b"/", USER_PREFIX.as_bytes(), uid.as_bytes()],
            None => [base, b"", b"", b""],
        }
    }
}

/// The directory of a scope and its rule.
pub(super) fn directory(scope: &Scope) -> (PathBuf, Rule) {
    let directory = Directory::of(scope);
    let path = directory.pieces().concat();
    (OsStr::from_bytes(&path).into(), directory.rule)
}

/// The directory that holds everything, POSIX objects too.
pub(super) fn base_directory() -> &'static Path {
    &base().dir
}

/// The error where that directory is missing.
pub(super) fn no_base(step: &'static str, error: io::Error) -> Error {
    let dir = base().dir.display();
    let cure = if base().dir == Path::new(BASE) {
        format!("make it: mkdir -p {BASE} && mount -t tmpfs -o mode=1777 tmpfs {BASE}")
    } else {
        format!("make the directory that NSHM_DIR names: mkdir -p -m 1777 '{dir}'")
    };
    Error::new(ErrorKind::Other, step)
        .detail(format!("there is no directory {dir}"))
        .with_hint(cure)
        .caused_by(error)
}

/// The error where this user may make nothing in it.
pub(super) fn closed_base(step: &'static str, error: io::Error) -> Error {
    let dir = base().dir.display();
    os_error(ErrorKind::Other, step, error).with_hint(format!(
        "each user's names need a directory in {dir}: let this user make one there \
         (`sudo chmod 1777 '{dir}'`), or name another place by NSHM_DIR"
    ))
}

/// The directory that an administrator may make for `Global\\` names.
pub(super) fn privileged_directory() -> CString {
    with_path(&[base().global.as_os_str().as_bytes()], CStr::to_owned)
}

/// Whether the file names in a scope's directory carry [`FLAT_PREFIX`].
pub(super) fn is_flat(scope: &Scope, rule: Rule) -> bool {
    *scope == Scope::Global && rule == Rule::Shared
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

/// Hands on the file whose locks guard the links of a user, in the directory of that user. Both may
/// be missing. No link has that file name: a dot at the beginning of a leaf is encoded.
pub(super) fn with_lock_file<T>(uid: u32, meaning: impl FnOnce(&CStr) -> T) -> T {
    let directory = Directory::of_user(uid);
    let [base, slash, user, uid] = directory.pieces();
    with_path(&[base, slash, user, uid, b"/", LOCK.to_bytes()], meaning)
}

/// The directory of a user.
pub(super) fn path_of_user(uid: u32) -> CString {
    with_path(&Directory::of_user(uid).pieces(), CStr::to_owned)
}
