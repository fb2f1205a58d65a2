//! Snapshots: a file that anybody may have written, and what is restored from it.

use nshm::Section;

use crate::failure::{Failure, Result};
use crate::snapshot::{FIXED, Header, SUM};
use crate::snapshot_file::{Reader, write};

/// The input is a file; and it is one whose checksums somebody has made right.
pub fn run(data: &[u8]) {
    is_refused_or_restored(data);
    if let Some(repaired) = with_right_sums(data) {
        is_refused_or_restored(&repaired);
    }
    comes_back(data);
}

fn is_refused_or_restored(file: &[u8]) {
    let restored = restore(file);
    // The header alone is a pure matter.
    let reader = Reader::new("it".into(), file);
    let Ok(reader) = reader else {
        let words = restored.expect_err("it has no header").to_string();
        assert!(words.starts_with("it: "), "{words}");
        return;
    };
    let header = reader.header().clone();
    let bytes = header.to_bytes().expect("what was read can be written");
    assert_eq!(bytes, file[..bytes.len()]);
    let Ok(section) = restored else {
        return;
    };
    let contents = &file[bytes.len()..file.len() - SUM];
    assert_eq!(contents.len() as u64, header.size);
    let view = section.map_read_only().expect("it is ours");
    let restored = view.read_vec(0, view.len()).expect("all of it");
    assert!(restored.starts_with(contents), "it is what was saved");
    assert!(restored[contents.len()..].iter().all(|byte| *byte == 0));
    if view.len() == contents.len() {
        let mut again = Vec::new();
        write(&header.name, &view, header.time, &mut again, |_| Ok(())).expect("it was one");
        assert!(again == file, "a snapshot has one spelling");
    }
}

/// As `nshm restore` does with what comes through a pipe.
fn restore(file: &[u8]) -> Result<Section> {
    let reader = Reader::new("it".into(), file)?;
    let size = usize::try_from(reader.header().size).unwrap_or(usize::MAX);
    let section = Section::options().size(size).anonymous()?;
    let view = section.map()?;
    let mut end = 0;
    reader.read(|offset, bytes| {
        assert_eq!(offset, end, "one piece follows the other");
        end += bytes.len() as u64;
        assert!(end <= size as u64, "no more than was announced");
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        view.write_at(offset, bytes).map_err(Failure::from)
    })?;
    assert_eq!(end, size as u64);
    Ok(section)
}

/// The file with both checksums as they have to be, where it has a place for them.
fn with_right_sums(file: &[u8]) -> Option<Vec<u8>> {
    let mut file = file.to_vec();
    let length = file.get(12..16)?.try_into().ok()?;
    let end = FIXED.checked_add(u32::from_le_bytes(length) as usize)?;
    let behind = end.checked_add(SUM)?;
    let sum = crc32fast::hash(file.get(..end)?).to_le_bytes();
    file.get_mut(end..behind)?.copy_from_slice(&sum);
    let last = file.len().checked_sub(SUM).filter(|last| *last >= behind)?;
    let sum = crc32fast::hash(&file[behind..last]).to_le_bytes();
    file[last..].copy_from_slice(&sum);
    Some(file)
}

/// A header of these choices is written and read, or said to be none.
fn comes_back(data: &[u8]) {
    let Some((fixed, name)) = data.split_first_chunk::<16>() else {
        return;
    };
    let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|index| fixed[at + index]));
    let header = Header {
        name: String::from_utf8_lossy(name).into_owned(),
        size: number(0),
        // Most numbers are behind the end of the calendar.
        time: number(8) >> (fixed[15] & 63),
    };
    if let Ok(bytes) = header.to_bytes() {
        assert_eq!(Header::parse(&bytes), Ok(header));
    }
}
