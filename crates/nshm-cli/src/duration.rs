//! Durations as people write them.

use std::time::Duration;

/// Reads `500ms`, `10s`, `2m`, `1h 30m`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "expected a duration as in 500ms, 10s, 2m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_durations() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("2m", 120_000),
            ("0s", 0),
            ("1h 30m", 5_400_000),
        ] {
            assert_eq!(
                parse(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "10",
            "s",
            "-1s",
            "soon",
            "1 fortnight",
            "99999999999999999999s",
        ] {
            let why = parse(text).unwrap_err();
            assert_eq!(why, "expected a duration as in 500ms, 10s, 2m", "{text}");
        }
    }
}
