//! The border to C of the Windows API: every pointer that a caller hands over is looked at here.
//!
//! The pointers of exported functions have the types of this file. Each is a C pointer and
//! nothing more, so C sees no difference; what C promises of it (NULL, or good for the whole call)
//! is the promise of whoever makes one. Values are copied in and out, and no reference to a
//! caller's memory leaves this file, but for the length of a closure.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::slice;

use super::types;

pub(crate) use crate::boundary::guard;

/// What is called when the process exits in good order, or when a program unloads the library.
mod at_exit {
    use super::guard;

    extern "C" fn close_handles() {
        guard((), crate::win32::close_all_handles);
    }

    /// The system calls the functions that it finds in this section.
    #[used]
    #[unsafe(link_section = ".fini_array")]
    static CLOSE_HANDLES: extern "C" fn() = close_handles;
}

/// A type whose every pattern of bytes is a value, so that it can be read from where C wrote it.
///
/// # Safety
/// That must be so.
pub unsafe trait Plain: Copy {}

// SAFETY: integers have no invalid values.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u16 {}
// SAFETY: as above.
unsafe impl Plain for i32 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for i64 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for usize {}

// SAFETY: its fields are integers and pointers.
unsafe impl Plain for types::SECURITY_ATTRIBUTES {}
// SAFETY: as above.
unsafe impl Plain for types::SECURITY_DESCRIPTOR {}
// SAFETY: as above.
unsafe impl Plain for types::ACL {}
// SAFETY: as above.
unsafe impl Plain for types::OVERLAPPED {}
// SAFETY: as above.
unsafe impl Plain for types::SYSTEM_INFO {}
// SAFETY: as above.
unsafe impl Plain for types::MEMORY_BASIC_INFORMATION {}
// SAFETY: as above.
unsafe impl Plain for types::HANDLE {}

/// A pointer to a value that is read (`const T *`): NULL, or good for reading during the call.
#[repr(transparent)]
#[derive(Debug)]
pub struct In<T>(*const T);

impl<T> Clone for In<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<T> {}

// SAFETY: any bits are a pointer; that it points to something is what its maker promises.
unsafe impl<T> Plain for In<T> {}

impl<T> In<T> {
    /// NULL.
    pub(crate) const fn null() -> Self {
        In(std::ptr::null())
    }
}

impl<T: Plain> In<T> {
    /// The value; `None` for NULL.
    pub(crate) fn get(self) -> Option<T> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: not NULL, so it is good for reading, as the type says. Any bytes are a value,
        // and its alignment does not matter.
        Some(unsafe { self.0.read_unaligned() })
    }
}

/// A pointer to a value that is written (`T *`): NULL, or good for writing during the call.
#[repr(transparent)]
#[derive(Debug)]
pub struct Out<T>(*mut T);

impl<T> Clone for Out<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Out<T> {}

impl<T: Plain> Out<T> {
    /// Writes the value, and says whether there was a place for it.
    pub(crate) fn set(self, value: T) -> bool {
        if self.0.is_null() {
            return false;
        }
        // SAFETY: not NULL, so it is good for writing, as the type says.
        unsafe { self.0.write_unaligned(value) };
        true
    }

    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }
}

/// A pointer to a value that is read and written (`T *`): NULL, or good for both during the call.
#[repr(transparent)]
#[derive(Debug)]
pub struct InOut<T>(*mut T);

impl<T> Clone for InOut<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for InOut<T> {}

impl<T: Plain> InOut<T> {
    /// The value; `None` for NULL.
    pub(crate) fn get(self) -> Option<T> {
        In(self.0.cast_const()).get()
    }

    /// Writes the value, and says whether there was a place for it.
    pub(crate) fn set(self, value: T) -> bool {
        Out(self.0).set(value)
    }
}

/// A pointer to text that ends with a zero unit: NULL, or good for reading up to there during the
/// call. Units are bytes (`char`) or 16 bits (`WCHAR`).
#[repr(transparent)]
#[derive(Debug)]
pub struct Text<U>(*const U);

impl<U> Clone for Text<U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U> Copy for Text<U> {}

impl<U: Plain + PartialEq + Default> Text<U> {
    /// The units in front of the zero; `None` for NULL.
    pub(crate) fn units(self) -> Option<Vec<U>> {
        self.at_most(usize::MAX)
    }

