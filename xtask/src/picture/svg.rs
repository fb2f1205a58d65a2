//! The screen of a terminal as an SVG picture.

use std::fmt::Write as _;

use nshm_tty::vt100::{Cell, Color, Screen};

/// The size of a cell, and what is around the screen.
const CELL: (f32, f32) = (8.4, 18.0);
const PADDING: f32 = 14.0;
const TITLE: f32 = 30.0;

const BACKGROUND: &str = "#16191d";
const FOREGROUND: &str = "#d6dae0";

/// The sixteen colours.
const PALETTE: [&str; 16] = [
    "#16191d", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d6dae0",
    "#6b7280", "#ff8a93", "#b5e08f", "#ffd98a", "#8ac6ff", "#dd9bf0", "#7fd6e0", "#ffffff",
];

/// What is on the screen, as lines of text and as a picture with that text in it.
pub(crate) struct Picture {
    pub(crate) lines: Vec<String>,
    pub(crate) svg: String,
}

/// How one or more cells look.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Style {
    colour: String,
    behind: Option<String>,
    bold: bool,
    faint: bool,
    underlined: bool,
}

/// Draws the screen down to its last line that has something, under a title. `rename` replaces
/// words that depend on who takes the picture by others of the same width.
pub(crate) fn draw(screen: &Screen, title: &str, rename: impl Fn(String) -> String) -> Picture {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let lines: Vec<_> = screen.rows(0, columns).map(rename).collect();
    let used = lines.iter().rposition(|line| !line.trim().is_empty());
    let used = used.map_or(1, |last| last + 1);
    let mut body = String::new();
    for row in 0..rows.min(u16::try_from(used).unwrap_or(rows)) {
        draw_row(&mut body, screen, row, columns, &lines[usize::from(row)]);
    }
    let lines: Vec<_> = lines
        .into_iter()
        .take(used)
        .map(|line| line.trim_end().to_owned())
        .collect();
    let width = f32::from(columns) * CELL.0 + 2.0 * PADDING;
    let height = TITLE + used as f32 * CELL.1 + 2.0 * PADDING;
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">"#
    );
    let _ = writeln!(svg, "<title>{}</title>", escape(title));
    // For who cannot see it, and for the test that it is not stale.
    let _ = writeln!(svg, "<desc>{}</desc>", escape(&lines.join("\n")));
    let _ = writeln!(
        svg,
        r#"<rect width="{width:.0}" height="{height:.0}" rx="8" fill="{BACKGROUND}"/>"#
    );
    let _ = writeln!(
        svg,
        r##"<path d="M0 {TITLE}V8a8 8 0 0 1 8-8h{:.0}a8 8 0 0 1 8 8v{:.0}z" fill="#262b31"/>"##,
        width - 16.0,
        TITLE - 8.0
    );
    for (index, colour) in ["#e06c75", "#e5c07b", "#98c379"].iter().enumerate() {
        let x = 18.0 + 18.0 * index as f32;
        let _ = writeln!(
            svg,
            r#"<circle cx="{x:.0}" cy="15" r="5.5" fill="{colour}"/>"#
        );
    }
    let _ = writeln!(
        svg,
        r##"<text x="78" y="20" fill="#9aa3ad" font-size="13">{}</text>"##,
        escape(title)
    );
    svg.push_str(&body);
    svg.push_str("</svg>\n");
    Picture { lines, svg }
}

/// Draws a row: runs of cells that look alike.
fn draw_row(out: &mut String, screen: &Screen, row: u16, columns: u16, line: &str) {
    // The text comes from the line, in which words may have been replaced; wide characters take
    // two cells there, and what does not line up stays as it is on the screen.
    let characters: Vec<char> = line.chars().collect();
    let mut begin = 0;
    while begin < columns {
        let style = style(screen.cell(row, begin));
        let mut end = begin;
        let mut text = String::new();
        while end < columns && self::style(screen.cell(row, end)) == style {
            let cell = screen.cell(row, end);
            let original = cell.map_or("", Cell::contents);
            match characters.get(usize::from(end)) {
                Some(replaced) if original.chars().count() == 1 => text.push(*replaced),
                _ if original.is_empty() => text.push(' '),
                _ => text.push_str(original),
            }
            end += 1;
        }
        draw_run(out, row, begin, end, &text, &style);
        begin = end;
    }
}

