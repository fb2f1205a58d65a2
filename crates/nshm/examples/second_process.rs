//! The second process: opens the section of `first_process` by its name and shows the text.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use nshm::Section;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let section = Section::open_read_only(r"Global\MyFileMappingObject")?;
    let bytes = section.map_read_only()?.read_vec(0, 256)?;
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or(&bytes);
    println!("{}", String::from_utf8_lossy(text));
    Ok(())
}
