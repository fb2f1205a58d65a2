//! The figures as a page.

use std::fmt::Write as _;
use std::time::Duration;

use super::defects::DEFECTS;
use super::input::{Attack, Torture, Unit};
use super::{Evidence, duration};

const HEAD: &str = "\
# How reliable is it?

<!-- Written by `cargo xtask reliability` from the record in docs/reliability. -->

nshm makes promises about names and memory that must hold whoever dies when, whatever the system
refuses and whatever others write. Each promise below is attacked by a program that counts
(`torture/`), and each attack can be repeated by its seed. Nothing here is an estimate, and what was
not run says so.
";

const NOT_RUN: &str = "not run";

const REPEAT: &str = "
## How to repeat it

```
cargo xtask torture
cargo xtask fuzz
cargo xtask soundness
cargo xtask reliability
```

The first three keep their figures in the target directory, the last one takes them into the record
(`docs/reliability/`) and writes this page of it. A `--seed` makes the same random choices again. What
processes do at the same time is the system's choice, so two runs are alike and not equal.
";

/// The page.
pub(super) fn document(evidence: &Evidence) -> String {
    let mut text = String::from(HEAD);
    in_short(evidence, &mut text);
    attacks(evidence.torture.as_ref(), &mut text);
    fuzzing(evidence, &mut text);
    soundness(evidence, &mut text);
    defects(&mut text);
    text += REPEAT;
    text
}

/// The figures that a stranger wants first.
fn in_short(evidence: &Evidence, text: &mut String) {
    let torture = evidence.torture.as_ref();
    let of = |attack, what| torture.and_then(|run| run.figure(attack, what));
    let fuzz = evidence.fuzz.as_ref();
    let sum = |count: fn(&super::input::Target) -> u64| {
        fuzz.map(|run| run.targets.iter().map(count).sum::<u64>())
    };
    let checked = evidence.soundness.as_ref();
    let rows = [
        (
            "boundaries of system calls at which an operation was killed",
            of("death", "boundaries of system calls"),
        ),
        (
            "instructions after which a wait was killed",
            of("waiting", "kills survived"),
        ),
        (
            "owners of a placed mutex killed at random, each told once",
            of("placed", "owners of a mutex who died, each told once"),
        ),
        (
            "faults injected into system calls",
            of("failure", "faults injected"),
        ),
        (
            "kills survived, in all",
            torture.and_then(|run| run.sum("kills survived")),
        ),
        (
            "calls whose histories were compared",
            of("chaos", "calls, none of which contradicts another"),
        ),
        (
            "writes of hostile peers into what others used",
            of("hostile", "writes over what others use"),
        ),
        ("forgeries tried", of("forgery", "forgeries tried")),
        ("forgeries refused", of("forgery", "forgeries refused")),
        (
            "turns of eight processes at one object, none of them lost",
            of("stress", "turns"),
        ),
        ("bytes leaked", of("death", "bytes leaked")),
        ("executions fuzzed", sum(|target| target.executions)),
        ("crashes of fuzzed code", sum(|target| target.crashes)),
        (
            "tests run under checkers of memory",
            checked.and_then(|run| run.sum(Unit::Tests)),
        ),
        (
            "calls under attack with a checker of memory",
            checked.and_then(|run| run.sum(Unit::Calls)),
        ),
        (
            "their findings",
            checked.map(|run| run.runs.iter().map(|run| run.findings).sum()),
        ),
    ];
    *text += "\n## In short\n\n| what | figure |\n|---|--:|\n";
    for (what, figure) in rows {
        let figure = figure.map_or(NOT_RUN.to_owned(), grouped);
        let _ = writeln!(text, "| {what} | {figure} |");
    }
}

fn attacks(torture: Option<&Torture>, text: &mut String) {
    *text += "\n## The promises under attack\n";
    let Some(run) = torture else {
        *text += "\nNot run.\n";
        return;
    };
    for attack in &run.attacks {
        one_attack(attack, text);
    }
}

fn one_attack(attack: &Attack, text: &mut String) {
    let verdict = match &attack.broken {
        None => "It held.".to_owned(),
        Some(how) => format!("**It was broken**: {}", escaped(how)),
    };
    let time = duration(Duration::from_secs(attack.seconds));
    let _ = writeln!(
        text,
        "\n### {}\n\n*How:* {}\n{verdict} {time} of {}, on commit {} and {}:\n`{}`\n",
        attack.promise, attack.how, attack.date, attack.commit, attack.machine, attack.command
    );
    *text += "| what | figure |\n|---|--:|\n";
    for figure in &attack.figures {
        let _ = writeln!(text, "| {} | {} |", figure.what, grouped(figure.value));
    }
    for skipped in &attack.skipped {
        let _ = writeln!(text, "\nNot run: {}", escaped(skipped));
    }
}

