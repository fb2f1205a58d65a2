//! What other users can forge, as real processes of theirs: a victim, an attacker and a bystander,
//! and root, who started them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use nshm::{Mutex, Section};

use super::actor::Actor;
use super::text::Text;
use super::{Court, word};
use crate::linux::stage::Stage;

/// The user that nobody is.
const NOBODY: u32 = 65534;

/// A round of everything, with users that are picked anew.
pub(super) fn run(stage: &Stage, random: &mut fastrand::Rng, court: &mut Court<'_>) -> Result<()> {
    // As it is in /dev/shm.
    fs::set_permissions(stage.dir(), Permissions::from_mode(0o1777))?;
    let first = random.u32(40_000..60_000);
    let attacker = match random.bool() {
        true => NOBODY,
        false => first + 1,
    };
    let mut actors = Vec::new();
    for uid in [first, attacker, first + 2] {
        match Actor::start(uid) {
            Ok(actor) => actors.push(actor),
            Err(error) => {
                let why = format!("other users: this root cannot become one: {error:#}");
                stage.skip(why);
                return Ok(());
            }
        }
    }
    let mut round = Round {
        stage,
        court,
        bystander: actors.pop().context("three users")?,
        attacker: actors.pop().context("three users")?,
        victim: actors.pop().context("three users")?,
        tag: stage.leaf(),
    };
    round.hold()?;
    round.reach_for_names().context("names of others")?;
    round
        .reach_for_directories()
        .context("directories of others")?;
    round
        .lead_elsewhere()
        .context("links to others' segments")?;
    round.lead_to_files().context("links to others' files")?;
    round.lead_root().context("links to what is root's")?;
    round.squat().context("a squatted directory")?;
    round.lose_rights().context("a directory without rights")?;
    round.raise_rights().context("a set-uid program")?;
    round.victim.must(&["check"])?;
    let honest = round.name("write");
    round.bystander.must(&["open", &honest])?;
    round.end()
}

struct Round<'r, 'f> {
    stage: &'r Stage,
    court: &'r mut Court<'f>,
    victim: Actor,
    attacker: Actor,
    bystander: Actor,
    /// Part of every name of the round.
    tag: String,
}

const DENIED: &[&str] = &["AccessDenied"];
/// What the kernel says.
const KERNEL: &[&str] = &["EACCES", "EPERM"];
const FORGED: &[&str] = &["Corrupt", "AccessDenied"];

impl Round<'_, '_> {
    fn name(&self, what: &str) -> String {
        format!("Global\\{}.{what}", self.tag)
    }

    fn leaf(&self, what: &str) -> String {
        format!("{}.{what}", self.tag)
    }

    fn link(&self, what: &str) -> PathBuf {
        self.stage.link(&self.name(what))
    }

    fn dir_of(&self, uid: u32) -> PathBuf {
        self.stage.dir().join(format!("nshm-{uid}"))
    }

    /// The attacker tries something, which must be refused.
    fn tries(&mut self, words: &[&str], fit: &[&str]) -> Result<()> {
        let answer = self.attacker.ask(words)?;
        self.court.refuses(&words.join(" "), &answer, fit)
    }

    /// What the victim has, for whom.
    fn hold(&mut self) -> Result<()> {
        for (what, audience) in [
            ("private", "nobody else"),
            ("read", "all read"),
            ("write", "all write"),
        ] {
            let name = self.name(what);
            self.victim.must(&["hold", &name, audience])?;
        }
        let secret = self.leaf("secret");
        self.victim.must(&["hold", &secret, "all write"])?;
        let mutex = self.name("mutex");
        self.victim.must(&["hold mutex", &mutex])
    }

