//! What came of the calls so far: told on both streams, noted in the report.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use imagegen::{
    Delivery, Format, ImageData, ImageFailure, ImageResponse, PartialImage, Problem, SavedImage,
};

use crate::destination::{Destination, kept};
use crate::failure::Failure;
use crate::output::Output;
use crate::report::GenerateReport;
use crate::request::Plan;
use crate::run::{Arrived, LeftLink, Stop, keep_unread};
use crate::text::{io_words, one_line};

/// What came of the calls so far.
#[derive(Debug)]
pub(crate) struct Arrivals {
    pub(crate) report: GenerateReport,
    output: Arc<Output>,
    destination: Destination,
    plan: Arc<Plan>,
    /// How many pictures, failed ones too, came of each call.
    came: HashMap<u32, u32>,
    /// Links of pictures that are being downloaded: all that is left of them in an interrupt.
    links: Vec<LeftLink>,
    warned_of_extension: bool,
    /// Warnings that have been given.
    warned: Vec<Problem>,
    /// What the last failed call said: calls that go out together often fail alike.
    last_error: String,
}

impl Arrivals {
    pub(crate) fn new(
        report: GenerateReport,
        output: &Arc<Output>,
        destination: Destination,
        plan: &Arc<Plan>,
        warned: Vec<Problem>,
    ) -> Self {
        Self {
            report,
            output: Arc::clone(output),
            destination,
            plan: Arc::clone(plan),
            came: HashMap::new(),
            links: Vec::new(),
            warned_of_extension: false,
            warned,
            last_error: String::new(),
        }
    }

    /// Takes in a preview, which is worth a line.
    pub(crate) fn preview(&mut self, call: u32, preview: &PartialImage) {
        let number = preview.partial_index + 1;
        let image = self.place(call, preview.index) + 1;
        let mut text = format!("preview {number} of image {image}");
        if let Some(ImageData::File(saved)) = &preview.data {
            if let Some(reason) = &saved.displaced {
                self.output.warning(displaced(reason, saved));
            }
            let path = self.destination.shown(&saved.path);
            text += &format!(" saved: {}", path.display());
            self.report
                .partial(image - 1, preview.partial_index, saved, path);
        }
        self.output.tell(text);
    }

    /// Notes that a picture is no more than a link so far.
    pub(crate) fn link(&mut self, link: LeftLink) {
        self.links.push(link);
    }

    /// The links of pictures that are not saved yet.
    pub(crate) fn links(&self) -> &[LeftLink] {
        &self.links
    }

    /// Takes in a picture; a stdout that cannot be written stops what is not paid for yet.
    pub(crate) fn image(&mut self, call: u32, arrived: Arrived) -> Option<Stop> {
        let Arrived {
            index,
            revised_prompt,
            link,
            saved,
        } = arrived;
        *self.came.entry(call).or_default() += 1;
        self.links.retain(|known| Some(known) != link.as_ref());
        let index = self.place(call, index);
        let saved = match saved {
            Ok(saved) => saved,
            Err(why) => {
                if self.report.failed(index, Some("not_saved"), Some(&why)) {
                    self.output.error(&why);
                }
                return None;
            }
        };
        if let Some(reason) = &saved.displaced {
            let text = displaced(reason, &saved);
            self.output.error(&text);
            self.report.misplaced(index, &text);
        } else {
            self.warn_of_extension(&saved);
        }
        let path = self.destination.shown(&saved.path);
        self.report.saved(&saved, path, revised_prompt);
        if self.plan.delivery == Delivery::Stream {
            let mut text = format!("image {} saved", self.plan.count(index));
            if !self.output.shows_paths() {
                text += &format!(": {}", path.display());
            }
            self.output.tell(text);
        }
        self.output.saved(path).err().map(Stop::from)
    }

    /// Takes in that a picture did not come out, and keeps what cannot be read of it.
    pub(crate) fn failed(&mut self, call: u32, failure: &ImageFailure, id: &str) {
        *self.came.entry(call).or_default() += 1;
        let index = self.place(call, failure.index);
        let code = failure.code.as_deref();
        let message = failure.message.as_deref();
        if !self.report.failed(index, code, message) && failure.raw.is_none() {
            return;
        }
        let mut text = format!("image {} failed", index + 1);
        for part in [code, message].into_iter().flatten() {
            text += &format!(": {}", one_line(io_words(part), 300));
        }
        if let Some(raw) = &failure.raw {
            let id = self.output.masked(id);
            text += &kept(&self.destination.keep_answer(&id, None, raw));
        }
        self.output.error(text);
    }

    /// Takes in the figures of an answer, and warns where it is not what was asked for.
    pub(crate) fn answered(&mut self, response: &ImageResponse) {
        for problem in &response.warnings {
            if !self.warned.contains(problem) {
                self.output.warning(problem);
                self.warned.push(problem.clone());
            }
        }
        self.report.answered(response);
    }

    /// Takes in that a call, which went out under this id, did not come to its end, and keeps
    /// what cannot be read of its answer.
    pub(crate) fn call_failed(&mut self, call: u32, id: &str, error: imagegen::Error) {
        let answer = keep_unread(&error, id, &self.destination, &self.output);
        match error.partial() {
            Some(response) => self.report.answered(response),
            None => self.report.identified(error.request_id()),
        }
        let mut failure = self.plan.explain(Failure::from(error)).naming_call(id);
        if let Some(answer) = answer {
            failure.message += &kept(&answer);
            if let Ok(path) = answer {
                failure = failure.detail("answer_file", path.to_string_lossy());
            }
        }
        if self.plan.calls > 1 && self.last_error != failure.message {
            self.output.error(format_args!(
                "image {} of {}: {}",
                call + 1,
                self.plan.calls,
                failure.message
            ));
            self.last_error.clone_from(&failure.message);
        }
        let came = self.came.get(&call).copied().unwrap_or_default();
        let index = self.place(call, came);
        self.report.call_failed(index, failure);
    }

    /// The place of a picture among those of all calls, from 0.
    pub(crate) fn place(&self, call: u32, index: u32) -> u32 {
        call.saturating_mul(self.plan.per_call)
            .saturating_add(index)
    }

    /// Where the pictures of a call go.
    pub(crate) fn target(&self, call: u32) -> imagegen::Target {
        self.destination.target(call)
    }

    /// `-o` is taken literally, also where the picture is of another format. Said once.
    fn warn_of_extension(&mut self, saved: &SavedImage) {
        if let Some(format) = saved.format
            && !self.warned_of_extension
            && names_another_format(&saved.path, format)
        {
            self.warned_of_extension = true;
            self.output.warning(format_args!(
                "{} holds a {format}: that is what the model answered with",
                saved.path.display()
            ));
        }
    }
}

/// Why a picture lies elsewhere than asked for, and where.
fn displaced(reason: &str, saved: &SavedImage) -> String {
    let reason = io_words(reason);
    format!("{reason}; the picture is kept at {}", saved.path.display())
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
