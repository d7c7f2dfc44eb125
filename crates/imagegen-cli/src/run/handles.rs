//! The limit on open files, which is what a wide batch meets first.

/// What the command has open besides its calls, with room for connections that are kept.
const RESERVED: u64 = 64;

/// Raises the limit of this process as far as the system lets it.
pub(crate) fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        // macOS takes no more than this, whatever its limit says.
        const ENOUGH: u64 = 10_240;
        let wanted = maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
        if current.is_some_and(|current| current < wanted) {
            // What cannot be raised is lived with.
            let _ = setrlimit(
                Resource::Nofile,
                Rlimit {
                    current: Some(wanted),
                    maximum,
                },
            );
        }
    }
}

/// How many of `wanted` calls may be out at a time if each can bring `pictures`: every picture
/// that arrives holds a file, and every link a connection beside it.
pub(crate) fn within_limit(wanted: usize, pictures: u64) -> usize {
    let Some(limit) = limit() else {
        return wanted;
    };
    let each = pictures.saturating_add(pictures.min(8)).saturating_add(2);
    let fit = limit.saturating_sub(RESERVED) / each.max(1);
    wanted.min(usize::try_from(fit).unwrap_or(usize::MAX).max(1))
}

#[cfg(unix)]
fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}
