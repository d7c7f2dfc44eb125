//! The drivers: programs that carry out cases through one client each.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::case::{Case, Seen};
use super::environment::{Environment, FOLDER};
use super::programs::Running;

/// A client of the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    Imagegen,
    OpenAiPython,
    OpenAiNode,
    ArkPython,
}

impl Client {
    /// In the order of the table's columns.
    pub(crate) const ALL: [Self; 4] = [
        Self::Imagegen,
        Self::OpenAiPython,
        Self::OpenAiNode,
        Self::ArkPython,
    ];
    /// The vendors' own.
    pub(crate) const OFFICIAL: [Self; 3] = [Self::OpenAiPython, Self::OpenAiNode, Self::ArkPython];

    /// The package's name and where it is published, for readers.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Imagegen => "this SDK",
            Self::OpenAiPython => "`openai` on PyPI",
            Self::OpenAiNode => "`openai` on npm",
            Self::ArkPython => "`volcengine-ark-runtime` on PyPI",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Imagegen => "imagegen",
            Self::OpenAiPython => "openai-python",
            Self::OpenAiNode => "openai-node",
            Self::ArkPython => "ark-python",
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where programs are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tools<'a> {
    pub(crate) root: &'a Path,
    pub(crate) environment: &'a Environment,
    /// The example that uses this SDK.
    pub(crate) probe: &'a Path,
}

impl Tools<'_> {
    fn command(&self, client: Client) -> Command {
        let drivers = self.root.join(FOLDER);
        let mut command = match client {
            Client::Imagegen => Command::new(self.probe),
            Client::OpenAiPython => {
                let mut command = Command::new(&self.environment.python);
                command.arg(drivers.join("openai_python.py"));
                command
            }
            Client::ArkPython => {
                let mut command = Command::new(&self.environment.python);
                command.arg(drivers.join("ark_python.py"));
                command
            }
            Client::OpenAiNode => {
                let mut command = Command::new("node");
                command.arg(drivers.join("openai_node.cjs"));
                command.env("NODE_PATH", &self.environment.node_modules);
                command
            }
        };
        // Nothing leaves this machine, and nothing is written beside the sources.
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PYTHONUTF8", "1");
        command
    }
}

/// A client's driver against one server. It is started again if a case ends it.
pub(crate) struct Driver<'a> {
    tools: Tools<'a>,
    client: Client,
    base_url: String,
    pictures: PathBuf,
    log: PathBuf,
    running: Option<Running>,
    /// The client's version, as it says itself.
    pub(crate) version: String,
}

impl<'a> Driver<'a> {
    /// Starts a driver. Its pictures go into a folder of `purpose` and of the client.
    pub(crate) fn start(
        tools: Tools<'a>,
        client: Client,
        base_url: &str,
        purpose: &str,
    ) -> Result<Self> {
        let folder = tools.environment.folder.join(purpose);
        let pictures = folder.join(client.name());
        if pictures.exists() {
            fs::remove_dir_all(&pictures)
                .with_context(|| format!("cannot empty {}", pictures.display()))?;
        }
        fs::create_dir_all(&pictures)
            .with_context(|| format!("cannot make {}", pictures.display()))?;
        let mut driver = Self {
            tools,
            client,
            base_url: base_url.to_owned(),
            log: folder.join(format!("{client}.log")),
            pictures,
            running: None,
            version: String::new(),
        };
        File::create(&driver.log)
            .with_context(|| format!("cannot write {}", driver.log.display()))?;
        driver.restart()?;
        Ok(driver)
    }

    /// Where the pictures of the client's cases are.
    pub(crate) fn pictures(&self) -> &Path {
        &self.pictures
    }

    /// Carries out one case.
    pub(crate) fn run(&mut self, case: &Case) -> Result<Seen> {
        if self.running.is_none() {
            self.restart()?;
        }
        let Some(running) = &mut self.running else {
            bail!("the driver of {} is not running", self.client);
        };
        // A client's own retries take its limit several times.
        let limit = Duration::from_secs(case.timeout * 4 + 20);
        let lost = match running.ask(&serde_json::to_string(case)?, limit) {
            Ok(line) => {
                return serde_json::from_str(&line)
                    .with_context(|| format!("the driver of {} answers {line}", self.client));
            }
            Err(lost) => lost,
        };
        self.running = None;
        Ok(Seen {
            name: case.name.clone(),
            lost: Some(lost),
            ..Seen::default()
        })
    }

    fn restart(&mut self) -> Result<()> {
        let client = self.client;
        let log = File::options()
            .append(true)
            .open(&self.log)
            .with_context(|| format!("cannot write {}", self.log.display()))?;
        let mut command = self.tools.command(client);
        command.arg(&self.base_url).arg(&self.pictures).stderr(log);
        let running = Running::start(&mut command)
            .with_context(|| format!("cannot start the driver of {client}"))?;
        let hello = running
            .first_line()
            .and_then(|line| serde_json::from_str::<Value>(&line).ok());
        let version = hello.as_ref().and_then(|hello| hello["version"].as_str());
        let Some(version) = version else {
            drop(running);
            let said = fs::read_to_string(&self.log).unwrap_or_default();
            let last = said.trim().lines().next_back().unwrap_or("it says nothing");
            bail!("the driver of {client} does not start: {last}");
        };
        version.clone_into(&mut self.version);
        self.running = Some(running);
        Ok(())
    }
}