    /// At most so many units in front of the zero; nothing behind them is looked at.
    pub(crate) fn at_most(self, most: usize) -> Option<Vec<U>> {
        let mut units = Vec::new();
        if self.0.is_null() {
            return None;
        }
        while units.len() < most {
            // SAFETY: not NULL, so it is good for reading up to the zero, as the type says; the
            // units in front of this one were read and none was the zero.
            let unit = unsafe { self.0.add(units.len()).read_unaligned() };
            if unit == U::default() {
                break;
            }
            units.push(unit);
        }
        Some(units)
    }

    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// How many units stand in front of the zero.
    pub(crate) fn len(self) -> Option<usize> {
        if self.0.is_null() {
            return None;
        }
        let mut len = 0;
        // SAFETY: as in `at_most`.
        while unsafe { self.0.add(len).read_unaligned() } != U::default() {
            len += 1;
        }
        Some(len)
    }

    /// Text at an address that arrived as a number, as the inserts of a message do.
    ///
    /// The caller of the exported function promises of that number what [`Text`] promises.
    pub(crate) fn at(address: usize) -> Self {
        Text(std::ptr::with_exposed_provenance(address))
    }
}

/// A pointer to an array of values that are read (`const T *`), whose number is told beside it:
/// NULL, or good for that many.
#[repr(transparent)]
#[derive(Debug)]
pub struct InArray<T>(*const T);

impl<T: Plain> InArray<T> {
    /// The first `count` values; `None` for NULL.
    pub(crate) fn take(self, count: usize) -> Option<Vec<T>> {
        if self.0.is_null() {
            return None;
        }
        (0..count)
            // SAFETY: not NULL, so it is good for reading `count` values, as the type says. Any
            // bytes are a value, and its alignment does not matter.
            .map(|index| Some(unsafe { self.0.add(index).read_unaligned() }))
            .collect()
    }
}

/// A pointer to bytes to be read, whose number is told beside it: NULL, or good for that many.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct InBuffer(*const c_void);

impl InBuffer {
    /// Looks at `len` bytes; `None` for NULL.
    pub(crate) fn with<R>(self, len: usize, look: impl FnOnce(&[u8]) -> R) -> Option<R> {
        if self.0.is_null() || isize::try_from(len).is_err() {
            return None;
        }
        // SAFETY: not NULL, so it is good for reading `len` bytes during the call, as the type
        // says; the reference ends with `look`.
        let bytes = unsafe { slice::from_raw_parts(self.0.cast::<u8>(), len) };
        Some(look(bytes))
    }
}

/// A pointer to room for values, whose number is told beside it: NULL, or good for that many.
#[repr(transparent)]
#[derive(Debug)]
pub struct OutBuffer<T>(*mut T);

impl<T> Clone for OutBuffer<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for OutBuffer<T> {}

impl<T: Plain> OutBuffer<T> {
    /// Lets `fill` write into room for `len` values; `None` for NULL.
    pub(crate) fn with<R>(
        self,
        len: usize,
        fill: impl FnOnce(&mut [MaybeUninit<T>]) -> R,
    ) -> Option<R> {
        let bytes = len.checked_mul(size_of::<T>());
        let is_possible = bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok());
        if self.0.is_null() || !self.0.is_aligned() || !is_possible {
            return None;
        }
        // SAFETY: not NULL, so it is good for writing `len` values during the call, as the type
        // says; aligned; nothing is assumed of its bytes, and the reference ends with `fill`.
        let room = unsafe { slice::from_raw_parts_mut(self.0.cast::<MaybeUninit<T>>(), len) };
        Some(fill(room))
    }

    /// The place of an address: what a buffer is when a function is asked to allocate one.
    pub(crate) fn as_place(self) -> Out<usize> {
        Out(self.0.cast())
    }

    /// Writes these values to its beginning; `None` for NULL.
    pub(crate) fn write(self, values: &[T]) -> Option<()> {
        self.with(values.len(), |room| {
            for (place, value) in room.iter_mut().zip(values) {
                place.write(*value);
            }
        })
    }

    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }
}

/// The arguments of a call that takes any number of them, each as wide as a pointer.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct Arguments(*mut c_void);

/// How [`Arguments`] are handed over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passing {
    /// `uintptr_t *`: one after the other in memory.
    Array,
    /// `va_list *`
    List,
}

