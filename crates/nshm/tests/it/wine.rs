//! What Wine alone makes necessary.

use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

/// Whether this is Wine, by a program that Windows does not have.
fn is_here() -> bool {
    Path::new(r"C:\windows\system32\wineboot.exe").exists()
}

/// Whether a view that a handle would allow is refused where the section was not made for it.
/// Wine looks at the handle alone.
pub(crate) fn sections_keep_their_protection() -> bool {
    !is_here()
}

/// Whether shared pages become copies where a view is told so. Wine goes on writing to the section.
pub(crate) fn shared_pages_become_copies() -> bool {
    !is_here()
}

/// Starts a process. Wine on a busy machine at times cannot ("internal error", 1359), which says
/// nothing about what is tested; then it is asked again.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    const INTERNAL_ERROR: i32 = 1359;
    let mut tries = 20;
    loop {
        match command.spawn() {
            Err(error) if error.raw_os_error() == Some(INTERNAL_ERROR) && tries > 0 => {
                tries -= 1;
                thread::sleep(Duration::from_millis(100));
            }
            result => return result,
        }
    }
}
