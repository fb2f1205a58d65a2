//! To be asked for, an object must be open; so whoever looks at one keeps it alive for a moment.
//! Nobody else in this process is to notice: who looks is alone, and who creates, opens or counts
//! waits until nobody looks.
//!
//! Other processes are out of reach of this. What they look at may outlive its last user by that
//! moment, as with any tool on Windows that shows objects.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static GATE: RwLock<()> = RwLock::new(());

/// Nobody looks while this lives. It is held for one call, and never two at once.
pub(super) fn nobody_looks() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(PoisonError::into_inner)
}

/// This thread alone looks while this lives.
pub(super) fn look() -> RwLockWriteGuard<'static, ()> {
    GATE.write().unwrap_or_else(PoisonError::into_inner)
}
