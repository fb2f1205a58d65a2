//! Everything that the benchmark says.

#![allow(clippy::print_stdout, clippy::print_stderr)]

/// What is being done.
pub(crate) fn say(what: &str) {
    println!("  {what}");
}

/// The one error that ends the benchmark.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
