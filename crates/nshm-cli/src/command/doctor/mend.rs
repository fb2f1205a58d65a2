//! What `--fix` does: it mends what is nshm's own, and of that only what is this user's.

use nshm::inspect;

use crate::os;
use crate::text::escape;

/// Mends, and says in a line each what was done or could not be.
pub(super) fn mend() -> Vec<String> {
    let mut done = Vec::new();
    if let Ok(places) = inspect::places()
        && places.own_problem.is_some()
        && os::directory(&places.own).is_some_and(|found| found.is_own)
    {
        let path = places.own.display();
        done.push(match os::make_private(&places.own) {
            Ok(()) => format!("fixed: {path} is this user's alone"),
            Err(error) => format!("not fixed: {path}: {error}"),
        });
    }
    let Ok(leftovers) = inspect::leftovers() else {
        return done;
    };
    let me = nshm::session().ok();
    let is_mine = |uid: u32| os::raised() || Some(uid) == me;
    for stale in leftovers.names.iter().filter(|it| is_mine(it.owner_uid)) {
        let name = stale.name.to_string();
        let name = escape(&name);
        match nshm::clear_stale(&stale.name) {
            Ok(true) => done.push(format!("fixed: the stale name {name} is gone")),
            // Somebody else has cleared it, or has made it anew.
            Ok(false) => {}
            Err(error) => done.push(format!("not fixed: {error}")),
        }
    }
    for leaked in leftovers.ids.iter().filter(|it| is_mine(it.creator_uid)) {
        match inspect::clear_leaked(leaked) {
            Ok(true) => done.push(format!("fixed: the leaked id {} is gone", leaked.id)),
            Ok(false) => {}
            Err(error) => done.push(format!("not fixed: {error}")),
        }
    }
    done
}
