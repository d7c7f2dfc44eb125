//! The two streams: data on stdout, everything said to a person on stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Serialize;
use serde_json::Value;

use crate::args::Global;
use crate::failure::{Exit, Failure};
use crate::mask::Mask;
use crate::text::{io_text, one_line};

/// Where the command writes.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    terminal: bool,
    colour: bool,
    /// The waiting line, which must go before anything else is written.
    waiting: Mutex<Waiting>,
    /// What is never shown, once it is known.
    mask: OnceLock<Mask>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// Nobody waits; a late refresh is dropped.
    Over,
    Hidden,
    Shown,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let terminal = io::stderr().is_terminal();
        Self {
            json: global.json,
            quiet: global.quiet,
            // The account of --verbose and a line that rewrites itself do not go together.
            terminal: terminal && !global.verbose,
            colour: terminal && colour_wanted(),
            waiting: Mutex::new(Waiting::Over),
            mask: OnceLock::new(),
        }
    }

    /// Shows nothing of these secrets from now on.
    pub(crate) fn hide(&self, mask: Mask) {
        let _ = self.mask.set(mask);
    }

    /// What is never shown.
    pub(crate) fn mask(&self) -> Mask {
        self.mask.get().cloned().unwrap_or_default()
    }

    /// A text without the secrets.
    pub(crate) fn masked(&self, text: &str) -> String {
        match self.mask.get() {
            Some(mask) => mask.hide(text),
            None => text.to_owned(),
        }
    }

    /// JSON without the secrets.
    pub(crate) fn masked_json(&self, json: &str) -> String {
        match self.mask.get() {
            Some(mask) => mask.hide_in_json(json),
            None => json.to_owned(),
        }
    }

    /// Whether stdout gets one JSON object.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Whether a person may be shown progress.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether stderr is a terminal on which a line may rewrite itself.
    pub(crate) fn terminal(&self) -> bool {
        self.terminal
    }

    /// Whether the paths on stdout are seen by whoever reads stderr.
    pub(crate) fn shows_paths(&self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// Writes a line of data. A reader that has gone away is no error.
    ///
    /// # Errors
    ///
    /// If stdout cannot be written, on a full disk for one.
    pub(crate) fn data(&self, line: &[u8]) -> Result<(), Failure> {
        self.clear();
        let mut stdout = io::stdout().lock();
        let written = stdout
            .write_all(line)
            .and_then(|()| stdout.write_all(b"\n"))
            .and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
                Exit::Failed,
                "file",
                format!("cannot write to stdout: {}", io_text(&error)),
            )),
            _ => Ok(()),
        }
    }

    /// Writes the path of a saved picture, or tells it where stdout cannot be written; with `--json`
    /// the object at the end has it.
    ///
    /// # Errors
    ///
    /// If stdout cannot be written.
    pub(crate) fn saved(&self, path: &Path) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        self.data(path.as_os_str().as_encoded_bytes())
            .inspect_err(|_| self.warning(format_args!("saved: {}", path.display())))
    }

    /// Writes an object, which is one line of JSON.
    ///
    /// # Errors
    ///
    /// If stdout cannot be written: the object is told instead.
    pub(crate) fn object(&self, json: &str) -> Result<(), Failure> {
        let json = self.masked_json(json);
        self.data(json.as_bytes()).inspect_err(|_| self.tell(&json))
    }

    /// Writes a JSON value over several lines, for people as much as for scripts.
    pub(crate) fn pretty(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).expect("plain values serialize");
        self.data(self.masked_json(&text).as_bytes())
    }

    /// Says something worth knowing.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.quiet {
            self.say("note", "36", &text);
        }
    }

    /// Says a sentence that needs no label.
    pub(crate) fn tell(&self, text: impl Display) {
        if !self.quiet {
            self.clear();
            let text = self.masked(&text.to_string());
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    pub(crate) fn warning(&self, text: impl Display) {
        self.say("warning", "33", &text);
    }

    pub(crate) fn error(&self, text: impl Display) {
        self.say("error", "31", &text);
    }

    /// Says why the command ends: the sentence to the person, the object to the script.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.error(&failure.message);
        if let Some(hint) = failure.hint
            && !self.quiet
        {
            self.say("hint", "36", &hint);
        }
        if self.json {
            // Nothing more can be done if stdout is gone as well.
            let _ = self.object(&to_line(&failure.to_json()));
        }
    }

    /// Lets a waiting line be shown from now on.
    pub(crate) fn start_waiting(&self) {
        *self.waiting() = Waiting::Hidden;
    }

    /// Shows or refreshes the waiting line.
    pub(crate) fn wait(&self, text: &str) {
        let mut waiting = self.waiting();
        if *waiting != Waiting::Over {
            let _ = write!(io::stderr().lock(), "\r\x1b[2K{text}");
            *waiting = Waiting::Shown;
        }
    }

    /// Takes the waiting line away for good.
    pub(crate) fn stop_waiting(&self) {
        self.clear();
        *self.waiting() = Waiting::Over;
    }

    fn clear(&self) {
        let mut waiting = self.waiting();
        if *waiting == Waiting::Shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[2K");
            *waiting = Waiting::Hidden;
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A label, coloured on a terminal, and one line. A stderr that is gone is nothing to die of.
    fn say(&self, label: &str, colour: &str, text: &dyn Display) {
        self.clear();
        let text = self.masked(&text.to_string());
        let mut stderr = io::stderr().lock();
        let _ = if self.colour {
            writeln!(stderr, "\x1b[1;{colour}m{label}:\x1b[0m {text}")
        } else {
            writeln!(stderr, "{label}: {text}")
        };
    }
}

/// JSON on one line.
pub(crate) fn to_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values serialize")
}

pub(crate) fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("plain values serialize")
}

fn colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Prints what clap says: help and version to stdout, misuse to stderr and, with `--json`, as an
/// object too.
pub(crate) fn misuse(error: &clap::Error) -> Exit {
    use clap::error::ErrorKind;

    // A reader of the help that has gone away is no error.
    let _ = error.print();
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return Exit::Done;
    }
    if std::env::args_os().any(|arg| arg == "--json") {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        let message = one_line(first.strip_prefix("error: ").unwrap_or(first), 600);
        let object = to_line(&Failure::misuse(message).to_json());
        let _ = writeln!(io::stdout().lock(), "{object}");
    }
    Exit::Misuse
}
