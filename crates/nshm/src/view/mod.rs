//! Views: how a process reaches the memory of a section.
//!
//! **No references to shared bytes.** Another process may write any byte at any time, and a Rust
//! reference promises that nobody does. So bytes are copied in and out (`copy/`), or reached as
//! atomics; plain slices exist as `unsafe` functions only. Lengths come from the kernel, never
//! from shared memory.

pub(crate) mod copy;
mod cursor;
mod raw;

use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Bound, Deref, RangeBounds};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use zerocopy::{FromBytes, Immutable, IntoBytes};

pub use self::cursor::Cursor;
pub use self::raw::RawView;
use crate::error::{Error, ErrorKind, Result};
use crate::load::ordered;
use crate::sys::{self, Handle, Mapping};

/// A view of a section, for reading.
///
/// It keeps its section, and so the name, open. Its pages are read-only for this process; writing
/// through it does not compile:
///
/// ```compile_fail,E0599
/// # fn main() -> nshm::Result<()> {
/// let view = nshm::Section::open("x")?.map_read_only()?;
/// view.write_at(0, b"no")?;
/// # Ok(())
/// # }
/// ```
///
/// Other processes may write while this one reads: what two reads give may belong to different
/// moments, and so may the bytes of one long read. Values of 1, 2, 4 or 8 bytes at an address that is
/// a multiple of their size are read whole; offsets are such addresses if the view begins at one.
/// Anything beyond that takes an agreement among the processes.
///
/// Of a section over a file, bytes are copied by the system (a system call each time): what
/// another program cuts off from the file is `OutOfBounds` then. Reaching into such bytes through
/// an atomic, a pointer or a slice ends the process on Linux (`SIGBUS`), as it does for every
/// mapping of a file.
///
/// # Platform
/// - Linux: `shmat` with `SHM_RDONLY`; the pages cannot be made writable.
/// - Windows: `MapViewOfFile` with `FILE_MAP_READ`.
#[doc(alias = "MapViewOfFile")]
pub struct View {
    base: NonNull<u8>,
    len: usize,
    /// Pages may vanish, so bytes are copied by the system: that of a file which is shortened.
    fragile: bool,
    backing: Backing,
}

/// What keeps the memory of a view; it is given back in the order of the fields.
enum Backing {
    Section {
        #[allow(dead_code, reason = "held for its Drop")]
        mapping: Mapping,
        handle: Arc<Handle>,
    },
    /// Plain memory, so that the code of this module can run under Miri.
    #[cfg(test)]
    Heap(#[allow(dead_code, reason = "held for its Drop")] tests::Heap),
}

// SAFETY: the memory belongs to the whole process, and this module reaches it by atomics and by
// copies that other threads and processes may disturb without harm.
unsafe impl Send for View {}
// SAFETY: as above; a shared `View` only reads.
unsafe impl Sync for View {}

impl View {
    /// A view of a part of a mapping. The caller has compared the part with the mapping.
    pub(crate) fn new(mapping: Mapping, handle: Arc<Handle>, offset: usize, len: usize) -> View {
        assert!(
            offset <= mapping.len() && len <= mapping.len() - offset,
            "a view is inside its mapping"
        );
        // SAFETY: the offset is within the mapping, as was just asserted.
        let base = unsafe { mapping.base().add(offset) };
        View {
            base,
            len,
            fragile: mapping.is_fragile(),
            backing: Backing::Section { mapping, handle },
        }
    }

    /// Its length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes, which only a view that asked for none has.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Copies bytes out of the section.
    ///
    /// # Errors
    /// `OutOfBounds`; then nothing was copied, unless it is a file that was cut off meanwhile.
    ///
    /// ```
    /// # fn main() -> nshm::Result<()> {
    /// let section = nshm::Section::anonymous(4096)?;
    /// let mut bytes = [1; 4];
    /// section.map_read_only()?.read_at(10, &mut bytes)?;
    /// assert_eq!(bytes, [0; 4]);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn read_at(&self, offset: usize, bytes: &mut [u8]) -> Result<()> {
        let source = self.at(offset, bytes.len())?;
        // SAFETY: `at` has checked the range, which the backing keeps mapped; `bytes` is memory
        // of this process alone and as long.
        unsafe { self.copy_out(source, bytes.as_mut_ptr(), bytes.len()) }
    }

