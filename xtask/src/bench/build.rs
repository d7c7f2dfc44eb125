//! Builds the programs of `bench/`, each by itself: what one of them asks of a shared dependency
//! must not change another.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The built programs.
pub(super) struct Programs {
    folder: PathBuf,
}

pub(super) fn programs(root: &Path) -> Result<Programs> {
    let target = root.join("target/bench");
    for package in ["bench-server", "bench-client", "bench-async-openai"] {
        let status = Command::new(crate::workspace::cargo())
            .args([
                "build",
                "--release",
                "--quiet",
                "--locked",
                "--package",
                package,
            ])
            .current_dir(root.join("bench"))
            .env("CARGO_TARGET_DIR", &target)
            .status()
            .context("cannot run cargo")?;
        ensure!(status.success(), "{package} does not build");
    }
    Ok(Programs {
        folder: target.join("release"),
    })
}

impl Programs {
    pub(super) fn server(&self) -> PathBuf {
        self.folder.join("bench-server")
    }

    /// The program of a client.
    pub(super) fn client(&self, client: &str) -> PathBuf {
        self.folder.join(match client {
            "async-openai" => "bench-async-openai",
            _ => "bench-client",
        })
    }
}
