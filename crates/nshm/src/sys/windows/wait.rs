//! Waiting for a name to appear. The system gives no notice of new names, so this looks again
//! after pauses: short at first, 16 ms at most.

use std::time::{Duration, Instant};

use super::handle::Handle;
use crate::error::{Error, ErrorKind, Result};
use crate::name::Name;
use crate::options::Options;

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(16);

/// Opens a name as soon as somebody has created it.
pub(crate) fn wait(name: &Name, timeout: Option<Duration>, options: &Options) -> Result<Handle> {
    // A time beyond what the clock can tell is for ever.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut pause = SHORTEST;
    loop {
        match Handle::open(name, options) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            result => return result,
        }
        let left = match deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => LONGEST,
        };
        if left.is_zero() {
            return Err(Error::new(ErrorKind::TimedOut, "wait for section"));
        }
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST);
    }
}