    /// Copies bytes out of the section into a new vector.
    ///
    /// # Errors
    /// `OutOfBounds`, before anything is allocated.
    pub fn read_vec(&self, offset: usize, len: usize) -> Result<Vec<u8>> {
        let source = self.at(offset, len)?;
        let mut bytes = Vec::with_capacity(len);
        // SAFETY: as in `read_at`; the vector has room for `len` bytes, and all of them are
        // written before its length says so.
        unsafe {
            self.copy_out(source, bytes.as_mut_ptr(), len)?;
            bytes.set_len(len);
        }
        Ok(bytes)
    }

    /// Copies a value out of the section. `T` must be good with any bytes; derive
    /// `zerocopy::FromBytes` for it.
    ///
    /// # Errors
    /// `OutOfBounds`. Any offset will do, but only values of 1, 2, 4 or 8 bytes at an address that
    /// is a multiple of their size are read whole while others write.
    ///
    /// ```
    /// # fn main() -> nshm::Result<()> {
    /// use zerocopy::{FromBytes, Immutable, IntoBytes};
    ///
    /// #[derive(FromBytes, IntoBytes, Immutable)]
    /// #[repr(C)]
    /// struct Pose {
    ///     x: f32,
    ///     y: f32,
    /// }
    ///
    /// let view = nshm::Section::anonymous(4096)?.map()?;
    /// view.store(64, &Pose { x: 1.0, y: 2.0 })?;
    /// assert_eq!(view.load::<Pose>(64)?.y, 2.0);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn load<T: FromBytes>(&self, offset: usize) -> Result<T> {
        let source = self.at(offset, size_of::<T>())?;
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: `at` has checked the range; the value is memory of this process and as long.
        // All its bytes are written, and `FromBytes` says that any bytes are a `T`.
        unsafe {
            self.copy_out(source, value.as_mut_ptr().cast(), size_of::<T>())?;
            Ok(value.assume_init())
        }
    }

    /// Reads an atomic of 32 bits, in the machine's byte order. On a read-only page no other
    /// operation of an atomic is possible.
    ///
    /// # Errors
    /// `OutOfBounds`; `Misaligned` where the address is not a multiple of 4.
    ///
    /// # Panics
    /// With the orderings `Release` and `AcqRel`, as [`AtomicU32::load`] does.
    #[inline]
    pub fn load_u32(&self, offset: usize, ordering: Ordering) -> Result<u32> {
        let address = self.aligned::<AtomicU32>(offset)?;
        // SAFETY: the range is mapped and aligned, and an atomic may be written by others.
        let atomic = unsafe { &*address };
        Ok(ordered(ordering, |ordering| atomic.load(ordering)))
    }

    /// Reads an atomic of 64 bits; see [`load_u32`](View::load_u32).
    ///
    /// # Errors
    /// `OutOfBounds`; `Misaligned` where the address is not a multiple of 8.
    ///
    /// # Panics
    /// With the orderings `Release` and `AcqRel`, as [`AtomicU64::load`] does.
    #[inline]
    pub fn load_u64(&self, offset: usize, ordering: Ordering) -> Result<u64> {
        let address = self.aligned::<AtomicU64>(offset)?;
        // SAFETY: as in `load_u32`.
        let atomic = unsafe { &*address };
        Ok(ordered(ordering, |ordering| atomic.load(ordering)))
    }

    /// A reader from the beginning, as [`std::io`] knows it.
    ///
    /// ```
    /// use std::io::{Read, Seek, SeekFrom, Write};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let view = nshm::Section::anonymous(4096)?.map()?;
    /// writeln!(view.cursor(), "hello")?;
    /// let mut reader = view.cursor();
    /// reader.seek(SeekFrom::Start(1))?;
    /// let mut bytes = [0; 4];
    /// reader.read_exact(&mut bytes)?;
    /// assert_eq!(&bytes, b"ello");
    /// # Ok(())
    /// # }
    /// ```
    pub fn cursor(&self) -> Cursor<'_, View> {
        Cursor::new(self)
    }

    /// The address of the first byte, for code that knows what it does with shared memory. It is
    /// good as long as the view is.
    pub fn as_ptr(&self) -> *const u8 {
        self.base.as_ptr()
    }

    /// The bytes as a slice.
    ///
    /// # Safety
    /// While the slice lives no process may write to these bytes: an agreement that this crate
    /// cannot check.
    pub unsafe fn as_slice(&self) -> &[u8] {
        // SAFETY: the range is mapped as long as `self`, and the caller promises that nobody
        // writes to it.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.len) }
    }

    /// Copies bytes out of the view, wholly or with an error.
    ///
    /// # Safety
    /// `source` is within the view as far as `len` bytes, and `target` is memory of this process
    /// alone and as long.
    #[inline]
    unsafe fn copy_out(&self, source: *const u8, target: *mut u8, len: usize) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe {
            if self.fragile {
                return sys::from_fragile(source, target, len);
            }
            copy::from_shared(source, target, len);
        }
        Ok(())
    }

    /// The address of `len` bytes at `offset`, if the view has them.
    #[inline]
    fn at(&self, offset: usize, len: usize) -> Result<*mut u8> {
        if offset > self.len || len > self.len - offset {
            return Err(Error::out_of_bounds(offset, len, self.len));
        }
        // SAFETY: the offset is not past the end, as was just compared.
        Ok(unsafe { self.base.as_ptr().add(offset) })
    }

    /// The address of a `T` at `offset`, if the view has it and it is aligned.
    #[inline]
    fn aligned<T>(&self, offset: usize) -> Result<*mut T> {
        let address = self.at(offset, size_of::<T>())?.cast::<T>();
        if address.is_aligned() {
            Ok(address)
        } else {
            Err(misaligned(offset, align_of::<T>()))
        }
    }
}

