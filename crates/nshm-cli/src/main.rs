//! The program `nshm`; see the library of this crate.

#![forbid(unsafe_code)]

fn main() {
    std::process::exit(nshm_cli::run(std::env::args_os()));
}
