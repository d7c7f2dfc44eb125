//! `imagegen completions`.

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};
use crate::failure::{Exit, Failure};
use crate::output::Output;

pub(crate) fn run(args: &Completions, output: &Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "imagegen", &mut script);
    output.data(script.trim_ascii_end())?;
    Ok(Exit::Done)
}
