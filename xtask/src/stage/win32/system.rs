//! The two systems that the programs are built for, and the compilers for them.

use std::fmt;
use std::process::Command;

/// Where a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    /// As a program of Windows, under Wine.
    Wine,
    /// Here, with the Windows API of nshm.
    Linux,
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            System::Wine => "Wine",
            System::Linux => "Linux",
        })
    }
}

/// A language that the programs are written in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Language {
    C,
    Cpp,
}

impl System {
    /// A compiler that takes no warning.
    pub(super) fn compiler(self, language: Language) -> Command {
        let mut command = Command::new(match (self, language) {
            (System::Wine, Language::C) => "x86_64-w64-mingw32-gcc",
            (System::Wine, Language::Cpp) => "x86_64-w64-mingw32-g++",
            (System::Linux, Language::C) => "cc",
            (System::Linux, Language::Cpp) => "g++",
        });
        command.arg(match language {
            Language::C => "-std=c11",
            Language::Cpp => "-std=c++17",
        });
        command.args(["-O1", "-pedantic", "-Wall", "-Wextra", "-Werror"]);
        if self == System::Linux {
            command.arg("-pthread");
        }
        command
    }

    /// What the file name of a program ends with.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            System::Wine => "exe",
            System::Linux => "",
        }
    }
}

impl Language {
    pub(super) fn name(self) -> &'static str {
        match self {
            Language::C => "c",
            Language::Cpp => "c++",
        }
    }
}
