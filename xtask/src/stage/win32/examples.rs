//! The two example programs, as narrow and wide programs in C and in C++: each first one with a
//! second one of the other language.

use std::process::Command;

use anyhow::{Result, bail};

use super::programs::Programs;
use super::system::{Language, System};
use crate::process::{Child, Output};
use crate::stage::{Context, MESSAGE, Names};

/// How a program is built for one size of text.
struct Width {
    name: &'static str,
    options: &'static [&'static str],
    /// What the linker for Windows wants to hear as well.
    windows: &'static [&'static str],
}

const WIDTHS: [Width; 2] = [
    Width {
        name: "narrow",
        options: &[],
        windows: &[],
    },
    Width {
        name: "wide",
        options: &["-DUNICODE", "-D_UNICODE"],
        // printf of the C library of Windows: there, %s of a wide format is wide.
        windows: &["-municode", "-D__USE_MINGW_ANSI_STDIO=0"],
    },
];

/// Builds and runs all of them on one system.
pub(super) fn run(programs: &Programs, context: &Context<'_>) -> Result<()> {
    let languages = [(Language::C, Language::Cpp), (Language::Cpp, Language::C)];
    for width in &WIDTHS {
        for (of_first, of_second) in languages {
            let pair = Pair {
                programs,
                context,
                names: Names::new()?,
            };
            let first = pair.build("first", width, of_first)?;
            let second = pair.build("second", width, of_second)?;
            pair.run(first, second)?;
        }
    }
    Ok(())
}

/// Two programs that share names.
struct Pair<'a> {
    programs: &'a Programs,
    context: &'a Context<'a>,
    names: Names,
}

impl Pair<'_> {
    /// Builds a program; gives what makes a command of it.
    fn build(
        &self,
        source: &str,
        width: &Width,
        language: Language,
    ) -> Result<impl Fn() -> Command + use<'_>> {
        let mut options = width.options.to_vec();
        if self.programs.system() == System::Wine {
            options.extend(width.windows);
        }
        let name = format!("{source}-{}-{}", width.name, language.name());
        let program =
            self.programs
                .build_single(source, &name, language, &options, self.context)?;
        Ok(move || self.programs.command(&program, &self.names))
    }

    fn run(&self, first: impl Fn() -> Command, second: impl Fn() -> Command) -> Result<()> {
        const NOT_THERE: &str = "Cannot open the section: error 2";
        self.expect(&mut second(), NOT_THERE, false)?;

        let (mut creator, input) = Child::spawn_with_input(&mut first(), Output::Lines)?;
        let written = creator.line(self.context.until)?;
        if written.as_deref().map(str::trim_end) != Some(&format!("Written: {MESSAGE}")) {
            bail!("the first program says {written:?}");
        }
        let read = format!("Read: {MESSAGE}");
        self.expect(&mut second(), &read, true)?;
        self.expect(second().arg("box"), &read, true)?;
        drop(input);
        creator.succeed(self.context.until)?;

        self.expect(&mut second(), NOT_THERE, false)
    }

    /// Runs a program that must say this, and succeed or not.
    fn expect(&self, command: &mut Command, says: &str, succeeds: bool) -> Result<()> {
        let system = self.programs.system();
        let mut child = Child::spawn(command, Output::Lines)?;
        let said = child.line(self.context.until)?.unwrap_or_default();
        let status = child.end(self.context.until)?;
        if said.trim_end() != says || status.success() != succeeds {
            bail!("the second program under {system} says {said:?}, not {says:?}: {status}");
        }
        Ok(())
    }
}
