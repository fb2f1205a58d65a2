//! Single keys from the standard input: without waiting for a line and without echo where it is a
//! terminal, byte by byte where it is not.
//!
//! The terminal is as before whenever no key is awaited. Signals of keys (Ctrl+C, Ctrl+Z) are off
//! meanwhile, so that nobody is ended with the terminal in that state; they are raised here
//! instead, with the terminal as it was.

use std::collections::VecDeque;
use std::io::IsTerminal as _;
use std::os::fd::BorrowedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

/// Bytes that were read, or stand for a key that was, and not yet taken.
static PENDING: Mutex<VecDeque<u8>> = Mutex::new(VecDeque::new());

fn pending() -> MutexGuard<'static, VecDeque<u8>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn input() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}

/// The terminal, while it hands over each key at once.
struct Raw {
    before: Termios,
}

impl Raw {
    /// `None` where the standard input is no terminal.
    fn begin() -> Option<Raw> {
        let before = tcgetattr(input()).ok()?;
        let mut raw = before.clone();
        raw.local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        // Enter is 13, as on Windows.
        raw.input_modes.remove(InputModes::ICRNL);
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(input(), OptionalActions::Now, &raw).ok()?;
        Some(Raw { before })
    }

    /// The signal that a key stands for.
    fn signal_of(&self, byte: u8) -> Option<Signal> {
        let signals = [
            (SpecialCodeIndex::VINTR, Signal::INT),
            (SpecialCodeIndex::VQUIT, Signal::QUIT),
            (SpecialCodeIndex::VSUSP, Signal::TSTP),
        ];
        let has_signals = self.before.local_modes.contains(LocalModes::ISIG);
        signals
            .iter()
            .find(|(key, _)| has_signals && byte != 0 && self.before.special_codes[*key] == byte)
            .map(|(_, signal)| *signal)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Where the terminal has gone, there is nothing to set.
        let _ = tcsetattr(input(), OptionalActions::Now, &self.before);
    }
}

/// Whether somebody could press a key.
pub(crate) fn is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// Waits for the next byte of a key; `None` at the end of the input.
///
/// Keys that are no characters give two bytes, the first 0 or 0xE0, as on Windows.
pub(crate) fn take() -> Option<u8> {
    loop {
        if let Some(byte) = pending().pop_front() {
            return Some(byte);
        }
        match Raw::begin() {
            None => return read(),
            Some(raw) => wait_for_key(raw)?,
        }
    }
}

/// Whether [`take`] would answer at once.
pub(crate) fn is_waiting() -> bool {
    if !pending().is_empty() {
        return true;
    }
    match Raw::begin() {
        None => is_readable(Duration::ZERO),
        Some(raw) => {
            is_readable(Duration::ZERO) && wait_for_key(raw).is_none_or(|()| !pending().is_empty())
        }
    }
}

/// Reads one key of a terminal to where [`take`] finds it, or does what a key for a signal says.
fn wait_for_key(raw: Raw) -> Option<()> {
    /// The bytes of one key arrive together.
    const TOGETHER: Duration = Duration::from_millis(25);
    const LONGEST: usize = 8;
    let first = read()?;
    if let Some(signal) = raw.signal_of(first) {
        drop(raw);
        // Ends or stops this process, or runs its handler.
        let _ = kill_process(getpid(), signal);
        return Some(());
    }
    let mut bytes = vec![first];
    while first == ESCAPE && bytes.len() < LONGEST && !is_whole(&bytes) && is_readable(TOGETHER) {
        bytes.push(read()?);
    }
    pending().extend(key_of(&bytes));
    Some(())
}

const ESCAPE: u8 = 0x1B;

/// Whether these are all the bytes of a key that begins with an escape.
fn is_whole(bytes: &[u8]) -> bool {
    match bytes {
        [ESCAPE] | [ESCAPE, b'[' | b'O'] => false,
        [ESCAPE, b'[' | b'O', .., last] => matches!(last, 0x40..=0x7E),
        _ => true,
    }
}

