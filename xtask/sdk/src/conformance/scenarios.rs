//! What the official clients are asked to do with the emulator, and what must come of it.
//!
//! The figures are the vendors': OpenAI's table of output tokens for GPT Image 1, and for Seedream
//! a token for each 256 pixels.

use std::path::Path;

use imagegen::{Format, Pixels};
use serde_json::{Value, json};

use super::case::{Case, Picture, Seen};
use super::deviations::SEEDREAM;
use super::driver::Client;

/// A call and what must come of it.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) case: Case,
    pub(crate) want: Want,
    /// Why the client is known to fail, though the bytes are right.
    pub(crate) known: Option<Known>,
}

/// A failure that is the client's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) reason: &'static str,
    /// Whether this is that failure.
    pub(crate) is: fn(&Seen) -> bool,
}

/// What must come of a call.
#[derive(Clone, Debug)]
pub(crate) enum Want {
    Pictures(Pictures),
    /// An error of this class; its status, code and parameter.
    Error(&'static str, u16, &'static str, Option<&'static str>),
}

#[derive(Clone, Debug)]
pub(crate) struct Pictures {
    pub(crate) count: usize,
    pub(crate) picture: Picture,
    pub(crate) failures: usize,
    pub(crate) events: Vec<String>,
    pub(crate) output_tokens: u64,
    pub(crate) input_images: u64,
}

const GPT: &str = "gpt-image-1";

/// The scenarios of a client, in an order in which each finds the pictures it starts from.
pub(crate) fn of(client: Client, pictures: &Path) -> Vec<Scenario> {
    let mut all = Vec::new();
    if client != Client::ArkPython {
        all.extend(openai(client, pictures));
    }
    all.extend(seedream(client));
    for scenario in &mut all {
        // A scenario is one call.
        scenario.case.retries = Some(0);
    }
    all
}

fn openai(client: Client, folder: &Path) -> Vec<Scenario> {
    let low = |more: Value| {
        let mut request = json!({"model": GPT, "size": "1024x1024", "quality": "low"});
        merge(&mut request, more);
        request
    };
    let square = png(1024, 1024);
    let first = folder.join("generate-0.png");
    let clear = folder.join("generate-transparent-0.png");
    let edit = |name: &str, count: usize| {
        let mut case = Case::new(name, low(json!({})));
        case.edit = true;
        case.images = vec![first.clone(); count];
        case
    };

    let mut stream = Case::new("stream", low(json!({"partial_images": 2})));
    stream.stream = true;
    let mut masked = edit("edit-mask", 1);
    masked.mask = Some(clear);
    let mut edit_stream = edit("edit-stream", 1);
    edit_stream.stream = true;
    edit_stream
        .request
        .insert("partial_images".to_owned(), json!(1));
    let mut keyless = Case::new("no-key", low(json!({})));
    keyless.key = false;
    let mut no_stream = Case::new("json-to-stream", low(json!({})));
    no_stream.stream = true;
    no_stream.fault = Some("json-to-stream");

    let authentication = Want::Error("AuthenticationError", 401, "invalid_api_key", None);
    let bad_size = Want::Error("BadRequestError", 400, "invalid_value", Some("size"));
    let partial = |subject: &str, index: usize| format!("image_{subject}.partial_image {index}");
    let completed = |subject: &str| format!("image_{subject}.completed");
    vec![
        works(
            Case::new("generate", low(json!({}))),
            pictures(1, square, 272),
        ),
        works(
            Case::new("generate-two", low(json!({"n": 2}))),
            pictures(2, square, 544),
        ),
        works(
            Case::new(
                "generate-jpeg",
                low(json!({"size": "1024x1536", "output_format": "jpeg"})),
            ),
            pictures(1, jpeg(1024, 1536), 408),
        ),
        works(
            Case::new(
                "generate-transparent",
                low(json!({"background": "transparent"})),
            ),
            pictures(1, square, 272),
        ),
        works(edit("edit", 1), with_inputs(pictures(1, square, 272), 1)),
        works(
            edit("edit-three", 3),
            with_inputs(pictures(1, square, 272), 3),
        ),
        works(masked, with_inputs(pictures(1, square, 272), 1)),
        works(
            stream,
            // Each preview costs 100 tokens.
            with_events(
                pictures(1, square, 272 + 200),
                vec![
                    partial("generation", 0),
                    partial("generation", 1),
                    completed("generation"),
                ],
            ),
        ),
        works(
            edit_stream,
            with_events(
                with_inputs(pictures(1, square, 272 + 100), 1),
                vec![partial("edit", 0), completed("edit")],
            ),
        ),
        Scenario {
            case: Case::new("wrong-size", low(json!({"size": "1000x10"}))),
            want: bad_size,
            known: None,
        },
        Scenario {
            case: keyless,
            want: authentication,
            known: None,
        },
        Scenario {
            case: no_stream,
            want: Want::Pictures(pictures(1, square, 272)),
            known: Some(Known {
                reason: match client {
                    Client::OpenAiNode => {
                        "it looks for events only, and ends without one or an error"
                    }
                    _ => "it reads JSON as a stream of no events, and ends without an error",
                },
                is: nothing_at_all,
            }),
        },
    ]
}

fn seedream(client: Client) -> Vec<Scenario> {
    let wide = jpeg(1280, 720);
    let request = |more: Value| {
        let mut request = json!({"model": SEEDREAM, "size": "1280x720", "watermark": false});
        merge(&mut request, more);
        request
    };
    let group = |more: Value| {
        let mut request = request(json!({
            "sequential_image_generation": "auto",
            "sequential_image_generation_options": {"max_images": 3},
        }));
        merge(&mut request, more);
        request
    };
    const EACH: u64 = 1280 * 720 / 256;
    let succeeded = |index: usize| format!("image_generation.partial_succeeded {index}");
    let failed = |index: usize| format!("image_generation.partial_failed {index}");
    let completed = || "image_generation.completed".to_owned();

    let mut stream = Case::new("seedream-stream", group(json!({})));
    stream.stream = true;
    let mut one_fails = Case::new("seedream-stream-partial-failed", group(json!({})));
    one_fails.stream = true;
    one_fails.fault = Some("stream-partial-failed");
    let (bad_request, unauthenticated) = match client {
        Client::ArkPython => ("ArkBadRequestError", "ArkAuthenticationError"),
        _ => ("BadRequestError", "AuthenticationError"),
    };
    let mut all = vec![
        works(
            Case::new("seedream", request(json!({}))),
            pictures(1, wide, EACH),
        ),
        works(
            Case::new(
                "seedream-inline",
                request(json!({"response_format": "b64_json"})),
            ),
            pictures(1, wide, EACH),
        ),
        works(
            Case::new("seedream-group", group(json!({}))),
            pictures(3, wide, 3 * EACH),
        ),
        works(
            stream,
            with_events(
                pictures(3, wide, 3 * EACH),
                vec![succeeded(0), succeeded(1), succeeded(2), completed()],
            ),
        ),
        Scenario {
            case: Case::new("seedream-wrong-size", request(json!({"size": "10x10"}))),
            want: Want::Error(bad_request, 400, "InvalidParameter", Some("size")),
            known: None,
        },
        Scenario {
            case: one_fails,
            want: Want::Pictures(with_failures(
                with_events(
                    pictures(2, wide, 2 * EACH),
                    vec![failed(0), succeeded(1), succeeded(2), completed()],
                ),
                1,
            )),
            known: Some(Known {
                reason: "it takes any event with an `error` for the end, so the pictures after \
                         `partial_failed` are lost",
                is: aborts,
            }),
        },
    ];
    if client == Client::ArkPython {
        let mut keyless = Case::new("seedream-no-key", request(json!({})));
        keyless.key = false;
        all.push(Scenario {
            case: keyless,
            want: Want::Error(unauthenticated, 401, "AuthenticationError", None),
            known: None,
        });
    }
    all
}

/// An end without events, pictures or an error.
fn nothing_at_all(seen: &Seen) -> bool {
    seen.error.is_none() && seen.events.is_empty() && seen.images.is_empty() && seen.lost.is_none()
}

/// The error of one picture raised as the stream's.
fn aborts(seen: &Seen) -> bool {
    let code = seen.error.as_ref().and_then(|error| error.code.as_deref());
    seen.images.is_empty() && code == Some("OutputImageSensitiveContentDetected")
}

fn works(case: Case, want: Pictures) -> Scenario {
    Scenario {
        case,
        want: Want::Pictures(want),
        known: None,
    }
}

fn pictures(count: usize, picture: Picture, output_tokens: u64) -> Pictures {
    Pictures {
        count,
        picture,
        failures: 0,
        events: Vec::new(),
        output_tokens,
        input_images: 0,
    }
}

fn with_inputs(mut want: Pictures, count: u64) -> Pictures {
    want.input_images = count;
    want
}

fn with_events(mut want: Pictures, events: Vec<String>) -> Pictures {
    want.events = events;
    want
}

fn with_failures(mut want: Pictures, count: usize) -> Pictures {
    want.failures = count;
    want
}

fn png(width: u32, height: u32) -> Picture {
    Picture {
        format: Format::Png,
        size: Pixels::new(width, height),
    }
}

fn jpeg(width: u32, height: u32) -> Picture {
    Picture {
        format: Format::Jpeg,
        ..png(width, height)
    }
}

fn merge(request: &mut Value, more: Value) {
    if let (Value::Object(request), Value::Object(more)) = (request, more) {
        request.extend(more);
    }
}
