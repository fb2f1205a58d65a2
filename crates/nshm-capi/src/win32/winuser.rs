//! winuser.h: the message box.

use super::boundary::Text;
use super::last_error::or;
use super::message_box::{self, Question};
use super::text::Unit;
use super::types::{CHAR, DWORD, HANDLE, WCHAR};
use super::winerror::*;

/// Shows a text and waits for one of its buttons, whose number it answers.
///
/// It is a window where there is a display and one of `zenity`, `kdialog` and `xmessage`; else a box
/// on the standard error. That waits for a key where somebody is there to press one, at a
/// terminal, and answers with the default button otherwise.
#[unsafe(export_name = "nshm_win32_MessageBoxA")]
pub extern "C" fn MessageBoxA(
    _hWnd: HANDLE,
    lpText: Text<CHAR>,
    lpCaption: Text<CHAR>,
    uType: DWORD,
) -> i32 {
    or(0, || ask(lpText, lpCaption, uType))
}

/// [`MessageBoxA`] for wide text.
#[unsafe(export_name = "nshm_win32_MessageBoxW")]
pub extern "C" fn MessageBoxW(
    _hWnd: HANDLE,
    lpText: Text<WCHAR>,
    lpCaption: Text<WCHAR>,
    uType: DWORD,
) -> i32 {
    or(0, || ask(lpText, lpCaption, uType))
}

fn ask<U: Unit>(text: Text<U>, caption: Text<U>, style: DWORD) -> Result<i32> {
    let text = lossy(text).unwrap_or_default();
    // Windows' own caption where none is given.
    let caption = lossy(caption).unwrap_or_else(|| "Error".to_owned());
    let question = Question::new(text, caption, style).ok_or(ERROR_INVALID_MSGBOX_STYLE)?;
    Ok(message_box::ask(&question))
}

/// What a text says, as far as it says anything: what is shown need not be exact.
fn lossy<U: Unit>(text: Text<U>) -> Option<String> {
    let units = text.units()?;
    let whole = U::decode(&units);
    Some(whole.unwrap_or_else(|_| {
        let each = units.chunks(1).map(U::decode);
        each.map(|unit| unit.unwrap_or_else(|_| '\u{FFFD}'.into()))
            .collect()
    }))
}
