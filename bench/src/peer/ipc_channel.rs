//! The crate ipc-channel: memory without a name that is sent to who shall have it.

use ::ipc_channel::ipc::{self, IpcReceiver, IpcSender, IpcSharedMemory};
use anyhow::{Context as _, Result, anyhow};

use super::Peer;

/// A channel to this process itself, and what is sent through it.
pub(crate) struct IpcChannel {
    sender: IpcSender<IpcSharedMemory>,
    receiver: IpcReceiver<IpcSharedMemory>,
    sent: Option<IpcSharedMemory>,
}

impl IpcChannel {
    pub(crate) fn new() -> Result<IpcChannel> {
        let (sender, receiver) = ipc::channel().context("a channel")?;
        Ok(IpcChannel {
            sender,
            receiver,
            sent: None,
        })
    }
}

impl Peer for IpcChannel {
    type Region = IpcSharedMemory;

    fn create(&mut self, _name: &str, size: usize) -> Result<IpcSharedMemory> {
        Ok(IpcSharedMemory::from_byte(1, size))
    }

    /// Sends memory to this process, and looks at the first byte of what arrives.
    fn open(&mut self, _token: &str, size: usize) -> Result<IpcSharedMemory> {
        let sent = self.sent.take_if(|sent| sent.len() != size);
        drop(sent);
        let memory = self
            .sent
            .get_or_insert_with(|| IpcSharedMemory::from_byte(1, size));
        self.sender.send(memory.clone()).context("send")?;
        let received = self.receiver.recv();
        let received = received.map_err(|error| anyhow!("receive: {error:?}"))?;
        std::hint::black_box(received[0]);
        Ok(received)
    }

    fn join(&mut self, _name: &str, _size: usize) -> Result<IpcSharedMemory> {
        anyhow::bail!("it has no names")
    }
}
