//! What processes wrote down of a name space, and whether it can have been like that.
//!
//! Each call took effect at some moment between its beginning and its end, so of each object there
//! is a time in which it was *certainly* held by somebody (from the end of an opening to the
//! beginning of the closing), and one in which it was *possibly* (from the beginning of the one to
//! the end of the other). A call contradicts these, or it does not:
//!
//! - two objects are not certainly held under one name at a time;
//! - what is not found was not certainly held all the time;
//! - what exists already, or was opened, was possibly held at some time of the call;
//! - what was created is zero.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail, ensure};

/// Between which moments a process was killed, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// A stretch of time, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: u64,
    to: u64,
}

impl Span {
    fn meets(self, other: Span) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// What a program did.
#[derive(Debug)]
pub(super) struct History {
    calls: Vec<Call>,
    end: End,
    /// When it set out to give way to another program.
    exec: Option<u64>,
    /// When it forked: the child has everything that was open then until it is killed, at `last`,
    /// whether it came to write that down or not.
    forks: Vec<u64>,
    last: u64,
}

impl History {
    /// Until when somebody possibly had what was opened and closed in such a time.
    fn possibly_until(&self, from: u64, closed: u64) -> u64 {
        let is_inherited = |fork: &u64| (from..=closed).contains(fork);
        match self.forks.iter().any(is_inherited) {
            true => self.last,
            false => closed,
        }
    }

    /// Whether another program took its place, or was about to.
    pub(super) fn was_replaced(&self) -> bool {
        self.exec.is_some()
    }

