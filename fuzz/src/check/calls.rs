//! The calls of the Windows API, one program after the other, each beside a model of Windows.
//!
//! A program is one process with one thread and waits for nothing. Its names are in a directory of
//! their own, which is empty again when it has ended.

use std::path::Path;
use std::sync::OnceLock;

use arbitrary::{Arbitrary, Unstructured};

use crate::model::name::{Place, read as read_name};
use crate::model::win32::{self as model, World};
use crate::win32::abi;
use crate::win32::program::{Call, Handle, Kind, Name, Part, Program};

const MOST_CALLS: usize = 32;
const PAGE: usize = 4096;

/// The directory of the names. It is chosen before the first call of the library.
static NAMES: OnceLock<tempfile::TempDir> = OnceLock::new();

/// Gives the names a directory of their own.
pub fn begin() {
    let dir = tempfile::Builder::new().prefix("nshm-fuzz-").tempdir();
    let dir = NAMES.get_or_init(|| dir.expect("a directory for names"));
    set_directory(dir.path());
}

#[allow(
    unsafe_code,
    reason = "the environment is the process's, and so is this moment"
)]
fn set_directory(dir: &Path) {
    // SAFETY: libFuzzer has started no thread yet, and reads no variable later.
    unsafe { std::env::set_var("NSHM_DIR", dir) };
}

/// The input is a program.
pub fn run(data: &[u8]) {
    let Ok(program) = Program::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let mut machine = Machine::new();
    for call in program.calls.iter().take(MOST_CALLS) {
        machine.call(call);
    }
    machine.end();
}

struct Machine {
    world: World,
}

impl Machine {
    fn new() -> Machine {
        Machine {
            world: World::new(rustix::process::geteuid().as_raw()),
        }
    }

