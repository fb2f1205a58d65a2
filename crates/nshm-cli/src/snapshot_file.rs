//! Snapshots as streams: written from a view, read into whatever takes the contents.

use std::io::{self, Read, Write};

use nshm::View;

use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::snapshot::{FIXED, Flaw, Header, SUM, header_len};
use crate::stream::{self, CHUNK};

/// Writes a snapshot of what is in a view now. `step` is told how many bytes are done and may
/// stop the work by a failure.
pub(crate) fn write(
    name: &str,
    view: &View,
    time: u64,
    out: &mut impl Write,
    mut step: impl FnMut(usize) -> Result<()>,
) -> Result<()> {
    let header = Header {
        name: name.to_owned(),
        size: view.len() as u64,
        time,
    };
    let bytes = header
        .to_bytes()
        .map_err(|flaw| Failure::new(ExitCode::Failure, format!("no snapshot: {flaw}")))?;
    let wrote = |done: io::Result<()>| done.map_err(|error| Failure::io("write it", error));
    wrote(out.write_all(&bytes))?;
    let mut sum = crc32fast::Hasher::new();
    let mut buffer = stream::buffer(view.len());
    let mut done = 0;
    while done < view.len() {
        let now = buffer.len().min(view.len() - done);
        let bytes = &mut buffer[..now];
        view.read_at(done, bytes)?;
        sum.update(bytes);
        wrote(out.write_all(bytes))?;
        done += now;
        step(now)?;
    }
    wrote(out.write_all(&sum.finalize().to_le_bytes()))
}

/// A snapshot that is being read.
pub(crate) struct Reader<R> {
    /// What it is called in messages.
    label: String,
    from: R,
    header: Header,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    pub(crate) fn new(label: String, mut from: R) -> Result<Self> {
        let header = read_header(&label, &mut from)?;
        Ok(Reader {
            label,
            from,
            header,
        })
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Reads everything after the header, hands the contents over in pieces with their offsets,
    /// and makes sure that they are what was written.
    pub(crate) fn read(mut self, mut take: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        let mut sum = crc32fast::Hasher::new();
        let mut buffer = vec![0; CHUNK];
        let mut done = 0;
        while done < self.header.size {
            let left = self.header.size - done;
            let now = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let bytes = &mut buffer[..now];
            fill(&self.label, &mut self.from, bytes)?;
            sum.update(bytes);
            take(done, bytes)?;
            done += now as u64;
        }
        let mut stored = [0; SUM];
        fill(&self.label, &mut self.from, &mut stored)?;
        if stored != sum.finalize().to_le_bytes() {
            return Err(flawed(&self.label, Flaw::ContentSum));
        }
        let more = stream::read_some(&mut self.from, &mut [0])
            .map_err(|error| Failure::io(format!("read {}", self.label), error))?;
        if more > 0 {
            return Err(flawed(&self.label, Flaw::Trailing));
        }
        Ok(())
    }
}

fn read_header(label: &str, from: &mut impl Read) -> Result<Header> {
    let mut fixed = [0; FIXED];
    fill(label, from, &mut fixed)?;
    let len = header_len(&fixed).map_err(|flaw| flawed(label, flaw))?;
    let mut bytes = fixed.to_vec();
    bytes.resize(len, 0);
    fill(label, from, &mut bytes[FIXED..])?;
    Header::parse(&bytes).map_err(|flaw| flawed(label, flaw))
}

fn fill(label: &str, from: &mut impl Read, bytes: &mut [u8]) -> Result<()> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => flawed(label, Flaw::Short),
        _ => Failure::io(format!("read {label}"), error),
    })
}

fn flawed(label: &str, flaw: Flaw) -> Failure {
    Failure::new(ExitCode::Failure, format!("{label}: {flaw}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> (Vec<u8>, Vec<u8>) {
        let section = nshm::Section::anonymous(8192).unwrap();
        let view = section.map().unwrap();
        view.write_at(4000, b"Message from first process.").unwrap();
        let contents = view.read_vec(0, view.len()).unwrap();
        let view = section.map_read_only().unwrap();
        let mut bytes = Vec::new();
        write("x", &view, 1, &mut bytes, |_| Ok(())).unwrap();
        (bytes, contents)
    }

    fn read(bytes: &[u8]) -> Result<(Header, Vec<u8>), String> {
        let reader = Reader::new("it".into(), bytes).map_err(|error| error.to_string())?;
        let header = reader.header().clone();
        let mut contents = Vec::new();
        let done = reader.read(|offset, bytes| {
            assert_eq!(offset, contents.len() as u64);
            contents.extend_from_slice(bytes);
            Ok(())
        });
        done.map_err(|error| error.to_string())?;
        Ok((header, contents))
    }

    #[test]
    fn what_was_written_is_read() {
        let (bytes, contents) = snapshot();
        let (header, read) = read(&bytes).unwrap();
        assert_eq!((&*header.name, header.time), ("x", 1));
        assert!(read == contents);
    }

    #[test]
    fn damage_anywhere_is_told() {
        let (bytes, _) = snapshot();
        for len in [0, 7, 31, 36, 37, 5000, bytes.len() - 1] {
            assert_eq!(read(&bytes[..len]).unwrap_err(), "it: it is cut off");
        }
        let longer = [&*bytes, b"x"].concat();
        assert_eq!(read(&longer).unwrap_err(), "it: something follows its end");
        for at in [37, 4100, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let words = read(&damaged).unwrap_err();
            assert!(words.contains("contents are damaged"), "{at}: {words}");
        }
        assert!(read(&[b'x'; 64]).unwrap_err().contains("no snapshot"));
    }
}
