//! Faults on purpose. What looks for faults and finds none has either nothing to find or does not
//! look: `cargo xtask soundness` builds this program as it builds the tests, and a run counts only
//! if the fault of its kind is found here, and nothing is found in what is [`sound`].
//!
//! The word on the command line says which fault.

mod sound;

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Barrier;
use std::thread;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        // Not here: the handle of the first thread is never freed, and valgrind cannot follow how the
        // standard library keeps it.
        Some("sound") => {
            return thread::spawn(sound::everything)
                .join()
                .map_or(2.into(), |()| 0.into());
        }
        Some("leak") => leak(),
        Some("use-after-free") => use_after_free(),
        Some("race") => race(),
        Some("precondition") => precondition(),
        // What no word above is, is no canary: nobody must take this end for a find.
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}

/// Memory that nothing leads to any more.
#[inline(never)]
fn leak() {
    black_box(Box::leak(Box::new([1_u8; 4096])));
    // What the stack and the registers still have of the address leads to it.
    black_box([0_u8; 4096]);
}

/// A look at memory that was given back.
#[allow(unsafe_code, reason = "a fault on purpose")]
fn use_after_free() {
    let memory = Box::into_raw(Box::new(7_u32));
    // SAFETY: none for the second line: the memory is gone by then, which is the point.
    let value = unsafe {
        drop(Box::from_raw(memory));
        black_box(memory).read_volatile()
    };
    black_box(value);
}

/// An address that two threads use as they like.
#[derive(Clone, Copy)]
struct Shared(*mut u32);

// SAFETY: none: that threads share it without order is the point.
#[allow(unsafe_code, reason = "a fault on purpose")]
unsafe impl Send for Shared {}

impl Shared {
    #[allow(unsafe_code, reason = "a fault on purpose")]
    fn add(self) {
        // SAFETY: the memory lives; that another thread writes to it meanwhile is the point.
        unsafe { *self.0 += 1 };
    }
}

/// Two threads write to the same memory with no order between them.
fn race() {
    let mut memory = 0;
    let shared = Shared(&raw mut memory);
    // One that had ended before the other began would not be found for sure.
    let begin = &Barrier::new(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(move || {
                begin.wait();
                for _ in 0..1_000 {
                    shared.add();
                }
            });
        }
    });
    black_box(memory);
}

/// A function of the standard library is called against its contract.
#[allow(unsafe_code, reason = "a fault on purpose")]
fn precondition() {
    let memory = [0_u32; 2];
    let odd = black_box(memory.as_ptr()).wrapping_byte_add(1);
    // SAFETY: none: the address is odd, which is the point.
    let slice = unsafe { std::slice::from_raw_parts(odd, 1) };
    black_box(slice);
}
