//! The words of a line that is being typed in bash, and words as such a line needs them.
//!
//! Names have backslashes, which shells take away: what completes a name must be quoted as the
//! word that it completes. Everything here is a pure function of text.

/// How the end of a line is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quote {
    None,
    Single,
    Double,
}

/// A line up to the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The whole words before the last one, as they mean.
    pub(crate) words: Vec<String>,
    /// The last word as it means, perhaps empty.
    pub(crate) last: String,
    /// How many bytes of it (as it means) the shell leaves alone: it completes only what is
    /// behind the last character that breaks words, or behind an open quote.
    pub(crate) kept: usize,
    /// How its end is quoted.
    pub(crate) quote: Quote,
}

impl Line {
    /// Reads a line. `breaks` are the characters that break words for completion, though not
    /// for running: `$COMP_WORDBREAKS`.
    pub(crate) fn parse(text: &str, breaks: &str) -> Line {
        let mut line = Line {
            words: Vec::new(),
            last: String::new(),
            kept: 0,
            quote: Quote::None,
        };
        let mut is_word = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match (line.quote, character) {
                (Quote::None, ' ' | '\t' | '\n') => {
                    if is_word {
                        line.words.push(std::mem::take(&mut line.last));
                    }
                    line.kept = 0;
                    is_word = false;
                    continue;
                }
                (Quote::None, '\'') => line.open(Quote::Single),
                (Quote::None, '"') => line.open(Quote::Double),
                (Quote::Single, '\'') | (Quote::Double, '"') => line.quote = Quote::None,
                (Quote::None, '\\') => line.last.extend(characters.next()),
                (Quote::Double, '\\') => match characters.next() {
                    Some(next @ ('"' | '\\' | '$' | '`')) => line.last.push(next),
                    next => {
                        line.last.push('\\');
                        line.last.extend(next);
                    }
                },
                (quote, character) => {
                    line.last.push(character);
                    if quote == Quote::None && breaks.contains(character) {
                        line.kept = line.last.len();
                    }
                }
            }
            is_word = true;
        }
        line
    }

    fn open(&mut self, quote: Quote) {
        self.quote = quote;
        self.kept = self.last.len();
    }

    /// What the shell puts in place of the end of the last word, so that it means `value`; `None`
    /// if that is no continuation of it.
    pub(crate) fn completion(&self, value: &str) -> Option<String> {
        let rest = value.strip_prefix(&self.last[..self.kept])?;
        Some(quoted(rest, self.quote))
    }
}

/// A text as it is written where the quoting is this.
fn quoted(text: &str, quote: Quote) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match (quote, character) {
            (Quote::Single, '\'') => out.push_str(r"'\''"),
            (Quote::Double, '"' | '\\' | '$' | '`') => out.extend(['\\', character]),
            // Between double quotes it recalls a line, and a backslash would stay.
            (Quote::Double, '!') => out.push_str(r#""\!""#),
            (Quote::None, character) if !is_plain(character) => out.extend(['\\', character]),
            (_, character) => out.push(character),
        }
    }
    out
}

/// Whether a character means itself without quotes, wherever it stands.
fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || "-_./:=@%+,".contains(character) || !character.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    fn line(text: &str) -> (Vec<String>, String, Quote) {
        let line = Line::parse(text, BREAKS);
        (line.words, line.last, line.quote)
    }

    #[test]
    fn words_as_they_mean() {
        let words = |words: &[&str]| {
            words
                .iter()
                .map(|word| word.to_string())
                .collect::<Vec<_>>()
        };
        for (text, before, last, quote) in [
            ("", &[][..], "", Quote::None),
            ("nshm", &[], "nshm", Quote::None),
            ("nshm  read ", &["nshm", "read"], "", Quote::None),
            (
                r"nshm read Global\\My",
                &["nshm", "read"],
                r"Global\My",
                Quote::None,
            ),
            (
                r"nshm read 'Global\My",
                &["nshm", "read"],
                r"Global\My",
                Quote::Single,
            ),
            (
                r#"nshm read "Global\My"#,
                &["nshm", "read"],
                r"Global\My",
                Quote::Double,
            ),
            (
                r#"nshm read "a\\b\"$"#,
                &["nshm", "read"],
                r#"a\b"$"#,
                Quote::Double,
            ),
            (
                "nshm 'a b' c\\ d \"\" x",
                &["nshm", "a b", "c d", ""],
                "x",
                Quote::None,
            ),
            ("a '' ", &["a", ""], "", Quote::None),
            (r"a b\", &["a"], "b", Quote::None),
        ] {
            assert_eq!(
                line(text),
                (words(before), last.to_owned(), quote),
                "{text}"
            );
        }
    }

    #[test]
    fn completions_are_quoted_as_the_word_is() {
        for (text, value, completion) in [
            ("n ", r"Global\x", Some(r"Global\\x")),
            (r"n Glo", r"Global\x y", Some(r"Global\\x\ y")),
            (r"n Global\\", r"Global\x", Some(r"Global\\x")),
            (r"n 'Glo", r"Global\it's", Some(r"Global\it'\''s")),
            ("n \"Glo", r"Global\$x", Some(r"Global\\\$x")),
            ("n \"a", "a!b", Some(r#"a"\!"b"#)),
            (r"n Glo'bal\", r"Global\x", Some(r"bal\x")),
            ("n posix:/a", "posix:/abc", Some("/abc")),
            ("n 'posix:/a", "posix:/abc", Some("posix:/abc")),
            ("n --file=x", "--file=xy", Some("xy")),
            ("n a'b", "other", None),
            ("n имя", "имя 🦀", Some("имя\\ 🦀")),
        ] {
            let line = Line::parse(text, BREAKS);
            assert_eq!(line.completion(value).as_deref(), completion, "{text}");
        }
    }

    #[test]
    fn what_is_completed_means_what_it_completes() {
        for name in [
            r"Global\x",
            "a b",
            "it's",
            "$HOME",
            "\"",
            "`x`",
            "*?[a]",
            "a;b|c&d",
            "!!",
            "~",
        ] {
            for begin in ["n ", "n '", "n \""] {
                let completion = Line::parse(begin, BREAKS).completion(name).unwrap();
                let again = Line::parse(&format!("{begin}{completion}"), BREAKS);
                assert_eq!(again.last, name, "{begin}{completion}");
            }
        }
    }
}