impl Arguments {
    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// The first `count` of them. `None` for NULL, and on processors whose `va_list` this crate
    /// does not know.
    ///
    /// The caller of the exported function has handed over at least as many.
    pub(crate) fn take(self, passing: Passing, count: usize) -> Option<Vec<usize>> {
        if self.0.is_null() {
            return None;
        }
        match passing {
            Passing::Array => Some(
                (0..count)
                    // SAFETY: not NULL, and `count` of them were handed over.
                    .map(|index| unsafe { self.0.cast::<usize>().add(index).read_unaligned() })
                    .collect(),
            ),
            Passing::List => {
                // SAFETY: not NULL, so it is a `va_list` of this processor.
                let mut list = unsafe { va_list::List::read(self.0) }?;
                // SAFETY: `count` of them were handed over.
                Some((0..count).map(|_| unsafe { list.next() }).collect())
            }
        }
    }
}

/// `va_list`, as the System V ABI lays it out. Arguments are integers and pointers: those of
/// floating point have registers of their own, and no caller here takes any.
mod va_list {
    use std::ffi::c_void;

    /// System V Application Binary Interface, AMD64, "The Type va_list".
    #[cfg(target_arch = "x86_64")]
    #[repr(C)]
    #[derive(Clone, Copy)]
    pub(super) struct List {
        used_registers: u32,
        used_float_registers: u32,
        stack: *const usize,
        registers: *const u8,
    }

    #[cfg(target_arch = "x86_64")]
    impl List {
        /// # Safety
        /// `list` is a `va_list *`.
        pub(super) unsafe fn read(list: *const c_void) -> Option<List> {
            // SAFETY: it is one, and this is its layout.
            Some(unsafe { list.cast::<List>().read() })
        }

        /// # Safety
        /// There is one more argument.
        pub(super) unsafe fn next(&mut self) -> usize {
            const REGISTERS_END: u32 = 6 * 8;
            if self.used_registers < REGISTERS_END {
                // SAFETY: the argument is in the register at this offset of the area.
                let place = unsafe { self.registers.add(self.used_registers as usize) };
                self.used_registers += 8;
                // SAFETY: as above.
                unsafe { place.cast::<usize>().read() }
            } else {
                // SAFETY: the registers are used up, so the argument is the next on the stack.
                let value = unsafe { self.stack.read() };
                // SAFETY: one word further is in or at the end of the caller's arguments.
                self.stack = unsafe { self.stack.add(1) };
                value
            }
        }
    }

    /// Procedure Call Standard for the Arm 64-bit Architecture, "The va_list type".
    #[cfg(target_arch = "aarch64")]
    #[repr(C)]
    #[derive(Clone, Copy)]
    pub(super) struct List {
        stack: *const usize,
        registers_end: *const u8,
        float_registers_end: *const u8,
        left_in_registers: i32,
        left_in_float_registers: i32,
    }

    #[cfg(target_arch = "aarch64")]
    impl List {
        /// # Safety
        /// `list` is a `va_list *`.
        pub(super) unsafe fn read(list: *const c_void) -> Option<List> {
            // SAFETY: it is one, and this is its layout.
            Some(unsafe { list.cast::<List>().read() })
        }

        /// # Safety
        /// There is one more argument.
        pub(super) unsafe fn next(&mut self) -> usize {
            if self.left_in_registers < 0 {
                // SAFETY: the argument is in the register at this (negative) offset.
                let place = unsafe { self.registers_end.offset(self.left_in_registers as isize) };
                self.left_in_registers += 8;
                // SAFETY: as above.
                unsafe { place.cast::<usize>().read() }
            } else {
                // SAFETY: the registers are used up, so the argument is the next on the stack.
                let value = unsafe { self.stack.read() };
                // SAFETY: one word further is in or at the end of the caller's arguments.
                self.stack = unsafe { self.stack.add(1) };
                value
            }
        }
    }

    /// Elsewhere arguments come as an array only.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(super) enum List {}

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    impl List {
        /// # Safety
        /// None.
        pub(super) unsafe fn read(_: *const c_void) -> Option<List> {
            None
        }

        /// # Safety
        /// None.
        pub(super) unsafe fn next(&mut self) -> usize {
            match *self {}
        }
    }
}

/// Pointers for unit tests, which play the part of C.
#[cfg(test)]
pub(crate) mod for_tests {
    use super::*;

