//! Every way in which gateways are known to deviate, D1 to D30, by its name in the emulator: what
//! the SDK makes of it, in both dialects, plain and as a stream.

use std::time::Duration;

use futures_util::StreamExt as _;
use imagegen::{
    Client, Error, GptImage, GptImageModel, ImageRequest, ImageResponse, Quality, ResponseFormat,
    Result, Seedream, SeedreamModel, Size,
};
use imagegen_emulator::{Emulator, Fault};

use crate::support::builder;

fn gpt() -> ImageRequest {
    GptImage::new(GptImageModel::GptImage2, "a red fox")
        .size(Size::px(816, 816))
        .quality(Quality::Low)
        .n(2)
        .into()
}

fn seedream() -> ImageRequest {
    Seedream::new(SeedreamModel::Seedream4_0Of20260415, "two red foxes")
        .size(Size::px(1280, 720))
        .response_format(ResponseFormat::B64Json)
        .max_images(2)
        .into()
}

/// A result in a few words.
fn outcome(fault: Fault, result: &Result<ImageResponse>) -> String {
    if fault == Fault::ResetAfterAnswer {
        // Whether what was sent outlives the reset behind it is the system's choice.
        return "whatever came".to_owned();
    }
    match result {
        Ok(response) => {
            let broken = response
                .images
                .iter()
                .filter(|image| image.bytes().is_some_and(|_| image.format().is_none()));
            let mut text = format!("{} images", response.images.len());
            for (count, what) in [
                (response.failures.len(), "failed"),
                (broken.count(), "broken"),
            ] {
                if count > 0 {
                    text += &format!(", {count} {what}");
                }
            }
            text
        }
        Err(error) => {
            let mut text = error.kind().to_owned();
            if let Error::Api(error) = error {
                text += &format!(" {}", error.status().as_u16());
            }
            // How much of an answer outlives a reset is the system's choice.
            let partial = error
                .partial()
                .filter(|_| fault != Fault::ResetDuringAnswer);
            if let Some(partial) = partial {
                text += &format!(", {} images kept", partial.images.len());
            }
            text
        }
    }
}

async fn calls(client: &Client, fault: Fault, request: ImageRequest) -> [String; 2] {
    // A fault that never ends is given up; any other is waited for, however busy the machine is.
    let patience = Duration::from_secs(if fault.is_endless() { 3 } else { 60 });
    let call = client.generate(request).timeout(patience).max_retries(0);
    let plain = call.clone().await;
    let streamed = match call.stream().await {
        Ok(stream) => stream.finish().await,
        Err(error) => Err(error),
    };
    [outcome(fault, &plain), outcome(fault, &streamed)]
}

