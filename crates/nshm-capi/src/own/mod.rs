//! The API of our own: `include/nshm.h`, which `cargo xtask header` makes of these modules. What
//! they say of a function is said in that header, so it is written for who writes C.
//!
//! - `pointer`: everything that a caller hands over or is handed, and all unsafe code of it
//! - `answer`: how a function gives its status, its result and its error
//! - `version`, `status`, `error`, `options`, `section`, `info`, `view`, `list`,
//!   `names`: the functions, in the order of the header

pub(crate) mod answer;
pub mod error;
pub mod info;
pub mod list;
pub mod names;
pub mod options;
pub mod pointer;
pub mod section;
pub mod status;
pub mod version;
pub mod view;
