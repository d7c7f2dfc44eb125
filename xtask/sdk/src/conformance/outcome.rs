//! What came of a deviation, in a few words that are the same for every client.

use imagegen::Format;
use imagegen_emulator::Fault;
use serde_json::Value;

use super::case::{Case, Picture, Raised, Seen};
use super::deviations::Deviation;

/// A call, what was seen of it, and what it cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome<'a> {
    pub(crate) deviation: Deviation,
    pub(crate) case: &'a Case,
    pub(crate) seen: &'a Seen,
    /// The files that are pictures.
    pub(crate) pictures: &'a [Picture],
    /// How many requests the emulator took on.
    pub(crate) billed: u64,
    /// The emulator's id of the last request.
    pub(crate) request_id: &'a str,
}

impl Outcome<'_> {
    /// The outcome in words.
    pub(crate) fn words(self) -> String {
        let mut words = match (self.seen.lost, &self.seen.error) {
            (Some(lost), _) => lost.to_owned(),
            (None, Some(error)) => self.failure(error),
            (None, None) => self.success(),
        };
        if self.billed > 1 {
            words += &format!(", billed {} times", self.billed);
        }
        words
    }

    fn failure(self, error: &Raised) -> String {
        let seen = self.seen;
        let images = self.pictures.len();
        // What the code around the client met while it used the answer.
        if !error.own && seen.returned.as_deref() == Some("answer") && images == 0 {
            return "looks like success, no image".to_owned();
        }
        if self.deviation.fault == Fault::StreamPartialFailed {
            return "aborts, later images lost".to_owned();
        }
        let mut words = match error.kind.as_str() {
            "invalid_request" => "refused before sending".to_owned(),
            "pending" => "pending ticket".to_owned(),
            "outcome_unknown" => "outcome unknown".to_owned(),
            "decode" => "unreadable, handed over whole".to_owned(),
            kind if error.own => format!("typed error: {}", class(kind)),
            "JSONDecodeError" | "SyntaxError" => "exception: JSON decode".to_owned(),
            kind => format!("exception: {kind}"),
        };
        if images > 0 {
            words += &format!(", {} kept", counted(images, "image"));
        }
        if self.loses_reason(error) {
            words += ", reason lost";
        }
        if self.loses_id(error) {
            words += ", request id lost";
        }
        words
    }

    fn success(self) -> String {
        let seen = self.seen;
        let images = self.pictures.len();
        if seen.returned.as_deref() == Some("text") {
            return "string returned".to_owned();
        }
        if let (Some(status), 0) = (seen.dead_link, images) {
            return format!("a link that answers {status}");
        }
        if images == 0 && !seen.images.is_empty() {
            return "looks like success, bytes are no image".to_owned();
        }
        if images == 0 && seen.failures == 0 {
            let missing = if self.case.stream && seen.previews == 0 {
                "event"
            } else {
                "image"
            };
            return format!("looks like success, no {missing}");
        }
        let mut parts = vec![counted(images, "image")];
        if seen.failures > 0 {
            parts.push(counted(seen.failures, "failure"));
        }
        if seen.empty > 0 {
            parts.push(counted(seen.empty, "empty entry"));
        }
        let parts = parts.join(", ");
        if self.case.stream && !seen.finished {
            return format!("looks complete ({parts})");
        }
        format!("ok ({parts}){}", self.flaws())
    }

    /// What is wrong with a success.
    fn flaws(self) -> &'static str {
        let seen = self.seen;
        let is_text = matches!(seen.created.as_deref(), Some("str" | "string"));
        let arrived = self.pictures.len() + seen.failures + seen.empty;
        let is_other_format = self
            .pictures
            .iter()
            .any(|picture| picture.format != asked_format(self.case));
        let asked_size = self.case.request.get("size").and_then(Value::as_str);
        let is_other_size = self
            .pictures
            .iter()
            .any(|picture| asked_size != Some(picture.size.to_string().as_str()));
        match seen.usage {
            Some(usage) if usage.output_tokens.is_none() => ", usage unreadable",
            _ if is_text => ", `created` is text",
            _ if arrived < self.asked() => ", fewer than asked for",
            _ if is_other_format => ", not in the format asked for",
            _ if is_other_size => ", not in the size asked for",
            _ => "",
        }
    }

    /// How many pictures the request asks for.
    fn asked(self) -> usize {
        let request = &self.case.request;
        let group = request
            .get("sequential_image_generation_options")
            .and_then(|options| options.get("max_images"));
        request
            .get("n")
            .or(group)
            .and_then(Value::as_u64)
            .map_or(1, |count| count as usize)
    }

    /// Whether the server gave a reason that the error does not show.
    fn loses_reason(self, error: &Raised) -> bool {
        let gives_one = matches!(self.deviation.row, "D6" | "D7" | "D29")
            || self.deviation.fault == Fault::ErrorIn200;
        let message = error.message.as_deref().unwrap_or_default();
        gives_one && (message.is_empty() || message.ends_with("(no body)"))
    }

    /// Whether the server gave an id that the error does not have.
    fn loses_id(self, error: &Raised) -> bool {
        matches!(
            self.deviation.fault,
            Fault::MessageChinese | Fault::MessageWrapped | Fault::IdInMessage
        ) && error.request_id.as_deref() != Some(self.request_id)
    }
}