fn fuzzing(evidence: &Evidence, text: &mut String) {
    *text += "\n## Fuzzing\n";
    let Some(run) = &evidence.fuzz else {
        *text += "\nNot run.\n";
        return;
    };
    let _ = writeln!(
        text,
        "\n`cargo xtask fuzz`, all runs together\n\n| what | time | of a processor | executions | \
         inputs kept | crashes | the last of |\n|---|--:|--:|--:|--:|--:|---|"
    );
    for target in &run.targets {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {}, {} |",
            target.name,
            duration(Duration::from_secs_f64(target.seconds.max(0.0))),
            duration(Duration::from_secs_f64(target.cpu_seconds.max(0.0))),
            grouped(target.executions),
            grouped(target.corpus),
            grouped(target.crashes),
            target.date,
            target.commit,
        );
    }
}

fn soundness(evidence: &Evidence, text: &mut String) {
    *text += "\n## Soundness\n";
    let Some(run) = &evidence.soundness else {
        *text += "\nNot run.\n";
        return;
    };
    let _ = writeln!(
        text,
        "\n`cargo xtask soundness`\n\n| checker | what was run | looked at | findings | of |\n\
         |---|---|--:|--:|---|"
    );
    for checked in &run.runs {
        let _ = writeln!(
            text,
            "| {} | {} | {} {} | {} | {}, {} |",
            checked.name,
            escaped(&checked.what),
            grouped(checked.count),
            checked.unit,
            grouped(checked.findings),
            checked.date,
            checked.commit,
        );
    }
}

fn defects(text: &mut String) {
    *text += "\n## What was found on the way\n\nEach is mended, and has a test that finds it again.\n\n\
              | what was broken | found by | test |\n|---|---|---|\n";
    for defect in DEFECTS {
        let _ = writeln!(
            text,
            "| {} | {} | `{}` in `{}` |",
            defect.what, defect.found_by, defect.test, defect.file
        );
    }
}

/// A number with its thousands apart.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index != 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Text of others in a table or a paragraph.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reliability::input::{Fuzz, Soundness};

    #[test]
    fn what_has_not_run_says_so() {
        let text = document(&Evidence::default());
        assert!(text.contains("| executions fuzzed | not run |"), "{text}");
        assert!(text.contains("| bytes leaked | not run |"), "{text}");
        assert_eq!(text.matches("\nNot run.\n").count(), 3, "{text}");
        assert!(!text.contains("It held"), "{text}");
    }

    #[test]
    fn figures_come_from_the_runs() {
        let attack = |name: &str, what: &str, value: u64, broken: &str| {
            format!(
                r#"{{"name":"{name}","promise":"P{name}.","how":"H.","seconds":130,
                "command":"cargo x --seed 42","commit":"abc","date":"2026-01-02","machine":"M",
                "skipped":["a | b"],"broken":{broken},
                "figures":[{{"what":"{what}","value":{value}}}]}}"#
            )
        };
        let run = format!(
            r#"{{"attacks":[{},{}]}}"#,
            attack("death", "kills survived", 1_234_567, "null"),
            attack("forgery", "forgeries tried", 9, "\"it let | in\""),
        );
        let fuzz = r#"{"targets":[{"name":"link","seconds":3700.5,"cpu_seconds":100.0,
            "executions":1000,"crashes":0,"corpus":7,"commit":"def","date":"2026-01-03"}]}"#;
        let sound = r#"{"runs":[{"name":"ASan","what":"core","count":12,"unit":"tests","findings":0,
            "commit":"ghi","date":"2026-01-04"}]}"#;
        let evidence = Evidence {
            torture: Some(serde_json::from_str(&run).unwrap()),
            fuzz: Some(serde_json::from_str::<Fuzz>(fuzz).unwrap()),
            soundness: Some(serde_json::from_str::<Soundness>(sound).unwrap()),
        };
        let text = document(&evidence);
        for line in [
            "| kills survived, in all | 1,234,567 |",
            "| forgeries tried | 9 |",
            "| forgeries refused | not run |",
            "### Pdeath.",
            "It held. 2 min of 2026-01-02, on commit abc and M:\n`cargo x --seed 42`",
            "**It was broken**: it let \\| in",
            "Not run: a \\| b",
            "| link | 61 min | 100 s | 1,000 | 7 | 0 | 2026-01-03, def |",
            "| ASan | core | 12 tests | 0 | 2026-01-04, ghi |",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }
}
