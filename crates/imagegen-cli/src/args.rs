//! The command line as clap reads it; the doc comments are the help text.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::Value;

const EXAMPLES: &str = "\
Examples:
  Try it without a key or a network; the picture is the emulator's:
    imagegen --emulator generate \"Programmer cartoon avatar\" --model gpt-image-1 -o avatar.png

  Through a gateway:
    export IMAGEGEN_BASE_URL=https://gateway.example/v1 IMAGEGEN_API_KEY=...
    imagegen generate \"a red fox in snow\" --model doubao-seedream-4-5-251128 --size 2K

  See what would be sent, without sending it:
    imagegen --provider openai generate \"a red fox\" --model gpt-image-2 --size 1536x1024 --dry-run

Environment:
  IMAGEGEN_BASE_URL, IMAGEGEN_API_KEY  the gateway and its key
  IMAGEGEN_MODEL                       the model when --model is left out
  OPENAI_BASE_URL, OPENAI_API_KEY      with --provider openai, where the above are not set
  ARK_API_KEY                          with --provider ark, where the above are not set
  NO_COLOR                             no colours

Exit codes:
  0  done
  1  the request failed
  2  misuse, or a request refused before anything was sent
  3  outcome unknown: the request may have been carried out and billed
  4  some images failed, the others are saved";

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
    /// Starts the emulator inside this command and asks it instead: no key, no cost
    #[arg(long, global = true, conflicts_with = "base_url")]
    pub(crate) emulator: bool,
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

const GENERATE_EXAMPLES: &str = "\
Examples:
  imagegen generate \"a red fox in snow\" --model gpt-image-2 --size 1536x1024 --quality high -o fox.png
  imagegen generate \"the same fox at night\" --model doubao-seedream-5-0-pro-260628 --image fox.png
  imagegen generate \"four seasons of one tree\" --model doubao-seedream-4-5-251128 --max-images 4 --out-dir tree
  imagegen generate - --model gpt-image-2 --param 'metadata={\"run\": 7}' < prompt.txt

Files are named from the prompt and numbered, with the extension of what the bytes are, and never
replace another. -o is taken literally; of several images the first gets FILE, the others
FILE with -2, -3 .. before its extension.";

/// Makes pictures from a prompt and saves them.
///
/// Prints the path of every saved file on stdout, one a line, as it is saved.
#[derive(Debug, Args)]
#[command(after_help = GENERATE_EXAMPLES)]
pub(crate) struct Generate {
    /// What the picture shows; `-` reads it from stdin
    #[arg(value_name = "PROMPT", required_unless_present = "layer_decomposition")]
    pub(crate) prompt: Option<String>,
    /// The model's id; 'imagegen models' lists the known ones [env: IMAGEGEN_MODEL]
    #[arg(long, value_name = "ID")]
    pub(crate) model: Option<String>,
    /// Size: WIDTHxHEIGHT, auto, or on Seedream a tier such as 2K
    #[arg(long, value_name = "SIZE")]
    pub(crate) size: Option<String>,
    /// How many pictures; on Seedream as many calls, each paid for
    #[arg(short, long = "n", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) n: Option<u32>,
    /// Reference image: a file, a URL the vendor fetches, or `-` for stdin; repeatable (Seedream)
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) image: Vec<String>,
    #[command(flatten)]
    pub(crate) save: Save,
    #[command(flatten)]
    pub(crate) parameters: Parameters,
    #[command(flatten)]
    pub(crate) check: Check,
    /// Prints the request as {"method", "url", "headers", "body"} and sends nothing
    #[arg(long, help_heading = "Checking")]
    pub(crate) dry_run: bool,
}

/// Where pictures go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Saving")]
pub(crate) struct Save {
    /// Saves the picture at exactly this path
    #[arg(short, long, value_name = "FILE", conflicts_with = "out_dir")]
    pub(crate) output: Option<PathBuf>,
    /// Saves into this folder, made if missing [default: the current folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out_dir: Option<PathBuf>,
    /// Lets -o replace a file
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

/// The parameters of a request in the wire's words. Their values are checked by the model's row.
#[derive(Debug, Args)]
pub(crate) struct Parameters {
    /// low, medium, high, auto; from 2.5 on also xhigh, max
    #[arg(long, value_name = "WORD", help_heading = GPT_IMAGE)]
    pub(crate) quality: Option<String>,
    /// 0 to 100; jpeg and webp only
    #[arg(long, value_name = "PERCENT", help_heading = GPT_IMAGE, allow_negative_numbers = true)]
    pub(crate) output_compression: Option<i64>,
    /// auto, low
    #[arg(long, value_name = "WORD", help_heading = GPT_IMAGE)]
    pub(crate) moderation: Option<String>,
    /// Previews on the way, 0 to 3; in a stream only
    #[arg(long, value_name = "COUNT", help_heading = GPT_IMAGE, allow_negative_numbers = true)]
    pub(crate) partial_images: Option<i64>,
    /// Your own id of the end user
    #[arg(long, value_name = "ID", help_heading = GPT_IMAGE)]
    pub(crate) user: Option<String>,
    /// Planning effort: low, medium, high; 2.6
    #[arg(long, value_name = "WORD", help_heading = GPT_IMAGE)]
    pub(crate) complexity: Option<String>,
    /// Frames of a gif, 2 to 16; 2.6
    #[arg(long, value_name = "COUNT", help_heading = GPT_IMAGE, allow_negative_numbers = true)]
    pub(crate) frame_count: Option<i64>,
    /// How long a gif shows each frame, 20 to 655350 ms; 2.6
    #[arg(long, value_name = "MS", help_heading = GPT_IMAGE, allow_negative_numbers = true)]
    pub(crate) frame_duration_ms: Option<i64>,
    /// Author of an svg as an object: {"model": .., "reasoning": {"effort": ..}}; 2.6
    #[arg(long, value_name = "JSON", help_heading = GPT_IMAGE, value_parser = json)]
    pub(crate) svg: Option<Value>,

