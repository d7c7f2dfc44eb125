//! What ended a command before its end: the sentence, the exit code, the details for scripts.

use std::path::Path;

use imagegen::error::ApiError;
use imagegen::{Error, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::text::{io_text, one_line};

/// The exit codes; a contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything that was asked for is there.
    Done = 0,
    /// The request failed.
    Failed = 1,
    /// Misuse, or a request refused before anything was sent.
    Misuse = 2,
    /// The request may have been carried out and billed.
    Unknown = 3,
    /// Some images failed, the others are saved.
    Partial = 4,
    /// Ended by SIGHUP, after what may be billed was waited for.
    HungUp = 129,
    /// Ended by Ctrl-C, after what may be billed was waited for.
    Interrupted = 130,
    /// Ended by SIGTERM, after what may be billed was waited for.
    Terminated = 143,
}

/// Why a command ended before its end.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// The kind of failure in a word, for scripts.
    pub(crate) kind: &'static str,
    /// One line.
    pub(crate) message: String,
    /// Further members of the error object.
    pub(crate) details: Map<String, Value>,
    /// What the object says beside the error: pictures saved before it.
    pub(crate) beside: Map<String, Value>,
    /// What to do instead, where that is known.
    pub(crate) hint: Option<&'static str>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            kind,
            message: message.into(),
            details: Map::new(),
            beside: Map::new(),
            hint: None,
        }
    }

    /// Something the caller has to write differently.
    pub(crate) fn misuse(message: impl Into<String>) -> Self {
        Self::new(Exit::Misuse, "usage", message)
    }

    /// A file that cannot be used, found before anything was sent.
    pub(crate) fn file(action: &str, path: &Path, error: &std::io::Error) -> Self {
        let message = format!("cannot {action} {}: {}", path.display(), io_text(error));
        Self::new(Exit::Misuse, "file", message)
    }

    pub(crate) fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Names the call by the id it went out with, where it may have been paid for in vain: the
    /// vendor finds it by that.
    pub(crate) fn naming_call(self, id: &str) -> Self {
        let lost = self.exit == Exit::Failed && self.kind == "file";
        if self.exit != Exit::Unknown && !lost {
            return self;
        }
        let mut failure = self.detail("client_request_id", id);
        if lost {
            failure.message += "; a picture that came is lost";
        }
        if !failure.message.contains(id) {
            failure.message += &format!(" (client request id {id})");
        }
        failure
    }

    fn details_from(mut self, members: &[(&str, Option<Value>)]) -> Self {
        for (name, value) in members {
            if let Some(value) = value {
                self.details.insert((*name).to_owned(), value.clone());
            }
        }
        self
    }

    /// What `--json` prints.
    pub(crate) fn to_json(&self) -> Object<'_> {
        Object {
            error: ErrorObject {
                kind: self.kind,
                message: &self.message,
                details: &self.details,
            },
            beside: &self.beside,
        }
    }
}

/// The object that stands for a result which there is none of.
#[derive(Debug, Serialize)]
pub(crate) struct Object<'a> {
    error: ErrorObject<'a>,
    #[serde(flatten)]
    beside: &'a Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct ErrorObject<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(flatten)]
    details: &'a Map<String, Value>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = sentence(&error);
        let text = |text: Option<&str>| text.map(Value::from);
        let request_id = ("request_id", text(error.request_id()));
        match &error {
            Error::Config(_) => Self::new(Exit::Misuse, "config", message),
            Error::InvalidRequest(refused) => {
                let problem = refused.problem();
                Self::new(Exit::Misuse, "invalid_request", message).details_from(&[
                    ("param", Some(problem.parameter.as_str().into())),
                    ("value", problem.value.as_deref().map(Value::from)),
                    ("model", Some(problem.model.as_str().into())),
                    ("rule", Some(problem.rule.as_str().into())),
                    ("suggestion", problem.suggestion.as_deref().map(Value::from)),
                ])
            }
            Error::Transport(unreached) => Self::new(Exit::Failed, "transport", message)
                .details_from(&[("host", Some(unreached.host().into()))]),
            Error::Api(refused) => Self::new(api_exit(refused), "api", message).details_from(&[
                ("class", Some(refused.class().as_str().into())),
                ("status", Some(refused.status().as_u16().into())),
                ("code", text(refused.code())),
                ("param", text(refused.param())),
                request_id,
                (
                    "retry_after_seconds",
                    error
                        .retry_after()
                        .map(|wait| wait.as_secs_f64().ceil().into()),
                ),
            ]),
            Error::OutcomeUnknown(unknown) => Self::new(Exit::Unknown, "outcome_unknown", message)
                .details_from(&[
                    request_id,
                    ("client_request_id", text(unknown.client_request_id())),
                    ("received_bytes", Some(unknown.received().into())),
                ]),
            Error::Decode(_) => Self::new(Exit::Failed, "decode", message).details_from(&[
                ("status", error.status().map(|status| status.as_u16().into())),
                request_id,
            ]),
            Error::Pending(pending) => Self::new(
                Exit::Unknown,
                "pending",
                format!("{message}; it may be carried out and billed, and this command does not fetch it"),
            )
            .details_from(&[("task_id", Some(pending.task_id.as_str().into())), request_id]),
            Error::Download(link) => Self::new(Exit::Failed, "download", message)
                .details_from(&[("host", Some(link.host().into()))]),
            Error::File(file) => {
                let exit = if error.may_be_billed() {
                    Exit::Failed
                } else {
                    Exit::Misuse
                };
                Self::new(exit, "file", message)
                    .details_from(&[("path", file.path().map(|path| path.to_string_lossy().into()))])
            }
            _ => Self::new(Exit::Failed, "other", message),
        }
    }
}

/// An answer without a picture is a known outcome, whatever it cost, and so is a server's own word
/// that it failed. What stands in between does not know.
fn api_exit(refused: &ApiError) -> Exit {
    let told = refused.is_in_band() || refused.status() == StatusCode::INTERNAL_SERVER_ERROR;
    if refused.may_be_billed() && !told {
        Exit::Unknown
    } else {
        Exit::Failed
    }
}

/// An error and its causes in one line, each cause only where it says something new.
///
/// The server's own words belong to it: the person at the terminal wrote the prompt they may
/// quote.
pub(crate) fn sentence(error: &Error) -> String {
    let mut text = error.to_string();
    match error {
        Error::Api(refused) => {
            if let Some(message) = refused.message() {
                text.push_str(": ");
                text.push_str(&one_line(message, 600));
            }
        }
        Error::File(file) => {
            text.push_str(": ");
            text.push_str(&io_text(file.io_error()));
        }
        _ => {
            if let Some(cause) = root_cause(error) {
                text.push_str(": ");
                text.push_str(&cause);
            }
        }
    }
    text
}

/// The innermost cause, which is the one that names what the system or the peer did.
pub(crate) fn root_cause(error: &dyn std::error::Error) -> Option<String> {
    let mut cause = error.source()?;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = match cause.downcast_ref::<std::io::Error>() {
        Some(io) => io_text(io),
        None => one_line(&cause.to_string(), 200),
    };
    (!text.is_empty() && !error.to_string().contains(&text)).then_some(text)
}
