//! Money: whatever goes wrong, a request is accepted at most once; and what arrived is kept.
//!
//! The emulator counts the requests it accepts, which is what a vendor bills. The table of all
//! faults is kept in docs/faults.md; `UPDATE_DOCS=1` writes it anew.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::StreamExt as _;
use imagegen::error::Phase;
use imagegen::{
    Client, CustomImage, Error, Generation, GptImage, GptImageEdit, GptImageModel, ImageInput,
    ImageRequest, ImageResponse, Quality, ResponseFormat, Result, Seedream, SeedreamModel, Size,
};
use imagegen_emulator::{Emulator, Fault, Format, Picture};

use crate::support::{Canned, builder, kept};

const SIZE: Size = Size::px(816, 816);

/// How a picture is asked for.
#[derive(Clone, Copy)]
enum Way {
    Plain,
    Stream,
    Edit,
}

async fn call(client: &Client, way: Way) -> Result<ImageResponse> {
    call_with(client, way, |call| call).await
}

async fn call_with(
    client: &Client,
    way: Way,
    options: impl FnOnce(Generation) -> Generation,
) -> Result<ImageResponse> {
    let model = GptImageModel::GptImage2;
    let plain = || {
        GptImage::new(model.clone(), "p")
            .size(SIZE)
            .quality(Quality::Low)
    };
    match way {
        Way::Plain => options(client.generate(plain())).await,
        Way::Stream => {
            let call = options(client.generate(plain()));
            call.stream().await?.finish().await
        }
        Way::Edit => {
            let image = Picture::new("in", "m", 64, 64).render(Format::Png);
            let edit = GptImageEdit::new(model.clone(), "p", ImageInput::bytes(image));
            options(client.generate(edit.size(SIZE).quality(Quality::Low))).await
        }
    }
}

