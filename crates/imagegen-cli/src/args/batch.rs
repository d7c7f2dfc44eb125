//! `imagegen batch`, as clap reads it.

use std::path::PathBuf;

use clap::Args;
use imagegen::price::Amount;

use super::Check;

const EXAMPLES: &str = "\
Examples:
  imagegen batch jobs.jsonl --out-dir pictures
  imagegen batch jobs.jsonl --out-dir pictures --concurrency 8 --budget 5.00
  imagegen --emulator batch jobs.jsonl --out-dir try

A job is one line, a request as it goes over the wire; an image is a URL or a file:
  {\"model\": \"gpt-image-2\", \"prompt\": \"a red fox\", \"size\": \"1024x1024\", \"quality\": \"low\"}
  {\"model\": \"doubao-seedream-5-0-pro-260628\", \"prompt\": \"at night\", \"image\": [\"fox.png\"]}
  {\"operation\": \"edit\", \"model\": \"gpt-image-2\", \"prompt\": \"a red hat\", \"image\": \"fox.png\"}
'imagegen schema image-request' prints the schema.

Every job is checked before the first is sent. What becomes of each is noted in
DIR/imagegen-batch.jsonl, without its prompt. Running the batch again makes the jobs that are not
done: those that failed, and lines that were added or changed, or whose images or endpoint were. A
job whose outcome is unknown may have been carried out and billed, so it is not made again but
with --retry-unknown; of one whose pictures are at links that brought nothing, the links are tried
again.

A server that says that there are too many requests slows all of them down together. Ctrl-C sends
no more jobs and waits for those that are out; a second one leaves them.";

/// Makes the pictures of a file of requests and saves them.
///
/// Prints the path of every saved file on stdout, one a line, as it is saved; with --json one
/// object at the end.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Batch {
    /// The jobs: a JSON object a line; `-` reads them from stdin
    #[arg(value_name = "JOBS.jsonl")]
    pub(crate) jobs: PathBuf,
    /// Saves into this folder, made if missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out_dir: PathBuf,
    /// How many requests are out at a time, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) concurrency: u16,
    /// Sends nothing that could bring the cost of all runs into DIR above this, at list prices; in the
    /// currency that the jobs are charged in
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) budget: Option<Amount>,
    /// Makes jobs again whose outcome is unknown or whose links bring nothing, and that may have
    /// been billed
    #[arg(long)]
    pub(crate) retry_unknown: bool,
    /// The model of jobs that name none [env: IMAGEGEN_MODEL]
    #[arg(long, value_name = "ID")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) check: Check,
}
