//! Forgeries: links and directories that were written by hand, or by somebody else. Each is a real
//! one, and used by the calls that take a name; each call must refuse it.

mod actor;
mod alone;
mod others;
mod text;

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use nshm::ErrorKind;

pub(super) use self::actor::act;
use super::attack::Campaign;
use super::report::Figures;

const TRIED: &str = "forgeries tried";
const REFUSED: &str = "forgeries refused";

pub(crate) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(campaign.seed);
    let mut court = Court { figures };
    let until = Instant::now() + campaign.time;
    let is_root = nix::unistd::geteuid().is_root();
    if !is_root {
        campaign
            .stage
            .skip("other users: to be several takes root".into());
    }
    // Everything once, and then again while there is time.
    loop {
        alone::links(campaign.stage, &mut random, &mut court).context("links of this user")?;
        alone::directories(campaign.stage, &mut court).context("directories of this user")?;
        if is_root {
            others::run(campaign.stage, &mut random, &mut court).context("other users")?;
        }
        if Instant::now() >= until {
            break;
        }
    }
    let (tried, refused) = (figures.get(TRIED), figures.get(REFUSED));
    ensure!(tried == refused, "{tried} were tried, {refused} refused");
    Ok(())
}

/// Counts what is tried, and sees to it that it is refused.
struct Court<'f> {
    figures: &'f mut Figures,
}

impl Court<'_> {
    /// A try, whose answer must be one of these.
    fn refuses(&mut self, what: &str, answer: &str, fit: &[&str]) -> Result<()> {
        self.figures.add(TRIED, 1);
        ensure!(
            fit.contains(&answer),
            "{what}: the answer was {answer}, and not one of {fit:?}"
        );
        self.figures.add(REFUSED, 1);
        Ok(())
    }

    /// So many of a class of forgeries.
    fn count(&mut self, class: &str) {
        self.figures.add(class, 1);
    }
}

/// What came of a call, in a word.
fn word<T>(result: &nshm::Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(error) => kind(error.kind()),
    }
}

fn kind(kind: ErrorKind) -> String {
    format!("{kind:?}")
}