#[cold]
fn misaligned(offset: usize, alignment: usize) -> Error {
    Error::new(ErrorKind::Misaligned, "reach into the view").detail(format!(
        "the address at offset {offset} is not a multiple of {alignment}"
    ))
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("len", &self.len).finish()
    }
}

/// A view of a section, for reading and writing.
///
/// It does all that a [`View`] does. Writing takes `&self`: the bytes are shared with other
/// processes anyway, and an exclusive borrow here would keep none of them away.
///
/// # Platform
/// - Linux: the attach of its handle, or private memory for a copy-on-write view.
/// - Windows: `MapViewOfFile` with `FILE_MAP_WRITE` or `FILE_MAP_COPY`.
pub struct ViewMut {
    view: View,
}

impl ViewMut {
    /// Makes a view writable. The caller has mapped its pages so.
    pub(crate) fn new(view: View) -> ViewMut {
        ViewMut { view }
    }

    /// Copies bytes into the section.
    ///
    /// # Errors
    /// `OutOfBounds`; then nothing was copied, unless it is a file that was cut off meanwhile.
    #[inline]
    pub fn write_at(&self, offset: usize, bytes: &[u8]) -> Result<()> {
        let target = self.view.at(offset, bytes.len())?;
        // SAFETY: `at` has checked the range, which is mapped for writing; `bytes` is memory of
        // this process and as long.
        unsafe {
            if self.view.fragile {
                return sys::to_fragile(bytes.as_ptr(), target, bytes.len());
            }
            copy::to_shared(bytes.as_ptr(), target, bytes.len());
        }
        Ok(())
    }

