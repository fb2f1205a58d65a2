//! The whole terminal, for commands that show something live.
//!
//! A [`Screen`] takes the terminal and gives it back as it was: when it is dropped, when this
//! process panics, and when a signal asks for the end. Drawing is done by pure functions over a
//! [`Canvas`]; nothing here knows what is shown.

mod canvas;
mod prompt;
mod theme;

use std::io::{self, IsTerminal};
use std::mem::ManuallyDrop;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    self, Event as TerminalEvent, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};
use ratatui::crossterm::{cursor, execute, terminal};
use ratatui::layout::Rect;

pub(crate) use self::canvas::{Canvas, shorten, width};
pub(crate) use self::prompt::{Prompt, Typed};
pub(crate) use self::theme::Theme;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::os::{self, Event, Events};

/// What happened while the screen waited.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// Nothing, for as long as it was to wait.
    Nothing,
    Key(KeyEvent),
    /// The window has another size, or the terminal is ours again: draw anew.
    Redraw,
    /// This signal asks for the end; a terminal that has gone away counts as its signal, and Ctrl-C
    /// as the one that it is elsewhere.
    Signal(i32),
}

/// The terminal, while it is ours.
pub(crate) struct Screen {
    /// Never dropped: it would show the cursor, which [`leave`] does, and panic where the terminal
    /// has gone away.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<io::Stdout>>>,
    events: Events,
}

/// The longest that a signal waits to be noticed.
const NOTICE: Duration = Duration::from_millis(100);
/// The shortest look for a key: with less none would be seen.
const GLANCE: Duration = Duration::from_millis(1);

impl Screen {
    /// Takes the terminal. `command` is who asks, for the error where there is none.
    pub(crate) fn take(command: &str) -> Result<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            let text = format!("nshm {command} takes a terminal");
            return Err(Failure::new(ExitCode::Usage, text)
                .with_hint("nshm read and nshm list --json are for pipes and scripts"));
        }
        // From here on a signal asks us to tidy up instead of ending us.
        let events =
            Events::catch().map_err(|error| Failure::io("catch the signals that end it", error))?;
        restore_when_panicking();
        enter().map_err(|error| Failure::io("take the terminal", error))?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()));
        match terminal {
            Ok(terminal) => Ok(Screen {
                terminal: ManuallyDrop::new(terminal),
                events,
            }),
            Err(error) => {
                leave();
                Err(Failure::io("take the terminal", error))
            }
        }
    }

    /// How large it is: columns and rows.
    pub(crate) fn size(&self) -> (u16, u16) {
        self.terminal
            .size()
            .map_or((0, 0), |size| (size.width, size.height))
    }

    /// Draws everything anew; what has not changed is not sent.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut Canvas<'_>)) -> Result<()> {
        let drawn = self.terminal.draw(|frame| {
            let area = frame.area();
            draw(&mut Canvas::new(frame.buffer_mut(), area));
        });
        match drawn {
            // The next wait says so.
            Err(_) if os::has_hung_up() => Ok(()),
            drawn => drawn
                .map(drop)
                .map_err(|error| Failure::io("draw on the terminal", error)),
        }
    }

    /// Waits for something to happen, no longer than `timeout`.
    pub(crate) fn wait(&mut self, timeout: Duration) -> Result<Happened> {
        let mut left = timeout;
        loop {
            if let Some(Event::Signal(signal)) = self.events.early() {
                return Ok(Happened::Signal(signal));
            }
            if os::has_hung_up() {
                return Ok(Happened::Signal(os::HANGUP));
            }
            let now = left.clamp(GLANCE, NOTICE);
            match listen(now) {
                Ok(Some(TerminalEvent::Key(key))) if key.kind != KeyEventKind::Release => {
                    return match of_the_terminal(key) {
                        Some(Control::Interrupt) => Ok(Happened::Signal(os::INTERRUPT)),
                        Some(Control::Suspend) => self.suspend().map(|()| Happened::Redraw),
                        None => Ok(Happened::Key(key)),
                    };
                }
                Ok(Some(TerminalEvent::Resize(..))) => return Ok(Happened::Redraw),
                Ok(_) => {}
                // The next turn says so.
                Err(_) if os::has_hung_up() => continue,
                Err(error) => return Err(Failure::io("listen to the terminal", error)),
            }
            left = left.saturating_sub(now);
            if left.is_zero() {
                return Ok(Happened::Nothing);
            }
        }
    }

    /// Gives the terminal back, stops this process as a shell expects on Ctrl-Z, and takes the
    /// terminal again when it goes on.
    fn suspend(&mut self) -> Result<()> {
        leave();
        os::suspend();
        let (columns, rows) = self.size();
        // Everything is drawn anew then. `clear` would do the same, but asks where the cursor is, and
        // not every terminal answers.
        enter()
            .and_then(|()| self.terminal.resize(Rect::new(0, 0, columns, rows)))
            .map_err(|error| Failure::io("take the terminal", error))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// What a terminal does by itself where nobody takes its keys.
#[derive(Debug, PartialEq, Eq)]
enum Control {
    Interrupt,
    Suspend,
}

fn of_the_terminal(key: KeyEvent) -> Option<Control> {
    if !key.modifiers.contains(KeyModifiers::CONTROL) {
        return None;
    }
    match key.code {
        KeyCode::Char('c') => Some(Control::Interrupt),
        KeyCode::Char('z') => Some(Control::Suspend),
        _ => None,
    }
}

/// What comes from the terminal within a time, if anything.
fn listen(timeout: Duration) -> io::Result<Option<TerminalEvent>> {
    match event::poll(timeout)? {
        true => event::read().map(Some),
        false => Ok(None),
    }
}

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

fn enter() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let entered = execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide);
    if entered.is_err() {
        leave();
    }
    entered
}

