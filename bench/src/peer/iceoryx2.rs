//! The crate iceoryx2: a publish-subscribe service, and a blackboard.

use std::any::Any;

use ::iceoryx2::config::Config;
use ::iceoryx2::node::{Node, NodeBuilder};
use ::iceoryx2::prelude::{CallbackProgression, LogLevel, ServiceName, ipc, set_log_level};
use ::iceoryx2::service::Service as _;
use anyhow::{Context as _, Result, anyhow, bail};

use super::Peer;

/// Whatever keeps it alive.
type Region = Box<dyn Any>;

/// The configuration as it comes, with its files where they are counted.
fn config() -> Result<Config> {
    let mut config = Config::default();
    let root = std::env::temp_dir().join("iceoryx2");
    let root = root.to_str().context("a path")?;
    let root = root.try_into().map_err(|error| anyhow!("{error:?}"))?;
    config.global.set_root_path(&root);
    Ok(config)
}

/// A node, and what it goes by.
pub(crate) fn new_node() -> Result<(Config, Node<ipc::Service>)> {
    set_log_level(LogLevel::Fatal);
    let config = config()?;
    let node = NodeBuilder::new().config(&config).create::<ipc::Service>();
    Ok((config, node.map_err(|error| anyhow!("{error:?}"))?))
}

/// The node of this process, made at its first use.
#[derive(Default)]
struct Home(Option<(Config, Node<ipc::Service>)>);

impl Home {
    fn node(&mut self) -> Result<&Node<ipc::Service>> {
        Ok(&self.made()?.1)
    }

    fn made(&mut self) -> Result<&(Config, Node<ipc::Service>)> {
        match &mut self.0 {
            Some(made) => Ok(made),
            none => Ok(none.insert(new_node()?)),
        }
    }

    fn count(&mut self, start: &str) -> Result<usize> {
        let (config, _) = self.made()?;
        let mut count = 0;
        let listed = ipc::Service::list(config, |service| {
            let name = service.static_details.name();
            count += usize::from(name.as_str().starts_with(start));
            CallbackProgression::Continue
        });
        listed.map_err(|error| anyhow!("{error:?}"))?;
        Ok(count)
    }
}

pub(crate) fn service_name(name: &str) -> Result<ServiceName> {
    name.try_into().map_err(|error| anyhow!("{error:?}"))
}

/// Publish-subscribe, with samples of the size asked for.
#[derive(Default)]
pub(crate) struct Service(Home);

impl Service {
    fn publish(&mut self, name: &str, size: usize, open: bool) -> Result<Region> {
        let builder = self.0.node()?.service_builder(&service_name(name)?);
        let builder = builder.publish_subscribe::<[u8]>();
        let service = match open {
            true => builder
                .open_or_create()
                .map_err(|error| anyhow!("{error:?}"))?,
            false => builder.create().map_err(|error| anyhow!("{error:?}"))?,
        };
        let publisher = service.publisher_builder().initial_max_slice_len(size);
        let publisher = publisher.create().map_err(|error| anyhow!("{error:?}"))?;
        let sample = publisher.loan_slice_uninit(size);
        let mut sample = sample.map_err(|error| anyhow!("{error:?}"))?;
        sample.payload_mut()[0].write(1);
        Ok(Box::new((sample, publisher, service)))
    }
}

impl Peer for Service {
    type Region = Region;

    fn create(&mut self, name: &str, size: usize) -> Result<Region> {
        self.publish(name, size, false)
    }

    fn open(&mut self, token: &str, _size: usize) -> Result<Region> {
        let builder = self.0.node()?.service_builder(&service_name(token)?);
        let service = builder.publish_subscribe::<[u8]>().open();
        let service = service.map_err(|error| anyhow!("{error:?}"))?;
        let subscriber = service.subscriber_builder().create();
        let subscriber = subscriber.map_err(|error| anyhow!("{error:?}"))?;
        Ok(Box::new((subscriber, service)))
    }

    fn join(&mut self, name: &str, size: usize) -> Result<Region> {
        self.publish(name, size, true)
    }

    /// A new node cleans up after dead ones.
    fn clean_up(&mut self, _name: &str) -> Result<()> {
        self.0 = Home::default();
        self.0.node().map(drop)
    }

    fn count(&mut self, start: &str) -> Option<Result<usize>> {
        Some(self.0.count(start))
    }
}

/// A blackboard with one value of the size asked for.
#[derive(Default)]
pub(crate) struct Blackboard(Home);

const KEY: u64 = 1;

impl Blackboard {
    fn write<const SIZE: usize>(&mut self, name: &str) -> Result<Region> {
        let builder = self.0.node()?.service_builder(&service_name(name)?);
        let builder = builder.blackboard_creator::<u64>();
        let service = builder.add::<[u8; SIZE]>(KEY, [1; SIZE]).create();
        let service = service.map_err(|error| anyhow!("{error:?}"))?;
        let writer = service.writer_builder().create();
        let writer = writer.map_err(|error| anyhow!("{error:?}"))?;
        Ok(Box::new((writer, service)))
    }

    fn read<const SIZE: usize>(&mut self, name: &str) -> Result<Region> {
        let builder = self.0.node()?.service_builder(&service_name(name)?);
        let service = builder.blackboard_opener::<u64>().open();
        let service = service.map_err(|error| anyhow!("{error:?}"))?;
        let reader = service.reader_builder().create();
        let reader = reader.map_err(|error| anyhow!("{error:?}"))?;
        let entry = reader.entry::<[u8; SIZE]>(&KEY);
        let entry = entry.map_err(|error| anyhow!("{error:?}"))?;
        std::hint::black_box(entry.get()[0]);
        Ok(Box::new((reader, service)))
    }
}

impl Peer for Blackboard {
    type Region = Region;

    fn create(&mut self, name: &str, size: usize) -> Result<Region> {
        match size {
            4096 => self.write::<4096>(name),
            0x10_0000 => self.write::<0x10_0000>(name),
            _ => bail!("a value of {size} bytes does not go through the stack"),
        }
    }

    fn open(&mut self, token: &str, size: usize) -> Result<Region> {
        match size {
            4096 => self.read::<4096>(token),
            0x10_0000 => self.read::<0x10_0000>(token),
            _ => bail!("a value of {size} bytes does not go through the stack"),
        }
    }

    /// A new node cleans up after dead ones.
    fn clean_up(&mut self, _name: &str) -> Result<()> {
        self.0 = Home::default();
        self.0.node().map(drop)
    }

    fn count(&mut self, start: &str) -> Option<Result<usize>> {
        Some(self.0.count(start))
    }
}
