//! What keys do to `nshm top`. None of them ends or removes anything.

use std::path::PathBuf;

use nshm::Name;
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::state::{Asking, Sort, State};
use crate::saving;
use crate::screen::{Prompt, Typed};

/// What is to be done outside of the state.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    Nothing,
    Quit,
    /// List anew, at once.
    Look,
    Watch(Name),
    Save(Name, PathBuf),
}

/// Does what a key says.
pub(crate) fn key(state: &mut State, key: KeyEvent) -> Effect {
    if let Some(asking) = state.asking.take() {
        return answer(state, asking, key);
    }
    if state.help {
        // Any key closes it.
        state.help = false;
        return Effect::Nothing;
    }
    let at = state.selected().map_or(0, |(at, _)| at);
    let page = state.lines.max(2) - 1;
    match key.code {
        KeyCode::Esc if state.details.is_some() => state.details = None,
        KeyCode::Esc if !state.filter.is_empty() => {
            state.filter.clear();
            state.follow();
        }
        KeyCode::Char('q') | KeyCode::Esc => return Effect::Quit,
        KeyCode::Char('?') | KeyCode::F(1) => state.help = true,
        KeyCode::Down | KeyCode::Char('j') => state.select(at + 1),
        KeyCode::Up | KeyCode::Char('k') => state.select(at.saturating_sub(1)),
        KeyCode::PageDown => state.select(at + page),
        KeyCode::PageUp => state.select(at.saturating_sub(page)),
        KeyCode::Home => state.select(0),
        KeyCode::End | KeyCode::Char('G') => state.select(usize::MAX),
        KeyCode::Tab => sort(state, state.sort.next()),
        KeyCode::Char('s') => sort(state, Sort::Size),
        KeyCode::Char('m') => sort(state, Sort::Resident),
        KeyCode::Char('h') => sort(state, Sort::Holders),
        KeyCode::Char('w') => sort(state, Sort::Writes),
        KeyCode::Char('a') => sort(state, Sort::Age),
        KeyCode::Char('n') => sort(state, Sort::Name),
        KeyCode::Char('r') => {
            state.reversed = !state.reversed;
            state.follow();
        }
        KeyCode::Char(' ' | 'p') => {
            state.paused = !state.paused;
            if !state.paused {
                return Effect::Look;
            }
        }
        KeyCode::Char('/') => {
            let now = state.filter.clone();
            state.asking = Some(Asking::Filter(Prompt::with(&now)));
        }
        KeyCode::Char('i') | KeyCode::Enter if state.details.is_some() => state.details = None,
        KeyCode::Char('i') | KeyCode::Enter => {
            state.details = state.selected().map(|(_, row)| row.identity);
        }
        KeyCode::Char('v') => {
            if let Some((_, row)) = state.selected() {
                return Effect::Watch(row.name().clone());
            }
        }
        KeyCode::Char('c') => {
            if let Some((_, row)) = state.selected() {
                let name = row.name().clone();
                let prompt = Prompt::with(&saving::file_name(&name));
                state.asking = Some(Asking::Save(name, prompt));
            }
        }
        _ => {}
    }
    Effect::Nothing
}

fn sort(state: &mut State, by: Sort) {
    state.sort = by;
    state.reversed = false;
    state.follow();
}

fn answer(state: &mut State, mut asking: Asking, key: KeyEvent) -> Effect {
    let (Asking::Filter(prompt) | Asking::Save(_, prompt)) = &mut asking;
    match (prompt.key(key), asking) {
        (Typed::More, asking) => {
            if let Asking::Filter(prompt) = &asking {
                state.filter = prompt.text().to_owned();
                state.follow();
            }
            state.asking = Some(asking);
        }
        (Typed::Cancelled, Asking::Filter(_)) => {
            state.filter.clear();
            state.follow();
        }
        (Typed::Done(text), Asking::Save(name, _)) if !text.is_empty() => {
            return Effect::Save(name, text.into());
        }
        (Typed::Done(_), Asking::Save(..)) => {
            state.complain("not saved: there is no name for the file");
        }
        (Typed::Done(_), Asking::Filter(_)) | (Typed::Cancelled, Asking::Save(..)) => {}
    }
    Effect::Nothing
}
