//! A program on a pseudo-terminal, and the screen that it draws.
//!
//! Tests read the screen as a person would, and the pictures of the guide are taken of it. It is
//! a part of the project's own tools, and no part of the product.

#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

pub use vt100;

/// A program on a terminal. Dropped, it is killed.
pub struct Tty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    shown: Arc<Shown>,
    limit: Duration,
}

/// What the terminal shows, and whether more will come.
struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    /// Everything that was written, as it came.
    raw: Vec<u8>,
    has_ended: bool,
}

impl Shown {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tty {
    /// Starts a command on a terminal of a size. No wait on it takes longer than `limit`.
    pub fn start(command: &Command, columns: u16, rows: u16, limit: Duration) -> Result<Tty> {
        let pair = native_pty_system().openpty(size(columns, rows))?;
        let child = pair.slave.spawn_command(convert(command))?;
        // With our end of it open the program's end would not be noticed.
        drop(pair.slave);
        let reader = pair.master.try_clone_reader()?;
        let (lines, width) = (at_least_one(rows), at_least_one(columns));
        let shown = Arc::new(Shown {
            state: Mutex::new(State {
                parser: vt100::Parser::new(lines, width, 1000),
                raw: Vec::new(),
                has_ended: false,
            }),
            changed: Condvar::new(),
        });
        let listener = Arc::clone(&shown);
        std::thread::spawn(move || listen(reader, &listener));
        Ok(Tty {
            writer: pair.master.take_writer()?,
            master: pair.master,
            child,
            shown,
            limit,
        })
    }

    /// The process that was started.
    pub fn pid(&self) -> Option<u32> {
        self.child.process_id()
    }

    /// Types something.
    pub fn type_(&mut self, text: &str) -> Result<()> {
        self.writer.write_all(text.as_bytes())?;
        Ok(self.writer.flush()?)
    }

    /// Gives the window another size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> Result<()> {
        // First the screen: what is drawn for the new size must find it.
        let mut state = self.shown.lock();
        let (lines, width) = (at_least_one(rows), at_least_one(columns));
        state.parser.set_size(lines, width);
        drop(state);
        self.master.resize(size(columns, rows))
    }

    /// The text on the screen.
    pub fn text(&self) -> String {
        self.shown.lock().parser.screen().contents()
    }

    /// The screen as it is now.
    pub fn screen(&self) -> vt100::Screen {
        self.shown.lock().parser.screen().clone()
    }

    /// Everything that was written so far, with all that acts on a terminal.
    pub fn raw(&self) -> Vec<u8> {
        self.shown.lock().raw.clone()
    }

    /// Waits until the screen is as wanted, and gives its text.
    pub fn wait_until(
        &self,
        what: &str,
        wanted: impl Fn(&vt100::Screen) -> bool,
    ) -> Result<String> {
        let until = Instant::now() + self.limit;
        let mut state = self.shown.lock();
        loop {
            let screen = state.parser.screen();
            if wanted(screen) {
                return Ok(screen.contents());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.has_ended {
                bail!("{what} is not on the screen:\n{}", screen.contents());
            }
            let woken = self.shown.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until a text is on the screen, and gives all of it.
    pub fn wait_for(&self, text: &str) -> Result<String> {
        self.wait_until(&format!("{text:?}"), |screen| {
            screen.contents().contains(text)
        })
    }

    /// Waits for the end of the program, and gives its exit code.
    pub fn end(&mut self) -> Result<u32> {
        let until = Instant::now() + self.limit;
        let mut state = self.shown.lock();
        while !state.has_ended {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("it does not end:\n{}", state.parser.screen().contents());
            }
            let woken = self.shown.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        // It has closed the terminal: nothing is left for it to do but to end.
        Ok(self
            .child
            .wait()
            .context("wait for the program")?
            .exit_code())
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut reader: Box<dyn Read + Send>, shown: &Shown) {
    let mut buffer = [0; 4096];
    loop {
        // The end of a terminal is an error on Linux.
        let read = reader.read(&mut buffer).unwrap_or(0);
        let mut state = shown.lock();
        state.parser.process(&buffer[..read]);
        state.raw.extend_from_slice(&buffer[..read]);
        state.has_ended = read == 0;
        drop(state);
        shown.changed.notify_all();
        if read == 0 {
            return;
        }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        ..PtySize::default()
    }
}

fn at_least_one(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

/// The same command for the other library.
fn convert(command: &Command) -> CommandBuilder {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let mut builder = CommandBuilder::from_argv(words.map(OsString::from).collect());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => builder.env(name, value),
            None => builder.env_remove(name),
        }
    }
    let dir = command.get_current_dir().map(OsString::from);
    let here = || std::env::current_dir().ok().map(OsString::from);
    if let Some(dir) = dir.or_else(here) {
        builder.cwd(dir);
    }
    builder
}
