//! The first process: creates a named section, writes into it, and holds it until Enter.
//!
//! Run it in one terminal and `second_process` in another:
//! `cargo run -p nshm --example first_process`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use nshm::Section;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let section = Section::create(r"Global\MyFileMappingObject", 256)?;
    let view = section.map()?;
    view.write_at(0, b"Message from first process.")?;
    println!("Wrote into {section:?}. Press Enter to end.");
    std::io::stdin().read_line(&mut String::new())?;
    // The name and the memory go here, with their last user: this process, unless another one
    // has the section open.
    Ok(())
}
