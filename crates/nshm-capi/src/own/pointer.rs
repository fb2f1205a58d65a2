//! What a C caller hands over and is handed, as types with safe methods. Each of them may be NULL.
//!
//! They are pointers and nothing more, and the header shows them as such. Their methods believe
//! one thing of a pointer that is not NULL, which the header asks of every caller: it leads to
//! what its type says, for as long as the call takes.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;

/// An object that the caller lends, to look at.
#[derive(Debug)]
#[repr(transparent)]
pub struct Ref<T>(*const T);

impl<T> Ref<T> {
    /// The object; `None` for NULL.
    pub(crate) fn get(&self) -> Option<&T> {
        // SAFETY: it is NULL, or one of our objects that the caller has not given back; the caller
        // changes none in one call that another call looks at.
        unsafe { self.0.as_ref() }
    }
}

/// An object that the caller lends, to change.
#[derive(Debug)]
#[repr(transparent)]
pub struct RefMut<T>(*mut T);

impl<T> RefMut<T> {
    /// The object; `None` for NULL.
    pub(crate) fn get(&mut self) -> Option<&mut T> {
        // SAFETY: as for `Ref`, and no other call uses the object meanwhile.
        unsafe { self.0.as_mut() }
    }
}

/// An object that goes to the caller, or comes back from there.
#[derive(Debug)]
#[repr(transparent)]
pub struct Owned<T>(*mut T);

impl<T> Owned<T> {
    /// Gives an object away.
    pub(crate) fn new(object: T) -> Self {
        Owned(Box::into_raw(Box::new(object)))
    }

    /// No object.
    pub(crate) fn null() -> Self {
        Owned(ptr::null_mut())
    }

    /// Takes the object back; `None` for NULL.
    pub(crate) fn take(self) -> Option<T> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: the caller has it from `new`, and gives each object back once.
        Some(*unsafe { Box::from_raw(self.0) })
    }
}

/// A place of the caller for a result.
#[derive(Debug)]
#[repr(transparent)]
pub struct Out<T>(*mut T);

impl<T> Out<T> {
    /// A place in a test.
    #[cfg(test)]
    pub(crate) fn to(place: &mut T) -> Self {
        Out(place)
    }

    /// Whether there is no place.
    pub(crate) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Puts the result there, if there is a place. What was there before is nobody's.
    pub(crate) fn set(&mut self, result: T) {
        if !self.0.is_null() {
            // SAFETY: it is memory of the caller for a `T`, perhaps never written before.
            unsafe { self.0.write(result) };
        }
    }
}

/// A place of the caller for several numbers.
#[derive(Debug)]
#[repr(transparent)]
pub struct Array(*mut u32);

impl Array {
    /// Whether there is no place.
    pub(crate) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Puts as many of the numbers there as it has room for; none where there is no place.
    pub(crate) fn fill(&mut self, capacity: usize, numbers: &[u32]) {
        let count = if self.0.is_null() { 0 } else { capacity };
        for (index, number) in numbers.iter().take(count).enumerate() {
            // SAFETY: the caller says that it has room for `capacity` numbers; the index is less.
            unsafe { self.0.add(index).write(*number) };
        }
    }
}

/// A text that ends with a NUL.
#[derive(Debug)]
#[repr(transparent)]
pub struct Text(*const c_char);

impl Text {
    /// The text; `None` for NULL.
    pub(crate) fn get(&self) -> Option<&CStr> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: the caller's text ends with a NUL and stays as it is during the call.
        Some(unsafe { CStr::from_ptr(self.0) })
    }
}

/// Bytes of the caller, to copy from.
#[derive(Debug)]
#[repr(transparent)]
pub struct Bytes(*const c_void);

impl Bytes {
    /// The bytes; `None` where there should be some and are none.
    pub(crate) fn get(&self, len: usize) -> Option<&[u8]> {
        if len == 0 {
            return Some(&[]);
        }
        if self.0.is_null() || isize::try_from(len).is_err() {
            return None;
        }
        // SAFETY: the caller has `len` bytes there, which fit an address space, and lets nobody
        // write to them during the call.
        Some(unsafe { slice::from_raw_parts(self.0.cast(), len) })
    }
}

/// Bytes of the caller, to copy to.
#[derive(Debug)]
#[repr(transparent)]
pub struct Buffer(*mut c_void);