    /// Does it, and compares what it gives with what the model says.
    fn call(&mut self, call: &Call) {
        match call {
            Call::CreateSection {
                file,
                inherits,
                protection,
                attributes,
                size,
                name,
            } => {
                let Some(name) = self.name(name) else { return };
                // Both say that there is no file.
                let file = file.map(|file| self.handle(file));
                let file = file.filter(|file| ![0, model::PROCESS].contains(file));
                let protection = protection.get() | attributes.get();
                let world = &mut self.world;
                let expected = world.create_section(file, *inherits, protection, size.get(), &name);
                let file = file.unwrap_or(model::PROCESS);
                let given = abi::create_section(file, *inherits, protection, size.get(), &name);
                assert_eq!(given, expected, "{call:?}");
            }
            Call::CreateEvent {
                inherits,
                flags,
                access,
                name,
            } => {
                let Some(name) = self.name(name) else { return };
                let (flags, access) = (u32::from(flags % 6), access.get());
                let expected = self.world.create_event(*inherits, flags, access, &name);
                let given = abi::create_event(*inherits, flags, access, &name);
                assert_eq!(given, expected, "{call:?}");
            }
            Call::CreateMutex {
                inherits,
                flags,
                access,
                name,
            } => {
                let Some(name) = self.name(name) else { return };
                let (flags, access) = (u32::from(flags % 3), access.get());
                let expected = self.world.create_mutex(*inherits, flags, access, &name);
                let given = abi::create_mutex(*inherits, flags, access, &name);
                assert_eq!(given, expected, "{call:?}");
            }
            Call::CreateSemaphore {
                inherits,
                counts: (count, max),
                huge,
                flags,
                access,
                name,
            } => {
                let Some(name) = self.name(name) else { return };
                let factor = if *huge { 1 << 24 } else { 1 };
                let counts = (i32::from(*count), i32::from(*max) * factor);
                let (flags, access) = (u32::from(*flags == 7), access.get());
                let world = &mut self.world;
                let expected = world.create_semaphore(*inherits, counts, flags, access, &name);
                let given = abi::create_semaphore(*inherits, counts, flags, access, &name);
                assert_eq!(given, expected, "{call:?}");
            }
            Call::Open {
                kind,
                inherits,
                access,
                name,
            } => {
                let Some(name) = self.name(name) else { return };
                let (kind, open): (_, fn(u32, bool, &abi::Name) -> _) = match kind {
                    Kind::Section => (model::Kind::Section, abi::open_section),
                    Kind::Event => (model::Kind::Event, abi::open_event),
                    Kind::Mutex => (model::Kind::Mutex, abi::open_mutex),
                    Kind::Semaphore => (model::Kind::Semaphore, abi::open_semaphore),
                };
                let expected = self.world.open(kind, access.get(), *inherits, &name);
                assert_eq!(open(access.get(), *inherits, &name), expected, "{call:?}");
            }
            Call::Map {
                section,
                access,
                offset,
                len,
            } => {
                let section = self.handle(*section);
                let (access, offset) = (access.of_view(), offset.get());
                let len = len.get() as usize;
                let expected = self.world.map(section, access, offset, len);
                match (abi::map(section, access, offset, len), expected) {
                    (Ok(base), Ok(view)) => self.world.keep(view, base),
                    (given, expected) => assert_eq!(given.err(), expected.err(), "{call:?}"),
                }
            }
            Call::Unmap(part) => {
                let (address, _) = self.part(*part);
                self.compare_view(address);
                let expected = self.world.unmap(address);
                assert_eq!(abi::unmap(address), expected, "{call:?}");
            }
            Call::Flush(part) => {
                let (address, len) = self.part(*part);
                if let Some(expected) = self.world.flush(address, len) {
                    assert_eq!(abi::flush(address, len), expected, "{call:?}");
                }
            }
            Call::Query(part) => {
                let (address, _) = self.part(*part);
                if let Some(expected) = self.world.query(address) {
                    assert_eq!(abi::query(address), Ok(expected), "{call:?}");
                }
            }
            Call::Protect(part, to) => {
                let (address, len) = self.part(*part);
                if let Some(expected) = self.world.protect(address, len, to.get()) {
                    assert_eq!(abi::protect(address, len, to.get()), expected, "{call:?}");
                }
            }
            Call::Commit(part, to) => {
                let (address, len) = self.part(*part);
                if let Some(expected) = self.world.commit(address, len, to.get()) {
                    assert_eq!(abi::commit(address, len, to.get()), expected, "{call:?}");
                }
            }
            Call::Free(part, releases) => {
                let (address, len) = self.part(*part);
                const MEM_DECOMMIT: u32 = 0x4000;
                const MEM_RELEASE: u32 = 0x8000;
                let kind = if *releases { MEM_RELEASE } else { MEM_DECOMMIT };
                if self.world.query(address).is_some() {
                    let refused = Err(model::INVALID_PARAMETER);
                    assert_eq!(abi::free(address, len, kind), refused, "{call:?}");
                }
            }
            Call::Write(part, byte) => {
                let (address, _) = self.part(*part);
                let page = address & !(PAGE - 1);
                if self.world.write(page, *byte) {
                    abi::write(page, *byte);
                }
            }
            Call::Read(part) => {
                let (address, _) = self.part(*part);
                self.compare_page(address & !(PAGE - 1));
            }
            Call::Close(handle) => {
                let handle = self.handle(*handle);
                // Such a mutex stays until its owner ends, which no program here does.
                if self.world.is_last_of_owned(handle) {
                    return;
                }
                let expected = self.world.close(handle);
                assert_eq!(abi::close(handle), expected, "{call:?}");
            }
            Call::Duplicate {
                source,
                access,
                inherits,
                options,
            } => {
                let source = self.handle(*source);
                let closes = options & 1 != 0;
                if source == model::PROCESS || closes && self.world.is_last_of_owned(source) {
                    return;
                }
                let (access, options) = (access.get(), u32::from(options & 3));
                let world = &mut self.world;
                let expected = world.duplicate(source, access, *inherits, options);
                let given = abi::duplicate(source, access, *inherits, options);
                assert_eq!(given, expected, "{call:?}");
            }
            Call::Flags(handle) => {
                let handle = self.handle(*handle);
                assert_eq!(abi::flags(handle), self.world.flags(handle), "{call:?}");
            }
            Call::SetFlags(handle, mask, flags) => {
                let handle = self.handle(*handle);
                let (mask, flags) = (u32::from(mask & 7), u32::from(*flags));
                let expected = self.world.set_flags(handle, mask, flags);
                assert_eq!(abi::set_flags(handle, mask, flags), expected, "{call:?}");
            }
            Call::SetEvent(event) => {
                let event = self.handle(*event);
                let expected = self.world.set_event(event, true);
                assert_eq!(abi::set_event(event), expected, "{call:?}");
            }
            Call::ResetEvent(event) => {
                let event = self.handle(*event);
                let expected = self.world.set_event(event, false);
                assert_eq!(abi::reset_event(event), expected, "{call:?}");
            }
            Call::PulseEvent(event) => {
                let event = self.handle(*event);
                // Nobody waits.
                let expected = self.world.set_event(event, false);
                assert_eq!(abi::pulse_event(event), expected, "{call:?}");
            }
            Call::ReleaseMutex(mutex) => {
                let mutex = self.handle(*mutex);
                let expected = self.world.release_mutex(mutex);
                assert_eq!(abi::release_mutex(mutex), expected, "{call:?}");
            }
            Call::ReleaseSemaphore(semaphore, count) => {
                let (semaphore, count) = (self.handle(*semaphore), i32::from(*count));
                let expected = self.world.release_semaphore(semaphore, count);
                let given = abi::release_semaphore(semaphore, count);
                assert_eq!(given, expected, "{call:?}");
            }
            Call::Wait(handle) => {
                let handle = self.handle(*handle);
                let expected = self.world.wait(handle);
                assert_eq!(abi::wait(handle), expected, "{call:?}");
            }
            Call::WaitAny(handles) => self.wait_many(call, handles, false),
            Call::WaitAll(handles) => self.wait_many(call, handles, true),
            Call::SignalAndWait(signalled, awaited) => {
                let (signalled, awaited) = (self.handle(*signalled), self.handle(*awaited));
                let expected = self.world.signal_and_wait(signalled, awaited);
                assert_eq!(
                    abi::signal_and_wait(signalled, awaited),
                    expected,
                    "{call:?}"
                );
            }
        }
    }

