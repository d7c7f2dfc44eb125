//! The command line of `cargo xtask openapi`.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    document::Document,
    sources::{self, Sources},
    update::{self, Report, Update, Verdict},
    yaml,
};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Openapi {
    /// Change nothing, and fail if a generated file is stale
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Take a new document in, or say everything that has to be decided first
    ///
    /// Exit code 0: taken in, or nothing has changed. 1: a decision is needed, and nothing is written. 2: this is no
    /// document that can be read, and nothing is written.
    Update {
        /// The document: YAML or JSON, or a page of Markdown around either; - reads from the standard input
        file: PathBuf,
        /// Write nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        format: Format,
    },
    /// Report every difference between two documents
    ///
    /// Without files: what the sources change in the checked-in contract.
    Diff {
        /// The old document
        #[arg(requires = "new")]
        old: Option<PathBuf>,
        /// The new document
        new: Option<PathBuf>,
        #[command(flatten)]
        format: Format,
    },
}

/// What a report is written as; text, if nothing is chosen.
#[derive(Args, Clone, Copy)]
#[group(multiple = false)]
struct Format {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Print the report as Markdown, for a pull request
    #[arg(long)]
    markdown: bool,
}

/// Runs the command.
pub(crate) fn run(root: &Path, openapi: Openapi) -> Result<ExitCode> {
    match openapi.command {
        Some(Command::Update {
            file,
            dry_run,
            format,
        }) => return take_in(root, &file, dry_run, format),
        Some(Command::Diff { old, new, format }) => return compare(root, old, new, format),
        None if openapi.check => check(root)?,
        None => regenerate(root)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a contract whose parameters the SDK has not followed.
fn nothing_forgotten(root: &Path) -> Result<()> {
    let generated = sources::read_text(&root.join(sources::CLIENT))?;
    let forgotten = update::sdk::forgotten(root, &generated);
    for finding in &forgotten {
        let place = finding.place.as_deref().unwrap_or_default();
        println!("{place}: {}", finding.text);
    }
    if !forgotten.is_empty() {
        bail!(
            "the SDK has not followed the contract at {} places",
            forgotten.len()
        );
    }
    println!("everything is up to date");
    Ok(())
}

fn take_in(root: &Path, file: &Path, dry_run: bool, format: Format) -> Result<ExitCode> {
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes)?;
        Ok(bytes)
    } else {
        update::read_bytes(file)
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("error: {error:#}");
            return Ok(ExitCode::from(2));
        }
    };
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
    let update = Update {
        root,
        target: &root.join("target/openapi"),
        today: &today,
        dry_run,
    };
    let report = update.run(&file.display().to_string(), &bytes)?;
    print(&report, format)?;
    Ok(ExitCode::from(report.exit_code))
}

fn print(report: &Report, format: Format) -> Result<()> {
    if format.json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else if format.markdown {
        print!("{}", report.markdown());
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

fn compare(
    root: &Path,
    old: Option<PathBuf>,
    new: Option<PathBuf>,
    format: Format,
) -> Result<ExitCode> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (read(&old), read(&new)),
        _ => {
            let contract = Sources::read(root)?.contract()?;
            let text = yaml::write(&contract)?;
            let new = Document::read("what the sources give", text.as_bytes());
            (read(&root.join(sources::CONTRACT)), new.map_err(Into::into))
        }
    };
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("error: {error:#}");
            return Ok(ExitCode::from(2));
        }
    };
    let mut report = Report::new(&new.name);
    report.fill("gateway", update::gateway(&old, &new), "no difference");
    report.sections.retain(|section| section.name == "gateway");
    report.close(Verdict::Unchanged);
    print(&report, format)?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<Document> {
    let name = path.display().to_string();
    let bytes = update::read_bytes(path)?;
    Document::read(&name, &bytes).with_context(|| name.clone())
}

fn regenerate(root: &Path) -> Result<()> {
    let files = Sources::read(root)?.build()?;
    let written = sources::write(root, &files)?;
    for file in &written {
        println!("wrote {}", file.path);
    }
    if written.is_empty() {
        println!("everything is up to date");
    }
    Ok(())
}

fn check(root: &Path) -> Result<()> {
    let files = Sources::read(root)?.build()?;
    let stale = sources::check(root, &files)?;
    if stale.is_empty() {
        return nothing_forgotten(root);
    }
    for file in &stale {
        println!("{}\n", file.excerpt);
    }
    let paths: Vec<&str> = stale.iter().map(|stale| stale.path).collect();
    bail!("stale: {}; run `cargo xtask openapi`", paths.join(", "));
}
