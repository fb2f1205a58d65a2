//! The file behind a section that is not backed by the paging file: what the system would say of
//! it in numbers that mean other things as well is asked before.

use std::fs::File;
use std::os::windows::io::AsHandle;

use super::call;
use super::error::os_error;
use crate::error::{Error, ErrorKind, Result};

/// Makes sure that a section of `len` bytes of the file, or of all of it where that is zero, can
/// be made. The system makes a file longer by itself, and this says whether it may.
pub(super) fn check(file: &File, len: usize, may_grow: bool) -> Result<()> {
    const STEP: &str = "create section over a file";
    let irregular = || Error::new(ErrorKind::Unsupported, STEP).detail("it is no regular file");
    // Devices and pipes have no metadata to ask for.
    if !call::is_on_disk(file.as_handle()) {
        return Err(irregular());
    }
    let metadata = file
        .metadata()
        .map_err(|error| os_error(ErrorKind::Other, STEP, error))?;
    if !metadata.is_file() {
        return Err(irregular());
    }
    let wanted = if len == 0 { metadata.len() } else { len as u64 };
    if wanted == 0 {
        return Err(Error::new(ErrorKind::InvalidSize, STEP)
            .detail("the file is empty, and no size was given"));
    }
    if isize::try_from(wanted).is_err() {
        return Err(Error::new(ErrorKind::CommitLimit, STEP)
            .detail(format!("no address space holds {wanted} bytes")));
    }
    if wanted > metadata.len() && !may_grow {
        return Err(Error::new(ErrorKind::OutOfBounds, STEP).detail(format!(
            "the file has {} bytes and may not be written, so it cannot grow to {wanted}",
            metadata.len()
        )));
    }
    Ok(())
}