    /// By their names, and by their ids, which are no secret.
    fn reach_for_names(&mut self) -> Result<()> {
        let victim = self.victim.uid;
        let secret = format!("Session\\{victim}\\{}", self.leaf("secret"));
        let new = format!("Session\\{victim}\\{}", self.leaf("new"));
        for call in [
            "open",
            "open read only",
            "open mutex",
            "open event",
            "open semaphore",
            "create",
            "open or create",
            "find",
            "remove",
            "clear",
        ] {
            self.tries(&[call, &secret], DENIED)?;
            self.tries(&[call, &new], DENIED)?;
        }
        self.tries(&["list", &victim.to_string()], DENIED)?;
        self.court.count("names of others' sessions");
        let private = self.name("private");
        self.tries(&["open", &private], DENIED)?;
        self.tries(&["open read only", &private], DENIED)?;
        let mutex = self.name("mutex");
        self.tries(&["open mutex", &mutex], DENIED)?;
        let read = self.name("read");
        self.tries(&["open", &read], DENIED)?;
        for what in ["private", "read", "write", "mutex"] {
            let name = self.name(what);
            self.tries(&["remove", &name], DENIED)?;
            self.tries(&["create", &name], &["AlreadyExists", "WrongKind"])?;
            let link = self.link(what).display().to_string();
            self.tries(&["unlink", &link], KERNEL)?;
            let mine = self.link("mine").display().to_string();
            self.attacker.must(&["symlink", "x", &mine])?;
            self.tries(&["rename", &mine, &link], KERNEL)?;
            self.attacker.must(&["unlink", &mine])?;
        }
        self.court.count("names of others in the directory of all");
        for what in ["private", "read", "mutex"] {
            let token = Text::read(&self.link(what))?.token();
            let call = if what == "mutex" {
                "mutex token"
            } else {
                "open token"
            };
            self.tries(&[call, &token], DENIED)?;
        }
        let token = Text::read(&self.link("private"))?.token();
        self.tries(&["open token read only", &token], DENIED)?;
        self.court.count("ids of others");
        Ok(())
    }

    fn reach_for_directories(&mut self) -> Result<()> {
        let dir = self.dir_of(self.victim.uid);
        let path = |name: &str| dir.join(name).display().to_string();
        let secret = path(&self.leaf("secret"));
        let new = path("new");
        let lock = path(".lock");
        let dir = dir.display().to_string();
        let elsewhere = self.stage.dir().join("elsewhere").display().to_string();
        for words in [
            &["look into", &dir][..],
            &["symlink", "x", &new],
            &["unlink", &secret],
            &["unlink", &lock],
            &["open file", &lock],
            &["mkdir", &new, "700"],
            &["chmod", &dir, "777"],
            &["rmdir", &dir],
            &["rename", &dir, &elsewhere],
        ] {
            self.tries(words, KERNEL)?;
        }
        self.court.count("directories of others");
        Ok(())
    }

    /// A link of the attacker to memory of the victim, or of both, in a place for all.
    fn lead_elsewhere(&mut self) -> Result<()> {
        let mine = self.name("bait");
        self.attacker.must(&["hold", &mine, "all write"])?;
        let bait = Text::read(&self.link("bait"))?;
        let mut texts = Vec::new();
        for what in ["private", "read", "write", "mutex"] {
            let theirs = Text::read(&self.link(what))?;
            // Its memory as it is, and as the pages of an object of the attacker's own.
            texts.push(theirs.clone());
            texts.push(Text {
                kind: "section".into(),
                ..theirs.clone()
            });
            texts.push(bait.with_pages(&theirs.segment()));
            texts.push(theirs.with_pages(&bait.segment()));
        }
        let forged = self.link("forged");
        for text in texts {
            let text = text.named(&self.leaf("forged"));
            let path = forged.display().to_string();
            self.attacker.must(&["symlink", &text.to_string(), &path])?;
            self.nobody_follows("forged", &text)?;
            self.attacker.must(&["unlink", &path])?;
            self.court.count("links to others' segments");
        }
        // And in the attacker's own directory, for itself.
        let own = self.leaf("own");
        self.attacker.must(&["hold", &own, "nobody else"])?;
        let path = self.dir_of(self.attacker.uid).join(self.leaf("planted"));
        let path = path.display().to_string();
        for what in ["private", "read", "write"] {
            let text = Text::read(&self.link(what))?.named(&self.leaf("planted"));
            self.attacker.must(&["symlink", &text.to_string(), &path])?;
            let planted = self.leaf("planted");
            self.tries(&["open", &planted], FORGED)?;
            self.tries(&["open read only", &planted], FORGED)?;
            self.attacker.must(&["unlink", &path])?;
            self.court.count("links to others' segments");
        }
        Ok(())
    }