    fn wait_many(&mut self, call: &Call, handles: &[Handle], all: bool) {
        let handles: Vec<usize> = handles.iter().map(|handle| self.handle(*handle)).collect();
        let expected = self.world.wait_many(&handles, all);
        assert_eq!(abi::wait_many(&handles, all), expected, "{call:?}");
    }

    fn handle(&self, handle: Handle) -> usize {
        let open = self.world.handles();
        let nth = |number: u8| {
            let number = usize::from(number).checked_rem(open.len());
            number.map_or(0, |number| open[number])
        };
        match handle {
            Handle::Open(number) => nth(number),
            Handle::Marked(number, bits) => nth(number) | usize::from(bits & 3),
            Handle::Number(number) => usize::from(number),
            Handle::Null => 0,
            Handle::Process => model::PROCESS,
            Handle::Thread => model::THREAD,
        }
    }

    /// The name; `None` for one of an object that is none of ours to make.
    fn name(&self, name: &Name) -> Option<abi::Name> {
        let (name, text) = match name {
            Name::Null => return Some(abi::Name::Null),
            Name::Ansi(text) => (abi::Name::Ansi(text.get()), text.get()),
            Name::Wide(text) => (abi::Name::Wide(text.get()), text.get()),
        };
        let is_posix =
            text.starts_with("posix:/") || matches!(read_name(&text), Ok((Place::Posix, _)));
        (!is_posix).then_some(name)
    }

    /// The address in one of the views, or a little behind it, and a length.
    fn part(&self, part: Part) -> (usize, usize) {
        let views = self.world.views();
        let number = usize::from(part.view).checked_rem(views.len());
        let (base, len) = number.map_or((0, 1), |number| views[number]);
        let offset = part.offset.get() as usize % (len + PAGE);
        (base + offset, part.len.get() as usize)
    }

    fn compare_page(&mut self, page: usize) {
        if let Some(byte) = self.world.read(page) {
            assert_eq!(abi::read(page), byte, "the page at {page:#x}");
        }
    }

    fn compare_view(&mut self, address: usize) {
        let views = self.world.views();
        let view = views
            .into_iter()
            .find(|(base, len)| (*base..base + len).contains(&address));
        if let Some((base, len)) = view {
            (base..base + len)
                .step_by(PAGE)
                .for_each(|page| self.compare_page(page));
        }
    }

    /// Looks at every view once more, gives everything back, and sees that nothing is left.
    fn end(mut self) {
        for (base, _) in self.world.views() {
            self.compare_view(base);
            assert_eq!(abi::query(base).ok(), self.world.query(base));
            assert_eq!(abi::unmap(base), Ok(()));
        }
        for handle in self.world.owned() {
            while self.world.release_mutex(handle).is_ok() {
                assert_eq!(abi::release_mutex(handle), Ok(()));
            }
            assert_eq!(abi::release_mutex(handle), Err(model::NOT_OWNER));
        }
        for handle in self.world.handles() {
            assert_eq!(abi::set_flags(handle, 2, 0), Ok(()));
            assert_eq!(abi::close(handle), Ok(()));
            assert_eq!(abi::close(handle), Err(model::INVALID_HANDLE));
        }
        let dir = NAMES.get().expect("the beginning comes first");
        assert_eq!(links(dir.path()), 0, "a name is left");
    }
}

/// How many names there are below a directory.
fn links(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => links(&entry.path()),
            Ok(kind) if kind.is_symlink() => 1,
            _ => 0,
        })
        .sum()
}
