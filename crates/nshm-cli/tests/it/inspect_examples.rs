use std::process::Command;

use crate::support::{Place, apart, finish};

/// The lines of the examples at the end of a command's help.
fn examples(place: &Place, command: &str) -> Vec<String> {
    let help = place.run([command, "--help"]).ok();
    let (_, examples) = help
        .text()
        .rsplit_once("Examples:\n")
        .unwrap_or_else(|| panic!("{command} --help has no examples"));
    examples
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn they_work() {
    apart("inspect_examples::they_work", |place| {
        let holders = [
            place.hold(["frame", "--size", "64K"]),
            place.hold([r"Global\MyFileMappingObject", "--size", "256"]),
        ];
        let dir = tempfile::tempdir().expect("a directory");
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_nshm"));
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!(
            "{}:{path}",
            program.parent().expect("a directory").display()
        );
        for command in ["list", "info", "reap", "doctor", "setup"] {
            let examples = examples(place, command);
            assert_eq!(examples.len(), 2, "{command} --help: {examples:?}");
            for example in examples {
                assert!(example.starts_with(&format!("nshm {command}")), "{example}");
                let mut shell = Command::new("sh");
                shell.args(["-c", &example]).current_dir(dir.path());
                place.here(&mut shell);
                finish(
                    {
                        shell.env("PATH", &path);
                        shell
                    },
                    b"",
                )
                .ok();
            }
        }
        holders.into_iter().for_each(|holder| holder.release());
    });
}
