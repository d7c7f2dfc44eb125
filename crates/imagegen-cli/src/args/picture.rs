//! `imagegen generate` and `imagegen edit`, as clap reads them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Parameters;

const GENERATE_EXAMPLES: &str = "\
Examples:
  imagegen generate \"a red fox\" --model gpt-image-2 --size 1536x1024 --quality high -o fox.png
  imagegen generate \"the same fox at night\" --model doubao-seedream-5-0-pro-260628 --image fox.png
  imagegen generate \"four seasons of one tree\" --model doubao-seedream-4-0-20260415 --max-images 4
  imagegen generate \"a slow sunrise\" --model gpt-image-2 --stream --partial-images 3 --save-partials
  imagegen generate - --model gpt-image-2 --param 'metadata={\"run\": 7}' < prompt.txt

Files are named from the prompt and numbered, with the extension of what the bytes are, and never
replace another. -o is taken literally; of several images the first gets FILE, the others
FILE with -2, -3 .. before its extension.";

const EDIT_EXAMPLES: &str = "\
Examples:
  imagegen edit \"put a red hat on the fox\" --model gpt-image-2 --image fox.png -o fox-with-hat.png
  imagegen edit \"a lake instead\" --model gpt-image-2 --image road.png --mask road-mask.png
  imagegen edit \"this dog on this sofa\" --model gpt-image-2 --image dog.jpg --image sofa.jpg
  imagegen edit \"turn day into night\" --model doubao-seedream-5-0-pro-260628 --image street.jpg

A mask is a PNG as large as the first image and transparent where that is to change.
Seedream models have no edits of their own: the images go as references into a generation, as
'imagegen generate --image' sends it, and --mask and --input-fidelity are refused.
Files are named and kept as 'imagegen generate' does.";

/// Makes pictures from a prompt and saves them.
///
/// Prints the path of every saved file on stdout, one a line, as it is saved.
#[derive(Debug, Args)]
#[command(after_help = GENERATE_EXAMPLES)]
pub(crate) struct Generate {
    /// What the picture shows; `-` reads it from stdin
    #[arg(value_name = "PROMPT", required_unless_present = "layer_decomposition")]
    pub(crate) prompt: Option<String>,
    /// Reference image: a file, a URL the vendor fetches, or `-` for stdin; repeatable (Seedream)
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) image: Vec<String>,
    #[command(flatten)]
    pub(crate) ask: Ask,
}

const ESTIMATE_EXAMPLES: &str = "\
Examples:
  imagegen estimate \"a red fox\" --model gpt-image-2 --size 1536x1024 --quality high
  imagegen estimate \"four seasons\" --model doubao-seedream-4-0-20260415 --max-images 4 --json

Nothing is sent, and neither a key nor a server is needed. The amounts are the vendor's list
prices; a gateway may charge otherwise. A range stands where the vendor chooses: the quality, the
size, how many pictures of a group, how many tokens a prompt comes to.";

/// Says what a request will cost, and sends nothing.
///
/// Takes the flags of 'imagegen generate', and prints the amount, or the least and the most.
#[derive(Debug, Args)]
#[command(after_help = ESTIMATE_EXAMPLES)]
pub(crate) struct Estimate {
    #[command(flatten)]
    pub(crate) generate: Generate,
}

/// Changes pictures, or makes new ones after them, and saves the result.
///
/// Prints the path of every saved file on stdout, one a line, as it is saved.
#[derive(Debug, Args)]
#[command(after_help = EDIT_EXAMPLES)]
pub(crate) struct Edit {
    /// What becomes of the pictures; `-` reads it from stdin
    #[arg(value_name = "PROMPT", required_unless_present = "layer_decomposition")]
    pub(crate) prompt: Option<String>,
    /// A picture to go by: a file, a URL the vendor fetches, `-` for stdin, or the id of a file at
    /// OpenAI (file-..); repeatable, up to 16 on GPT Image and 10 or 14 on Seedream
    #[arg(long, value_name = "FILE|URL|ID", required = true)]
    pub(crate) image: Vec<String>,
    /// Where the first picture may change: as --image, a PNG transparent there (GPT Image)
    #[arg(long, value_name = "FILE|URL|ID")]
    pub(crate) mask: Option<String>,
    /// What is drawn over the first picture to show what to change: a PNG file of its size,
    /// transparent elsewhere; not beside --mask (GPT Image 2.5 and later)
    #[arg(long, value_name = "FILE", conflicts_with = "mask")]
    pub(crate) markup: Option<String>,
    /// How closely the pictures are kept to: low, high (GPT Image 1, 1.5)
    #[arg(long, value_name = "WORD", help_heading = super::parameters::GPT_IMAGE)]
    pub(crate) input_fidelity: Option<String>,
    #[command(flatten)]
    pub(crate) ask: Ask,
}

/// What every call for pictures has.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The model's id; 'imagegen models' lists the known ones [env: IMAGEGEN_MODEL]
    #[arg(long, value_name = "ID")]
    pub(crate) model: Option<String>,
    /// Size: WIDTHxHEIGHT, auto, or on Seedream a tier such as 2K
    #[arg(long, value_name = "SIZE")]
    pub(crate) size: Option<String>,
    /// How many pictures, 1 to 10; on Seedream as many calls (up to 100), each paid for
    #[arg(short, long = "n", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) n: Option<u32>,
    #[command(flatten)]
    pub(crate) save: Save,
    #[command(flatten)]
    pub(crate) streaming: Streaming,
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

/// Pictures as they come.
#[derive(Debug, Args)]
#[command(next_help_heading = "Streaming")]
pub(crate) struct Streaming {
    /// Has every picture sent, saved and told of as soon as it is finished
    #[arg(long)]
    pub(crate) stream: bool,
    /// Previews of each picture on the way, 0 to 3 (GPT Image); they cost tokens
    #[arg(
        long,
        value_name = "COUNT",
        requires = "stream",
        allow_negative_numbers = true
    )]
    pub(crate) partial_images: Option<i64>,
    /// Keeps the previews, as PROMPT-1-partial-1 and so on beside the pictures
    #[arg(long, requires = "stream", requires = "partial_images")]
    pub(crate) save_partials: bool,
}

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