/// The format a request asks for, by name or by the vendor's default.
fn asked_format(case: &Case) -> Format {
    match case.request.get("output_format").and_then(Value::as_str) {
        Some("jpeg") => Format::Jpeg,
        None if case.is_seedream() => Format::Jpeg,
        _ => Format::Png,
    }
}

/// The class of an error in words shared by the clients.
fn class(kind: &str) -> String {
    let kind = kind.strip_prefix("Ark").unwrap_or(kind);
    match kind {
        "BadRequestError" | "UnprocessableEntityError" => "bad request",
        "AuthenticationError" => "authentication",
        "PermissionDeniedError" => "permission",
        "NotFoundError" => "not found",
        "RateLimitError" => "rate limit",
        "InternalServerError" => "server",
        "APITimeoutError" | "APIConnectionTimeoutError" => "timeout",
        "APIConnectionError" => "connection",
        "APIError" => "no class",
        own => return own.replace('_', " "),
    }
    .to_owned()
}

fn counted(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use imagegen::Pixels;
    use serde_json::json;

    use super::*;
    use crate::conformance::driver::Client;

    fn words(fault: Fault, stream: bool, seen: Value, pictures: usize, billed: u64) -> String {
        let row = fault.row().unwrap();
        let deviation = Deviation { row, fault, stream };
        let case = deviation.case(Client::OpenAiPython).unwrap();
        let picture = Picture {
            format: asked_format(&case),
            size: Pixels::new(1024, 1024),
        };
        Outcome {
            deviation,
            case: &case,
            seen: &serde_json::from_value(seen).unwrap(),
            pictures: &vec![picture; pictures],
            billed,
            request_id: "r",
        }
        .words()
    }

    fn raised(kind: &str, own: bool, message: &str) -> Value {
        json!({"kind": kind, "own": own, "status": null, "code": null, "param": null,
            "message": message, "request_id": null})
    }

    #[test]
    fn successes_are_told_apart() {
        let plain = |seen, pictures| words(Fault::CreatedString, false, seen, pictures, 1);
        assert_eq!(plain(json!({}), 1), "ok (1 image)");
        assert_eq!(
            plain(json!({"created": "str"}), 1),
            "ok (1 image), `created` is text"
        );
        assert_eq!(
            plain(json!({"usage": {}}), 1),
            "ok (1 image), usage unreadable"
        );
        assert_eq!(plain(json!({"failures": 1}), 2), "ok (2 images, 1 failure)");
        assert_eq!(
            plain(json!({"empty": 2}), 1),
            "ok (1 image, 2 empty entries)"
        );
        assert_eq!(plain(json!({}), 0), "looks like success, no image");
        assert_eq!(plain(json!({"returned": "text"}), 0), "string returned");
        assert_eq!(
            plain(json!({"dead_link": 404}), 0),
            "a link that answers 404"
        );
        assert_eq!(
            plain(json!({"images": ["a.jpg"]}), 0),
            "looks like success, bytes are no image"
        );
        assert_eq!(
            words(Fault::ItemNull, false, json!({}), 1, 1),
            "ok (1 image), fewer than asked for"
        );
    }

    #[test]
    fn failures_are_told_apart() {
        let plain = |kind, own| {
            let seen = json!({"error": raised(kind, own, "m")});
            words(Fault::Html502, false, seen, 0, 1)
        };
        assert_eq!(plain("ArkRateLimitError", true), "typed error: rate limit");
        assert_eq!(
            plain("model_not_found", true),
            "typed error: model not found"
        );
        assert_eq!(plain("JSONDecodeError", false), "exception: JSON decode");
        assert_eq!(plain("pending", true), "pending ticket");
        let seen = json!({"error": raised("InternalServerError", true, "m")});
        assert_eq!(
            words(Fault::Html502, false, seen, 0, 3),
            "typed error: server, billed 3 times"
        );
        let seen = json!({"error": raised("BadRequestError", true, "400 status code (no body)")});
        assert_eq!(
            words(Fault::ErrorMsg, false, seen, 0, 0),
            "typed error: bad request, reason lost"
        );
        let seen = json!({"error": raised("BadRequestError", true, "400 a")});
        assert_eq!(
            words(Fault::IdInMessage, false, seen, 0, 0),
            "typed error: bad request, request id lost"
        );
        let seen = json!({"error": raised("TypeError", false, "m"), "returned": "answer"});
        assert_eq!(
            words(Fault::DataNull, false, seen, 0, 1),
            "looks like success, no image"
        );
        let seen = json!({"error": raised("outcome_unknown", true, "m")});
        assert_eq!(
            words(Fault::Truncated, true, seen, 2, 1),
            "outcome unknown, 2 images kept"
        );
    }

    #[test]
    fn streams_are_told_apart() {
        let stream = |seen, pictures| words(Fault::StreamNoCompleted, true, seen, pictures, 1);
        assert_eq!(stream(json!({"finished": true}), 2), "ok (2 images)");
        assert_eq!(stream(json!({}), 2), "looks complete (2 images)");
        assert_eq!(stream(json!({}), 0), "looks like success, no event");
        assert_eq!(
            stream(json!({"previews": 1}), 0),
            "looks like success, no image"
        );
    }
}
