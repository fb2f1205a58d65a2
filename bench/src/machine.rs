//! What the figures were measured on.

use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// A machine, without a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    /// Whether transparent huge pages are given to shared memory, in the kernel's words.
    pub(crate) huge_pages: String,
}

impl Machine {
    pub(crate) fn this() -> Machine {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let after = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key));
            let value = line.and_then(|line| line.split_once(':'));
            value
                .map_or("unknown", |(_, value)| value.trim())
                .to_owned()
        };
        let memory = after(&read("/proc/meminfo"), "MemTotal");
        let kib: u64 = memory
            .split(' ')
            .next()
            .and_then(|word| word.parse().ok())
            .unwrap_or(0);
        let release = read("/proc/sys/kernel/osrelease");
        let version: Vec<&str> = release.trim().split(['.', '-', '+']).take(2).collect();
        let rustc = Command::new("rustc").arg("--version").output();
        let rustc = rustc.map(|done| String::from_utf8_lossy(&done.stdout).trim().to_owned());
        Machine {
            processor: after(&read("/proc/cpuinfo"), "model name"),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: (kib + (1 << 19)) >> 20,
            kernel: format!("Linux {}", version.join(".")),
            rustc: rustc.unwrap_or_else(|_| "unknown".into()),
            huge_pages: read("/sys/kernel/mm/transparent_hugepage/shmem_enabled")
                .trim()
                .to_owned(),
        }
    }

    /// A word for a directory: `amd-epyc-2`.
    pub(crate) fn slug(&self) -> String {
        let mut slug = String::new();
        for character in self.processor.chars() {
            if character.is_ascii_alphanumeric() {
                slug.push(character.to_ascii_lowercase());
            } else if !slug.ends_with('-') && !slug.is_empty() {
                slug.push('-');
            }
        }
        format!("{}-{}", slug.trim_end_matches('-'), self.processors)
    }
}

/// How many processes want to run, for each processor.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let average = text.split(' ').next().and_then(|word| word.parse().ok());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    average.unwrap_or(0.0) / processors as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_word_for_a_directory() {
        let mut machine = Machine::this();
        machine.processor = "Fast(R) Chip @ 3.0GHz".into();
        machine.processors = 8;
        assert_eq!(machine.slug(), "fast-r-chip-3-0ghz-8");
    }
}
