//! The call through which each deviation of real gateways shows.

use imagegen_emulator::Fault;
use serde_json::{Value, json};

use super::case::Case;
use super::driver::Client;

const GPT: &str = "gpt-image-2";
/// The model with groups and streams that Ark goes on serving.
pub(crate) const SEEDREAM: &str = "doubao-seedream-4-0-20260415";

/// A deviation, met by a plain or a streaming call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deviation {
    pub(crate) row: &'static str,
    pub(crate) fault: Fault,
    pub(crate) stream: bool,
}

/// What each row is about.
const TITLES: [(&str, &str); 30] = [
    ("D1", "an error body with status 200"),
    ("D2", "`success: false` with status 200"),
    (
        "D3",
        "white space ahead of the body, to keep the line alive",
    ),
    ("D4", "informational 102 or 103 ahead of the answer"),
    ("D5", "a proxy's HTML page"),
    ("D6", "an error in an envelope of the gateway's own"),
    ("D7", "odd values of `code`, `param` and `type` in an error"),
    ("D8", "`created` missing or of another type"),
    ("D9", "`data` missing, null, empty or an object"),
    ("D10", "the last of three entries holds no picture"),
    (
        "D11",
        "link and bytes mixed up, or a file of another format",
    ),
    ("D12", "a ticket to poll instead of a picture"),
    ("D13", "`url` is a list"),
    ("D14", "base64 behind a `data:` prefix"),
    ("D15", "`data` is a list of strings"),
    ("D16", "`usage` missing, zero or in other words"),
    ("D17", "token counts with fractions"),
    ("D18", "unknown keys, or another model's name"),
    (
        "D19",
        "events where none were asked for, or none where they were",
    ),
    ("D20", "ways to write a stream"),
    ("D21", "an error inside a stream"),
    ("D22", "an answer that ends early"),
    ("D23", "429 with nothing else to go by"),
    ("D24", "a status of the wrong class"),
    ("D25", "a wrong `Content-Type`, a byte order mark"),
    ("D26", "parameters dropped without a word"),
    ("D27", "a known parameter refused"),
    ("D28", "a link that does not work yet, or no longer"),
    ("D29", "an error message translated, masked or wrapped"),
    ("D30", "silence, or a connection cut while waiting"),
];

/// All deviations, in the order of the rows.
pub(crate) fn all() -> Vec<Deviation> {
    let mut all = Vec::new();
    for fault in Fault::ALL.iter().copied() {
        let Some(row) = fault.row() else { continue };
        let stream = is_of_streams(fault);
        all.push(Deviation { row, fault, stream });
        if fault == Fault::Truncated {
            all.push(Deviation {
                row,
                fault,
                stream: true,
            });
        }
    }
    all
}

/// What a row is about.
pub(crate) fn title(row: &str) -> &'static str {
    TITLES
        .iter()
        .find(|(name, _)| *name == row)
        .map_or("", |(_, title)| title)
}

/// Whether it shows on streams only.
fn is_of_streams(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::JsonToStream
            | Fault::StreamNoPartials
            | Fault::SsePings
            | Fault::SseCrlf
            | Fault::SseCr
            | Fault::SseNoEventLine
            | Fault::SseManyDataLines
            | Fault::SseDone
            | Fault::SseNoDone
            | Fault::SseBareCompleted
            | Fault::StreamErrorEvent
            | Fault::StreamUpstreamError
            | Fault::StreamErrorKey
            | Fault::StreamPartialFailed
            | Fault::StreamNoCompleted
    )
}

impl Deviation {
    /// The fault's name, with the sort of call where that tells two apart.
    pub(crate) fn label(self) -> String {
        match (self.fault, self.stream) {
            (Fault::Truncated, true) => format!("`{}` in a stream", self.fault),
            _ => format!("`{}`", self.fault),
        }
    }

    /// The call through which a client meets it; `None` if this client cannot.
    pub(crate) fn case(self, client: Client) -> Option<Case> {
        let is_ark = client == Client::ArkPython;
        let has_none = matches!(self.fault, Fault::StyleRefused | Fault::StreamNoPartials);
        if is_ark && has_none {
            return None;
        }
        let is_seedreams = matches!(
            self.fault,
            Fault::StreamPartialFailed | Fault::GroupRefused | Fault::ResponseFormatRefused
        );
        let request = if is_ark || is_seedreams {
            self.seedream()
        } else {
            self.gpt()
        };
        let suffix = if self.stream { "-stream" } else { "" };
        let mut case = Case::new(format!("{}{suffix}", self.fault), request);
        case.stream = self.stream;
        case.fault = Some(self.fault.name());
        if self.fault.is_endless() {
            case.timeout = 3;
        }
        Some(case)
    }

    /// How many pictures are asked for.
    pub(crate) fn count(self) -> usize {
        match self.fault {
            Fault::ItemNull | Fault::ItemEmpty | Fault::ItemError | Fault::StreamPartialFailed => 3,
            Fault::Truncated => 3,
            Fault::StreamNoCompleted => 1,
            _ if self.stream => 2,
            _ => 1,
        }
    }

    fn gpt(self) -> Value {
        let mut request = json!({"model": GPT, "size": "1024x1024", "quality": "low"});
        if self.count() > 1 {
            request["n"] = json!(self.count());
        }
        if self.stream {
            request["partial_images"] = json!(1);
        }
        match self.fault {
            Fault::FieldsDropped => request["output_format"] = json!("jpeg"),
            Fault::StyleRefused => request["style"] = json!("vivid"),
            _ => {}
        }
        request
    }

    fn seedream(self) -> Value {
        let mut request = json!({
            "model": SEEDREAM,
            "size": "1280x720",
            "response_format": "b64_json",
        });
        let is_group = matches!(self.fault, Fault::GroupRefused | Fault::FieldsDropped);
        if self.count() > 1 || is_group {
            request["sequential_image_generation"] = json!("auto");
            request["sequential_image_generation_options"] =
                json!({"max_images": self.count().max(2)});
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_has_a_title_and_a_deviation() {
        let rows: HashSet<_> = all().iter().map(|deviation| deviation.row).collect();
        assert_eq!(rows.len(), TITLES.len());
        for row in rows {
            assert_ne!(title(row), "", "{row}");
        }
    }

    #[test]
    fn names_of_cases_are_unique() {
        for client in Client::ALL {
            let cases: Vec<_> = all()
                .iter()
                .filter_map(|deviation| Some(deviation.case(client)?.name))
                .collect();
            assert_eq!(cases.iter().collect::<HashSet<_>>().len(), cases.len());
        }
    }
}
