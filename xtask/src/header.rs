//! `include/nshm.h`, made of the sources of its functions.

mod layout;

use std::path::Path;

use anyhow::{Context as _, Result};
use cbindgen::{Builder, Config};

use crate::cargo::Workspace;
use crate::output;

/// Where it lies in the repository.
pub(crate) const PATH: &str = "crates/nshm-capi/include/nshm.h";

/// The sources, in the order in which the header has what is in them.
const SOURCES: &[&str] = &[
    "pointer", "version", "status", "error", "options", "info", "section", "view", "list", "names",
];

/// `cargo xtask header`
pub(crate) fn command() -> Result<()> {
    let workspace = Workspace::load()?;
    let path = workspace.root().join(PATH);
    let text = make(workspace.root())?;
    std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    output::say(&format!("wrote {}", path.display()));
    Ok(())
}

/// The text of the header.
fn make(root: &Path) -> Result<String> {
    let package = root.join("crates/nshm-capi");
    let config = package.join("cbindgen.toml");
    let mut config = Config::from_file(config).map_err(anyhow::Error::msg)?;
    let mut macros = config.after_includes.take().unwrap_or_default();
    macros.insert_str(0, &version());
    config.after_includes = Some(macros);
    let mut builder = Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(package.join("src/own").join(source).with_extension("rs"));
    }
    let mut text = Vec::new();
    builder.generate().context("cbindgen")?.write(&mut text);
    let text = String::from_utf8(text).context("the header is not UTF-8")?;
    layout::lay_out(&text)
}

/// The version as macros. All packages of the workspace have the same.
fn version() -> String {
    format!(
        "\n/** The version of this header; nshm_version() is that of the library. */\n\
         #define NSHM_VERSION \"{}\"\n\
         #define NSHM_VERSION_MAJOR {}\n\
         #define NSHM_VERSION_MINOR {}\n\
         #define NSHM_VERSION_PATCH {}\n\n",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_its_sources_say() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let committed = std::fs::read_to_string(root.join(PATH)).unwrap();
        let made = make(root).unwrap();
        let at = committed
            .lines()
            .zip(made.lines())
            .position(|(a, b)| a != b);
        assert!(
            committed.lines().eq(made.lines()),
            "{PATH} is not what cbindgen gives now (line {:?}): run `cargo xtask header`",
            at.map(|index| index + 1)
        );
    }
}