    /// Everybody else uses a name of the attacker's, and gets nothing.
    fn nobody_follows(&mut self, what: &str, text: &Text) -> Result<()> {
        let name = self.name(what);
        let call = match &*text.kind {
            "mutex" => "open mutex",
            _ => "open",
        };
        for actor in [&mut self.victim, &mut self.bystander] {
            for call in [call, "open read only", "open or create"] {
                if call != "open mutex" && text.kind == "mutex" {
                    continue;
                }
                let answer = actor.ask(&[call, &name])?;
                self.court
                    .refuses(&format!("{call} {text}"), &answer, FORGED)?;
            }
        }
        let answer = match call {
            "open mutex" => word(&Mutex::open(&*name)),
            _ => word(&Section::open(&*name)),
        };
        self.court
            .refuses(&format!("root: {call} {text}"), &answer, FORGED)
    }

    /// A link of the attacker that makes root, or the victim, open a file of its own.
    fn lead_to_files(&mut self) -> Result<()> {
        let bait = Text::read(&self.link("bait"))?;
        for owner in [0, self.victim.uid] {
            let file = self.stage.dir().join("a secret file");
            fs::write(&file, [0x5a; 4096])?;
            fs::set_permissions(&file, Permissions::from_mode(0o600))?;
            chown(&file, Some(owner), Some(owner))?;
            let text = bait.with_pages(&file_pages(&file)?);
            let text = text.named(&self.leaf("file"));
            let path = self.link("file").display().to_string();
            self.attacker.must(&["symlink", &text.to_string(), &path])?;
            self.nobody_follows("file", &text)?;
            self.attacker.must(&["unlink", &path])?;
            fs::remove_file(&file)?;
            self.court.count("links to others' files");
        }
        Ok(())
    }

    /// A link of the attacker in its own directory, where root may make names, to what is root's.
    fn lead_root(&mut self) -> Result<()> {
        let roots = self.name("roots");
        let _held = Section::create(&*roots, 4096)?;
        let memory = Text::read(&self.link("roots"))?;
        let file = self.stage.dir().join("a secret file");
        fs::write(&file, [0x5a; 4096])?;
        let planted = self.leaf("planted");
        let name = format!("Session\\{}\\{planted}", self.attacker.uid);
        let path = self.dir_of(self.attacker.uid).join(&planted);
        let path = path.display().to_string();
        for text in [memory.clone(), memory.with_pages(&file_pages(&file)?)] {
            let text = text.named(&planted);
            self.attacker.must(&["symlink", &text.to_string(), &path])?;
            for (call, answer) in [
                ("open", word(&Section::open(&*name))),
                ("open read only", word(&Section::open_read_only(&*name))),
                (
                    "open or create",
                    word(&Section::open_or_create(&*name, 4096)),
                ),
            ] {
                let what = format!("root: {call} {text}");
                self.court.refuses(&what, &answer, FORGED)?;
            }
            self.tries(&["open", &planted], FORGED)?;
            self.attacker.must(&["unlink", &path])?;
            self.court.count("links to what is root's");
        }
        fs::remove_file(&file)?;
        Ok(())
    }