/// What Windows gives for a key, of which a terminal sent these bytes.
fn key_of(bytes: &[u8]) -> Vec<u8> {
    const KEYS: &[(&[u8], [u8; 2])] = &[
        (b"[A", [0xE0, 72]),
        (b"[B", [0xE0, 80]),
        (b"[C", [0xE0, 77]),
        (b"[D", [0xE0, 75]),
        (b"[H", [0xE0, 71]),
        (b"[F", [0xE0, 79]),
        (b"[1~", [0xE0, 71]),
        (b"[2~", [0xE0, 82]),
        (b"[3~", [0xE0, 83]),
        (b"[4~", [0xE0, 79]),
        (b"[5~", [0xE0, 73]),
        (b"[6~", [0xE0, 81]),
        (b"OP", [0, 59]),
        (b"OQ", [0, 60]),
        (b"OR", [0, 61]),
        (b"OS", [0, 62]),
        (b"[15~", [0, 63]),
        (b"[17~", [0, 64]),
        (b"[18~", [0, 65]),
        (b"[19~", [0, 66]),
        (b"[20~", [0, 67]),
        (b"[21~", [0, 68]),
        (b"[23~", [0xE0, 133]),
        (b"[24~", [0xE0, 134]),
    ];
    const DELETE: u8 = 0x7F;
    const BACKSPACE: u8 = 8;
    match bytes {
        [DELETE] => vec![BACKSPACE],
        [ESCAPE, rest @ ..] if !rest.is_empty() => {
            // The cursor keys come in two spellings.
            let spelling: Vec<u8> = match rest {
                [b'O', key @ (b'A'..=b'D' | b'H' | b'F')] => vec![b'[', *key],
                rest => rest.to_vec(),
            };
            let key = KEYS.iter().find(|(sent, _)| *sent == spelling);
            key.map_or_else(|| bytes.to_vec(), |(_, key)| key.to_vec())
        }
        _ => bytes.to_vec(),
    }
}

/// The next byte of the standard input; `None` at its end, and where there is none.
fn read() -> Option<u8> {
    let mut byte = [0];
    loop {
        match retry_on_intr(|| rustix::io::read(input(), &mut byte)) {
            Ok(0) => return None,
            Ok(_) => return Some(byte[0]),
            // Somebody has made it non-blocking.
            Err(Errno::AGAIN) => {
                let mut input = [PollFd::from_borrowed_fd(input(), PollFlags::IN)];
                retry_on_intr(|| poll(&mut input, None)).ok()?;
            }
            Err(_) => return None,
        }
    }
}

/// Whether a read would return at once: a byte is there within this time, or the end.
fn is_readable(within: Duration) -> bool {
    let mut input = [PollFd::from_borrowed_fd(input(), PollFlags::IN)];
    let timeout = Timespec::try_from(within).ok();
    retry_on_intr(|| poll(&mut input, timeout.as_ref())).is_ok_and(|ready| ready != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_windows() {
        assert_eq!(key_of(b"a"), b"a");
        assert_eq!(key_of(b"\r"), b"\r");
        assert_eq!(key_of(b"\x7F"), [8]);
        assert_eq!(key_of(b"\x1B"), b"\x1B");
        assert_eq!(key_of(b"\x1B[A"), [0xE0, 72]);
        assert_eq!(key_of(b"\x1BOD"), [0xE0, 75]);
        assert_eq!(key_of(b"\x1BOP"), [0, 59]);
        assert_eq!(key_of(b"\x1B[24~"), [0xE0, 134]);
        assert_eq!(key_of(b"\x1B[9;9u"), b"\x1B[9;9u", "unknown ones stay");
    }

    #[test]
    fn the_end_of_a_key_is_known() {
        for whole in [b"\x1B[A".as_slice(), b"\x1BOP", b"\x1B[24~", b"\x1Bx"] {
            assert!(is_whole(whole));
            assert!(!is_whole(&whole[..whole.len() - 1]), "{whole:?}");
        }
    }
}
