//! The tasks of this repository.

mod wine;

use std::process::ExitCode;

#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task says what came of it"
)]
fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("wine") => match wine::run() {
            Ok(outcome) => {
                println!("{outcome}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("usage: cargo xtask wine");
            ExitCode::FAILURE
        }
    }
}
