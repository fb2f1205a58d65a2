//! The text of a link, in its parts, each of which may be anything: docs/format.md.

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) magic: String,
    pub(super) kind: String,
    pub(super) boot: String,
    pub(super) namespace: String,
    pub(super) id: String,
    pub(super) born: String,
    /// With the pages, where they are apart.
    pub(super) traits: String,
    pub(super) leaf: String,
}

impl Text {
    pub(super) fn read(link: &Path) -> Result<Text> {
        let text = std::fs::read_link(link)?;
        let text = text.to_str().unwrap_or_default();
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        if let [magic, kind, domain, segment, traits, leaf] = fields[..]
            && let Some((boot, namespace)) = domain.split_once('.')
            && let Some((id, born)) = segment.split_once('.')
        {
            return Ok(Text {
                magic: magic.into(),
                kind: kind.into(),
                boot: boot.into(),
                namespace: namespace.into(),
                id: id.into(),
                born: born.into(),
                traits: traits.into(),
                leaf: leaf.into(),
            });
        }
        bail!("{text:?} is no link")
    }

    /// The same under another name.
    pub(super) fn named(&self, leaf: &str) -> Text {
        Text {
            leaf: leaf.into(),
            ..self.clone()
        }
    }

    /// The same, but with its pages elsewhere.
    pub(super) fn with_pages(&self, pages: &str) -> Text {
        Text {
            traits: format!("-,{pages}"),
            ..self.clone()
        }
    }

    /// Its segment, as a link names it.
    pub(super) fn segment(&self) -> String {
        format!("{}.{}", self.id, self.born)
    }

    /// A token for what it names.
    pub(super) fn token(&self) -> String {
        self.named("").to_string()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Text {
            magic,
            kind,
            boot,
            namespace,
            id,
            born,
            traits,
            leaf,
        } = self;
        write!(
            f,
            "{magic}:{kind}:{boot}.{namespace}:{id}.{born}:{traits}:{leaf}"
        )
    }
}
