//! The command line as clap reads it; the doc comments are the help text.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use imagegen_emulator::Fault;

mod batch;
mod parameters;
mod picture;
mod serve;

use crate::failure::Failure;

pub(crate) use batch::Batch;
pub(crate) use parameters::Parameters;
pub(crate) use picture::{Ask, Check, Edit, Estimate, Generate, Save, Table, Validation};
pub(crate) use serve::Serve;

const EXAMPLES: &str = "\
Examples:
  Try it without a key or a network; the picture is the emulator's:
    imagegen --emulator generate \"Programmer cartoon avatar\" --model gpt-image-1 -o avatar.png

  Through a gateway:
    export IMAGEGEN_BASE_URL=https://gateway.example/v1 IMAGEGEN_API_KEY=...
    imagegen generate \"a red fox in snow\" --model doubao-seedream-5-0-pro-260628 --size 2K

  See what would be sent, without sending it:
    imagegen --provider openai generate \"a red fox\" --model gpt-image-2 --size 1536x1024 --dry-run

Environment:
  IMAGEGEN_BASE_URL, IMAGEGEN_API_KEY  the gateway and its key
  IMAGEGEN_MODEL                       the model when --model is left out
  OPENAI_BASE_URL, OPENAI_API_KEY      with --provider openai, where the above are not set
  OPENAI_ORG_ID, OPENAI_PROJECT_ID     with --provider openai: whom a call is charged to
  ARK_API_KEY                          with --provider ark, where the above are not set
  NO_COLOR                             no colours

Exit codes:
  0  done
  1  the request failed
  2  misuse, or a request refused before anything was sent
  3  outcome unknown: the request may have been carried out and billed
  4  some images failed, the others are saved
  129, 130, 143  ended by a closed terminal, Ctrl-C or SIGTERM: nothing more was sent, and what
     may be billed was waited for; a second signal leaves that at once (exit 3)";

/// Makes pictures with OpenAI GPT Image and ByteDance Seedream models.
///
/// One command for an OpenAI-compatible gateway, OpenAI itself and Volcengine Ark. Requests are
/// checked against what the model takes before anything is sent or paid for. Data goes to
/// stdout, everything said to a person to stderr.
#[derive(Debug, Parser)]
#[command(name = "imagegen", bin_name = "imagegen", version, after_help = "See 'imagegen --help' for examples, environment and exit codes.", after_long_help = EXAMPLES)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Global {
    /// Checks what clap cannot: of flags before and after the subcommand it sees one kind only.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.emulator && self.base_url.is_some() {
            return Err(Failure::misuse(
                "--emulator and --base-url cannot be used together: one of them answers",
            ));
        }
        if self.emulator_fault.is_some() && !self.emulator {
            return Err(Failure::misuse(
                "--emulator-fault is for the emulator of --emulator, which is not given",
            ));
        }
        Ok(())
    }
}

/// Who is called and how the command talks; before or after the subcommand.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection and output")]
pub(crate) struct Global {
    /// Who answers: decides the default base URL and whether retired models are refused
    #[arg(long, global = true, value_enum, default_value_t = ProviderName::Gateway)]
    pub(crate) provider: ProviderName,
    /// Root of the API, with or without its version [env: IMAGEGEN_BASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Sends a header of your own with every request, such as 'x-team: art'; repeatable
    #[arg(long = "header", global = true, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// Starts the emulator inside this command and asks it instead: no key, no cost
    #[arg(long, global = true)]
    pub(crate) emulator: bool,
    /// Makes the emulator of --emulator answer with a fault; 'imagegen serve --list-faults' has
    /// their names
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub(crate) emulator_fault: Option<Fault>,
    /// Limits the whole call, in seconds [default: 600]
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Reads the API key from a file, which nobody else should be able to read
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Prints one JSON object on stdout: the result, or {"error": ..}
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Says nothing but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Tells what happens on the way; never keys or prompts
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderName {
    /// An OpenAI-compatible gateway
    Gateway,
    /// OpenAI itself
    Openai,
    /// Volcengine Ark itself
    Ark,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes pictures from a prompt and saves them
    Generate(Box<Generate>),
    /// Changes pictures, or makes new ones after them
    Edit(Box<Edit>),
    /// Makes the pictures of a file of requests; running it again goes on where it stopped
    Batch(Batch),
    /// Says what 'imagegen generate' with the same flags will cost
    Estimate(Box<Estimate>),
    /// Lists the known models and what each takes
    Models(Models),
    /// Serves the emulator until it is interrupted
    Serve(Serve),
    /// Prints the JSON Schema of a file this command reads or writes
    Schema(Schema),
    /// Prints the completion script of a shell
    Completions(Completions),
    /// Checks base URL, key and connection, and says what is wrong
    Doctor,
}

const MODELS_EXAMPLES: &str = "\
Examples:
  imagegen models
  imagegen models gpt-image-2
  imagegen --base-url https://gateway.example/v1 models --live";

/// Lists the known models and what each takes.
///
/// With an ID it tells everything about one. With --json it prints the table, or its row, in the
/// form that --model-table reads.
#[derive(Debug, Args)]
#[command(after_help = MODELS_EXAMPLES)]
pub(crate) struct Models {
    /// Tells everything about this model
    #[arg(value_name = "ID", conflicts_with_all = ["all", "live"])]
    pub(crate) id: Option<String>,
    /// Lists models that are shut down as well
    #[arg(long)]
    pub(crate) all: bool,
    /// Asks the endpoint for its own list, and says what to change
    #[arg(long, conflicts_with = "all")]
    pub(crate) live: bool,
    #[command(flatten)]
    pub(crate) table: Table,
}

/// Prints a JSON Schema.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which schema
    #[arg(value_enum, value_name = "NAME")]
    pub(crate) name: SchemaName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// A request: the body on the wire, as it is stored in a queue
    ImageRequest,
    /// The file that --model-table reads
    ModelTable,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  imagegen completions bash > ~/.local/share/bash-completion/completions/imagegen
  imagegen completions zsh > ~/.zfunc/_imagegen
  imagegen completions fish > ~/.config/fish/completions/imagegen.fish";

/// Prints the completion script of a shell.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

fn header(text: &str) -> Result<(String, String), String> {
    // What is wrong with it is said without its value, which may be a secret.
    let (name, value) = text
        .split_once(':')
        .ok_or("it is written 'NAME: VALUE', such as 'x-team: art'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    // A year is as good as no limit, and far from what clocks overflow at.
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 31_536_000.0 => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err("a number of seconds above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_time_limit_is_above_zero() {
        assert_eq!(seconds("1.5").unwrap(), Duration::from_millis(1500));
        for text in ["0", "-1", "inf", "NaN", "ten", "1e300"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