/// Gives the terminal back, once.
fn leave() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // The terminal may have gone, and then there is nothing to give back.
        let _ = execute!(io::stdout(), terminal::LeaveAlternateScreen, cursor::Show);
        let _ = terminal::disable_raw_mode();
    }
}

/// Lets the message of a panic come to a terminal that can show it.
fn restore_when_panicking() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            leave();
            before(info);
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use nshm_tty::Tty;

    use super::*;

    #[test]
    fn keys_of_the_terminal_are_told_from_others() {
        let of =
            |letter, modifiers| of_the_terminal(KeyEvent::new(KeyCode::Char(letter), modifiers));
        assert_eq!(of('c', KeyModifiers::CONTROL), Some(Control::Interrupt));
        assert_eq!(of('z', KeyModifiers::CONTROL), Some(Control::Suspend));
        assert_eq!(of('w', KeyModifiers::CONTROL), None);
        assert_eq!(of('c', KeyModifiers::NONE), None);
    }

    const CHILD: &str = "NSHM_TEST_PANICS_ON_A_SCREEN";

    /// A test of this very program, on a terminal of its own: it takes the screen and panics.
    #[test]
    fn a_panic_gives_the_terminal_back() {
        if std::env::consts::OS == "windows" {
            // Its pseudo-terminals give another text than the one that was written.
            return;
        }
        if std::env::var_os(CHILD).is_some() {
            let _screen = Screen::take("test").unwrap();
            panic!("the message of the panic");
        }
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--nocapture"]);
        command.arg("screen::tests::a_panic_gives_the_terminal_back");
        command.env(CHILD, "1").env("TERM", "xterm");
        let mut tty = Tty::start(&command, 80, 24, Duration::from_secs(60)).unwrap();
        assert_ne!(tty.end().unwrap(), 0);
        let raw = tty.raw();
        let text = String::from_utf8_lossy(&raw);
        let taken = text.find("\x1b[?1049h").expect("it takes the screen");
        let given = text.find("\x1b[?1049l").expect("it gives it back");
        let shown = text.find("\x1b[?25h").expect("it shows the cursor");
        let said = text.find("the message of the panic").expect("it says why");
        assert!(taken < given && given < shown && shown < said, "{text:?}");
        assert!(!tty.screen().alternate_screen());
    }
}
