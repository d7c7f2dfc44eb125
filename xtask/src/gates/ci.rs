//! `cargo xtask ci`: the gates, in the order in which they are worth knowing about.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};

/// A gate: what is added to the environment, and the arguments of cargo.
type Gate = (
    Option<(&'static str, &'static str)>,
    &'static [&'static str],
);

const GATES: [Gate; 13] = [
    (None, &["test", "--workspace"]),
    (None, &["fmt", "--all", "--check"]),
    (
        None,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ),
    (
        Some(("RUSTDOCFLAGS", "-D warnings")),
        &["doc", "--workspace", "--no-deps"],
    ),
    (None, &["xtask", "modules"]),
    (None, &["xtask", "features"]),
    (None, &["xtask", "openapi", "--check"]),
    (None, &["xtask", "readme", "--check"]),
    (None, &["xtask", "deny"]),
    (None, &["xtask", "budget"]),
    (None, &["xtask", "bench", "cpu"]),
    (None, &["xtask", "bench", "cold", "--ci"]),
    (None, &["xtask", "conformance", "--check"]),
];

/// Runs the gates and stops at the first that fails.
pub(crate) fn run(root: &Path) -> Result<()> {
    for gate in GATES {
        let line = line(gate);
        println!("$ {line}");
        let (environment, arguments) = gate;
        let status = Command::new(crate::workspace::cargo())
            .args(arguments)
            .envs(environment)
            .current_dir(root)
            .status()
            .with_context(|| format!("cannot run `{line}`"))?;
        ensure!(status.success(), "`{line}` failed");
    }
    Ok(())
}

/// A gate as it is typed into a shell.
fn line((environment, arguments): Gate) -> String {
    let environment = environment.map(|(name, value)| format!("{name}=\"{value}\" "));
    format!(
        "{}cargo {}",
        environment.unwrap_or_default(),
        arguments.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gates_are_these() {
        assert_eq!(
            GATES.map(line),
            [
                "cargo test --workspace",
                "cargo fmt --all --check",
                "cargo clippy --workspace --all-targets -- -D warnings",
                "RUSTDOCFLAGS=\"-D warnings\" cargo doc --workspace --no-deps",
                "cargo xtask modules",
                "cargo xtask features",
                "cargo xtask openapi --check",
                "cargo xtask readme --check",
                "cargo xtask deny",
                "cargo xtask budget",
                "cargo xtask bench cpu",
                "cargo xtask bench cold --ci",
                "cargo xtask conformance --check",
            ]
        );
    }
}
