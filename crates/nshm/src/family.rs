//! Which library made a POSIX object, as far as the name tells. Pure rules.

/// How the file names of a family begin, and what must follow.
struct Pattern {
    family: &'static str,
    prefix: &'static str,
    rest: Rest,
}

/// What follows a prefix.
#[derive(Clone, Copy)]
enum Rest {
    Any,
    /// Hexadecimal digits, and nothing else.
    Hexadecimal,
    /// A decimal number, and then anything.
    Number,
}

const fn pattern(family: &'static str, prefix: &'static str, rest: Rest) -> Pattern {
    Pattern {
        family,
        prefix,
        rest,
    }
}

/// Names that a library makes up by itself, or begins so by custom. Where the library lets its
/// user choose the whole name (Boost, Python), only what nobody else would choose is recognised.
const PATTERNS: &[Pattern] = &[
    // Whoever made it: sem_open(3) has one name space for all.
    pattern("POSIX semaphore", "sem.", Rest::Any),
    pattern("Python", "psm_", Rest::Hexadecimal),
    pattern("Boost", "boost_", Rest::Any),
    pattern("Boost", "boost-", Rest::Any),
    pattern("Boost", "boost.", Rest::Any),
    pattern("Qt", "qipc_sharedmemory_", Rest::Any),
    pattern("Qt", "qipc_systemsem_", Rest::Any),
    pattern("iceoryx2", "iox2_", Rest::Any),
    pattern("iceoryx", "iox1_", Rest::Any),
    pattern("iceoryx", "iceoryx_", Rest::Any),
    pattern("Chromium", ".org.chromium.", Rest::Any),
    pattern("Chromium", ".com.google.Chrome.", Rest::Any),
    pattern("Firefox", "org.mozilla.ipc.", Rest::Any),
    pattern("PulseAudio", "pulse-shm-", Rest::Number),
    pattern("JACK", "jack-", Rest::Any),
    pattern("JACK", "jack_sem.", Rest::Any),
    pattern("GStreamer", "shmpipe.", Rest::Any),
    pattern("PostgreSQL", "PostgreSQL.", Rest::Number),
    pattern("PyTorch", "torch_", Rest::Number),
    pattern("NCCL", "nccl-", Rest::Any),
    pattern("Open MPI", "vader_segment.", Rest::Any),
    pattern("Open MPI", "sm_segment.", Rest::Any),
    pattern("MPICH", "mpich_shar_tmp", Rest::Any),
    pattern("Fast DDS", "fastrtps_", Rest::Any),
    pattern("Fast DDS", "fastdds_", Rest::Any),
    pattern("Wine", "wine-", Rest::Any),
    pattern("LTTng", "lttng-ust-", Rest::Any),
    pattern("Rust shared_memory", "shmem_", Rest::Hexadecimal),
];

impl Rest {
    fn fits(self, rest: &str) -> bool {
        match self {
            Rest::Any => true,
            Rest::Hexadecimal => {
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
            Rest::Number => rest.starts_with(|character: char| character.is_ascii_digit()),
        }
    }
}

/// The family of a POSIX object of this file name, where it can be told.
pub(crate) fn of_posix(file_name: &str) -> Option<&'static str> {
    let fits = |pattern: &&Pattern| {
        let rest = file_name.strip_prefix(pattern.prefix);
        rest.is_some_and(|rest| pattern.rest.fits(rest))
    };
    PATTERNS.iter().find(fits).map(|pattern| pattern.family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_by_their_names() {
        for (name, family) in [
            ("psm_1f3a9c2e", Some("Python")),
            ("psm_notes", None),
            ("psm_", None),
            ("boost_frame", Some("Boost")),
            ("boosted", None),
            ("qipc_sharedmemory_abc0123", Some("Qt")),
            ("iox2_0a1b.dynamic", Some("iceoryx2")),
            ("sem.mp-1", Some("POSIX semaphore")),
            (".org.chromium.Chromium.a1b2c3", Some("Chromium")),
            ("pulse-shm-123", Some("PulseAudio")),
            ("pulse-shm-x", None),
            ("PostgreSQL.1804289383", Some("PostgreSQL")),
            ("frame", None),
            ("", None),
        ] {
            assert_eq!(of_posix(name), family, "{name:?}");
        }
    }
}
