//! Unfinished files of runs that were killed.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use crate::id;

/// No call takes this long: whoever began such a file is gone, on whatever machine.
const OLD: Duration = Duration::from_secs(7 * 24 * 3600);

/// A name nobody has for an unfinished file; it says which process it is of.
pub(super) fn unfinished_name() -> String {
    let (place, process, random) = (&*PLACE, std::process::id(), id::random());
    format!(".imagegen-{place}-{process}-{random:016x}.part")
}

/// Where the numbers of processes mean what they mean here: this boot of this machine, and this
/// container of it. Folders are shared between them.
static PLACE: LazyLock<String> = LazyLock::new(|| {
    let boot = fs::read("/proc/sys/kernel/random/boot_id");
    let space = fs::read_link("/proc/self/ns/pid");
    match (boot, space) {
        (Ok(boot), Ok(space)) => {
            let mut hasher = DefaultHasher::new();
            (boot, space).hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        }
        // Elsewhere nothing tells that a process is gone.
        _ => "0".to_owned(),
    }
});

/// Removes the unfinished files in a folder whose process is gone.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(rest) = name
            .to_str()
            .and_then(|name| name.strip_prefix(".imagegen-")?.strip_suffix(".part"))
        else {
            continue;
        };
        let is_old = || {
            let modified = entry.metadata().and_then(|data| data.modified());
            modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > OLD))
        };
        if is_of_the_dead(rest) || is_old() {
            // Another run may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn is_of_the_dead(name: &str) -> bool {
    let mut parts = name.split('-');
    let (Some(place), Some(process), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_number = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
    place != "0"
        && place == PLACE.as_str()
        && is_number
        && !Path::new("/proc").join(process).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_dead_processes_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let place = &*PLACE;
        let alive = unfinished_name();
        // No system gives out numbers of this size.
        let dead = format!(".imagegen-{place}-4294967295-0.part");
        let elsewhere = ".imagegen-1-4294967295-0.part".to_owned();
        let other = ".imagegen-notes.part".to_owned();
        for name in [&alive, &dead, &elsewhere, &other] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        remove(folder.path()).unwrap();
        for (name, kept) in [
            (&alive, true),
            (&dead, !cfg!(target_os = "linux")),
            (&elsewhere, true),
            (&other, true),
        ] {
            assert_eq!(folder.path().join(name).exists(), kept, "{name}");
        }
    }
}