    /// Ends it earlier than by the kill, if another program took its place: that one wrote `next`,
    /// if it came to that.
    pub(super) fn ends_with_exec(&mut self, next: Option<&str>) -> Result<()> {
        let Some(from) = self.exec else {
            return Ok(());
        };
        self.end.from = self.end.from.min(from);
        let first = next.and_then(|text| text.split_once('\n'));
        if let Some(time) = first.and_then(|(line, _)| line.strip_prefix("start ")) {
            self.end.to = self.end.to.min(time.parse()?);
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Call {
    span: Span,
    what: What,
    result: Outcome,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    Create(String),
    Open(String),
    OpenOrCreate(String),
    /// Open since before the fork that made the process.
    Inherit(String),
    /// Of what the call of that index opened.
    Close(usize),
}

impl What {
    fn name(&self) -> Option<&String> {
        match self {
            What::Create(name)
            | What::Open(name)
            | What::OpenOrCreate(name)
            | What::Inherit(name) => Some(name),
            What::Close(_) => None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The object, and whether it was zero.
    Got(String, bool),
    Closed,
    Failed(String),
    /// The process was killed before it could tell.
    Unknown,
}

/// Reads what a process wrote down. The last line may be a beginning without an end, or be cut off
/// where the process was killed.
pub(super) fn parse(text: &str, end: End) -> Result<History> {
    let mut calls: Vec<Call> = Vec::new();
    let mut exec = None;
    let mut forks = Vec::new();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    for line in whole.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        match fields[..] {
            ["start", _] => {}
            ["fork", time] => forks.push(time.parse()?),
            ["exec", time] => exec = Some(time.parse()?),
            ["begin", time, number, word, argument] => {
                ensure!(number.parse() == Ok(calls.len()), "{line}");
                let what = match word {
                    "create" => What::Create(argument.into()),
                    "open" => What::Open(argument.into()),
                    "open_or_create" => What::OpenOrCreate(argument.into()),
                    "inherit" => What::Inherit(argument.into()),
                    "close" => What::Close(argument.parse()?),
                    _ => bail!("{line}"),
                };
                calls.push(Call {
                    span: Span {
                        from: time.parse()?,
                        to: end.to,
                    },
                    what,
                    result: Outcome::Unknown,
                });
            }
            ["end", time, _, ref result @ ..] => {
                let call = calls.last_mut().with_context(|| line.to_owned())?;
                call.span.to = time.parse()?;
                call.result = match result {
                    ["ok"] => Outcome::Closed,
                    [token, fresh] => Outcome::Got((*token).into(), fresh.parse()?),
                    [kind] => Outcome::Failed((*kind).into()),
                    _ => bail!("{line}"),
                };
            }
            _ => bail!("{line}"),
        }
    }
    Ok(History {
        calls,
        end,
        exec,
        forks,
        last: end.to,
    })
}

/// What is known of who held what.
#[derive(Default)]
struct Holds {
    /// By name: the object, and when somebody certainly held it.
    certain: HashMap<String, Vec<(String, Span)>>,
    /// By name: when somebody possibly held something.
    possible: HashMap<String, Timeline>,
}

/// Times in which somebody possibly held something, and what, where that is known. In order of
/// their beginnings, each with the latest end of all up to it: so few are looked at for a call.
#[derive(Default)]
struct Timeline {
    spans: Vec<(Option<String>, Span)>,
    latest: Vec<u64>,
}

impl Timeline {
    fn put_in_order(&mut self) {
        self.spans.sort_by_key(|(_, span)| span.from);
        let mut latest = 0;
        self.latest = self
            .spans
            .iter()
            .map(|(_, span)| {
                latest = latest.max(span.to);
                latest
            })
            .collect();
    }

    /// Those that meet a call, but for its own.
    fn meeting(&self, call: Span) -> impl Iterator<Item = &(Option<String>, Span)> {
        let end = self.spans.partition_point(|(_, span)| span.from <= call.to);
        let may_meet = (0..end)
            .rev()
            .take_while(move |index| self.latest[*index] >= call.from);
        may_meet
            .map(|index| &self.spans[index])
            .filter(move |(_, span)| span.from != call.from && span.meets(call))
    }
}

/// Compares everything that was done, and says how many calls that were.
pub(super) fn check(histories: &[History]) -> Result<u64> {
    let holds = holds(histories);
    for (name, certain) in &holds.certain {
        one_at_a_time(certain).with_context(|| name.clone())?;
    }
    let covered: HashMap<&String, Vec<Span>> = holds
        .certain
        .iter()
        .map(|(name, certain)| (name, union(certain.iter().map(|(_, span)| *span).collect())))
        .collect();
    let mut checked = 0;
    for call in histories.iter().flat_map(|history| &history.calls) {
        let Some(name) = call.what.name() else {
            continue;
        };
        if matches!(call.what, What::Inherit(_)) {
            continue;
        }
        checked += 1;
        let covered = covered.get(name).map_or(&[][..], Vec::as_slice);
        one(call, name, &holds, covered).with_context(|| format!("{name}: {call:?}"))?;
    }
    Ok(checked)
}

fn holds(histories: &[History]) -> Holds {
    let mut holds = Holds::default();
    for history in histories {
        for (index, call) in history.calls.iter().enumerate() {
            let Some(name) = call.what.name() else {
                continue;
            };
            let closing = |other: &&Call| other.what == What::Close(index);
            let closed = history.calls[index..].iter().find(closing);
            let possible = Span {
                from: call.span.from,
                to: history.possibly_until(
                    call.span.from,
                    closed.map_or(history.end.to, |close| close.span.to),
                ),
            };
            let possibly = &mut holds.possible.entry(name.clone()).or_default().spans;
            match &call.result {
                Outcome::Got(object, _) => {
                    possibly.push((Some(object.clone()), possible));
                    let certain = Span {
                        from: call.span.to,
                        to: closed.map_or(history.end.from, |close| close.span.from),
                    };
                    if certain.from < certain.to {
                        let certainly = holds.certain.entry(name.clone()).or_default();
                        certainly.push((object.clone(), certain));
                    }
                }
                Outcome::Unknown => possibly.push((None, possible)),
                // An opening that fails may prolong the life of what it found by its own time, and
                // a creation that finds the name taken has an object of its own, without the name.
                Outcome::Failed(_) => possibly.push((None, call.span)),
                Outcome::Closed => {}
            }
        }
    }
    let timelines = holds.possible.values_mut();
    timelines.for_each(Timeline::put_in_order);
    holds
}

fn one_at_a_time(certain: &[(String, Span)]) -> Result<()> {
    let mut sorted: Vec<_> = certain.iter().collect();
    sorted.sort_by_key(|(_, span)| span.from);
    let mut last: Option<&(String, Span)> = None;
    for held in sorted {
        if let Some((object, span)) = last
            && *object != held.0
            && span.to > held.1.from
        {
            bail!("two objects at a time: {object} in {span:?}, and {held:?}");
        }
        if last.is_none_or(|(_, span)| held.1.to > span.to) {
            last = Some(held);
        }
    }
    Ok(())
}

/// The same time in spans that do not meet, in order.
fn union(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut united: Vec<Span> = Vec::new();
    for span in spans {
        match united.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => united.push(span),
        }
    }
    united
}

fn one(call: &Call, name: &String, holds: &Holds, covered: &[Span]) -> Result<()> {
    let mut others = holds
        .possible
        .get(name)
        .into_iter()
        .flat_map(|possible| possible.meeting(call.span));
    match &call.result {
        Outcome::Failed(kind) => match (kind.as_str(), &call.what) {
            ("NotFound", What::Open(_)) => {
                let before = covered.partition_point(|span| span.from <= call.span.from);
                let around = before.checked_sub(1).map(|index| covered[index]);
                ensure!(
                    around.is_none_or(|span| span.to < call.span.to),
                    "it was there all the time, and not found"
                );
                Ok(())
            }
            ("AlreadyExists", What::Create(_)) => {
                ensure!(
                    others.next().is_some(),
                    "nobody had it, and yet it was taken"
                );
                Ok(())
            }
            // A stopped process may hold the lock.
            ("TimedOut", What::Create(_) | What::OpenOrCreate(_)) => Ok(()),
            _ => bail!("it gave {kind}"),
        },
        Outcome::Got(_, false) if matches!(call.what, What::Create(_)) => {
            bail!("what it created was not zero")
        }
        Outcome::Got(object, _) if matches!(call.what, What::Open(_)) => {
            let had = |(other, _): &(Option<String>, Span)| {
                other.as_ref().is_none_or(|other| other == object)
            };
            ensure!(others.any(had), "nobody had what it opened");
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(text: &str) -> History {
        parse(text, End { from: 900, to: 950 }).unwrap()
    }

    fn verdict(histories: &[&str]) -> Result<u64> {
        let histories: Vec<_> = histories.iter().map(|text| history(text)).collect();
        check(&histories)
    }

    #[test]
    fn what_a_child_inherits_lives_on() {
        let child = "start 120\nbegin 115 0 inherit x\nend 125 0 A true\n";
        let late = "begin 600 0 open x\nend 610 0 A false\n";
        verdict(&[HOLDER, child, late]).unwrap();
        let lost = "begin 600 0 open x\nend 610 0 NotFound\n";
        assert!(verdict(&[HOLDER, child, lost]).is_err());
    }

    /// The child was killed before it wrote anything.
    #[test]
    fn what_a_silent_child_inherits_may_live_on() {
        let parent = "begin 100 0 create x\nend 110 0 A true\nfork 120\n\
                      begin 200 1 close 0\nend 210 1 ok\n";
        let late = "begin 600 0 open x\nend 610 0 A false\n";
        verdict(&[parent, late]).unwrap();
        let absent = "begin 600 0 open x\nend 610 0 NotFound\n";
        verdict(&[parent, absent]).unwrap();
        // What was closed before the fork is no child's.
        let early = parent.replace("fork 120\n", "") + "fork 220\n";
        assert!(verdict(&[&early, late]).is_err());
    }

    #[test]
    fn what_a_program_had_goes_with_its_exec() {
        let mut before = history("begin 100 0 create x\nend 110 0 A true\nexec 200\n");
        assert!(before.was_replaced());
        before.ends_with_exec(Some("start 300\nbegin 3")).unwrap();
        assert_eq!((before.end.from, before.end.to), (200, 300));
        // With the exec, and with the kill, if that came first.
        let absent = || history("begin 400 0 open x\nend 410 0 NotFound\n");
        check(&[before, absent()]).unwrap();
        let early = history("begin 150 0 open x\nend 160 0 NotFound\n");
        let mut before = history("begin 100 0 create x\nend 110 0 A true\nexec 200\n");
        before.ends_with_exec(None).unwrap();
        assert_eq!((before.end.from, before.end.to), (200, 950));
        assert!(check(&[before, early]).is_err());
    }

    const HOLDER: &str =
        "begin 100 0 create x\nend 110 0 A true\nbegin 500 1 close 0\nend 510 1 ok\n";

    #[test]
    fn what_can_have_been_passes() {
        let good = [
            "begin 200 0 open x\nend 210 0 A false\n",
            "begin 200 0 create x\nend 210 0 AlreadyExists\n",
            "begin 50 0 open x\nend 105 0 NotFound\n",
            "begin 600 0 create x\nend 610 0 B true\n",
            "begin 505 0 open x\nend 508 0 NotFound\n",
            "begin 200 0 open x\n",
        ];
        for other in good {
            verdict(&[HOLDER, other]).unwrap();
        }
    }

    #[test]
    fn what_cannot_have_been_is_found() {
        let bad = [
            ("begin 200 0 open x\nend 210 0 NotFound\n", "not found"),
            ("begin 200 0 create x\nend 210 0 B true\n", "two objects"),
            ("begin 200 0 create x\nend 210 0 Corrupt\n", "gave Corrupt"),
            (
                "begin 600 0 create x\nend 610 0 AlreadyExists\n",
                "nobody had it",
            ),
            ("begin 600 0 open x\nend 610 0 A false\n", "nobody had what"),
            ("begin 600 0 create x\nend 610 0 B false\n", "not zero"),
        ];
        for (other, words) in bad {
            let error = format!("{:#}", verdict(&[HOLDER, other]).unwrap_err());
            assert!(error.contains(words), "{other}: {error}");
        }
    }
}