    /// Sets every byte of a range.
    ///
    /// # Errors
    /// `OutOfBounds`; then nothing was written, unless it is a file that was cut off meanwhile.
    ///
    /// ```
    /// # fn main() -> nshm::Result<()> {
    /// let view = nshm::Section::anonymous(4096)?.map()?;
    /// view.fill(1..3, 7)?;
    /// assert_eq!(view.read_vec(0, 4)?, [0, 7, 7, 0]);
    /// view.fill(.., 0)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn fill(&self, range: impl RangeBounds<usize>, byte: u8) -> Result<()> {
        let begin = match range.start_bound() {
            Bound::Included(begin) => *begin,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(last) => last.saturating_add(1),
            Bound::Excluded(end) => *end,
            Bound::Unbounded => self.view.len,
        };
        let len = end.saturating_sub(begin);
        let target = self.view.at(begin, len)?;
        if self.view.fragile {
            let piece = vec![byte; len.min(1 << 16)];
            let mut offsets = (begin..end).step_by(piece.len().max(1));
            return offsets
                .try_for_each(|at| self.write_at(at, &piece[..piece.len().min(end - at)]));
        }
        // SAFETY: `at` has checked the range, which is mapped for writing.
        unsafe { copy::fill_shared(target, byte, len) };
        Ok(())
    }

    /// Copies a value into the section. `T` must be plain bytes; derive `zerocopy::IntoBytes` and
    /// `zerocopy::Immutable` for it. See [`View::load`].
    ///
    /// # Errors
    /// `OutOfBounds`; then nothing was written, unless it is a file that was cut off meanwhile.
    #[inline]
    pub fn store<T: IntoBytes + Immutable + ?Sized>(&self, offset: usize, value: &T) -> Result<()> {
        self.write_at(offset, value.as_bytes())
    }

    /// An atomic of 32 bits in the section, in the machine's byte order.
    ///
    /// A reference to it is sound whatever peers write: atomics are meant to be written by others.
    /// Only do not use atomics of another size over the same bytes at the same time: what they give
    /// then, processors define, but the language does not.
    ///
    /// # Errors
    /// `OutOfBounds`; `Misaligned` where the address is not a multiple of 4.
    ///
    /// ```
    /// use std::sync::atomic::Ordering;
    ///
    /// # fn main() -> nshm::Result<()> {
    /// let section = nshm::Section::anonymous(4096)?;
    /// let view = section.map()?;
    /// view.atomic_u32(0)?.fetch_add(1, Ordering::Release);
    /// assert_eq!(section.map_read_only()?.load_u32(0, Ordering::Acquire)?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn atomic_u32(&self, offset: usize) -> Result<&AtomicU32> {
        let address = self.view.aligned::<AtomicU32>(offset)?;
        // SAFETY: the range is mapped for writing and aligned, and stays as long as `self`. All
        // code of this module treats shared bytes as atomics or by copies outside the language.
        Ok(unsafe { &*address })
    }

    /// An atomic of 64 bits in the section; see [`atomic_u32`](ViewMut::atomic_u32).
    ///
    /// # Errors
    /// `OutOfBounds`; `Misaligned` where the address is not a multiple of 8.
    #[inline]
    pub fn atomic_u64(&self, offset: usize) -> Result<&AtomicU64> {
        let address = self.view.aligned::<AtomicU64>(offset)?;
        // SAFETY: as in `atomic_u32`.
        Ok(unsafe { &*address })
    }

    /// The section that it is a view of; plain memory is one of none.
    pub(crate) fn section(&self) -> Option<&Handle> {
        match &self.view.backing {
            Backing::Section { handle, .. } => Some(handle),
            #[cfg(test)]
            Backing::Heap(_) => None,
        }
    }

    /// So many atomics of 64 bits, one behind the other.
    pub(crate) fn atomics(&self, offset: usize, count: usize) -> Result<&[AtomicU64]> {
        let len = count.saturating_mul(size_of::<AtomicU64>());
        let address = self.view.at(offset, len)?.cast::<AtomicU64>();
        if !address.is_aligned() {
            return Err(misaligned(offset, align_of::<AtomicU64>()));
        }
        // SAFETY: the range is mapped for writing and aligned, and stays as long as `self`; see
        // `atomic_u32` for the rest.
        Ok(unsafe { std::slice::from_raw_parts(address, count) })
    }

    /// A reader and writer from the beginning, as [`std::io`] knows it. At the end of the view
    /// writing gives `WriteZero`.
    pub fn cursor(&self) -> Cursor<'_, ViewMut> {
        Cursor::new(self)
    }

    /// The address of the first byte, for code that knows what it does with shared memory. It is
    /// good as long as the view is.
    pub fn as_mut_ptr(&self) -> *mut u8 {
        self.view.base.as_ptr()
    }

    /// The bytes as a slice to write to.
    ///
    /// # Safety
    /// While the slice lives no process, and no other view of this one, may read or write these
    /// bytes: an agreement that this crate cannot check.
    pub unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: the range is mapped for writing as long as `self`, and the caller promises
        // that nobody else uses it.
        unsafe { std::slice::from_raw_parts_mut(self.view.base.as_ptr(), self.view.len) }
    }
}