/// What becomes of a call that meets a fault: a line a fault.
async fn table(faults: impl Iterator<Item = Fault>) -> String {
    let lines = futures_util::stream::iter(faults).map(|fault| async move {
        let emulator = Emulator::builder()
            .fault(fault)
            .fault_pause(Duration::from_millis(20))
            .start()
            .await
            .unwrap();
        // A body without end is to end by its size, not by the time it takes.
        let client = builder(emulator.base_url())
            .max_image(8 << 20)
            .build()
            .unwrap();
        let [gpt_plain, gpt_stream] = calls(&client, fault, gpt()).await;
        let [ark_plain, ark_stream] = calls(&client, fault, seedream()).await;
        let (row, name) = (fault.row().unwrap_or("-"), fault.name());
        format!("{row} {name}: {gpt_plain} | {gpt_stream} | {ark_plain} | {ark_stream}\n")
    });
    lines.buffered(4).collect::<Vec<_>>().await.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_deviation_of_gateways_is_read_for_what_it_is() {
    let table = table(
        Fault::ALL
            .iter()
            .copied()
            .filter(|fault| fault.row().is_some()),
    )
    .await;
    insta::assert_snapshot!(table, @r#"
    D1 error-in-200: server 200 | server 200 | server 200 | server 200
    D2 success-false: other 200 | other 200 | other 200 | other 200
    D3 whitespace-first: 2 images | 2 images | 2 images | 2 images
    D3 whitespace-then-error: server 200 | 2 images | server 200 | 2 images
    D4 informational-102: 2 images | 2 images | 2 images | 2 images
    D4 informational-103: 2 images | 2 images | 2 images | 2 images
    D5 html-502: server 502 | server 502 | server 502 | server 502
    D5 html-504: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    D5 html-524: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    D5 html-200: decode | decode | decode | decode
    D5 html-message: other 200 | other 200 | other 200 | other 200
    D6 error-string: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-message-only: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-msg: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-error-msg: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-detail: invalid_parameter 422 | invalid_parameter 422 | invalid_parameter 422 | invalid_parameter 422
    D6 status-failure: server 500 | server 500 | server 500 | server 500
    D7 error-code-number: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D7 error-code-null: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D7 error-code-empty: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D7 error-code-status: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D8 created-missing: 2 images | 2 images | 2 images | 2 images
    D8 created-null: 2 images | 2 images | 2 images | 2 images
    D8 created-zero: 2 images | 2 images | 2 images | 2 images
    D8 created-string: 2 images | 2 images | 2 images | 2 images
    D8 created-float: 2 images | 2 images | 2 images | 2 images
    D8 created-iso: 2 images | 2 images | 2 images | 2 images
    D9 data-null: no_images 200 | 2 images | no_images 200 | 2 images
    D9 data-missing: no_images 200 | 2 images | no_images 200 | 2 images
    D9 data-empty: no_images 200 | 2 images | no_images 200 | 2 images
    D9 data-object: 1 images | 2 images | 1 images | 2 images
    D10 item-null: 1 images, 1 failed | 2 images | 1 images, 1 failed | 2 images
    D10 item-empty: 1 images, 1 failed | 2 images | 1 images, 1 failed | 2 images
    D10 item-error: 1 images, 1 failed | 2 images | 1 images, 1 failed | 2 images
    D11 empty-url-beside-bytes: 2 images | 2 images | 2 images | 2 images
    D11 other-delivery: 2 images | 2 images | 2 images | 2 images
    D11 wrong-format: 2 images | 2 images | 2 images | 2 images
    D12 async-ticket: pending | 2 images | pending | 2 images
    D12 async-ticket-object: pending | 2 images | pending | 2 images
    D13 url-array: 2 images | 2 images | 2 images | 2 images
    D14 data-uri: 2 images | 2 images | 2 images | 2 images
    D15 data-strings: 2 images | 2 images | 2 images | 2 images
    D16 usage-missing: 2 images | 2 images | 2 images | 2 images
    D16 usage-null: 2 images | 2 images | 2 images | 2 images
    D16 usage-zeros: 2 images | 2 images | 2 images | 2 images
    D16 usage-chat-keys: 2 images | 2 images | 2 images | 2 images
    D16 usage-ark-keys: 2 images | 2 images | 2 images | 2 images
    D16 usage-no-details: 2 images | 2 images | 2 images | 2 images
    D17 usage-fractional: 2 images | 2 images | 2 images | 2 images
    D18 extra-keys: 2 images | 2 images | 2 images | 2 images
    D18 other-model: 2 images | 2 images | 2 images | 2 images
    D19 sse-unasked: 2 images | 2 images | 2 images | 2 images
    D19 json-to-stream: 2 images | 2 images | 2 images | 2 images
    D19 stream-no-partials: 2 images | 2 images | 2 images | 2 images
    D20 sse-pings: 2 images | 2 images | 2 images | 2 images
    D20 sse-crlf: 2 images | 2 images | 2 images | 2 images
    D20 sse-cr: 2 images | 2 images | 2 images | 2 images
    D20 sse-no-event-line: 2 images | 2 images | 2 images | 2 images
    D20 sse-many-data-lines: 2 images | 2 images | 2 images | 2 images
    D20 sse-done: 2 images | 2 images | 2 images | 2 images
    D20 sse-no-done: 2 images | 2 images | 2 images | 2 images
    D20 sse-bare-completed: 2 images | 2 images | 2 images | 2 images
    D21 stream-error-event: 2 images | 1 images, 1 failed | 2 images | 2 images, 1 failed
    D21 stream-upstream-error: 2 images | 1 images, 1 failed | 2 images | 2 images, 1 failed
    D21 stream-error-key: 2 images | 1 images, 1 failed | 2 images | 2 images, 1 failed
    D21 stream-partial-failed: 2 images | 2 images | 2 images | 1 images, 1 failed
    D22 stream-no-completed: 2 images | 1 images | 2 images | outcome_unknown, 2 images kept
    D22 truncated: outcome_unknown | outcome_unknown, 1 images kept | outcome_unknown, 1 images kept | outcome_unknown, 2 images kept
    D23 rate-limit-bare: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    D23 rate-limit-empty: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    D24 client-error-500: invalid_parameter 500 | invalid_parameter 500 | invalid_parameter 500 | invalid_parameter 500
    D24 client-error-503: model_not_found 503 | model_not_found 503 | model_not_found 503 | model_not_found 503
    D24 everything-502: server 502 | server 502 | server 502 | server 502
    D24 moderation-500: input_moderation 500 | input_moderation 500 | input_moderation 500 | input_moderation 500
    D24 bad-key-400: authentication 400 | authentication 400 | authentication 400 | authentication 400
    D24 status-246: 2 images | 2 images | 2 images | 2 images
    D25 content-type-text: 2 images | 2 images | 2 images | 2 images
    D25 content-type-octets: 2 images | 2 images | 2 images | 2 images
    D25 bom: 2 images | 2 images | 2 images | 2 images
    D26 fields-dropped: 2 images | 2 images | 1 images | 1 images
    D27 response-format-refused: 2 images | 2 images | invalid_parameter 400 | invalid_parameter 400
    D27 style-refused: 2 images | 2 images | 2 images | 2 images
    D27 group-refused: 2 images | 2 images | invalid_parameter 400 | invalid_parameter 400
    D28 early-url-404: 2 images | 2 images | 2 images | 2 images
    D28 expired-url: 2 images | 2 images | 2 images | 2 images
    D29 message-chinese: quota 403 | quota 403 | quota 403 | quota 403
    D29 message-masked: server 500 | server 500 | server 500 | server 500
    D29 message-wrapped: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D29 id-in-message: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D30 silence: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    D30 cut-while-waiting: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    D10 picture-null: no_images 200 | no_images 200 | no_images 200 | no_images 200
    D10 picture-empty: no_images 200 | no_images 200 | no_images 200 | no_images 200
    D10 picture-absent: no_images 200 | no_images 200 | no_images 200 | no_images 200
    D2 empty-200: decode | decode | decode | decode
    D2 status-204: decode | decode | decode | decode
    D2 text-200: decode | decode | decode | decode
    D10 refusal-text: no_images 200 | no_images 200 | no_images 200 | no_images 200
    D15 images-member: 2 images | 2 images | 2 images | 2 images
    D15 output-strings: 2 images | 2 images | 2 images | 2 images
    D15 data-data: 2 images | 2 images | 2 images | 2 images
    D15 data-images: 2 images | 2 images | 2 images | 2 images
    D15 bare-list: 2 images | 2 images | 2 images | 2 images
    D15 image-string: 1 images | 2 images | 1 images | 2 images
    D15 image-url-object: 2 images | 2 images | 2 images | 2 images
    D15 image-base64: 2 images | 2 images | 2 images | 2 images
    D15 chat-message: 2 images | 2 images | 2 images | 2 images
    D15 picture-beside: 4 images | 2 images | 4 images | 4 images
    D15 second-document: 2 images | 2 images | 2 images | 2 images
    D15 data-twice: 2 images | 2 images | 2 images | 2 images
    D25 raw-picture: 1 images | 1 images | 1 images | 1 images
    D14 base64-no-image: decode, 0 images kept | decode, 0 images kept | decode, 0 images kept | decode, 0 images kept
    D14 base64-half: decode, 0 images kept | decode, 0 images kept | decode, 0 images kept | decode, 0 images kept
    D14 base64-garbage: decode, 0 images kept | decode, 0 images kept | decode, 0 images kept | decode, 0 images kept
    D14 plus-as-space: decode, 0 images kept | decode, 0 images kept | 1 images, 1 failed | 1 images, 1 failed
    D18 lone-surrogate: 2 images | 2 images | 2 images | 2 images
    D18 raw-tab: 2 images | 2 images | 2 images | 2 images
    D18 broken-utf-8: 2 images | 2 images | 2 images | 2 images
    D18 nan: 2 images | 2 images | 2 images | 2 images
    D22 no-last-chunk: 2 images | 2 images | 2 images | 2 images
    D22 length-too-long: 2 images | 2 images | 2 images | 2 images
    D22 reset-after-answer: whatever came | whatever came | whatever came | whatever came
    D22 left-open: 2 images | 2 images | 2 images | 2 images
    D22 cut-head: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    D22 cut-picture: outcome_unknown, 1 images kept | outcome_unknown, 1 images kept | outcome_unknown, 1 images kept | outcome_unknown, 2 images kept
    D22 cut-tail: outcome_unknown, 2 images kept | 2 images | outcome_unknown, 2 images kept | outcome_unknown, 2 images kept
    D25 gzip-unasked: decode | decode | decode | decode
    D25 many-headers: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    D25 header-space: 2 images | 2 images | 2 images | 2 images
    D20 stream-completion-per-picture: 2 images | 2 images | 2 images | 2 images
    D20 stream-foreign-completed: 2 images | 2 images | 2 images | 2 images
    D20 stream-progress: 2 images | 2 images | 2 images | 2 images
    D21 stream-progress-words: 2 images | no_images 200 | 2 images | no_images 200
    D20 stream-twice: 2 images | 2 images | 2 images | 2 images
    D20 stream-responses: 2 images | 2 images | 2 images | 2 images
    D22 stream-only-done: 2 images | no_images 200 | 2 images | no_images 200
    D20 stream-broken-event: 2 images | 2 images | 2 images | 2 images
    D21 stream-error-words: 2 images | 1 images, 1 failed | 2 images | 2 images, 1 failed
    D20 sse-ping-words: 2 images | 2 images | 2 images | 2 images
    D20 sse-one-newline: 2 images | 2 images | 2 images | 2 images
    D28 link-html: 2 images | 2 images | 2 images | 2 images
    D28 link-json: 2 images | 2 images | 2 images | 2 images
    D28 link-202: 2 images | 2 images | 2 images | 2 images
    D28 link-204: 2 images | 2 images | 2 images | 2 images
    D28 link-206: 2 images | 2 images | 2 images | 2 images
    D28 link-empty: 2 images | 2 images | 2 images | 2 images
    D28 link-half-png: 2 images | 2 images | 2 images | 2 images
    D28 link-half-jpeg: 2 images | 2 images | 2 images | 2 images
    D28 link-half-webp: 2 images | 2 images | 2 images | 2 images
    D28 link-gzip: 2 images | 2 images | 2 images | 2 images
    D28 link-delay: 2 images | 2 images | 2 images | 2 images
    D28 link-drip: 2 images | 2 images | 2 images | 2 images
    D28 link-inside: 2 images | 2 images | 2 images | 2 images
    D28 link-relative: 2 images | 2 images | 2 images | 2 images
    D5 html-503: server 503 | server 503 | server 503 | server 503
    D5 text-503: server 503 | server 503 | server 503 | server 503
    D5 upstream-503: server 503 | server 503 | server 503 | server 503
    D23 rate-pace: 2 images | 2 images | rate_limit 429 | rate_limit 429
    D23 rate-limit-arrears: quota 429 | quota 429 | quota 429 | quota 429
    D6 error-errors-list: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-in-list: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-detail-object: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-detail-string: not_found 404 | not_found 404 | not_found 404 | not_found 404
    D6 error-capital: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-fault: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-title: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-description: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D6 error-xml: permission 403 | permission 403 | permission 403 | permission 403
    D6 error-nested: invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400 | invalid_parameter 400
    D24 azure-filter-prompt: input_moderation 400 | input_moderation 400 | input_moderation 400 | input_moderation 400
    D24 azure-filter-picture: input_moderation 400 | input_moderation 400 | input_moderation 400 | input_moderation 400
    D24 challenge-403: blocked 403 | blocked 403 | blocked 403 | blocked 403
    D24 blocked-403: blocked 403 | blocked 403 | blocked 403 | blocked 403
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_fault_ends_in_a_typed_error() {
    let table = table(
        Fault::ALL
            .iter()
            .copied()
            .filter(|fault| fault.row().is_none()),
    )
    .await;
    insta::assert_snapshot!(table, @r#"
    - delay: 2 images | 2 images | 2 images | 2 images
    - slow-drip: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    - reset-during-request: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    - reset-before-answer: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    - close-before-answer: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    - reset-during-answer: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    - half-json: outcome_unknown | 2 images | outcome_unknown, 1 images kept | 2 images
    - half-event: 2 images | outcome_unknown, 1 images kept | 2 images | outcome_unknown, 2 images kept
    - model-retired: model_not_found 404 | model_not_found 404 | model_not_found 404 | model_not_found 404
    - status-408: other 408 | other 408 | other 408 | other 408
    - status-429: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    - status-429-quota: quota 429 | quota 429 | quota 429 | quota 429
    - status-500: server 500 | server 500 | server 500 | server 500
    - status-503: server 503 | server 503 | rate_limit 503 | rate_limit 503
    - retry-after-503: server 503 | server 503 | rate_limit 503 | rate_limit 503
    - retry-after-ms: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    - retry-after-date: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    - retry-after-long: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    - retry-after-bad: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    - retry-after-huge: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    - should-retry: server 500 | server 500 | server 500 | server 500
    - should-not-retry: rate_limit 429 | rate_limit 429 | rate_limit 429 | rate_limit 429
    - moderation-input: input_moderation 400 | input_moderation 400 | input_moderation 400 | input_moderation 400
    - moderation-output: input_moderation 400 | input_moderation 400 | output_moderation 400 | output_moderation 400
    - redirect-307: other 307 | other 307 | other 307 | other 307
    - redirect-elsewhere: other 307 | other 307 | other 307 | other 307
    - endless-body: decode | decode | decode | decode
    - endless-pings: outcome_unknown | outcome_unknown, 1 images kept | outcome_unknown | outcome_unknown, 1 images kept
    - endless-headers: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    - huge-header: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    - deep-json: decode | 2 images | decode | 2 images
    - compressed-bomb: decode | 2 images | decode | 2 images
    - late-503: server 503 | server 503 | server 503 | server 503
    - empty-503: server 503 | server 503 | server 503 | server 503
    - html-503-retry-after: server 503 | server 503 | server 503 | server 503
    - status-409: other 409 | other 409 | other 409 | other 409
    - status-424: other 424 | other 424 | other 424 | other 424
    - status-499: other 499 | other 499 | other 499 | other 499
    - status-502: server 502 | server 502 | server 502 | server 502
    - status-504: outcome_unknown | outcome_unknown | outcome_unknown | outcome_unknown
    - status-520: server 520 | server 520 | server 520 | server 520
    - status-521: server 521 | server 521 | server 521 | server 521
    - status-522: server 522 | server 522 | server 522 | server 522
    - status-523: server 523 | server 523 | server 523 | server 523
    - status-525: server 525 | server 525 | server 525 | server 525
    - status-526: server 526 | server 526 | server 526 | server 526
    - status-527: server 527 | server 527 | server 527 | server 527
    - redirect-301: other 301 | other 301 | other 301 | other 301
    - redirect-308: other 308 | other 308 | other 308 | other 308
    "#);
}
