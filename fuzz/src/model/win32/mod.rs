//! What Windows does with handles, names and objects, in one process and one thread: the tables of
//! docs/win32.md, as far as they can be told without a system.

mod pages;
mod rights;
mod section;
mod sync;

use std::collections::HashMap;

use self::pages::{Memory, View};
use self::rights::translate;
use super::name::{self, Place};
use crate::error::InvalidName;
use crate::win32::abi::{Answer, Created, Name};

pub(crate) const FILE_NOT_FOUND: u32 = 2;
pub(crate) const PATH_NOT_FOUND: u32 = 3;
pub(crate) const ACCESS_DENIED: u32 = 5;
pub(crate) const INVALID_HANDLE: u32 = 6;
pub(crate) const NOT_ENOUGH_MEMORY: u32 = 8;
pub(crate) const NOT_SUPPORTED: u32 = 50;
pub(crate) const INVALID_PARAMETER: u32 = 87;
pub(crate) const INVALID_NAME: u32 = 123;
pub(crate) const BAD_PATHNAME: u32 = 161;
pub(crate) const ALREADY_EXISTS: u32 = 183;
pub(crate) const BAD_EXE_FORMAT: u32 = 193;
pub(crate) const FILENAME_EXCED_RANGE: u32 = 206;
pub(crate) const NOT_OWNER: u32 = 288;
pub(crate) const TOO_MANY_POSTS: u32 = 298;
pub(crate) const INVALID_ADDRESS: u32 = 487;
pub(crate) const MAPPED_ALIGNMENT: u32 = 1132;
pub(crate) const PRIVILEGE_NOT_HELD: u32 = 1314;

/// The pseudo handles of this process and this thread.
pub(crate) const PROCESS: usize = usize::MAX;
pub(crate) const THREAD: usize = usize::MAX - 1;

const INHERIT: u32 = 1;
const PROTECT_FROM_CLOSE: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Section,
    Event,
    Mutex,
    Semaphore,
}

/// Everything that there is.
pub(crate) struct World {
    objects: Vec<Object>,
    names: HashMap<Key, usize>,
    handles: Vec<Option<Handle>>,
    views: Vec<View>,
    /// The session that a name without a prefix is in.
    session: u32,
}

/// Where an object is found.
type Key = (Place, String);

#[derive(Debug)]
struct Object {
    name: Option<Key>,
    handles: usize,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Section(section::Section),
    Event {
        manual: bool,
        set: bool,
    },
    /// How often this thread owns it.
    Mutex {
        owned: u32,
    },
    Semaphore {
        count: u32,
        max: u32,
    },
}

