//! The official clients, installed under `target/conformance` and kept until their pins change.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};

/// Where the pins and the drivers are, from the root of the workspace.
pub(crate) const FOLDER: &str = "tests/conformance";
const PINS: [&str; 3] = ["requirements.txt", "package.json", "package-lock.json"];

/// An environment with everything the drivers need.
#[derive(Debug)]
pub(crate) struct Environment {
    /// `target/conformance`.
    pub(crate) folder: PathBuf,
    /// The Python of the environment.
    pub(crate) python: PathBuf,
    /// What Node finds modules in.
    pub(crate) node_modules: PathBuf,
}

impl Environment {
    /// Makes the environment, or takes the one that is there.
    pub(crate) fn prepare(root: &Path, target: &Path, python: &str) -> Result<Self> {
        let folder = target.join("conformance");
        let venv = folder.join("venv");
        let node = folder.join("node");
        let environment = Self {
            python: venv.join(if cfg!(windows) {
                "Scripts/python.exe"
            } else {
                "bin/python"
            }),
            node_modules: node.join("node_modules"),
            folder,
        };
        let pins = pins(root)?;
        let stamp = environment.folder.join("pins.txt");
        let is_fresh = fs::read_to_string(&stamp).is_ok_and(|old| old == pins)
            && quiet(&environment.python, ["--version"]).is_ok();
        if is_fresh {
            return Ok(environment);
        }
        println!("installing the official clients into target/conformance");
        // The stamp comes last, so that an installation that was cut is made again.
        remove(&stamp)?;
        environment.install_python(python, root, &venv)?;
        environment.install_node(root, &node)?;
        fs::write(&stamp, pins).with_context(|| format!("cannot write {}", stamp.display()))?;
        Ok(environment)
    }

    fn install_python(&self, system: &str, root: &Path, venv: &Path) -> Result<()> {
        let make = [
            OsStr::new("-m"),
            "venv".as_ref(),
            "--clear".as_ref(),
            venv.as_ref(),
        ];
        quiet(system, make).context("cannot make a virtual environment for Python")?;
        let requirements = root.join(FOLDER).join("requirements.txt");
        let install = [
            "-m".as_ref(),
            "pip".as_ref(),
            "install".as_ref(),
            "--quiet".as_ref(),
            "--no-input".as_ref(),
            "--disable-pip-version-check".as_ref(),
            "--requirement".as_ref(),
            requirements.as_os_str(),
        ];
        quiet(&self.python, install).context("pip cannot install the official clients")?;
        Ok(())
    }

    fn install_node(&self, root: &Path, node: &Path) -> Result<()> {
        fs::create_dir_all(node).with_context(|| format!("cannot make {}", node.display()))?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(root.join(FOLDER).join(name), node.join(name))
                .with_context(|| format!("cannot copy {FOLDER}/{name}"))?;
        }
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let mut command = Command::new(npm);
        command
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .current_dir(node);
        run(&mut command).context("npm cannot install the official client")?;
        Ok(())
    }
}

/// What the environment is made from, as one text.
fn pins(root: &Path) -> Result<String> {
    let mut pins = String::new();
    for name in PINS {
        let path = root.join(FOLDER).join(name);
        pins += &fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(pins)
}

/// Finds the languages of the official clients, and returns the name of Python.
pub(crate) fn languages() -> Result<&'static str> {
    quiet("node", ["--version"])
        .ok()
        .context("Node is missing: the official client for it needs Node 20 or later, with npm")?;
    let is_python = |name: &&str| {
        quiet(name, ["--version"]).is_ok_and(|output| output.stdout.starts_with(b"Python 3"))
    };
    ["python3", "python"]
        .into_iter()
        .find(is_python)
        .context("Python is missing: the official clients for it need Python 3.10 or later")
}

fn quiet<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Output> {
    run(Command::new(program).args(arguments))
}

/// Runs a command; what it says is shown only if it fails.
fn run(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} failed: {}", said.trim());
    Ok(output)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_exact_and_name_no_host() {
        let root = crate::root();
        let requirements = fs::read_to_string(root.join(FOLDER).join(PINS[0])).unwrap();
        for line in requirements.lines() {
            assert!(
                line.is_empty() || line.starts_with('#') || line.contains("=="),
                "{line}"
            );
        }
        assert!(!pins(root).unwrap().contains("://"));
    }
}
