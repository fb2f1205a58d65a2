//! The figures as pictures.

use std::sync::Arc;

use kuva::backend::svg::SvgBackend;
use kuva::plot::{ForestPlot, LinePlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::palette::Palette;
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;

use crate::peer::NSHM;
use crate::results::{Cell, Row, Table, Unit};

/// Our colour in every picture, and that of the others where they have none of their own.
const OURS: &str = "#c0392b";
const OTHERS: &str = "#7f8c8d";

/// A picture of a table as SVG, if there is something to see: lines where a parameter grows, points
/// with their spread where there is one column or the columns are sizes of one thing.
pub(crate) fn svg(table: &Table) -> Option<String> {
    let has_ratios = table
        .rows
        .iter()
        .flat_map(|row| &row.cells)
        .any(|cell| matches!(cell, Cell::Measured { ratio: Some(_), .. }));
    if matches!(table.unit, Unit::Count) || !has_ratios {
        return None;
    }
    match table.columns.len() {
        0 => None,
        1..=3 if table.rows.len() > 3 => Some(points(table)),
        1 => None,
        _ => Some(lines(table)),
    }
}

/// A line for each peer: ratios over the parameter, on logarithmic axes.
fn lines(table: &Table) -> String {
    let palette = Palette::category10();
    let mut plots = Vec::new();
    for (index, row) in table.rows.iter().enumerate() {
        let points = ratios(row).map(|(at, ratio)| (table.columns[at].at, ratio.1));
        let points: Vec<(f64, f64)> = points.collect();
        if points.is_empty() {
            continue;
        }
        let ours = row.who == NSHM;
        // Its fourth is as red as ours.
        let color = if index % 10 == 3 {
            OTHERS
        } else {
            &palette[index % 10]
        };
        let color = if ours { OURS } else { color };
        plots.push(Plot::Line(
            LinePlot::new()
                .with_data(points)
                .with_color(color)
                .with_stroke_width(if ours { 3.0 } else { 1.5 })
                .with_legend(row.who.as_str()),
        ));
    }
    let layout = Layout::auto_from_plots(&plots)
        .with_title(&table.title)
        .with_x_label(&table.across)
        .with_y_label(format!("time, as a multiple of {}", first(table)))
        .with_log_scale()
        .with_x_tick_format(TickFormat::Custom(Arc::new(count)))
        .with_y_tick_format(TickFormat::Custom(Arc::new(times)))
        .with_width(820.0)
        .with_height(420.0);
    render(plots, layout)
}

/// A point with its spread for each peer, at the first column; the axis is a power of ten.
fn points(table: &Table) -> String {
    let mut forest = ForestPlot::new()
        .with_null_value(0.0)
        .with_marker_size(5.0)
        .with_cap_size(3.0);
    for row in &table.rows {
        let Some((0, (low, median, high))) = ratios(row).next() else {
            continue;
        };
        let color = if row.who == NSHM { OURS } else { OTHERS };
        let (low, median, high) = (low.log10(), median.log10(), high.log10());
        forest = forest.with_colored_row(row.who.as_str(), median, low, high, color);
    }
    let plots = vec![Plot::Forest(forest)];
    let power = |power: f64| times(10f64.powf(power));
    let column = table.columns.first().map_or("", |column| &column.label);
    let layout = Layout::auto_from_plots(&plots)
        .with_title(format!("{}, {column}", table.title))
        .with_x_label(format!("time, as a multiple of {}", first(table)))
        .with_x_tick_format(TickFormat::Custom(Arc::new(power)))
        .with_width(820.0)
        .with_height(90.0 + 28.0 * table.rows.len() as f64);
    render(plots, layout)
}

/// `0.5×`, `2×`, `18×`
fn times(ratio: f64) -> String {
    let places = match ratio {
        ..0.095 => 2,
        ..9.5 => 1,
        _ => 0,
    };
    let text = format!("{ratio:.places$}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    format!("{text}×")
}

/// A number of names, processes or bytes.
fn count(count: f64) -> String {
    match count {
        ..1e3 => format!("{count:.0}"),
        ..1e6 => format!("{:.0} k", count / 1e3),
        ..1e9 => format!("{:.0} M", count / 1e6),
        _ => format!("{:.0} G", count / 1e9),
    }
}

fn first(table: &Table) -> &str {
    table.rows.first().map_or("", |row| &row.who)
}

/// The ratios of a row by column: low, median, high.
fn ratios(row: &Row) -> impl Iterator<Item = (usize, (f64, f64, f64))> {
    row.cells
        .iter()
        .enumerate()
        .filter_map(|(at, cell)| match cell {
            Cell::Measured {
                ratio: Some(ratio), ..
            } if ratio.low > 0.0 => Some((at, (ratio.low, ratio.median, ratio.high))),
            _ => None,
        })
}

fn render(plots: Vec<Plot>, layout: Layout) -> String {
    SvgBackend.render_scene(&render_multiple(plots, layout)) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Spread;

    fn table(columns: usize, rows: usize) -> Table {
        let mut table = Table::new("t", "A title", "names", Unit::Nanoseconds, "");
        let names: Vec<String> = (0..rows).map(|row| format!("peer{row}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for column in 0..columns {
            let cell = |row| Cell::Measured {
                value: Spread::of(&[f64::from(row)]),
                ratio: Some(Spread::of(&[f64::from(row) + 0.5])),
                rounds: 1,
            };
            let cells = (0..rows as i32).map(cell).collect();
            let label = format!("{column}");
            table.add(&label, 10f64.powi(column as i32), &names, cells);
        }
        table
    }

    #[test]
    fn pictures_name_every_peer() {
        for (columns, rows) in [(1, 5), (3, 12), (5, 2)] {
            let svg = svg(&table(columns, rows)).unwrap();
            assert!(svg.starts_with("<svg") && svg.contains("A title"), "{svg}");
            for row in 0..rows {
                assert!(
                    svg.contains(&format!("peer{row}")),
                    "{columns} {rows} {row}"
                );
            }
        }
    }

    #[test]
    fn where_nothing_is_to_be_seen_there_is_no_picture() {
        assert!(svg(&table(1, 2)).is_none());
        assert!(svg(&table(0, 0)).is_none());
    }
}