impl State {
    fn kind(&self) -> Kind {
        match self {
            State::Section(_) => Kind::Section,
            State::Event { .. } => Kind::Event,
            State::Mutex { .. } => Kind::Mutex,
            State::Semaphore { .. } => Kind::Semaphore,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Handle {
    object: usize,
    access: u32,
    flags: u32,
}

impl World {
    pub(crate) fn new(session: u32) -> World {
        World {
            objects: Vec::new(),
            names: HashMap::new(),
            handles: Vec::new(),
            views: Vec::new(),
            session,
        }
    }

    /// The values of all handles that are open.
    pub(crate) fn handles(&self) -> Vec<usize> {
        let open = |slot: &usize| self.handles[*slot].is_some();
        let slots = (0..self.handles.len()).filter(open);
        slots.map(|slot| (slot + 1) * 4).collect()
    }

    /// The values of the handles of mutexes that this thread owns.
    pub(crate) fn owned(&self) -> Vec<usize> {
        let is_owned = |handle: &usize| {
            let state = self
                .handle(*handle)
                .map(|handle| self.object(handle).state.clone());
            matches!(state, Ok(State::Mutex { owned: 1.. }))
        };
        self.handles().into_iter().filter(is_owned).collect()
    }

    /// Whether this handle is the last one of a mutex that this thread owns.
    pub(crate) fn is_last_of_owned(&self, value: usize) -> bool {
        self.handle(value).is_ok_and(|handle| {
            let object = self.object(handle);
            object.handles == 1 && matches!(object.state, State::Mutex { owned: 1.. })
        })
    }

    /// What stands where a name is looked for; `None` for an object without a name.
    fn key(&self, name: &Name) -> Answer<Option<Key>> {
        let text = match name {
            Name::Null => return Ok(None),
            Name::Ansi(text) if text.encode_utf16().count() >= 260 => {
                return Err(FILENAME_EXCED_RANGE);
            }
            Name::Ansi(text) | Name::Wide(text) => text,
        };
        match name::read(text) {
            Ok((Place::Session(session), leaf)) if session == self.session => {
                Ok(Some((Place::Local, leaf)))
            }
            Ok((Place::Session(_), _)) => Err(PATH_NOT_FOUND),
            Ok(key) => Ok(Some(key)),
            Err(rule) => Err(match rule {
                InvalidName::TooLong => FILENAME_EXCED_RANGE,
                InvalidName::LeadingSeparator => BAD_PATHNAME,
                InvalidName::UnknownPrefix => PATH_NOT_FOUND,
                InvalidName::Reserved | InvalidName::Empty => INVALID_HANDLE,
                _ => INVALID_NAME,
            }),
        }
    }

    /// The same for a creation, where no text is no name.
    fn key_of_new(&self, name: &Name) -> Answer<Option<Key>> {
        match name {
            Name::Ansi(text) | Name::Wide(text) if text.is_empty() => Ok(None),
            name => self.key(name),
        }
    }

    /// A handle of the object that has the name, or of a new one.
    fn create(&mut self, key: Option<Key>, access: u32, inherits: bool, state: State) -> Created {
        let existing = key.as_ref().and_then(|key| self.names.get(key).copied());
        if let Some(object) = existing {
            if self.objects[object].state.kind() != state.kind() {
                return Err(INVALID_HANDLE);
            }
            return Ok((self.hand_out(object, access, inherits), ALREADY_EXISTS));
        }
        let object = self.objects.len();
        if let Some(key) = &key {
            self.names.insert(key.clone(), object);
        }
        self.objects.push(Object {
            name: key,
            handles: 0,
            state,
        });
        Ok((self.hand_out(object, access, inherits), 0))
    }

    pub(crate) fn open(
        &mut self,
        kind: Kind,
        wanted: u32,
        inherits: bool,
        name: &Name,
    ) -> Answer<usize> {
        let key = self.key(name)?.ok_or(INVALID_PARAMETER)?;
        let object = *self.names.get(&key).ok_or(FILE_NOT_FOUND)?;
        if self.objects[object].state.kind() != kind {
            return Err(INVALID_HANDLE);
        }
        let access = match kind {
            Kind::Section => section::granted(wanted)?,
            kind => granted(kind, wanted)?,
        };
        Ok(self.hand_out(object, access, inherits))
    }

    fn hand_out(&mut self, object: usize, access: u32, inherits: bool) -> usize {
        let flags = if inherits { INHERIT } else { 0 };
        let handle = Some(Handle {
            object,
            access,
            flags,
        });
        self.objects[object].handles += 1;
        // The lowest one that is free.
        let free = self.handles.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.handles.len());
        match self.handles.get_mut(slot) {
            Some(place) => *place = handle,
            None => self.handles.push(handle),
        }
        (slot + 1) * 4
    }

    fn handle(&self, value: usize) -> Answer<Handle> {
        let slot = (value / 4).checked_sub(1).ok_or(INVALID_HANDLE)?;
        self.handles
            .get(slot)
            .copied()
            .flatten()
            .ok_or(INVALID_HANDLE)
    }

    fn object(&self, handle: Handle) -> &Object {
        &self.objects[handle.object]
    }

    /// The object of a handle, if it is of the kind and the handle may do that.
    fn reach(&mut self, value: usize, kind: Kind, access: u32) -> Answer<&mut State> {
        let handle = self.handle(value)?;
        let state = &mut self.objects[handle.object].state;
        match (state.kind() == kind, handle.access & access == access) {
            (false, _) => Err(INVALID_HANDLE),
            (true, false) => Err(ACCESS_DENIED),
            (true, true) => Ok(state),
        }
    }

    pub(crate) fn close(&mut self, value: usize) -> Answer<()> {
        if [PROCESS, THREAD].contains(&value) {
            return Ok(());
        }
        let handle = self.handle(value)?;
        if handle.flags & PROTECT_FROM_CLOSE != 0 {
            return Err(INVALID_HANDLE);
        }
        self.handles[value / 4 - 1] = None;
        let object = &mut self.objects[handle.object];
        object.handles -= 1;
        if object.handles == 0
            && let Some(key) = &object.name
        {
            self.names.remove(key);
        }
        Ok(())
    }

    pub(crate) fn duplicate(
        &mut self,
        source: usize,
        wanted: u32,
        inherits: bool,
        options: u32,
    ) -> Answer<usize> {
        const CLOSE_SOURCE: u32 = 1;
        const SAME_ACCESS: u32 = 2;
        if source == THREAD {
            return Err(NOT_SUPPORTED);
        }
        let copied = self.handle(source).and_then(|handle| {
            let kind = self.object(handle).state.kind();
            let access = match options & SAME_ACCESS {
                0 => translate(kind, wanted)?,
                _ => handle.access,
            };
            Ok((handle.object, access))
        });
        // It is kept from its end by its copy.
        let keep = copied.map(|(object, _)| object);
        if let Ok(object) = keep {
            self.objects[object].handles += 1;
        }
        if options & CLOSE_SOURCE != 0 {
            let _ = self.close(source);
        }
        if let Ok(object) = keep {
            self.objects[object].handles -= 1;
        }
        let (object, access) = copied?;
        Ok(self.hand_out(object, access, inherits))
    }

    pub(crate) fn flags(&self, value: usize) -> Answer<u32> {
        match value {
            PROCESS => Ok(0),
            THREAD => Err(NOT_SUPPORTED),
            value => Ok(self.handle(value)?.flags),
        }
    }

    pub(crate) fn set_flags(&mut self, value: usize, mask: u32, flags: u32) -> Answer<()> {
        if mask & !(INHERIT | PROTECT_FROM_CLOSE) != 0 {
            return Err(INVALID_PARAMETER);
        }
        self.handle(value)?;
        if let Some(handle) = &mut self.handles[value / 4 - 1] {
            handle.flags = handle.flags & !mask | flags & mask;
        }
        Ok(())
    }
}

/// What a handle may do that is created or opened with these rights: something.
fn granted(kind: Kind, wanted: u32) -> Answer<u32> {
    match translate(kind, wanted)? {
        0 => Err(ACCESS_DENIED),
        access => Ok(access),
    }
}