    /// url, b64_json
    #[arg(long, value_name = "WORD", help_heading = SEEDREAM)]
    pub(crate) response_format: Option<String>,
    /// Text mark in the corner, true or false; the vendor's default is true
    #[arg(long, value_name = "BOOL", help_heading = SEEDREAM)]
    pub(crate) watermark: Option<bool>,
    /// auto lets the model answer with a group, disabled does not; 4.0, 4.5, 5.0 lite
    #[arg(long, value_name = "WORD", help_heading = SEEDREAM)]
    pub(crate) sequential_image_generation: Option<String>,
    /// A group of at most this many, 1 to 15, in one call; 4.0, 4.5, 5.0 lite
    #[arg(long, value_name = "COUNT", help_heading = SEEDREAM, allow_negative_numbers = true)]
    pub(crate) max_images: Option<i64>,
    /// How the prompt is rewritten: standard, fast (4.0, 5.0 pro)
    #[arg(long, value_name = "WORD", help_heading = SEEDREAM)]
    pub(crate) optimize_prompt: Option<String>,
    /// Lets the model search the web; 5.0 lite
    #[arg(long, help_heading = SEEDREAM)]
    pub(crate) web_search: bool,
    /// Takes the one --image apart into layers; 5.0 pro, 5.0 flash, 5.5
    #[arg(long, help_heading = SEEDREAM)]
    pub(crate) layer_decomposition: bool,

    /// transparent, opaque, auto; GPT Image, Seedream 5.0 pro, 5.0 flash, 5.5
    #[arg(long, value_name = "WORD", help_heading = BOTH)]
    pub(crate) background: Option<String>,
    /// png, jpeg, webp (2.6 also gif, svg); Seedream 5.x: png, jpeg
    #[arg(long, value_name = "WORD", help_heading = BOTH)]
    pub(crate) output_format: Option<String>,
    /// Any other parameter, its value in JSON; a bare word is a text; repeatable
    #[arg(long = "param", value_name = "NAME=JSON", help_heading = BOTH, value_parser = parameter)]
    pub(crate) others: Vec<(String, Value)>,
}

const GPT_IMAGE: &str = "GPT Image parameters";
const SEEDREAM: &str = "Seedream parameters";
const BOTH: &str = "Parameters of both";

/// What requests are checked against.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checking")]
pub(crate) struct Check {
    /// What becomes of a request that breaks a rule of its model
    #[arg(long, value_enum, default_value_t = Validation::Enforce)]
    pub(crate) validation: Validation,
    /// Sends the request unchecked, as --validation off does
    #[arg(long, conflicts_with = "validation")]
    pub(crate) no_validate: bool,
    #[command(flatten)]
    pub(crate) table: Table,
}

/// A model table newer than the one built in.
#[derive(Debug, Args)]
pub(crate) struct Table {
    /// Puts the rows of this JSON file over the built-in model table
    #[arg(long, value_name = "FILE", help_heading = "Checking")]
    pub(crate) model_table: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Validation {
    /// Refuses it before anything is sent
    Enforce,
    /// Sends it with a warning
    Warn,
    /// Sends it unchecked
    Off,
}

/// Lists the known models and what each takes.
///
/// With --json it prints the whole table in the form that --model-table reads.
#[derive(Debug, Args)]
pub(crate) struct Models {
    #[command(flatten)]
    pub(crate) table: Table,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  imagegen serve --port 8787
  curl http://127.0.0.1:8787/v1/images/generations -H 'Authorization: Bearer any' \\
    -H 'Content-Type: application/json' \\
    -d '{\"model\": \"gpt-image-1\", \"prompt\": \"Programmer cartoon avatar\", \"size\": \"1024x1024\"}'";

/// Serves the emulator until it is interrupted.
///
/// The first line on stdout is `listening on http://127.0.0.1:PORT`. Every key works; nothing
/// costs anything; the pictures are marked as emulated.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct Serve {
    /// Port, 0 for a free one [default: 8787, or a free one if that is taken]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Address to listen on; anything but loopback lets others in
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub(crate) host: std::net::IpAddr,
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

fn seconds(text: &str) -> Result<Duration, String> {
    // A year is as good as no limit, and far from what clocks overflow at.
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 31_536_000.0 => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err("a number of seconds above 0".to_owned()),
    }
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

fn parameter(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or("it is written NAME=JSON, such as user='\"anna\"'")?;
    let bare = value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let value = match serde_json::from_str(value) {
        Ok(value) => value,
        Err(_) if bare => Value::from(value),
        Err(error) => return Err(format!("the value is not JSON: {error}")),
    };
    Ok((name.trim().to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;
    use serde_json::json;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_parameter_is_json_or_a_bare_word() {
        for (text, name, value) in [
            ("seed=7", "seed", json!(7)),
            ("style=vivid", "style", json!("vivid")),
            ("style=\"vivid\"", "style", json!("vivid")),
            ("hd=true", "hd", json!(true)),
            ("a={\"b\": [1]}", "a", json!({"b": [1]})),
            ("q=\"a=b\"", "q", json!("a=b")),
        ] {
            assert_eq!(parameter(text).unwrap(), (name.to_owned(), value));
        }
        for text in ["seed", "=1", "a={b", "a=two words", "a="] {
            assert!(parameter(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_limit_is_above_zero() {
        assert_eq!(seconds("1.5").unwrap(), Duration::from_millis(1500));
        for text in ["0", "-1", "inf", "NaN", "ten", "1e300"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
