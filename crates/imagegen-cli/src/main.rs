//! The `imagegen` command.

mod args;
mod batch;
mod commands;
mod connect;
mod destination;
mod failure;
mod fan_out;
mod hash;
mod inputs;
mod mask;
mod output;
mod progress;
mod report;
mod request;
mod run;
mod text;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;

use crate::args::Cli;
use crate::failure::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::misuse(&error).into(),
    };
    let output = Arc::new(Output::new(&cli.global));
    match commands::run(&cli, &output) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
