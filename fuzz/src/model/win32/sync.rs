//! Events, mutexes, semaphores, and waits that do not wait.

use super::rights::{MODIFY_STATE, SYNCHRONIZE};
use super::{
    ACCESS_DENIED, INVALID_HANDLE, INVALID_PARAMETER, Kind, NOT_OWNER, PROCESS, State, THREAD,
    TOO_MANY_POSTS, World, granted,
};
use crate::win32::abi::{Answer, Created, Name};

const TIMEOUT: u32 = 258;

impl World {
    pub(crate) fn create_event(
        &mut self,
        inherits: bool,
        flags: u32,
        wanted: u32,
        name: &Name,
    ) -> Created {
        if flags > 3 {
            return Err(INVALID_PARAMETER);
        }
        let key = self.key_of_new(name)?;
        let access = granted(Kind::Event, wanted)?;
        let state = State::Event {
            manual: flags & 1 != 0,
            set: flags & 2 != 0,
        };
        self.create(key, access, inherits, state)
    }

    pub(crate) fn create_mutex(
        &mut self,
        inherits: bool,
        flags: u32,
        wanted: u32,
        name: &Name,
    ) -> Created {
        if flags > 1 {
            return Err(INVALID_PARAMETER);
        }
        let key = self.key_of_new(name)?;
        let access = granted(Kind::Mutex, wanted)?;
        self.create(key, access, inherits, State::Mutex { owned: flags })
    }

    pub(crate) fn create_semaphore(
        &mut self,
        inherits: bool,
        (count, max): (i32, i32),
        flags: u32,
        wanted: u32,
        name: &Name,
    ) -> Created {
        let are_counts = max > 0 && (0..=max).contains(&count);
        if !are_counts || flags != 0 {
            return Err(INVALID_PARAMETER);
        }
        let key = self.key_of_new(name)?;
        let access = granted(Kind::Semaphore, wanted)?;
        let state = State::Semaphore {
            count: count.cast_unsigned(),
            max: max.cast_unsigned(),
        };
        self.create(key, access, inherits, state)
    }

    pub(crate) fn set_event(&mut self, value: usize, to: bool) -> Answer<()> {
        match self.reach(value, Kind::Event, MODIFY_STATE)? {
            State::Event { set, .. } => *set = to,
            _ => unreachable!("it is an event"),
        }
        Ok(())
    }

    pub(crate) fn release_mutex(&mut self, value: usize) -> Answer<()> {
        match self.reach(value, Kind::Mutex, 0)? {
            State::Mutex { owned: 0 } => Err(NOT_OWNER),
            State::Mutex { owned } => {
                *owned -= 1;
                Ok(())
            }
            _ => unreachable!("it is a mutex"),
        }
    }

    pub(crate) fn release_semaphore(&mut self, value: usize, more: i32) -> Answer<i32> {
        let more = u32::try_from(more).unwrap_or(0);
        if more == 0 {
            return Err(INVALID_PARAMETER);
        }
        match self.reach(value, Kind::Semaphore, MODIFY_STATE)? {
            State::Semaphore { count, max } if more > *max - *count => Err(TOO_MANY_POSTS),
            State::Semaphore { count, .. } => {
                *count += more;
                Ok((*count - more).cast_signed())
            }
            _ => unreachable!("it is a semaphore"),
        }
    }

    /// The object that a handle lets wait for; `None` for the process, which does not end.
    fn awaited(&self, value: usize) -> Answer<Option<usize>> {
        if [PROCESS, THREAD].contains(&value) {
            return Ok(None);
        }
        let handle = self.handle(value)?;
        match handle.access & SYNCHRONIZE {
            0 => Err(ACCESS_DENIED),
            _ => Ok(Some(handle.object)),
        }
    }

    fn is_signalled(&self, object: usize) -> bool {
        match self.objects[object].state {
            State::Section(_) => unreachable!("no handle of one has the right to wait"),
            State::Event { set, .. } => set,
            // There is no other thread that could own it.
            State::Mutex { .. } => true,
            State::Semaphore { count, .. } => count > 0,
        }
    }

    fn take(&mut self, object: usize) {
        match &mut self.objects[object].state {
            State::Section(_) | State::Event { manual: true, .. } => {}
            State::Event { set, .. } => *set = false,
            State::Mutex { owned } => *owned += 1,
            State::Semaphore { count, .. } => *count -= 1,
        }
    }

    fn wait_for(&mut self, object: Option<usize>) -> u32 {
        match object {
            Some(object) if self.is_signalled(object) => {
                self.take(object);
                0
            }
            _ => TIMEOUT,
        }
    }

    pub(crate) fn wait(&mut self, value: usize) -> Answer<u32> {
        let object = self.awaited(value)?;
        Ok(self.wait_for(object))
    }

    pub(crate) fn wait_many(&mut self, values: &[usize], all: bool) -> Answer<u32> {
        if !(1..=64).contains(&values.len()) {
            return Err(INVALID_PARAMETER);
        }
        if values.iter().any(|value| [PROCESS, THREAD].contains(value)) {
            return Err(INVALID_HANDLE);
        }
        let mut objects = Vec::new();
        for value in values {
            objects.extend(self.awaited(*value)?);
        }
        if all {
            let is_twice = |index: usize| objects[..index].contains(&objects[index]);
            if (0..objects.len()).any(is_twice) {
                return Err(INVALID_PARAMETER);
            }
            if !objects.iter().all(|object| self.is_signalled(*object)) {
                return Ok(TIMEOUT);
            }
            objects.iter().for_each(|object| self.take(*object));
            return Ok(0);
        }
        match objects.iter().position(|object| self.is_signalled(*object)) {
            None => Ok(TIMEOUT),
            Some(index) => {
                self.take(objects[index]);
                Ok(index as u32)
            }
        }
    }

    pub(crate) fn signal_and_wait(&mut self, signalled: usize, awaited: usize) -> Answer<u32> {
        let kind = self.object(self.handle(signalled)?).state.kind();
        let object = self.awaited(awaited)?;
        match kind {
            Kind::Section => return Err(INVALID_HANDLE),
            Kind::Event => self.set_event(signalled, true)?,
            Kind::Mutex => self.release_mutex(signalled)?,
            Kind::Semaphore => {
                self.release_semaphore(signalled, 1)?;
            }
        }
        Ok(self.wait_for(object))
    }
}
