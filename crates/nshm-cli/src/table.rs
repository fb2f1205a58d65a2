//! Tables for people: one line for each row, and no wider than the terminal.

use comfy_table::{
    Cell as Styled, CellAlignment, Color, ColumnConstraint, ContentArrangement, Row, Table, Width,
    presets,
};

/// A column: its heading, and what happens to it where there is little room.
pub(crate) struct Column {
    pub(crate) heading: &'static str,
    pub(crate) side: Side,
    pub(crate) room: Room,
}

/// On which side its texts stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// How much a column needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// All that its texts take.
    Whole,
    /// Its texts may be cut to so many characters.
    Elastic(usize),
    /// It is left out if need be, that with the lowest number first.
    Dispensable(u8),
}

/// A text in a table, which is escaped already.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

impl Cell {
    pub(crate) fn plain(text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            marked: false,
        }
    }

    /// One that stands out, where there are colours.
    pub(crate) fn marked(text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            marked: true,
        }
    }
}

/// A table as lines, the heading first.
pub(crate) struct Lines {
    pub(crate) lines: Vec<String>,
    /// The headings of the columns for which there was no room.
    pub(crate) left_out: Vec<&'static str>,
}

/// Between two columns.
const GAP: usize = 2;

/// Sets a table, in a width if one is given.
pub(crate) fn set(columns: &[Column], rows: Vec<Vec<Cell>>, width: Option<usize>) -> Lines {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_truncation_indicator("…")
        .enforce_styling()
        .set_header(columns.iter().map(|column| column.heading));
    for row in rows {
        let mut set = Row::from(row.into_iter().map(|cell| match cell.marked {
            true => Styled::new_owned(cell.text).fg(Color::Yellow),
            false => Styled::new_owned(cell.text),
        }));
        set.max_height(1);
        table.add_row(set);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let gap = if index + 1 < columns.len() { GAP } else { 0 };
        column.set_padding((0, u16::try_from(gap).unwrap_or(0)));
        if columns.get(index).map(|column| column.side) == Some(Side::Right) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut left_out = Vec::new();
    if let Some(width) = width {
        let natural: Vec<usize> = table
            .column_max_content_widths()
            .into_iter()
            .map(usize::from)
            .collect();
        let fitted = fit(columns, &natural, width);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::MAX);
        for (index, room) in fitted.into_iter().enumerate() {
            let Some(column) = table.column_mut(index) else {
                continue;
            };
            let gap = column.padding_width();
            match room {
                Some(room) => {
                    let room = u16::try_from(room).unwrap_or(u16::MAX).saturating_add(gap);
                    column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(room)));
                }
                None => {
                    column.set_constraint(ColumnConstraint::Hidden);
                    left_out.push(columns[index].heading);
                }
            }
        }
    }
    Lines {
        lines: table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect(),
        left_out,
    }
}

/// How wide each column gets; `None` for one that is left out.
fn fit(columns: &[Column], natural: &[usize], width: usize) -> Vec<Option<usize>> {
    let mut rooms: Vec<Option<usize>> = natural.iter().copied().map(Some).collect();
    let least_of = |index: usize| match columns[index].room {
        Room::Elastic(least) => natural[index].min(least),
        _ => natural[index],
    };
    let least = |rooms: &[Option<usize>]| -> usize {
        let needed = rooms
            .iter()
            .enumerate()
            .filter_map(|(index, room)| room.map(|_| least_of(index) + GAP));
        needed.sum::<usize>().saturating_sub(GAP)
    };
    let mut dispensable: Vec<(u8, usize)> = columns
        .iter()
        .enumerate()
        .filter_map(|(index, column)| match column.room {
            Room::Dispensable(order) => Some((order, index)),
            _ => None,
        })
        .collect();
    dispensable.sort_unstable();
    for (_, index) in dispensable {
        if least(&rooms) <= width {
            break;
        }
        rooms[index] = None;
    }
    // What is left goes to the columns that were cut, in turn: none gets more than it can use.
    let mut left = width.saturating_sub(least(&rooms));
    let mut cut: Vec<usize> = (0..rooms.len())
        .filter(|index| natural[*index] > least_of(*index))
        .collect();
    cut.sort_by_key(|index| natural[*index] - least_of(*index));
    let mut others = cut.len();
    for index in cut {
        let more = (left / others).min(natural[index] - least_of(index));
        rooms[index] = Some(least_of(index) + more);
        left -= more;
        others -= 1;
    }
    rooms
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column {
            heading: "NAME",
            side: Side::Left,
            room: Room::Elastic(16),
        },
        Column {
            heading: "SIZE",
            side: Side::Right,
            room: Room::Whole,
        },
        Column {
            heading: "HOLDERS",
            side: Side::Left,
            room: Room::Elastic(16),
        },
        Column {
            heading: "ACCESS",
            side: Side::Left,
            room: Room::Dispensable(0),
        },
    ];

    fn lines(name: &str, holders: &str, width: Option<usize>) -> Lines {
        let cells = [name, "1 KiB", holders, "everyone"].map(Cell::plain);
        set(&COLUMNS, vec![cells.into()], width)
    }

    #[test]
    fn without_a_width_everything_is_there() {
        let set = lines(&"n".repeat(50), "nobody", None);
        assert_eq!(
            set.lines[1],
            format!("{}  1 KiB  nobody   everyone", "n".repeat(50))
        );
        assert!(set.left_out.is_empty());
    }

    #[test]
    fn long_texts_are_cut_and_columns_left_out_as_there_is_room() {
        for (width, kept) in [(80, 0), (60, 0), (52, 0), (48, 1), (44, 1)] {
            let set = lines(&"n".repeat(50), &"h".repeat(40), Some(width));
            assert_eq!(set.lines.len(), 2);
            assert_eq!(set.left_out.len(), kept, "{width}");
            for line in &set.lines {
                assert!(line.chars().count() <= width, "{width}: {line:?}");
            }
            assert!(set.lines[1].contains('…'));
        }
        // Where all fits, nothing is cut.
        let set = lines("short", "nobody", Some(40));
        assert!(!set.lines[1].contains('…') && set.left_out.is_empty());
    }

    #[test]
    fn room_goes_where_it_is_needed() {
        let natural = [50, 6, 20, 8];
        assert_eq!(
            fit(&COLUMNS, &natural, 80),
            [Some(40), Some(6), Some(20), Some(8)]
        );
        assert_eq!(
            fit(&COLUMNS, &natural, 53),
            [Some(17), Some(6), Some(16), Some(8)]
        );
        assert_eq!(
            fit(&COLUMNS, &natural, 44),
            [Some(17), Some(6), Some(17), None]
        );
        assert_eq!(
            fit(&COLUMNS, &natural, 1),
            [Some(16), Some(6), Some(16), None]
        );
    }
}
