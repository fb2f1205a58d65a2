//! What there is to do in a document: commands with their output, code, pictures.
//!
//! - A block ```` ```console ```` has lines `$ command`, each with what it prints below. Behind
//!   `console`, `volatile` says that numbers differ from run to run, `holds` that the last command
//!   of the block goes on running, and `soon` that it may have to be run again: what it looks at
//!   goes on changing, slower than two commands can follow each other.
//! - `<!-- enter -->` and `<!-- interrupt -->`: Enter, or Ctrl-C, is typed to the one that began
//!   last, which then ends.
//! - A block ```` ```rust ```` is a piece of an example program.
//! - `![...](pictures/x.svg)` shows a picture.

use anyhow::{Context as _, Result, bail};

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Run(Command),
    Type(&'static str),
    Code(String),
    Picture(String),
}

/// A command and what it prints.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// Its line in the document.
    pub(super) number: usize,
    pub(super) line: String,
    pub(super) output: Vec<String>,
    pub(super) is_volatile: bool,
    pub(super) holds: bool,
    pub(super) is_soon: bool,
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let mut block = Vec::new();
            loop {
                let (line, number) = lines.next().context("a block has no end")?;
                if line == "```" {
                    break;
                }
                block.push((line, number));
            }
            match kind.split_once(' ').unwrap_or((kind, "")) {
                ("console", traits) => commands(&block, traits, &mut steps)?,
                ("rust", _) => steps.push(Step::Code(code(&block))),
                ("sh" | "c" | "text", _) => {}
                _ => bail!("line {number}: what is a block of `{kind}`?"),
            }
        } else if line == "<!-- enter -->" {
            steps.push(Step::Type("\r"));
        } else if line == "<!-- interrupt -->" {
            steps.push(Step::Type("\x03"));
        } else if let Some(path) = picture(line) {
            steps.push(Step::Picture(path));
        }
    }
    Ok(steps)
}

fn commands(block: &[(&str, usize)], traits: &str, steps: &mut Vec<Step>) -> Result<()> {
    let has = |word: &str| traits.split(' ').any(|it| it == word);
    let mut found: Vec<Command> = Vec::new();
    for (line, number) in block {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push(Command {
                number: *number,
                line: command.to_owned(),
                output: Vec::new(),
                is_volatile: has("volatile"),
                holds: false,
                is_soon: has("soon"),
            }),
            (None, Some(command)) => command.output.push((*line).to_owned()),
            (None, None) => bail!("line {number}: output without a command"),
        }
    }
    if let Some(last) = found.last_mut() {
        last.holds = has("holds");
    }
    steps.extend(found.into_iter().map(Step::Run));
    Ok(())
}

fn code(block: &[(&str, usize)]) -> String {
    let lines: Vec<_> = block.iter().map(|(line, _)| *line).collect();
    lines.join("\n")
}

/// The path of a picture that a line shows.
fn picture(line: &str) -> Option<String> {
    let (_, path) = line.strip_prefix("![")?.split_once("](")?;
    Some(path.strip_suffix(')')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_a_list_of_steps() {
        let text = "Words.\n```console volatile holds\n$ one\nprints\n\n$ two\n```\n\
            <!-- enter -->\n```rust\nfn a() {}\n```\n![A picture](pictures/a.svg)\n```sh\nx\n```\n";
        let run = |number, line: &str, output: &[&str], holds| {
            Step::Run(Command {
                number,
                line: line.into(),
                output: output.iter().map(|line| line.to_string()).collect(),
                is_volatile: true,
                holds,
                is_soon: false,
            })
        };
        assert_eq!(
            parse(text).unwrap(),
            [
                run(3, "one", &["prints", ""], false),
                run(6, "two", &[], true),
                Step::Type("\r"),
                Step::Code("fn a() {}".into()),
                Step::Picture("pictures/a.svg".into()),
            ]
        );
        assert!(parse("```console\nprints\n```\n").is_err());
        assert!(parse("```console\n$ x\n").is_err());
        assert!(parse("```perl\n```\n").is_err());
    }
}
