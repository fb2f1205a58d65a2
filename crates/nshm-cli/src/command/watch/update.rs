//! What keys do to the live view.

use ratatui::crossterm::event::{KeyCode, KeyEvent};
use std::path::PathBuf;
use std::time::Duration;

use super::search::{Direction, pattern};
use super::state::{Asking, Mode, State};
use crate::screen::{Prompt, Typed};
use crate::size;

/// What is to be done outside of the state.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    /// Leave the view.
    Quit,
    /// Look now, although the time has not come or it is paused: something else is shown.
    Look,
    /// Search for the pattern of the state.
    Search,
    /// Save a snapshot to this file.
    Save(PathBuf),
}

/// The quickest and the slowest that can be chosen by keys.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(10));

/// Does what a key says. `file` gives a name for a snapshot.
pub(crate) fn key(state: &mut State, key: KeyEvent, file: impl FnOnce() -> String) -> Effect {
    if let Some(asking) = state.asking.take() {
        return answer(state, asking, key);
    }
    if state.help {
        // Any key closes it.
        state.help = false;
        return Effect::Nothing;
    }
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => Effect::Quit,
        KeyCode::Char('?' | 'h') | KeyCode::F(1) => {
            state.help = true;
            Effect::Nothing
        }
        KeyCode::Char(' ' | 'p') => {
            state.paused = !state.paused;
            match state.paused {
                true => Effect::Nothing,
                false => Effect::Look,
            }
        }
        KeyCode::Tab | KeyCode::Char('v') => {
            next_mode(state);
            Effect::Look
        }
        KeyCode::Char('/') => ask(state, Asking::Search(Prompt::default())),
        KeyCode::Char('o' | 'g') => ask(state, Asking::Offset(Prompt::default())),
        KeyCode::Char('s') => ask(state, Asking::Save(Prompt::with(&file()))),
        KeyCode::Char('n') => search(state, Direction::Forward),
        KeyCode::Char('N') => search(state, Direction::Backward),
        KeyCode::Char('+') => set_interval(state, state.interval / 2),
        KeyCode::Char('-') => set_interval(state, state.interval * 2),
        KeyCode::Char('[') | KeyCode::Left => move_fields(state, -1),
        KeyCode::Char(']') | KeyCode::Right => move_fields(state, 1),
        other => match lines(state, other) {
            Some(lines) => scroll(state, lines),
            None => Effect::Nothing,
        },
    }
}

/// How many lines a key moves.
fn lines(state: &State, code: KeyCode) -> Option<isize> {
    let page = match state.mode {
        Mode::Table => state.shape.table_lines,
        _ => state.shape.hex_lines,
    };
    let page = isize::try_from(page.max(2) - 1).unwrap_or(1);
    Some(match code {
        KeyCode::Down | KeyCode::Char('j') => 1,
        KeyCode::Up | KeyCode::Char('k') => -1,
        KeyCode::PageDown | KeyCode::Char('f') => page,
        KeyCode::PageUp | KeyCode::Char('b') => -page,
        KeyCode::Home => isize::MIN,
        KeyCode::End | KeyCode::Char('G') => isize::MAX,
        _ => return None,
    })
}

fn scroll(state: &mut State, lines: isize) -> Effect {
    if state.mode == Mode::Table {
        state.first_row = state.first_row.saturating_add_signed(lines);
    } else {
        let width = isize::try_from(state.shape.hex_width).unwrap_or(1);
        state.top = match lines {
            isize::MIN => 0,
            _ => state.top.saturating_add_signed(lines.saturating_mul(width)),
        };
    }
    // Behind the end is not where `--offset` says.
    if state.mode != Mode::Table && state.top >= state.len() && state.len() > 0 {
        state.top = state.len() - 1;
        state.top -= state.top % state.shape.hex_width.max(1);
    }
    state.keep_inside();
    Effect::Look
}

fn next_mode(state: &mut State) {
    if state.record.is_none() {
        state.say("--as says what the bytes mean: nshm watch NAME --as 'u32 tick, f32 rpm'");
        return;
    }
    state.mode = match state.mode {
        Mode::Fields => Mode::Table,
        Mode::Table => Mode::Hex,
        Mode::Hex => Mode::Fields,
    };
    state.first_field = 0;
    state.records.clear();
}

fn move_fields(state: &mut State, by: isize) -> Effect {
    state.first_field = state.first_field.saturating_add_signed(by);
    state.keep_inside();
    Effect::Nothing
}

fn set_interval(state: &mut State, interval: Duration) -> Effect {
    state.interval = interval.clamp(INTERVALS.0, INTERVALS.1);
    Effect::Nothing
}

fn ask(state: &mut State, asking: Asking) -> Effect {
    state.message = None;
    state.asking = Some(asking);
    Effect::Nothing
}

fn answer(state: &mut State, mut asking: Asking, key: KeyEvent) -> Effect {
    let (Asking::Search(prompt) | Asking::Offset(prompt) | Asking::Save(prompt)) = &mut asking;
    let text = match prompt.key(key) {
        Typed::More => {
            state.asking = Some(asking);
            return Effect::Nothing;
        }
        Typed::Cancelled => return Effect::Nothing,
        Typed::Done(text) => text,
    };
    match asking {
        Asking::Search(_) => match pattern(&text) {
            Ok(pattern) => {
                state.pattern = pattern;
                state.found = None;
                search(state, Direction::Forward)
            }
            Err(why) => {
                state.complain(why);
                Effect::Nothing
            }
        },
        Asking::Offset(_) => go_to(state, text.trim()),
        Asking::Save(_) if text.is_empty() => {
            state.complain("not saved: there is no name for the file");
            Effect::Nothing
        }
        Asking::Save(_) => Effect::Save(text.into()),
    }
}

fn go_to(state: &mut State, text: &str) -> Effect {
    match size::parse(text) {
        Ok(offset) if offset >= state.len() => {
            let len = state.len();
            state.complain(format!("the section ends at {len} (0x{len:x})"));
            Effect::Nothing
        }
        Ok(offset) => {
            match (&state.record, state.mode) {
                (Some(record), Mode::Table) => {
                    state.first_row = offset.saturating_sub(state.base) / record.size.max(1);
                    state.keep_inside();
                }
                _ => state.go_to(offset),
            }
            Effect::Look
        }
        Err(why) => {
            state.complain(why);
            Effect::Nothing
        }
    }
}

fn search(state: &mut State, direction: Direction) -> Effect {
    if state.pattern.is_empty() {
        state.complain("nothing was searched for yet: / asks for it");
        return Effect::Nothing;
    }
    state.direction = direction;
    Effect::Search
}
