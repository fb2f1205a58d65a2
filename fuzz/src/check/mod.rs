//! One check for each target: bytes in, a panic where a rule is broken.

pub mod calls;
pub mod columns;
pub mod links;
pub mod names;
pub mod snapshots;
pub mod words;
