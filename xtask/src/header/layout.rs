//! The layout of the header: what cbindgen gives, in the form that C programmers read.
//!
//! The sources have a type for each way to pass a pointer, and cbindgen a typedef for each of
//! these; here they become the pointers that they are. Functions get a heading for each group and
//! comments of one line take one line.

use anyhow::{Result, ensure};

const WIDTH: usize = 100;

/// How the functions of a group begin, and the heading of the group. The first that fits counts.
const GROUPS: &[(&str, &str)] = &[
    ("nshm_version", "Version and status"),
    ("nshm_status", "Version and status"),
    ("nshm_error_", "Errors"),
    ("nshm_options_", "Options"),
    ("nshm_section_", "Sections"),
    ("nshm_view_", "Views"),
    ("nshm_list_", "Lists of live objects"),
    ("nshm_", "Names, for tools and administrators"),
];

/// A typedef that is a pointer of ours.
struct Alias {
    name: String,
    target: String,
}

/// Lays the text out.
pub(super) fn lay_out(text: &str) -> Result<String> {
    let (aliases, items): (Vec<_>, Vec<_>) = text
        .split("\n\n")
        .map(|item| item.trim_start_matches('\n'))
        .map(|item| (alias(item), item))
        .partition(|(alias, _)| alias.is_some());
    let aliases: Vec<Alias> = aliases.into_iter().filter_map(|(alias, _)| alias).collect();
    let mut group = "";
    let mut out = String::new();
    for (_, item) in items {
        let (comment, code) = split_comment(item);
        if let Some(function) = function_name(code) {
            let heading = heading(function);
            if heading != group {
                out += &format!("/* {:-<95} */\n\n", format!("---- {heading} "));
                group = heading;
            }
            out += &short_comments(comment);
            out += &prototype(&expand(code, &aliases));
        } else {
            out += &short_comments(comment);
            for line in short_comments(code).lines() {
                // What stands in comments is no code.
                let is_comment = line.trim_start().starts_with(['*', '/']);
                out += &match is_comment {
                    true => line.to_owned(),
                    false => expand(line, &aliases),
                };
                out.push('\n');
            }
        }
        out = out.trim_end().to_owned() + "\n\n";
    }
    let out = out.trim_end().to_owned() + "\n";
    for alias in &aliases {
        let left = words(&out).any(|word| word == alias.name);
        ensure!(!left, "the header still says {}", alias.name);
    }
    Ok(out)
}

/// The typedef of an item, if it is one of ours: those for callers have our prefix.
fn alias(item: &str) -> Option<Alias> {
    let (_, code) = split_comment(item);
    let rest = code.trim().strip_prefix("typedef ")?.strip_suffix(';')?;
    let at = rest.rfind([' ', '*'])? + 1;
    let (target, name) = rest.split_at(at);
    let is_ours = !name.starts_with("nshm_") && !rest.contains('{');
    is_ours.then(|| Alias {
        name: name.to_owned(),
        target: target.trim_end().to_owned(),
    })
}

/// The comment that an item begins with, and the rest.
fn split_comment(item: &str) -> (&str, &str) {
    match item.find("*/\n") {
        Some(end) if item.starts_with("/**") => item.split_at(end + 3),
        _ => ("", item),
    }
}

/// The name of the function, where the code is the declaration of one.
fn function_name(code: &str) -> Option<&str> {
    let is_function = code.ends_with(");") && !code.starts_with(['#', '}']);
    let head = code[..code.find('(')?].trim_end();
    let name = head.rsplit([' ', '*']).next()?;
    (is_function && name.starts_with("nshm_")).then_some(name)
}

fn heading(function: &str) -> &'static str {
    let fits = |group: &&(&str, &str)| function.starts_with(group.0);
    GROUPS.iter().find(fits).map_or("", |group| group.1)
}

/// Puts what they stand for in the place of aliases, and the stars where C has them.
fn expand(code: &str, aliases: &[Alias]) -> String {
    let mut out = String::new();
    for word in words(code) {
        match aliases.iter().find(|alias| alias.name == word) {
            Some(alias) => out += &expand(&alias.target, aliases),
            None => out += word,
        }
    }
    while let Some(at) = out.find("* ") {
        out.remove(at + 1);
    }
    out
}

/// The words of a text, and what is between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|character| is_part(character) != is_part(first));
        let (word, tail) = rest.split_at(end.unwrap_or(rest.len()));
        rest = tail;
        Some(word)
    })
}

/// A declaration on one line, or with a line for each parameter.
fn prototype(code: &str) -> String {
    let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= WIDTH {
        return line;
    }
    let at = line.find('(').map_or(0, |paren| paren + 1);
    let separator = format!(",\n{}", " ".repeat(at));
    line.replace(", ", &separator)
}

/// The same with every comment of one line on one line.
fn short_comments(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out += line;
        if line.trim_start() == "/**" {
            let mut ahead = lines.clone();
            let (words, end) = (ahead.next(), ahead.next());
            let words = words.and_then(|words| words.trim_start().strip_prefix("* "));
            if let (Some(words), true) = (words, end.map(str::trim) == Some("*/"))
                && line.len() + words.len() + 4 <= WIDTH
            {
                out += &format!(" {words} */");
                lines = ahead;
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "#define NSHM_H

/**
 * A pointer.
 */
typedef const char *Text;

/**
 * A place.
 */
typedef Text *Out_Text;

typedef struct nshm_thing nshm_thing;

typedef struct {
    /**
     * Its name: a Text.
     */
    Text name;
    size_t len;
} nshm_entry;

/**
 * Does it.
 *
 * @return Whether.
 */
bool nshm_error_do(Text a, Out_Text b);

/**
 * Another.
 */
Text nshm_error_with_a_long_name(Text and_a_long_parameter, size_t and_another_one_of_them, Out_Text end);

#endif
";

    const WANTED: &str = "#define NSHM_H

typedef struct nshm_thing nshm_thing;

typedef struct {
    /** Its name: a Text. */
    const char *name;
    size_t len;
} nshm_entry;

/* ---- Errors ----------------------------------------------------------------------------------- */

/**
 * Does it.
 *
 * @return Whether.
 */
bool nshm_error_do(const char *a, const char **b);

/** Another. */
const char *nshm_error_with_a_long_name(const char *and_a_long_parameter,
                                        size_t and_another_one_of_them,
                                        const char **end);

#endif
";

    #[test]
    fn a_header_is_laid_out() {
        let given = GIVEN.replace("a Text.", "a text.");
        assert_eq!(
            lay_out(&given).unwrap(),
            WANTED.replace("a Text.", "a text.")
        );
        // A comment that speaks of a type of ours would speak of what no caller has.
        assert!(lay_out(GIVEN).is_err());
    }
}
