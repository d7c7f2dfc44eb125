//! The calls of one command: made a few at a time, saved as they answer, none discarding another.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use imagegen::{Error, ErrorClass, Format, Image, ImageData, ImageResponse, SavedImage};
use tokio::task::JoinSet;

use crate::connect::Connection;
use crate::destination::{Destination, Saved};
use crate::failure::{Exit, Failure, one_line};
use crate::output::Output;
use crate::progress::Progress;
use crate::report::Report;
use crate::request::Plan;

/// How many calls are out at a time.
const CONCURRENT: u32 = 3;

/// The calls of one command and what has come of them so far.
#[derive(Debug)]
pub(crate) struct Calls {
    connection: Connection,
    destination: Destination,
    plan: Plan,
    /// When `--timeout` ends downloads too.
    deadline: Option<Instant>,
    output: Arc<Output>,
    report: Report,
    /// Calls that are out.
    out: u32,
    /// The link that is being downloaded: all that is left of its picture in an interrupt.
    link: Option<String>,
}

impl Calls {
    pub(crate) fn new(
        connection: Connection,
        destination: Destination,
        plan: Plan,
        deadline: Option<Instant>,
        output: &Arc<Output>,
    ) -> Self {
        Self {
            report: Report::new(plan.request.model(), connection.emulator.is_some()),
            connection,
            destination,
            plan,
            deadline,
            output: Arc::clone(output),
            out: 0,
            link: None,
        }
    }

