//! The maintainer's commands, run as `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A program for a terminal has nowhere else to write.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

mod bench;
#[cfg(test)]
mod corpus;
mod gates;
mod openapi;
mod sdk;
mod workspace;

use workspace::root;

/// The maintainer's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Regenerate the contract and the API crate from openapi/gateway.yaml and openapi/overlay.yaml
    Openapi(openapi::Openapi),
    /// Check that the library compiles with every choice of TLS, with all and with none
    Features,
    /// Render the model table into README.md
    Readme {
        /// Change nothing, and fail if the table is stale
        #[arg(long)]
        check: bool,
    },
    /// Let the vendors' own clients judge the emulator, and render docs/deviations.md
    Conformance {
        /// Change nothing, and fail if docs/deviations.md is stale
        #[arg(long)]
        check: bool,
    },
    /// Check the licences, bans, sources and advisories of deny.toml
    Deny,
    /// Check how many crates the library brings
    Budget,
    /// Check that no module imports one that imports it, and that no file is overlong
    Modules {
        /// Count the crate in this folder instead, and hold nothing against it
        #[arg(long, value_name = "DIR")]
        src: Option<PathBuf>,
    },
    /// Measure the SDK beside its peers, and write docs/performance.md
    Bench {
        #[command(subcommand)]
        what: Option<bench::Bench>,
    },
    /// Run every gate, stopping at the first that fails
    Ci,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Openapi(openapi) => match openapi::run(root(), openapi) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Command::Features => gates::features::run(root()),
        Command::Readme { check } => sdk::run(root(), "readme", check),
        Command::Conformance { check } => sdk::run(root(), "conformance", check),
        Command::Deny => gates::deny::run(root()),
        Command::Budget => gates::budget::run(root()),
        Command::Modules { src: None } => gates::modules::run(root()),
        Command::Modules { src: Some(src) } => gates::modules::count(&src),
        Command::Bench { what } => bench::run(root(), what),
        Command::Ci => gates::ci::run(root()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        assert!(Cli::try_parse_from(["xtask", "openapi", "--check"]).is_ok());
        assert!(Cli::try_parse_from(["xtask", "openapi", "diff", "a", "b"]).is_ok());
        assert!(Cli::try_parse_from(["xtask", "openapi", "diff", "a"]).is_err());
        assert!(Cli::try_parse_from(["xtask", "openapi", "update", "a", "--json"]).is_ok());
        assert!(
            Cli::try_parse_from(["xtask", "openapi", "update", "a", "--json", "--markdown"])
                .is_err()
        );
        assert!(Cli::try_parse_from(["xtask", "openapi", "--check", "diff"]).is_err());
    }
}
