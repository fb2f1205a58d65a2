//! `cargo xtask pictures`: terminal pictures for the guide, taken of real runs.
//!
//! - [`scene`]: what they show
//! - [`svg`]: how a screen becomes a picture

pub(crate) mod scene;
pub(crate) mod svg;

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use self::scene::{SCENES, Scene};
use self::svg::Picture;
use crate::guide::mask::mask;
use crate::guide::place::Place;
use crate::output;

/// The directory of the pictures.
pub(crate) const DIR: &str = "docs/pictures";

const SIZE: (u16, u16) = (80, 24);

/// Takes all of them into a directory.
pub(crate) fn take_all(place: &Place, dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("make {}", dir.display()))?;
    for scene in SCENES {
        let picture = take(place, scene).with_context(|| format!("the picture {}", scene.name))?;
        let path = dir.join(format!("{}.svg", scene.name));
        std::fs::write(&path, picture.svg).with_context(|| format!("write {}", path.display()))?;
        output::say(&format!(
            "{}.svg: {} lines",
            scene.name,
            picture.lines.len()
        ));
    }
    Ok(())
}

/// Takes all of them anew, in memory, and compares what they show with those of a directory: the
/// words and where they are, not numbers and bytes.
pub(crate) fn check_all(place: &Place, dir: &Path) -> Result<()> {
    for scene in SCENES {
        let name = scene.name;
        let path = dir.join(format!("{name}.svg"));
        let old =
            std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let old = svg::text_in(&old).with_context(|| format!("{name}.svg has no text"))?;
        let new = take(place, scene)
            .with_context(|| format!("the picture {name}"))?
            .lines;
        let differs = |(old, new): &(&String, &String)| mask(old) != mask(new);
        if let Some((old, new)) = old.iter().zip(&new).find(differs) {
            bail!(
                "{name}.svg is stale (run `cargo xtask pictures`): it shows\n{old}\nand not\n{new}"
            );
        }
        ensure!(
            old.len() == new.len(),
            "{name}.svg is stale: run `cargo xtask pictures`"
        );
        output::say(&format!("{name}.svg is as the program is"));
    }
    Ok(())
}

fn take(place: &Place, scene: &Scene) -> Result<Picture> {
    let mut behind = Vec::new();
    for (command, ready) in scene.behind {
        let tty = place.run(command, SIZE)?;
        tty.wait_for(ready)?;
        behind.push(tty);
    }
    // What a command prints may be larger than a screen; what a live view shows is one.
    let is_live = scene.command.starts_with("nshm watch") || scene.command.starts_with("nshm top");
    let size = if is_live { SIZE } else { (96, 60) };
    let mut tty = place.run(scene.command, size)?;
    tty.wait_until(&scene.wanted.join(" and "), |screen| {
        let text = screen.contents();
        scene.wanted.iter().all(|wanted| text.contains(wanted))
    })?;
    for (keys, wanted) in scene.keys {
        tty.type_(keys)?;
        tty.wait_for(wanted)?;
    }
    if !is_live {
        tty.end()?;
    }
    let title = format!("$ {}", scene.command);
    Ok(svg::draw(&tty.screen(), &title, |line| {
        place.anonymous(&line)
    }))
}
