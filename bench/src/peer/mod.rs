//! Who is asked: one file per peer. What they all can be told is in `serve.rs`.

mod cloudtoid;
pub(crate) mod iceoryx2;
mod ipc_channel;
mod memfd;
mod memmap2;
mod nshm;
mod raw;
pub(crate) mod serve;
mod shared_memory;

use anyhow::Result;

/// A way to share memory between processes.
pub(crate) trait Peer {
    /// Memory that this process uses: mapped, and its first byte touched. Dropping it is all that
    /// a well-behaved program does.
    type Region;

    /// Creates memory under a name that is free.
    fn create(&mut self, name: &str, size: usize) -> Result<Self::Region>;

    /// Opens what [`Peer::token`] of its creator names.
    fn open(&mut self, token: &str, size: usize) -> Result<Self::Region>;

    /// What another process opens it by: the name, unless the peer has none.
    fn token(&self, name: &str, _region: &Self::Region) -> String {
        name.to_owned()
    }

    /// Opens or creates, whatever is needed, as its users write it: once, without trying again.
    fn join(&mut self, name: &str, size: usize) -> Result<Self::Region> {
        match self.create(name, size) {
            Ok(region) => Ok(region),
            Err(_) => self.open(name, size),
        }
    }

    /// What its users do before they create a name again whose owner was killed.
    fn clean_up(&mut self, _name: &str) -> Result<()> {
        Ok(())
    }

    /// How many names there are that begin with `start`, if it can tell.
    fn count(&mut self, _start: &str) -> Option<Result<usize>> {
        None
    }

    /// How many processes have a name, if it can tell.
    fn holders(&mut self, _name: &str) -> Option<Result<usize>> {
        None
    }
}

/// What is known of a peer beforehand.
pub(crate) struct Known {
    /// The word for `nshm-bench peer`, and its name in the tables.
    pub(crate) name: &'static str,
    /// What it is, with the version.
    pub(crate) what: &'static str,
    /// What it does in a `create`, where that is not the same as what the others do.
    pub(crate) remark: &'static str,
    /// Whether another process finds it by a name.
    pub(crate) named: bool,
    /// What is left to do after `kill -9` of its last user.
    pub(crate) after_kill: &'static str,
}

/// What everything is compared with.
pub(crate) const RAW: &str = "raw shm_open";
/// Ourselves.
pub(crate) const NSHM: &str = "nshm";

/// All that are Rust; [`crate::foreign`] has the others.
pub(crate) const KNOWN: &[Known] = &[
    Known {
        name: RAW,
        what: "shm_open, ftruncate, mmap; unlinked by its creator",
        remark: "",
        named: true,
        after_kill: "stays until it is unlinked by hand",
    },
    Known {
        name: NSHM,
        what: "this crate",
        remark: "",
        named: true,
        after_kill: "nothing: the kernel frees it",
    },
    Known {
        name: "raw memfd",
        what: "memfd_create, ftruncate, mmap; opened through /proc/PID/fd",
        remark: "no name: the opener must know the process and the descriptor",
        named: false,
        after_kill: "nothing: the kernel frees it",
    },
    Known {
        name: "shared_memory",
        what: "crate shared_memory 0.12",
        remark: "",
        named: true,
        after_kill: "stays until it is unlinked by hand",
    },
    Known {
        name: "memmap2",
        what: "crate memmap2 0.9 over a file in /dev/shm; unlinked by its creator",
        remark: "",
        named: true,
        after_kill: "stays until the file is removed by hand",
    },
    Known {
        name: "iceoryx2 service",
        what: "crate iceoryx2 0.10, publish-subscribe with one loaned sample",
        remark: "the node is made before, once; an open maps no memory before the first receive",
        named: true,
        after_kill: "stays until the next node is created",
    },
    Known {
        name: "iceoryx2 blackboard",
        what: "crate iceoryx2 0.10, a blackboard with one value",
        remark: "the node is made before, once",
        named: true,
        after_kill: "stays until the next node is created",
    },
    Known {
        name: "ipc-channel",
        what: "crate ipc-channel 0.23, IpcSharedMemory",
        remark: "no name; a create writes every byte; an open is a send and a receive in one process",
        named: false,
        after_kill: "nothing: the kernel frees it",
    },
    Known {
        name: "cloudtoid",
        what: "crate cloudtoid-interprocess 3.0, a queue",
        remark: "a create is a publisher and one message, an open is a subscriber and one look",
        named: true,
        after_kill: "stays until somebody opens the same queue",
    },
];

/// `nshm-bench peer NAME`: does what it is told until its input ends.
pub(crate) fn run(name: &str) -> Result<()> {
    match name {
        RAW => serve::serve(raw::Raw),
        NSHM => serve::serve(nshm::Nshm),
        "raw memfd" => serve::serve(memfd::Memfd),
        "shared_memory" => serve::serve(shared_memory::SharedMemory),
        "memmap2" => serve::serve(memmap2::Memmap2),
        "iceoryx2 service" => serve::serve(iceoryx2::Service::default()),
        "iceoryx2 blackboard" => serve::serve(iceoryx2::Blackboard::default()),
        "ipc-channel" => serve::serve(ipc_channel::IpcChannel::new()?),
        "cloudtoid" => serve::serve(cloudtoid::Cloudtoid),
        _ => anyhow::bail!("there is no peer {name:?}"),
    }
}
