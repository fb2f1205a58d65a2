//! Rules of the product, written a second time and in another way.

pub(crate) mod name;
pub(crate) mod win32;
