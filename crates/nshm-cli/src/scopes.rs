//! The scopes that a list of everything goes through.

use nshm::Scope;

use crate::os;

/// This user's names, those of other users, and the global ones.
pub(crate) fn all() -> Vec<Scope> {
    let own = nshm::session().ok();
    // Who may not even see who has names sees those of its own.
    let others = nshm::sessions().unwrap_or_default();
    let others = others
        .into_iter()
        .filter(|number| Some(*number) != own)
        .map(Scope::Session);
    [Scope::Local]
        .into_iter()
        .chain(others)
        .chain([Scope::Global])
        .collect()
}

/// Whose names they are, in words.
pub(crate) fn words(scope: &Scope) -> String {
    match scope {
        Scope::Local => "this user".into(),
        Scope::Session(number) => {
            os::user_name(*number).unwrap_or_else(|| format!("user {number}"))
        }
        _ => r"Global\".into(),
    }
}