    /// What a program reads at an address.
    pub(crate) fn peek(address: usize, len: usize) -> Vec<u8> {
        let bytes = InBuffer(std::ptr::with_exposed_provenance(address));
        bytes.with(len, <[u8]>::to_vec).unwrap_or_default()
    }

    /// What a program writes to an address.
    pub(crate) fn poke(address: usize, bytes: &[u8]) {
        let place = OutBuffer(std::ptr::with_exposed_provenance_mut(address));
        assert!(place.write(bytes).is_some());
    }

    impl<T> In<T> {
        pub(crate) const NULL: Self = In::null();
        pub(crate) fn of(value: &T) -> Self {
            In(value)
        }
    }

    impl<T> Out<T> {
        pub(crate) const NULL: Self = Out(std::ptr::null_mut());
        pub(crate) fn of(value: &mut T) -> Self {
            Out(value)
        }
    }

    impl<T> InOut<T> {
        pub(crate) const NULL: Self = InOut(std::ptr::null_mut());
        pub(crate) fn of(value: &mut T) -> Self {
            InOut(value)
        }
    }

    impl<U> Text<U> {
        pub(crate) const NULL: Self = Text(std::ptr::null());
    }

    impl<U: Plain + PartialEq + Default> Text<U> {
        pub(crate) fn of(units: &[U]) -> Self {
            assert!(units.contains(&U::default()), "it ends with a zero");
            Text(units.as_ptr())
        }
    }

    impl<T> InArray<T> {
        pub(crate) const NULL: Self = InArray(std::ptr::null());
        pub(crate) fn of(values: &[T]) -> Self {
            InArray(values.as_ptr())
        }
    }

    impl InBuffer {
        pub(crate) const NULL: Self = InBuffer(std::ptr::null());
        pub(crate) fn of(bytes: &[u8]) -> Self {
            InBuffer(bytes.as_ptr().cast())
        }
    }

    impl<T> OutBuffer<T> {
        pub(crate) const NULL: Self = OutBuffer(std::ptr::null_mut());
        pub(crate) fn of(values: &mut [T]) -> Self {
            OutBuffer(values.as_mut_ptr())
        }
        pub(crate) fn cast<U>(self) -> OutBuffer<U> {
            OutBuffer(self.0.cast())
        }
    }

    impl Arguments {
        pub(crate) const NULL: Self = Arguments(std::ptr::null_mut());
        pub(crate) fn of(values: &[usize]) -> Self {
            Arguments(values.as_ptr().cast_mut().cast())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_told_and_never_followed() {
        assert_eq!(In::<u32>::NULL.get(), None);
        assert!(!Out::<u32>::NULL.set(1));
        assert_eq!(InOut::<u32>::NULL.get(), None);
        assert_eq!(Text::<u16>::NULL.units(), None);
        assert_eq!(Text::<u8>::NULL.len(), None);
        assert_eq!(InArray::<u32>::NULL.take(3), None);
        assert_eq!(InBuffer::NULL.with(3, <[u8]>::len), None);
        assert_eq!(OutBuffer::<u8>::NULL.write(b"x"), None);
        assert_eq!(Arguments::NULL.take(Passing::Array, 1), None);
        assert_eq!(Arguments::NULL.take(Passing::List, 1), None);
    }

    #[test]
    fn values_cross_in_both_directions() {
        let mut place = 7_u32;
        assert_eq!(In::of(&place).get(), Some(7));
        assert!(Out::of(&mut place).set(8));
        assert_eq!(InOut::of(&mut place).get(), Some(8));
        assert!(InOut::of(&mut place).set(9));
        assert_eq!(place, 9);
        assert_eq!(Text::of(&[1_u16, 2, 0, 3]).units(), Some(vec![1, 2]));
        assert_eq!(Text::of(b"abc\0").at_most(2), Some(b"ab".to_vec()));
        assert_eq!(Text::of(b"abc\0").len(), Some(3));
        assert_eq!(InArray::of(&[4_u32, 5, 6]).take(2), Some(vec![4, 5]));
        let mut room = [0_u8; 3];
        assert_eq!(OutBuffer::of(&mut room).write(b"xy"), Some(()));
        assert_eq!(room, *b"xy\0");
        let arguments = Arguments::of(&[1, 2, 3]);
        assert_eq!(arguments.take(Passing::Array, 2), Some(vec![1, 2]));
    }
}
