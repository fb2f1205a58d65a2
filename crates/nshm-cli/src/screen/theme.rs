//! How things look: the sixteen colours of every terminal, or none where `NO_COLOR` asks for it.

use ratatui::style::{Color, Modifier, Style};

/// The styles of everything on the screen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    pub(crate) plain: Style,
    /// The bar at the top.
    pub(crate) bar: Style,
    /// Headings of columns.
    pub(crate) heading: Style,
    /// What is there for orientation only.
    pub(crate) dim: Style,
    /// What has just changed.
    pub(crate) fresh: Style,
    /// What changed a moment ago.
    pub(crate) recent: Style,
    /// What was searched for.
    pub(crate) found: Style,
    /// The row that the cursor is on.
    pub(crate) selected: Style,
    /// What went wrong.
    pub(crate) bad: Style,
    /// What is not as usual.
    pub(crate) notice: Style,
}

impl Theme {
    /// The theme that the environment asks for.
    pub(crate) fn of_environment() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if refused {
            Theme::plain()
        } else {
            Theme::coloured()
        }
    }

    pub(crate) fn coloured() -> Self {
        let colour = |colour| Style::new().fg(colour);
        Theme {
            bar: Style::new().fg(Color::Black).bg(Color::Cyan),
            heading: colour(Color::Cyan).add_modifier(Modifier::BOLD),
            dim: colour(Color::DarkGray),
            fresh: Style::new().fg(Color::Black).bg(Color::Yellow),
            recent: colour(Color::Yellow).add_modifier(Modifier::BOLD),
            found: Style::new().fg(Color::Black).bg(Color::Green),
            selected: Style::new().fg(Color::Black).bg(Color::White),
            bad: colour(Color::Red).add_modifier(Modifier::BOLD),
            notice: colour(Color::Yellow),
            ..Theme::plain()
        }
    }

    fn plain() -> Self {
        let with = |modifier| Style::new().add_modifier(modifier);
        Theme {
            plain: Style::new(),
            bar: with(Modifier::REVERSED),
            heading: with(Modifier::BOLD),
            dim: with(Modifier::DIM),
            fresh: with(Modifier::REVERSED),
            recent: with(Modifier::BOLD),
            found: with(Modifier::UNDERLINED | Modifier::BOLD),
            selected: with(Modifier::REVERSED),
            bad: with(Modifier::BOLD),
            notice: with(Modifier::BOLD),
        }
    }
}