impl Deref for ViewMut {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl AsRef<View> for View {
    fn as_ref(&self) -> &View {
        self
    }
}

impl AsRef<View> for ViewMut {
    fn as_ref(&self) -> &View {
        &self.view
    }
}

impl fmt::Debug for ViewMut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewMut").field("len", &self.len).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind as IoKind, Read, Seek, SeekFrom, Write};
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    /// Plain memory behind a view, aligned as pages are for the accesses tested here.
    pub(super) struct Heap(#[allow(dead_code, reason = "held for its memory")] Box<[AtomicU64]>);

    fn heap(len: usize) -> ViewMut {
        let words: Box<[AtomicU64]> = (0..len.div_ceil(8)).map(|_| AtomicU64::new(0)).collect();
        let base = NonNull::new(words.as_ptr().cast_mut().cast()).unwrap();
        ViewMut::new(View {
            base,
            len,
            fragile: false,
            backing: Backing::Heap(Heap(words)),
        })
    }

    #[test]
    fn copies_at_every_offset_and_length() {
        let pattern: Vec<u8> = (1..=255).cycle().take(700).collect();
        let view = heap(800);
        // Miri takes its time, and knows no pieces.
        let last = if cfg!(miri) { 40 } else { 150 };
        let lengths = (0..last).chain([255, 256, 257, 383, 384, 385, 500, 640]);
        for len in lengths {
            for offset in 0..17 {
                view.fill(.., 0).unwrap();
                view.write_at(offset, &pattern[..len]).unwrap();
                assert_eq!(view.read_vec(offset, len).unwrap(), &pattern[..len]);
                let mut all = vec![9; 800];
                view.read_at(0, &mut all).unwrap();
                assert!(all[..offset].iter().all(|byte| *byte == 0));
                assert_eq!(&all[offset..offset + len], &pattern[..len]);
                assert!(all[offset + len..].iter().all(|byte| *byte == 0));
            }
        }
    }

    /// Lengths that are copied past the caches.
    #[test]
    #[cfg(not(miri))]
    fn copies_more_than_caches_hold() {
        let len = (16 << 20) + 777;
        let pattern: Vec<u8> = (0..=250).cycle().take(len).collect();
        let view = heap(len + 64);
        for offset in [0, 1, 31, 33] {
            view.fill(.., 0xff).unwrap();
            view.write_at(offset, &pattern).unwrap();
            assert!(view.read_vec(offset, len).unwrap() == pattern);
            assert!(
                view.read_vec(0, offset)
                    .unwrap()
                    .iter()
                    .all(|byte| *byte == 0xff)
            );
            let rest = view.read_vec(offset + len, 64 - offset).unwrap();
            assert!(rest.iter().all(|byte| *byte == 0xff));
        }
    }

    #[test]
    fn fills_exactly_the_range() {
        let lengths: &[usize] = if cfg!(miri) {
            &[0, 1, 7, 8, 9, 200, 555]
        } else {
            &[255, 256, 257, 384, 555, 4095, 4096, 4111]
        };
        let few = if cfg!(miri) { 0 } else { 150 };
        for len in (0..few).chain(lengths.iter().copied()) {
            let view = heap(len + 45);
            for begin in 0..12 {
                view.fill(.., 0).unwrap();
                view.fill(begin..begin + len, 0xa5).unwrap();
                let all = view.read_vec(0, view.len()).unwrap();
                let (before, rest) = all.split_at(begin);
                let (inside, behind) = rest.split_at(len);
                assert!(before.iter().all(|byte| *byte == 0), "{begin} {len}");
                assert!(inside.iter().all(|byte| *byte == 0xa5), "{begin} {len}");
                assert!(behind.iter().all(|byte| *byte == 0), "{begin} {len}");
            }
        }
        let view = heap(600);
        view.fill(..=2, 1).unwrap();
        view.fill((Bound::Excluded(597), Bound::Unbounded), 2)
            .unwrap();
        assert_eq!(view.read_vec(0, 4).unwrap(), [1, 1, 1, 0]);
        assert_eq!(view.read_vec(596, 4).unwrap(), [0, 0, 2, 2]);
    }

    #[test]
    fn refuses_what_reaches_past_the_end() {
        let view = heap(100);
        let kind = |result: Result<()>| result.unwrap_err().kind();
        let out = ErrorKind::OutOfBounds;
        assert_eq!(kind(view.read_at(100, &mut [0])), out);
        assert_eq!(kind(view.read_at(usize::MAX, &mut [0; 2])), out);
        assert_eq!(kind(view.write_at(99, &[0; 2])), out);
        assert_eq!(kind(view.fill(0..101, 0)), out);
        assert_eq!(kind(view.fill(..=usize::MAX, 0)), out);
        assert_eq!(kind(view.read_vec(0, usize::MAX).map(drop)), out);
        assert_eq!(kind(view.load::<u64>(93).map(drop)), out);
        assert_eq!(kind(view.store(97, &1u32)), out);
        assert_eq!(kind(view.atomic_u64(96).map(drop)), out);
        assert_eq!(kind(view.load_u32(97, Relaxed).map(drop)), out);
        // What is empty fits anywhere up to the end.
        view.read_at(100, &mut []).unwrap();
        view.write_at(100, &[]).unwrap();
        assert_eq!(kind(view.read_at(101, &mut [])), out);
    }

    #[test]
    fn values_and_atomics_share_the_bytes() {
        let view = heap(64);
        view.store(3, &0x0102_0304_u32).unwrap();
        assert_eq!(view.load::<u32>(3).unwrap(), 0x0102_0304);
        view.store(8, &[1u16, 2, 3]).unwrap();
        assert_eq!(view.load::<[u16; 3]>(8).unwrap(), [1, 2, 3]);
        view.atomic_u64(16).unwrap().store(7, Relaxed);
        assert_eq!(view.atomic_u64(16).unwrap().fetch_add(1, Relaxed), 7);
        assert_eq!(view.load_u64(16, Relaxed).unwrap(), 8);
        assert_eq!(view.load::<u64>(16).unwrap(), 8);
        assert_eq!(
            view.atomic_u32(6).unwrap_err().kind(),
            ErrorKind::Misaligned
        );
        assert_eq!(
            view.load_u64(12, Relaxed).unwrap_err().kind(),
            ErrorKind::Misaligned
        );
    }

    #[test]
    fn a_cursor_reads_writes_and_seeks() {
        let view = heap(10);
        let mut cursor = view.cursor();
        assert_eq!(cursor.write(b"0123456789ab").unwrap(), 10);
        assert_eq!(cursor.write(b"x").unwrap(), 0);
        assert_eq!(
            cursor.write_all(b"x").unwrap_err().kind(),
            IoKind::WriteZero
        );
        assert_eq!(cursor.seek(SeekFrom::End(-3)).unwrap(), 7);
        let mut text = String::new();
        view.cursor().read_to_string(&mut text).unwrap();
        assert_eq!(text, "0123456789");
        text.clear();
        cursor.read_to_string(&mut text).unwrap();
        assert_eq!(text, "789");
        assert_eq!(
            cursor.seek(SeekFrom::Current(-11)).unwrap_err().kind(),
            IoKind::InvalidInput
        );
        assert_eq!(cursor.stream_position().unwrap(), 10);
        cursor.seek(SeekFrom::Start(99)).unwrap();
        assert_eq!(cursor.read(&mut [0; 4]).unwrap(), 0);
        assert_eq!(cursor.write(b"x").unwrap(), 0);
    }

    #[test]
    fn threads_may_write_the_same_bytes() {
        let view = heap(256);
        std::thread::scope(|scope| {
            for byte in [0x11, 0x22] {
                let view = &view;
                scope.spawn(move || {
                    for _ in 0..50 {
                        view.write_at(0, &[byte; 64]).unwrap();
                        view.store(64, &[byte; 4]).unwrap();
                        view.store(72, &u64::from_ne_bytes([byte; 8])).unwrap();
                        let half = view.load::<u32>(64).unwrap();
                        assert!([0, 0x1111_1111, 0x2222_2222].contains(&half), "{half:x}");
                        let word = view.load::<u64>(72).unwrap();
                        let whole = [0, 0x1111_1111_1111_1111, 0x2222_2222_2222_2222];
                        assert!(whole.contains(&word), "torn: {word:x}");
                    }
                });
            }
        });
    }
}