    /// Makes all calls and saves what they bring.
    ///
    /// # Errors
    ///
    /// If stdout cannot be written. What goes wrong with a call goes into the report.
    pub(crate) async fn make(&mut self) -> Result<(), Failure> {
        let total = self.plan.calls;
        let progress = Progress::start(&self.output, self.plan.request.model(), total);
        let mut answers = JoinSet::new();
        let mut next = 0;
        let mut hopeless = false;
        loop {
            while next < total && self.out < CONCURRENT && !hopeless {
                let client = self.connection.client.clone();
                let (index, request) = (next, self.plan.request.clone());
                answers.spawn(async move { (index, client.generate(request).await) });
                self.out += 1;
                next += 1;
            }
            let Some(answer) = answers.join_next().await else {
                break;
            };
            self.out -= 1;
            progress.one_done();
            match answer {
                Ok((index, Ok(response))) => self.answered(index, &response).await?,
                Ok((index, Err(error))) => {
                    hopeless |= fails_again(&error);
                    if let Some(arrived) = error.partial() {
                        self.answered(index, arrived).await?;
                    }
                    self.failed(index, error);
                }
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        }
        for index in next..total {
            let why = "not sent: a call before it failed for good";
            self.report.failed(index, Some("not_sent"), Some(why));
        }
        Ok(())
    }

    /// Saves what an answer holds.
    async fn answered(&mut self, call: u32, response: &ImageResponse) -> Result<(), Failure> {
        self.report.answered(response);
        for image in &response.images {
            let index = call + image.index;
            match self.save(response, image).await {
                Saved::Asked(saved) => {
                    self.warn_of_extension(&saved);
                    self.saved(&saved, image)?;
                }
                Saved::Rescued(saved, text) => {
                    self.output.error(&text);
                    self.report.misplaced(index, &text);
                    self.saved(&saved, image)?;
                }
                Saved::Lost(text) => {
                    self.output.error(&text);
                    self.report.failed(index, Some("not_saved"), Some(&text));
                }
            }
        }
        for failure in &response.failures {
            let message = failure
                .message
                .as_deref()
                .map(|text| self.without_key(text));
            let mut text = format!("image {} failed", call + failure.index + 1);
            for part in [failure.code.as_deref(), message.as_deref()]
                .into_iter()
                .flatten()
            {
                text += &format!(": {}", one_line(part, 300));
            }
            if let Some(raw) = &failure.raw {
                let id = response.meta.request_id.as_deref();
                text += &kept(&self.destination.keep_answer(id, None, raw));
            }
            self.output.error(text);
            let code = failure.code.as_deref();
            self.report
                .failed(call + failure.index, code, message.as_deref());
        }
        Ok(())
    }

    /// Saves a picture; `--timeout` bounds the download of a link as well.
    async fn save(&mut self, response: &ImageResponse, image: &Image) -> Saved {
        let ImageData::Url(link) = &image.data else {
            return self.destination.save(response, image).await;
        };
        self.link = Some(link.clone());
        let saving = self.destination.save(response, image);
        let saved = match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline.into(), saving)
                .await
                .unwrap_or_else(|_| {
                    Saved::Lost(format!(
                        "the time was up before the picture was downloaded; it may still be fetched from {link}"
                    ))
                }),
            None => saving.await,
        };
        self.link = None;
        saved
    }

    fn saved(&mut self, saved: &SavedImage, image: &Image) -> Result<(), Failure> {
        self.report.saved(saved, image.revised_prompt.as_deref());
        if self.output.json() {
            return Ok(());
        }
        self.output.data(saved.path.as_os_str().as_encoded_bytes())
    }

    /// `-o` is taken literally, also where the picture is of another format.
    fn warn_of_extension(&self, saved: &SavedImage) {
        if let Some(format) = saved.format
            && names_another_format(&saved.path, format)
        {
            self.output.warning(format_args!(
                "{} holds a {format}: that is what the model answered with",
                saved.path.display()
            ));
        }
    }

    /// Notes a call that did not come to its end, and keeps what cannot be read of its answer.
    fn failed(&mut self, index: u32, error: Error) {
        let answer = match &error {
            Error::Decode(answer) if !answer.body().is_empty() => {
                Some(self.destination.keep_answer(
                    answer.request_id(),
                    answer.content_type(),
                    answer.body(),
                ))
            }
            _ => None,
        };
        let mut failure = Failure::from(error);
        if let Some(answer) = answer {
            failure.message += &kept(&answer);
            if let Ok(path) = answer {
                failure = failure.detail("answer_file", path.to_string_lossy());
            }
        }
        failure.message = self.without_key(&failure.message);
        if self.plan.calls > 1 {
            let total = self.plan.calls;
            self.output.error(format_args!(
                "image {} of {total}: {}",
                index + 1,
                failure.message
            ));
        }
        self.report.call_failed(index, failure);
    }

    /// A server's words without the key, should it repeat it.
    fn without_key(&self, text: &str) -> String {
        text.replace(&self.connection.key, "***")
    }

    /// Why the command ends before its calls did.
    pub(crate) fn interrupted(&mut self, exit: Exit) -> Failure {
        let mut failure = if self.out > 0 {
            let what = "interrupted while the request was out: it may be carried out and billed all the same";
            Failure::new(Exit::Unknown, "interrupted", what)
        } else {
            Failure::new(exit, "interrupted", "interrupted")
        };
        if let Some(link) = &self.link {
            failure.message += &format!("; a picture was not saved yet: {link}");
        }
        failure.beside = self.report.so_far();
        failure
    }

    /// Prints the result.
    ///
    /// # Errors
    ///
    /// If no call brought a picture: the gravest reason.
    pub(crate) fn finish(&mut self, elapsed: Duration) -> Result<Exit, Failure> {
        if let Some(failure) = self.report.nothing(self.plan.calls) {
            return Err(failure);
        }
        if self.plan.calls == 1 {
            for message in self.report.failed_calls() {
                self.output.error(message);
            }
        }
        if self.output.json() {
            let object = self.report.to_json(elapsed);
            self.output.data(object.as_bytes())?;
        }
        self.output.tell(self.report.summary(elapsed));
        Ok(self.report.exit())
    }

    /// Ends what was started for the calls.
    pub(crate) async fn stop(self) {
        if let Some(emulator) = self.connection.emulator {
            emulator.stop().await;
        }
    }
}

/// Whether the same call can only fail again, so that no more of them are made.
fn fails_again(error: &Error) -> bool {
    match error {
        Error::Api(refused) => !matches!(
            refused.class(),
            ErrorClass::OutputModeration
                | ErrorClass::RateLimit
                | ErrorClass::Server
                | ErrorClass::NoImages
        ),
        Error::Config(_) | Error::InvalidRequest(_) | Error::Transport(_) | Error::File(_) => true,
        _ => false,
    }
}

/// Whether a path's extension is that of another image format.
fn names_another_format(path: &Path, format: Format) -> bool {
    let Some(extension) = path.extension() else {
        return false;
    };
    let named = match extension.to_string_lossy().to_lowercase().as_str() {
        "png" => Format::Png,
        "jpg" | "jpeg" => Format::Jpeg,
        "webp" => Format::Webp,
        "gif" => Format::Gif,
        "svg" => Format::Svg,
        "bmp" => Format::Bmp,
        "tif" | "tiff" => Format::Tiff,
        "heic" | "heif" => Format::Heif,
        _ => return false,
    };
    named != format
}

/// Where an answer that was paid for is kept, as the end of a sentence.
fn kept(answer: &Result<std::path::PathBuf, String>) -> String {
    match answer {
        Ok(path) => format!("; the answer is kept in {}", path.display()),
        Err(error) => format!("; the answer could not be kept: {error}"),
    }
}