/// Requests that came, requests accepted, and how the call ended.
async fn meet(fault: Fault, way: Way) -> (usize, u64, String) {
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
    // Long enough for every wait a server asks for here; a fault without end is given up.
    let patience = if fault.is_endless() { 3 } else { 30 };
    let patience = Duration::from_secs(patience);
    let result = call_with(&client, way, |call| call.timeout(patience)).await;
    let outcome = match &result {
        Ok(response) => format!("{} images", response.images.len()),
        Err(error) => error.kind().to_owned(),
    };
    let posts = emulator
        .requests()
        .iter()
        .filter(|request| request.method == "POST")
        .count();
    (posts, emulator.accepted(), outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_makes_a_request_be_accepted_twice() {
    let rows = futures_util::stream::iter(Fault::ALL).map(|&fault| async move {
        let mut row = format!("| `{}` |", fault.name());
        for way in [Way::Plain, Way::Stream, Way::Edit] {
            let (sent, accepted, outcome) = meet(fault, way).await;
            assert!(accepted <= 1, "{fault}: accepted {accepted} times");
            // What may have been accepted goes out once; what surely was not, at most thrice.
            let most = if fault.is_billed() { 1 } else { 3 };
            assert!(sent <= most, "{fault}: sent {sent} times");
            write!(row, " {sent} / {accepted} / {outcome} |").unwrap();
        }
        row
    });
    // A few at a time: an outcome must not depend on how busy the machine is.
    let rows: Vec<_> = rows.buffered(6).collect().await;
    let table = format!(
        "# Faults and money\n\n\
         Requests sent / accepted by the server / how the call ended, for every fault of the \
         emulator, with two retries\nallowed. What the server accepts is what a vendor bills: it \
         is never more than one. Written by the test\n`no_fault_makes_a_request_be_accepted_twice` \
         (`UPDATE_DOCS=1 cargo test -p imagegen-tests`).\n\n\
         | Fault | plain | stream | edit |\n| --- | --- | --- | --- |\n{}\n",
        rows.join("\n")
    );
    println!("{table}");
    kept("docs/faults.md", &table);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_refusals_are_sent_again_whatever_the_status() {
    let statuses = (300..=599).filter(|status| ![304].contains(status));
    // A few at a time: a refusal that comes late, on a busy machine, is none to be sent again.
    let calls = statuses.map(|status| async move {
        let server =
            Canned::json(&format!("{status} Test"), "{\"error\":{\"message\":\"m\"}}").await;
        let client = server.client();
        let error = client
            .generate(CustomImage::new("m", "p"))
            .await
            .unwrap_err();
        let expected = if matches!(status, 429 | 503) { 3 } else { 1 };
        assert_eq!(server.hits(), expected, "{status}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
    });
    futures_util::stream::iter(calls)
        .buffer_unordered(8)
        .collect::<()>()
        .await;
}

#[tokio::test]
async fn money_codes_and_should_retry_overrule_the_status() {
    for (status, headers, code, hits) in [
        ("429 Too Many", "", "insufficient_quota", 1),
        ("429 Too Many", "", "credit_balance_exhausted", 1),
        ("429 Too Many", "", "QuotaExceeded", 1),
        ("429 Too Many", "", "SetLimitExceeded", 1),
        ("429 Too Many", "x-should-retry: false\r\n", "", 1),
        ("500 Oops", "x-should-retry: true\r\n", "", 3),
        // Whoever is behind the gateway may have made it.
        ("503 Unavailable", "", "do_request_failed", 1),
        ("503 Unavailable", "", "bad_response_status_code", 1),
        ("503 Unavailable", "", "get_channel_failed", 3),
        (
            "503 Unavailable",
            "retry-after-ms: 1\r\n",
            "upstream_error",
            3,
        ),
        // Ark's content check failed itself.
        ("400 Bad", "", "ContentSecurityDetectionError", 3),
        (
            "429 Too Many",
            "retry-after-ms: 1\r\n",
            "rate_limit_exceeded",
            3,
        ),
        (
            "429 Too Many",
            "retry-after: 3600\r\n",
            "rate_limit_exceeded",
            1,
        ),
    ] {
        let body = format!("{{\"error\":{{\"code\":\"{code}\"}}}}");
        let server = Canned::start(status, headers, body.as_bytes()).await;
        server
            .client()
            .generate(CustomImage::new("m", "p"))
            .await
            .unwrap_err();
        assert_eq!(server.hits(), hits, "{status} {headers} {code}");
    }
}

#[tokio::test]
async fn an_error_says_whether_a_picture_may_have_been_billed() {
    for (status, body, may) in [
        ("400 Bad", r#"{"error":{"code":"invalid_value"}}"#, false),
        ("401 No", "{}", false),
        ("404 Gone", "{}", false),
        ("413 Large", "<html>", false),
        ("408 Late", "{}", true),
        ("424 Failed", "{}", true),
        ("429 Too Many", "{}", false),
        ("500 Oops", "{}", true),
        (
            "500 Oops",
            r#"{"error":{"code":"moderation_blocked"}}"#,
            false,
        ),
        ("502 Bad", "<html>", true),
        ("503 Busy", "{}", false),
        ("503 Busy", r#"{"error":{"type":"upstream_error"}}"#, true),
        ("504 Late", "", true),
        ("200 OK", r#"{"error":{"message":"m"}}"#, true),
        ("200 OK", r#"{"error":{"code":"invalid_api_key"}}"#, false),
        (
            "200 OK",
            r#"{"data":[],"usage":{"output_tokens":1756}}"#,
            true,
        ),
        ("200 OK", "what?", true),
    ] {
        let server = Canned::json(status, body).await;
        let client = builder(server.base_url.clone()).max_retries(0);
        let call = client.build().unwrap();
        let error = call.generate(CustomImage::new("m", "p")).await.unwrap_err();
        assert_eq!(error.may_be_billed(), may, "{status} {body}");
        assert!(!(may && error.is_retryable()), "{status} {body}");
    }
}

#[tokio::test]
async fn a_refused_call_succeeds_once_the_server_lets_it() {
    let emulator = Emulator::start().await.unwrap();
    emulator.fault_next(Fault::RetryAfterMs);
    emulator.fault_next(Fault::ShouldRetry);
    let client = builder(emulator.base_url()).build().unwrap();
    let response = call(&client, Way::Edit).await.unwrap();
    assert_eq!(response.images.len(), 1);
    assert_eq!((emulator.requests().len(), emulator.accepted()), (3, 1));
    // The vendor can see in its logs that these were one call.
    let ids = emulator.requests();
    assert_eq!(
        ids[0].header("x-client-request-id"),
        ids[2].header("x-client-request-id")
    );
}

#[tokio::test]
async fn paying_twice_has_to_be_asked_for_by_name() {
    let emulator = Emulator::start().await.unwrap();
    let risky = builder(emulator.base_url())
        .retry_and_risk_paying_twice()
        .build()
        .unwrap();
    emulator.fault_next(Fault::CloseBeforeAnswer);
    assert!(call(&risky, Way::Plain).await.is_ok());
    assert_eq!(emulator.accepted(), 2);
}

#[tokio::test]
async fn a_reused_connection_that_breaks_does_not_send_again() {
    let emulator = Emulator::start().await.unwrap();
    let client = builder(emulator.base_url()).build().unwrap();
    for round in 1..=5 {
        call(&client, Way::Plain).await.unwrap();
        emulator.fault_next(Fault::ResetBeforeAnswer);
        let error = call(&client, Way::Plain).await.unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown(_)), "{error}");
        assert_eq!(emulator.accepted(), 2 * round);
    }
}

#[tokio::test]
async fn every_limit_ends_in_what_is_known() {
    let emulator = Emulator::builder()
        .fault_pause(Duration::from_millis(400))
        .start()
        .await
        .unwrap();
    let client = builder(emulator.base_url()).build().unwrap();
    const LIMIT: Duration = Duration::from_millis(250);
    type Options = fn(Generation) -> Generation;
    let cases: [(_, Options, _); 4] = [
        (Fault::Silence, |call| call.timeout(LIMIT), Phase::Waiting),
        (
            Fault::Silence,
            |call| call.first_byte_timeout(LIMIT),
            Phase::Waiting,
        ),
        (
            Fault::SlowDrip,
            |call| call.idle_timeout(LIMIT),
            Phase::Reading,
        ),
        (
            Fault::SlowDrip,
            |call| call.timeout(Duration::from_millis(900)),
            Phase::Reading,
        ),
    ];
    for (fault, options, phase) in cases {
        emulator.fault_next(fault);
        let named = |call| options(call).client_request_id("my-call");
        let error = call_with(&client, Way::Plain, named).await.unwrap_err();
        assert!(error.is_timeout(), "{fault}: {error}");
        let Error::OutcomeUnknown(error) = error else {
            panic!("{fault}: {error}")
        };
        assert_eq!(error.phase(), phase, "{fault}");
        assert_eq!(error.client_request_id(), Some("my-call"));
    }
}

#[tokio::test]
async fn a_connection_that_was_never_made_is_safe_to_retry() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = builder(format!("http://{address}/v1"))
        .max_retries(8)
        .build()
        .unwrap();
    let calling =
        tokio::spawn(async move { client.generate(CustomImage::new("gpt-image-2", "p")).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let emulator = Emulator::builder().address(address).start().await.unwrap();
    assert!(calling.await.unwrap().is_ok());
    assert_eq!(emulator.accepted(), 1);
}

#[tokio::test]
async fn a_cut_stream_keeps_the_pictures_it_brought() {
    let emulator = Emulator::builder()
        .fault(Fault::ResetDuringAnswer)
        .start()
        .await
        .unwrap();
    let client = builder(emulator.base_url()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let request = Seedream::new(SeedreamModel::Seedream4_0Of20260415, "4 red foxes")
        .size(Size::px(1280, 720))
        .response_format(ResponseFormat::B64Json)
        .max_images(4);
    let stream = client
        .generate(request)
        .to(folder.path())
        .stream()
        .await
        .unwrap();
    let error = stream.finish().await.unwrap_err();
    let partial = error.partial().expect("the pictures before the cut");
    assert!(!partial.images.is_empty());
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        partial.images.len()
    );
}

/// Thousands of calls with random faults: everything sent is saved or reported, and what is in
/// the folder is whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_soak_adds_up() {
    const CALLS: usize = 2000;
    let emulator = Emulator::builder()
        .random_faults(20_261_122, 0.5)
        .fault_pause(Duration::from_millis(2))
        .event_latency(Duration::ZERO)
        .start()
        .await
        .unwrap();
    let client = builder(emulator.base_url()).max_retries(0).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut saved, mut failed, mut links) = (0, 0, 0);
    let (mut answered, mut refused) = (0, 0);
    let calls = futures_util::stream::iter((0..CALLS).map(|at| {
        let (client, folder) = (&client, folder.path());
        async move {
            let request: ImageRequest = match at % 3 {
                0 => GptImage::new(GptImageModel::GptImage2, "p")
                    .size(SIZE)
                    .quality(Quality::Low)
                    .n(2)
                    .into(),
                1 => Seedream::new(SeedreamModel::Seedream4_0Of20260415, "2 p")
                    .size(Size::px(1280, 720))
                    .max_images(2)
                    .into(),
                _ => GptImage::new(GptImageModel::GptImage2, "q")
                    .size(SIZE)
                    .into(),
            };
            match at % 3 {
                2 => match client.generate(request).to(folder).stream().await {
                    Ok(stream) => stream.finish().await,
                    Err(error) => Err(error),
                },
                _ => client.generate(request).to(folder).await,
            }
        }
    }));
    let mut calls = std::pin::pin!(calls.buffer_unordered(32));
    while let Some(result) = calls.next().await {
        let response = match &result {
            Ok(response) => {
                answered += 1;
                Some(response)
            }
            Err(error) => {
                refused += 1;
                error.partial()
            }
        };
        let Some(response) = response else { continue };
        failed += response.failures.len();
        for image in &response.images {
            match &image.data {
                imagegen::ImageData::File(file) => {
                    assert_eq!(std::fs::metadata(&file.path).unwrap().len(), file.bytes);
                    saved += 1;
                }
                _ => links += 1,
            }
        }
    }
    println!(
        "{CALLS} calls: {answered} answered, {refused} failed; {saved} pictures saved, {links} links kept, {failed} failures reported"
    );
    assert_eq!(answered + refused, CALLS);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), saved);
    // Nothing was retried, so nothing was accepted more often than it was sent.
    assert!(emulator.accepted() <= CALLS as u64);
}