fn draw_run(out: &mut String, row: u16, begin: u16, end: u16, text: &str, style: &Style) {
    let x = PADDING + f32::from(begin) * CELL.0;
    let y = TITLE + PADDING + f32::from(row) * CELL.1;
    let width = f32::from(end - begin) * CELL.0;
    if let Some(colour) = &style.behind {
        let _ = writeln!(
            out,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{}" fill="{colour}"/>"#,
            CELL.1
        );
    }
    // Spaces at both ends draw nothing.
    let trimmed = text.trim_start();
    let skipped = text.chars().count() - trimmed.chars().count();
    let trimmed = trimmed.trim_end();
    if trimmed.is_empty() {
        return;
    }
    let x = x + skipped as f32 * CELL.0;
    let length = trimmed.chars().count() as f32 * CELL.0;
    let mut attributes = format!(r#" fill="{}""#, style.colour);
    for (is_so, attribute) in [
        (style.bold, r#" font-weight="bold""#),
        (style.faint, r#" opacity="0.6""#),
        (style.underlined, r#" text-decoration="underline""#),
    ] {
        if is_so {
            attributes.push_str(attribute);
        }
    }
    let _ = writeln!(
        out,
        r#"<text xml:space="preserve" x="{x:.1}" y="{:.1}" textLength="{length:.1}"{attributes}>{}</text>"#,
        y + 13.5,
        escape(trimmed)
    );
}

fn style(cell: Option<&Cell>) -> Style {
    let Some(cell) = cell else {
        return Style {
            colour: FOREGROUND.into(),
            behind: None,
            bold: false,
            faint: false,
            underlined: false,
        };
    };
    let (mut front, mut back) = (colour(cell.fgcolor()), colour(cell.bgcolor()));
    if cell.inverse() {
        let (old_front, old_back) = (front, back);
        front = Some(old_back.unwrap_or_else(|| BACKGROUND.into()));
        back = Some(old_front.unwrap_or_else(|| FOREGROUND.into()));
    }
    Style {
        colour: front.unwrap_or_else(|| FOREGROUND.into()),
        behind: back,
        bold: cell.bold(),
        faint: cell.dim(),
        underlined: cell.underline(),
    }
}

/// A colour of the terminal; `None` is its own.
fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Idx(index @ 0..16) => Some(PALETTE[usize::from(index)].into()),
        Color::Idx(index @ 16..232) => {
            let level = |value: u8| if value == 0 { 0 } else { 55 + 40 * value };
            let cube = index - 16;
            let (red, green, blue) = (cube / 36, cube / 6 % 6, cube % 6);
            Some(format!(
                "#{:02x}{:02x}{:02x}",
                level(red),
                level(green),
                level(blue)
            ))
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
    }
}

/// The text in a picture that was written before.
pub(crate) fn text_in(svg: &str) -> Option<Vec<String>> {
    let text = svg.split_once("<desc>")?.1.split_once("</desc>")?.0;
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    Some(text.lines().map(str::to_owned).collect())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use nshm_tty::vt100::Parser;

    use super::*;

    fn picture(text: &str) -> Picture {
        let size = |number| NonZeroU16::new(number).unwrap();
        let mut parser = Parser::new(size(5), size(20), 0);
        parser.process(text.as_bytes());
        draw(parser.screen(), "$ a <b>", |line| {
            line.replace("root", "you ")
        })
    }

    #[test]
    fn a_screen_becomes_a_picture() {
        let picture = picture("by root\r\n\x1b[31;1mred\x1b[0m & \x1b[7mx\x1b[0m");
        assert_eq!(picture.lines, ["by you", "red & x"]);
        let svg = &picture.svg;
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("<title>$ a &lt;b&gt;</title>"));
        assert!(svg.contains(">by you</text>") && !svg.contains("root"));
        assert!(
            svg.contains(r##"fill="#e06c75" font-weight="bold">red</text>"##),
            "{svg}"
        );
        assert!(
            svg.contains(&format!(r#"fill="{BACKGROUND}">x</text>"#)),
            "{svg}"
        );
        assert_eq!(text_in(svg).unwrap(), picture.lines);
    }

    #[test]
    fn every_colour_has_one() {
        for index in 0..=255 {
            let colour = colour(Color::Idx(index)).unwrap();
            assert!(
                colour.len() == 7 && colour.starts_with('#'),
                "{index}: {colour}"
            );
        }
        assert_eq!(colour(Color::Idx(196)).as_deref(), Some("#ff0000"));
    }
}
