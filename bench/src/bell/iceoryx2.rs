//! The crate iceoryx2: two event services, each with a notifier and a listener.

use ::iceoryx2::node::Node;
use ::iceoryx2::port::listener::Listener;
use ::iceoryx2::port::notifier::Notifier;
use ::iceoryx2::prelude::ipc;
use anyhow::{Result, anyhow, ensure};

use super::{Bells, Made, Rope, Side};
use crate::peer::iceoryx2::{new_node, service_name};

struct Services {
    notifier: Notifier<ipc::Service>,
    listener: Listener<ipc::Service>,
    _node: Node<ipc::Service>,
}

pub(super) fn make() -> Result<Made> {
    let word = format!("bell{}", std::process::id());
    let services = services(&word, Side::There)?;
    let descriptors = None;
    Ok((Box::new(services), Rope { descriptors, word }))
}

pub(super) fn join(word: &str) -> Result<Box<dyn Bells>> {
    Ok(Box::new(services(word, Side::Back)?))
}

/// Rings at `side` and listens at the other.
fn services(word: &str, side: Side) -> Result<Services> {
    let (_, node) = new_node()?;
    let event = |side: Side| {
        let name = service_name(&format!("{word}-{side:?}"))?;
        let event = node.service_builder(&name).event().open_or_create();
        event.map_err(|error| anyhow!("{error:?}"))
    };
    let (there, back) = (event(Side::There)?, event(Side::Back)?);
    let (rung, heard) = match side {
        Side::There => (there, back),
        Side::Back => (back, there),
    };
    let notifier = rung.notifier_builder().create();
    let listener = heard.listener_builder().create();
    Ok(Services {
        notifier: notifier.map_err(|error| anyhow!("{error:?}"))?,
        listener: listener.map_err(|error| anyhow!("{error:?}"))?,
        _node: node,
    })
}

impl Bells for Services {
    fn ring(&mut self, _side: Side) -> Result<()> {
        loop {
            let told = self.notifier.notify();
            // The first ring may come before there is a listener.
            match told.map_err(|error| anyhow!("{error:?}"))? {
                0 => std::thread::yield_now(),
                _ => return Ok(()),
            }
        }
    }

    fn wait(&mut self, _side: Side) -> Result<()> {
        let mut rung = false;
        while !rung {
            let heard = self.listener.blocking_wait(|_| rung = true);
            heard.map_err(|error| anyhow!("{error:?}"))?;
        }
        ensure!(rung, "woken for nothing");
        Ok(())
    }
}
