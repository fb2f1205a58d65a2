//! What only Linux promises, or only Linux can be asked. Each module says why it is here.

mod bias; // entries that stay in a list of the kernel's
mod files; // files that are shortened, replaced, or of others
mod fork; // only Linux has fork
mod limits; // kernel.shmmni, kernel.shmall and a small /dev/shm
mod memory; // what the processor and /proc say of pages
mod namespaces; // what crosses PID namespaces, as containers have them
mod nursery; // keys under which new segments spend their first microseconds
#[allow(unsafe_code, reason = "the system calls that std does not have")]
mod os; // the system calls of these tests
mod placed; // primitives inside a section, forks and hostile processes
mod places; // directories that come later
mod pool; // pages of pools, which the kernel maps by the huge page
mod posix; // objects of other libraries in /dev/shm
mod regressions; // what was broken once on Linux
mod survey; // who holds what, and what the dead have left
mod sync; // owners and words, as the kernel and others see them
mod tamper; // links and directories that somebody else has made
mod users; // several users of one machine