    /// The attacker makes the directory of a user who has not come yet.
    fn squat(&mut self) -> Result<()> {
        let dir = self.dir_of(self.bystander.uid);
        let path = dir.display().to_string();
        let trap = Text::read(&self.link("bait"))?.named(&self.leaf("trap"));
        let trap_path = dir.join(self.leaf("trap")).display().to_string();
        for mode in ["700", "755", "777"] {
            self.attacker.must(&["mkdir", &path, mode])?;
            self.attacker
                .must(&["symlink", &trap.to_string(), &trap_path])?;
            self.bystander_refuses()?;
            self.attacker.must(&["unlink", &trap_path])?;
            self.attacker.must(&["rmdir", &path])?;
        }
        // A link to a directory of the attacker, and one to that of the victim.
        for target in [self.attacker.uid, self.victim.uid] {
            let target = self.dir_of(target).display().to_string();
            self.attacker.must(&["symlink", &target, &path])?;
            self.bystander_refuses()?;
            self.attacker.must(&["unlink", &path])?;
        }
        // Even if the link is its own, by whatever way it got there.
        let target = self.dir_of(self.attacker.uid);
        std::os::unix::fs::symlink(target, &dir)?;
        lchown(&dir, Some(self.bystander.uid), Some(self.bystander.uid))?;
        self.bystander_refuses()?;
        fs::remove_file(&dir)?;
        Ok(())
    }

    fn bystander_refuses(&mut self) -> Result<()> {
        let name = self.leaf("trap");
        for words in [
            &["open", &name][..],
            &["open read only", &name],
            &["create", &name],
            &["open or create", &name],
            &["open mutex", &name],
            &["find", &name],
            &["remove", &name],
            &["clear", &name],
            &["list own"],
        ] {
            let answer = self.bystander.ask(words)?;
            self.court.refuses(&words.join(" "), &answer, DENIED)?;
        }
        self.court.count("directories squatted");
        Ok(())
    }

    /// A user may not write to its own directory any more.
    fn lose_rights(&mut self) -> Result<()> {
        let dir = self.dir_of(self.bystander.uid).display().to_string();
        let name = self.leaf("late");
        self.bystander.must(&["create", &name])?;
        self.bystander.must(&["chmod", &dir, "500"])?;
        for call in ["create", "open or create"] {
            let answer = self.bystander.ask(&[call, &name])?;
            self.court.refuses(call, &answer, DENIED)?;
        }
        self.bystander.must(&["chmod", &dir, "700"])?;
        self.bystander.must(&["create", &name])?;
        self.court.count("directories without rights");
        Ok(())
    }

    /// The attacker starts a program with the rights of the victim, and tells it where names are.
    fn raise_rights(&mut self) -> Result<()> {
        let program = self.stage.dir().join("a set-uid program");
        fs::copy("/proc/self/exe", &program)?;
        chown(&program, Some(self.victim.uid), None)?;
        fs::set_permissions(&program, Permissions::from_mode(0o4755))?;
        let mut raised = Actor::start_program(&program, self.attacker.uid)?;
        fs::remove_file(&program)?;
        if raised.ask(&["rights"])? == "raised" {
            // The victim has it there, but that program has no business there.
            let secret = self.leaf("secret");
            let answer = raised.ask(&["find", &secret])?;
            self.court
                .refuses("NSHM_DIR for a set-uid program", &answer, &["NotFound"])?;
            self.court.count("set-uid programs led elsewhere");
        } else {
            self.stage
                .skip("set-uid programs: this file system has none".into());
        }
        raised.end()
    }

    /// Ends the users, and clears away what they leave, as an administrator would.
    fn end(self) -> Result<()> {
        let Round {
            stage,
            victim,
            attacker,
            bystander,
            tag,
            ..
        } = self;
        let dirs = [victim.uid, attacker.uid, bystander.uid];
        for actor in [victim, attacker, bystander] {
            actor.end()?;
        }
        for what in ["private", "read", "write", "mutex", "bait"] {
            nshm::clear_stale(format!("Global\\{tag}.{what}"))?;
        }
        for uid in dirs {
            let _ = fs::remove_dir_all(stage.dir().join(format!("nshm-{uid}")));
        }
        Ok(())
    }
}

/// How a link names a file: docs/format.md.
fn file_pages(file: &Path) -> Result<String> {
    let stat = fs::metadata(file)?;
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
            (byte as char).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    let path: String = file
        .to_str()
        .context("no UTF-8")?
        .bytes()
        .map(encode)
        .collect();
    Ok(format!(
        "{},{},{},{path}",
        stat.dev(),
        stat.ino(),
        stat.len()
    ))
}
