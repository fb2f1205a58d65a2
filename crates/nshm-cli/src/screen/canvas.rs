//! Drawing that cannot leave its area, whatever size the window has.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A rectangle of the screen; rows and columns count from its corner.
pub(crate) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
}

impl<'a> Canvas<'a> {
    pub(crate) fn new(buffer: &'a mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Canvas { buffer, area }
    }

    pub(crate) fn width(&self) -> u16 {
        self.area.width
    }

    pub(crate) fn height(&self) -> u16 {
        self.area.height
    }

    /// Some of its rows.
    pub(crate) fn rows(&mut self, first: u16, count: u16) -> Canvas<'_> {
        let first = first.min(self.area.height);
        let area = Rect {
            y: self.area.y + first,
            height: count.min(self.area.height - first),
            ..self.area
        };
        Canvas::new(self.buffer, area)
    }

    /// Writes a text and gives the column behind it. What does not fit is cut off.
    pub(crate) fn put(&mut self, column: u16, row: u16, text: &str, style: Style) -> u16 {
        if row >= self.area.height || column >= self.area.width {
            return column;
        }
        let (x, y) = (self.area.x + column, self.area.y + row);
        let room = usize::from(self.area.width - column);
        let (end, _) = self.buffer.set_stringn(x, y, text, room, style);
        end - self.area.x
    }

    /// Writes a text that ends in front of a column.
    pub(crate) fn put_right(&mut self, end: u16, row: u16, text: &str, style: Style) {
        let width = width(text);
        let column = end.min(self.area.width).saturating_sub(width);
        self.put(column, row, text, style);
    }

    /// Says that the window is too small, in words that fit into a small one.
    pub(crate) fn too_small(&mut self, (columns, rows): (u16, u16), style: Style) {
        self.put(0, 0, "too small", style);
        self.put(0, 1, &format!("for {columns}x{rows}"), style);
    }

    /// Gives a whole row a style.
    pub(crate) fn style_row(&mut self, row: u16, style: Style) {
        if row < self.area.height {
            let area = Rect {
                y: self.area.y + row,
                height: 1,
                ..self.area
            };
            self.buffer.set_style(area, style);
        }
    }
}

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> u16 {
    let width = ratatui::text::Line::raw(text).width();
    u16::try_from(width).unwrap_or(u16::MAX)
}

/// A text in at most `most` columns; three dots stand for what is cut off.
pub(crate) fn shorten(text: &str, most: u16) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        out.push(character);
        if width(&out) > most.saturating_sub(3) {
            out.pop();
            break;
        }
    }
    out.push_str(&"..."[..usize::from(most.min(3))]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_outside() {
        let whole = Rect::new(0, 0, 10, 3);
        let mut buffer = Buffer::empty(whole);
        let mut canvas = Canvas::new(&mut buffer, Rect::new(2, 1, 5, 9));
        assert_eq!((canvas.width(), canvas.height()), (5, 2));
        assert_eq!(canvas.put(3, 0, "abcdef", Style::new()), 5);
        canvas.put(9, 0, "x", Style::new());
        canvas.put(0, 9, "x", Style::new());
        canvas.put_right(5, 1, "right", Style::new());
        canvas.style_row(9, Style::new());
        assert_eq!(canvas.rows(7, 7).height(), 0);
        let expected = Buffer::with_lines(["          ", "     ab   ", "  right   "]);
        assert_eq!(buffer, expected);
    }

    #[test]
    fn shortened_texts_fit() {
        for text in ["", "abc", "abcdefgh", "名前名前名前"] {
            for most in 0..14 {
                let short = shorten(text, most);
                assert!(width(&short) <= most, "{text} {most}: {short}");
            }
        }
        assert_eq!(shorten("abcdefgh", 7), "abcd...");
    }
}
