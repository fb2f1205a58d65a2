//! What a peer can be told, a line at a time; the others in C++, Python and C know the same lines:
//!
//! ```text
//! create NAME SIZE MILLIS    creates and destroys for so long: nanoseconds for one
//! hold NAME SIZE             creates and keeps it: what to open it by
//! keep TOKEN SIZE            opens and keeps it
//! release                    drops what it holds
//! holders NAME               asks who has it: nanoseconds
//! open TOKEN SIZE MILLIS     opens and closes for so long: nanoseconds for one
//! grow NAME COUNT SIZE       creates NAME0, NAME1, ...: nanoseconds for one create, open, list of
//!                            all, close
//! recover NAME SIZE          creates what a killed process held, cleaning up as one should
//! own NAME COUNT SIZE        creates and destroys under its own name: nanoseconds for one, those
//!                            of the slowest of a hundred, failures
//! equal NAME COUNT SIZE      the same with open or create, all under one name
//! ```
//!
//! The answer is `ok` with figures (`-` for what it cannot do), or `fail` with a reason.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::Peer;

/// How long a `recover` tries.
const RECOVERY: Duration = Duration::from_secs(20);

/// Answers until the input ends.
pub(crate) fn serve<P: Peer>(mut peer: P) -> Result<()> {
    let mut held = Vec::new();
    for line in std::io::stdin().lines() {
        let line = line.context("standard input")?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut output = std::io::stdout().lock();
        match obey(&mut peer, &mut held, &words) {
            Ok(text) => writeln!(output, "ok {text}"),
            Err(error) => writeln!(output, "fail {}", format!("{error:#}").replace('\n', " ")),
        }
        .and_then(|()| output.flush())
        .context("standard output")?;
    }
    Ok(())
}

fn obey<P: Peer>(peer: &mut P, held: &mut Vec<P::Region>, words: &[&str]) -> Result<String> {
    let number = |text: &str| -> Result<usize> {
        text.parse().with_context(|| format!("no number: {text:?}"))
    };
    let time = |text: &str| -> Result<Duration> { Ok(Duration::from_millis(number(text)? as u64)) };
    match *words {
        ["create", name, size, millis] => {
            let size = number(size)?;
            figures(&[repeat(time(millis)?, || peer.create(name, size).map(drop))?])
        }
        ["hold", name, size] => {
            let region = peer.create(name, number(size)?)?;
            let token = peer.token(name, &region);
            held.push(region);
            Ok(token)
        }
        ["keep", token, size] => {
            held.push(peer.open(token, number(size)?)?);
            Ok(String::new())
        }
        ["holders", name] => {
            let begin = Instant::now();
            let asked = peer.holders(name);
            asked.context("it cannot tell who has it")??;
            figures(&[nanoseconds(begin)])
        }
        ["release"] => {
            held.clear();
            Ok(String::new())
        }
        ["open", token, size, millis] => {
            let size = number(size)?;
            figures(&[repeat(time(millis)?, || peer.open(token, size).map(drop))?])
        }
        ["grow", name, count, size] => grow(peer, name, number(count)?, number(size)?),
        ["recover", name, size] => recover(peer, held, name, number(size)?),
        ["own", name, count, size] => {
            let name = format!("{name}.{}", std::process::id());
            let size = number(size)?;
            storm(number(count)?, || peer.create(&name, size).map(drop))
        }
        ["equal", name, count, size] => {
            let size = number(size)?;
            storm(number(count)?, || peer.join(name, size).map(drop))
        }
        _ => bail!("it does not know {words:?}"),
    }
}

fn figures(figures: &[f64]) -> Result<String> {
    let words = figures.iter().map(|figure| match figure.is_nan() {
        true => "-".to_owned(),
        false => format!("{figure:.1}"),
    });
    Ok(words.collect::<Vec<_>>().join(" "))
}

/// Nanoseconds for one turn of `body`, which is repeated for about as long as `time`.
fn repeat(time: Duration, mut body: impl FnMut() -> Result<()>) -> Result<f64> {
    let begin = Instant::now();
    body()?;
    let one = begin.elapsed().max(Duration::from_nanos(100));
    if one >= time {
        return Ok(one.as_secs_f64() * 1e9);
    }
    let count = (time.as_secs_f64() / one.as_secs_f64()).clamp(1.0, 1e5) as u32;
    let begin = Instant::now();
    for _ in 0..count {
        body()?;
    }
    Ok(nanoseconds(begin) / f64::from(count))
}

fn nanoseconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1e9
}

/// Many names at once, and what each step costs with that many there.
fn grow<P: Peer>(peer: &mut P, name: &str, count: usize, size: usize) -> Result<String> {
    let names: Vec<String> = (0..count).map(|index| format!("{name}{index}")).collect();
    let mut regions = Vec::with_capacity(count);
    let begin = Instant::now();
    for name in &names {
        regions.push(peer.create(name, size)?);
    }
    let create = nanoseconds(begin) / count as f64;
    let tokens: Vec<String> = names
        .iter()
        .zip(&regions)
        .map(|(name, region)| peer.token(name, region))
        .collect();
    let begin = Instant::now();
    for token in &tokens {
        drop(peer.open(token, size)?);
    }
    let open = nanoseconds(begin) / count as f64;
    let begin = Instant::now();
    let list = match peer.count(name) {
        Some(found) => {
            let found = found?;
            let time = nanoseconds(begin);
            if found != count {
                bail!("it lists {found} of {count} names");
            }
            time
        }
        None => f64::NAN,
    };
    let begin = Instant::now();
    drop(regions);
    let close = nanoseconds(begin) / count as f64;
    figures(&[create, open, list, close])
}

/// Creates a name again whose owner was killed, and keeps it.
fn recover<P: Peer>(
    peer: &mut P,
    held: &mut Vec<P::Region>,
    name: &str,
    size: usize,
) -> Result<String> {
    let begin = Instant::now();
    loop {
        peer.clean_up(name)?;
        match peer.create(name, size) {
            Ok(region) => {
                held.push(region);
                return Ok(String::new());
            }
            // The killed process may not have ended yet.
            Err(_) if begin.elapsed() < RECOVERY => std::thread::yield_now(),
            Err(error) => return Err(error),
        }
    }
}

/// What `count` turns took, the mean and the slowest of a hundred, and how many failed.
fn storm(count: usize, mut body: impl FnMut() -> Result<()>) -> Result<String> {
    let mut times = Vec::with_capacity(count);
    let mut failures = 0;
    let begin = Instant::now();
    for _ in 0..count {
        let turn = Instant::now();
        failures += u32::from(body().is_err());
        times.push(nanoseconds(turn));
    }
    let mean = nanoseconds(begin) / count as f64;
    times.sort_unstable_by(f64::total_cmp);
    let slow = times[(times.len() - 1) * 99 / 100];
    figures(&[mean, slow, f64::from(failures)])
}