impl Buffer {
    /// The bytes; `None` where there should be some and are none.
    pub(crate) fn get(&mut self, len: usize) -> Option<&mut [u8]> {
        if len == 0 {
            return Some(&mut []);
        }
        if self.0.is_null() || isize::try_from(len).is_err() {
            return None;
        }
        // SAFETY: the caller has room for `len` bytes there, which fit an address space, and
        // nobody else uses it during the call. What lies there came from C, where every byte has
        // some value, and is only written.
        Some(unsafe { slice::from_raw_parts_mut(self.0.cast(), len) })
    }
}

/// One of the numbers of an enumeration, or any other that C code may have put there.
#[repr(transparent)]
pub struct Choice<E>(MaybeUninit<E>);

/// An enumeration of the header: `#[repr(C)]`, and without fields.
pub trait Enumeration: Copy + 'static {
    /// All that it has.
    const ALL: &'static [Self];

    /// The number in the header.
    fn number(self) -> c_int;
}

impl<E: Enumeration> Choice<E> {
    /// The one that was chosen; `None` for a number that the header does not have.
    pub(crate) fn get(&self) -> Option<E> {
        const { assert!(size_of::<E>() == size_of::<c_int>()) };
        // SAFETY: an enumeration of C is as large as an int, as was just asserted, and the caller
        // has passed one; read as an int it may be any.
        let number = unsafe { self.0.as_ptr().cast::<c_int>().read() };
        E::ALL.iter().copied().find(|one| one.number() == number)
    }
}

/// A text that stays where it is: in an object that the caller has, or for ever.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Lent(*const c_char);

impl Lent {
    /// Lends a text. Its owner must not move or change it while the caller may look at it.
    pub(crate) const fn new(text: &CStr) -> Self {
        Lent(text.as_ptr())
    }

    /// No text.
    pub(crate) const fn null() -> Self {
        Lent(ptr::null())
    }
}

impl From<Option<&CStr>> for Lent {
    fn from(text: Option<&CStr>) -> Self {
        text.map_or(Lent::null(), Lent::new)
    }
}

/// An object that one of ours keeps, for the caller to look at.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Shown<T>(*const T);

impl<T> From<Option<&T>> for Shown<T> {
    fn from(object: Option<&T>) -> Self {
        Shown(object.map_or(ptr::null(), ptr::from_ref))
    }
}

/// An address of memory that the caller may read.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Address(*const c_void);

impl Address {
    /// The address of a byte, or of none.
    pub(crate) fn new(byte: Option<*const u8>) -> Self {
        Address(byte.map_or(ptr::null(), <*const u8>::cast))
    }
}

/// An address of memory that the caller may read and write.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct AddressMut(*mut c_void);

impl AddressMut {
    /// The address of a byte, or of none.
    pub(crate) fn new(byte: Option<*mut u8>) -> Self {
        AddressMut(byte.map_or(ptr::null_mut(), <*mut u8>::cast))
    }
}

#[cfg(test)]
mod tests {
    use std::mem;

    use super::*;

    /// A variable of C was perhaps never written: what lies there must not be dropped.
    #[test]
    fn what_lay_in_a_place_is_nobodys() {
        struct Untouchable;
        impl Drop for Untouchable {
            fn drop(&mut self) {
                panic!("it was dropped");
            }
        }
        let mut place = Untouchable;
        Out::to(&mut place).set(Untouchable);
        mem::forget(place);
    }

    #[test]
    fn null_is_nothing() {
        assert!(Owned::<u8>::null().take().is_none());
        assert!(Ref::<u8>(ptr::null()).get().is_none());
        assert!(RefMut::<u8>(ptr::null_mut()).get().is_none());
        assert!(Text(ptr::null()).get().is_none());
        assert!(Bytes(ptr::null()).get(1).is_none());
        assert_eq!(Bytes(ptr::null()).get(0), Some(&[][..]));
        assert!(Buffer(ptr::null_mut()).get(1).is_none());
        Out::<u8>(ptr::null_mut()).set(1);
        Array(ptr::null_mut()).fill(1, &[1]);
    }

    #[test]
    fn an_array_is_filled_as_far_as_it_goes() {
        let mut numbers = [0; 3];
        Array(numbers.as_mut_ptr()).fill(2, &[1, 2, 3]);
        assert_eq!(numbers, [1, 2, 0]);
    }
}
