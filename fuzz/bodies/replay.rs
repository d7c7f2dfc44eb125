//! Runs a target over its checked-in corpus, in an ordinary test.

use std::fs;
use std::path::Path;

/// Runs `body` on every file of `corpus/TARGET`.
#[allow(clippy::print_stderr)] // Only shown if the test fails, and then the last line is the culprit.
pub(crate) fn corpus(target: &str, body: fn(&[u8])) {
    // Every crate that replays lies right below the root.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the corpus is checked in") {
        let path = entry.expect("the folder is readable").path();
        eprintln!("{}", path.display());
        body(&fs::read(&path).expect("the file is readable"));
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}
