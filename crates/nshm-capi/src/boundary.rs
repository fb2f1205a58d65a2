//! The border to C: no panic gets past it. Pointers are looked at in `own/pointer.rs` and in
//! `win32/boundary.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of an exported function. A panic, which is a bug of ours, becomes `failed`: it
/// must not unwind into C.
pub(crate) fn guard<R>(failed: R, body: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_the_value_for_failure() {
        assert_eq!(guard(0, || panic!("a bug")), 0);
        assert_eq!(guard(0, || 1), 1);
    }
}
