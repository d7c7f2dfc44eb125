//! `cargo xtask features`: the library with every choice of TLS.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// None, each alone, all together; the default is what every other gate compiles.
const CHOICES: [&str; 4] = [
    "",
    "rustls-ring",
    "native-tls",
    "rustls,rustls-ring,native-tls,http2",
];

/// Checks each choice with warnings denied.
pub(crate) fn run(root: &Path) -> Result<()> {
    for choice in CHOICES {
        println!(
            "features: {}",
            if choice.is_empty() { "none" } else { choice }
        );
        let status = Command::new(crate::workspace::cargo())
            .args([
                "clippy",
                "--quiet",
                "--package",
                "imagegen",
                "--no-default-features",
            ])
            .args(["--features", choice, "--", "-D", "warnings"])
            .current_dir(root)
            .status()
            .context("cannot run cargo")?;
        ensure!(
            status.success(),
            "imagegen does not compile with the features [{choice}]"
        );
    }
    Ok(())
}
