//! What the pictures of the guide show.

/// A picture: what is running, what is typed, when it is taken.
pub(crate) struct Scene {
    /// The name of its file, without `.svg`.
    pub(crate) name: &'static str,
    /// Commands that run meanwhile, each with what it says when it is ready.
    pub(crate) behind: &'static [(&'static str, &'static str)],
    /// The command that is shown.
    pub(crate) command: &'static str,
    /// What is on the screen, all of it, when the first keys are typed or the picture is taken.
    pub(crate) wanted: &'static [&'static str],
    /// Keys, each with what is on the screen then.
    pub(crate) keys: &'static [(&'static str, &'static str)],
}

const CAR: (&str, &str) = ("car", "The car drives");
const FRAMES: (&str, &str) = (
    r"nshm create 'Global\frames' --size 2G --access everyone",
    "press Enter",
);
const CACHE: (&str, &str) = ("nshm create cache --size 64M --text cached", "press Enter");
const DASHBOARD: (&str, &str) = ("dashboard", "Nordschleife");

/// All of them, in the order of the guide.
pub(crate) const SCENES: &[Scene] = &[
    Scene {
        name: "demo",
        behind: &[],
        command: "nshm demo",
        wanted: &["no list has it"],
        keys: &[],
    },
    Scene {
        name: "list",
        behind: &[CAR, DASHBOARD, FRAMES, CACHE],
        command: "nshm list",
        wanted: &["telemetry"],
        keys: &[],
    },
    Scene {
        name: "watch",
        behind: &[CAR],
        command: "nshm watch telemetry --as 'u32 tick, f32 rpm, f32 speed, char[32] track'",
        // The rate of all bytes, and that of the ticks: a hundred and something.
        wanted: &["B/s change", " +1"],
        keys: &[],
    },
    Scene {
        name: "top",
        behind: &[CAR, DASHBOARD, FRAMES, CACHE],
        command: "nshm top --sort writes --interval 500ms",
        wanted: &["0 B/s+"],
        keys: &[("i", "holders ")],
    },
    Scene {
        name: "diff",
        behind: &[
            (
                "nshm create frame --size 4K --text 'Message from first process.'",
                "press Enter",
            ),
            (
                "nshm create other --size 4K --text 'Message from other process.'",
                "press Enter",
            ),
        ],
        command: "nshm diff frame other",
        wanted: &["differ"],
        keys: &[],
    },
];
