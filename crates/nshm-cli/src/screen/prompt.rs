//! A line that is typed at the bottom of the screen.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key did to the line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// It goes on.
    More,
    /// Enter: this is the line.
    Done(String),
    /// Escape.
    Cancelled,
}

/// The line so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prompt {
    text: String,
}

impl Prompt {
    pub(crate) fn with(text: &str) -> Self {
        Prompt { text: text.into() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Its end, in at most so many columns: that is where it is typed.
    pub(crate) fn end(&self, most: u16) -> String {
        let mut text = self.text.as_str();
        while super::width(text) > most {
            let mut characters = text.chars();
            characters.next();
            text = characters.as_str();
        }
        crate::text::escape(text).into_owned()
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Typed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Typed::Done(std::mem::take(&mut self.text)),
            KeyCode::Esc => return Typed::Cancelled,
            KeyCode::Backspace => drop(self.text.pop()),
            KeyCode::Char('u') if control => self.text.clear(),
            KeyCode::Char('w') if control => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.text.truncate(kept);
            }
            KeyCode::Char(character) if !control => self.text.push(character),
            _ => {}
        }
        Typed::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_typed() {
        let mut prompt = Prompt::with("one ");
        let mut press = |code| prompt.key(KeyEvent::new(code, KeyModifiers::NONE));
        assert_eq!(press(KeyCode::Char('é')), Typed::More);
        assert_eq!(press(KeyCode::Char('x')), Typed::More);
        assert_eq!(press(KeyCode::Backspace), Typed::More);
        assert_eq!(press(KeyCode::Enter), Typed::Done("one é".into()));
        assert_eq!(press(KeyCode::Esc), Typed::Cancelled);
        let mut prompt = Prompt::with("one two");
        prompt.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(prompt.text(), "one ");
        prompt.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(prompt.text(), "");
    }
}
