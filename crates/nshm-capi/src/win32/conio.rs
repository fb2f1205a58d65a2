//! conio.h: single keys and characters.

use super::boundary::guard;
use super::keyboard;

/// What stands for the end of the input.
const EOF: i32 = -1;

/// Waits for a key and answers its byte, without echo. Where the standard input is no terminal it
/// answers its next byte, and at the end -1 at once.
#[unsafe(export_name = "nshm_win32__getch")]
pub extern "C" fn _getch() -> i32 {
    guard(EOF, || keyboard::take().map_or(EOF, i32::from))
}

/// [`_getch`] that shows the character.
#[unsafe(export_name = "nshm_win32__getche")]
pub extern "C" fn _getche() -> i32 {
    guard(EOF, || {
        keyboard::take().map_or(EOF, |byte| {
            _putch(byte.into());
            byte.into()
        })
    })
}

/// Whether [`_getch`] would answer at once.
#[unsafe(export_name = "nshm_win32__kbhit")]
pub extern "C" fn _kbhit() -> i32 {
    guard(0, || keyboard::is_waiting().into())
}

/// Shows a character on the standard output, past the buffer of the C library. Answers it, or -1
/// where that fails.
#[unsafe(export_name = "nshm_win32__putch")]
pub extern "C" fn _putch(c: i32) -> i32 {
    guard(EOF, || {
        let [byte, ..] = c.to_le_bytes();
        match rustix::io::retry_on_intr(|| rustix::io::write(rustix::stdio::stdout(), &[byte])) {
            Ok(1) => byte.into(),
            _ => EOF,
        }
    })
}
