//! The Windows API as a program in C has it, and programs made of choices.

pub(crate) mod abi;
pub(crate) mod program;
