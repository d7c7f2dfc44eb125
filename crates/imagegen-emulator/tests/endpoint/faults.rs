//! Faults of networks, vendors and hostile servers; how faults are chosen; what they bill.

use std::time::{Duration, Instant};

use imagegen_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::send_with as send;
use crate::support::{
    ARK, EDITS, GENERATIONS, emulator, gpt, json_of, linked, post, raw, with_fault,
};

#[tokio::test]
async fn connections_are_reset_before_and_after_acceptance() {
    let emulator = emulator().await;
    let (answer, end) = raw(&emulator, Fault::ResetBeforeAnswer, &linked()).await;
    assert!(answer.is_empty());
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(emulator.accepted(), 1);
    let (answer, end) = raw(&emulator, Fault::ResetDuringRequest, &linked()).await;
    assert!(answer.is_empty());
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(emulator.accepted(), 1);
}

#[tokio::test]
async fn vendors_refuse_in_their_own_envelopes() {
    let emulator = emulator().await;
    for (fault, status, openai, ark, retry) in [
        (
            Fault::Status429,
            429,
            "rate_limit_exceeded",
            "ModelAccountIpmRateLimitExceeded",
            Some("1"),
        ),
        (
            Fault::Status429Quota,
            429,
            "credit_balance_exhausted",
            "QuotaExceeded",
            None,
        ),
        (
            Fault::Status500,
            500,
            "server_error",
            "InternalServiceError",
            None,
        ),
        (
            Fault::Status503,
            503,
            "server_overloaded",
            "ServerOverloaded",
            None,
        ),
        (
            Fault::RetryAfter503,
            503,
            "server_overloaded",
            "ServerOverloaded",
            Some("1"),
        ),
        (
            Fault::RetryAfterMs,
            429,
            "rate_limit_exceeded",
            "ModelAccountIpmRateLimitExceeded",
            Some("30"),
        ),
        (
            Fault::RetryAfterLong,
            429,
            "rate_limit_exceeded",
            "ModelAccountIpmRateLimitExceeded",
            Some("3600"),
        ),
        (
            Fault::RetryAfterBad,
            429,
            "rate_limit_exceeded",
            "ModelAccountIpmRateLimitExceeded",
            Some("soon"),
        ),
        (
            Fault::ShouldRetry,
            500,
            "server_error",
            "InternalServiceError",
            None,
        ),
        (
            Fault::ShouldNotRetry,
            429,
            "rate_limit_exceeded",
            "ModelAccountIpmRateLimitExceeded",
            None,
        ),
        (
            Fault::ModerationInput,
            400,
            "moderation_blocked",
            "InputTextSensitiveContentDetected",
            None,
        ),
        (
            Fault::ModerationOutput,
            400,
            "moderation_blocked",
            "OutputImageSensitiveContentDetected",
            None,
        ),
    ] {
        for (path, request, code) in [(GENERATIONS, gpt(), openai), (ARK, linked(), ark)] {
            let before = emulator.accepted();
            let response = send(&emulator, fault, path, &request).await;
            assert_eq!(response.status().as_u16(), status, "{fault}");
            let header = |name: &str| {
                response
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            assert_eq!(header("retry-after").as_deref(), retry, "{fault}");
            assert!(header("x-request-id").is_some());
            match fault {
                Fault::RetryAfterMs => assert_eq!(header("retry-after-ms").as_deref(), Some("50")),
                Fault::ShouldRetry => assert_eq!(header("x-should-retry").as_deref(), Some("true")),
                Fault::ShouldNotRetry => {
                    assert_eq!(header("x-should-retry").as_deref(), Some("false"));
                }
                _ => {}
            }
            assert_eq!(
                response.json::<Value>().await.unwrap()["error"]["code"],
                code,
                "{fault}"
            );
            assert_eq!(
                emulator.accepted() - before,
                u64::from(fault.is_billed()),
                "{fault}"
            );
        }
    }
    let response = send(&emulator, Fault::RetryAfterHuge, ARK, &linked()).await;
    let date = response.headers()["retry-after"].to_str().unwrap();
    assert!(date.contains(" 99999999999999999:00:00 "), "{date}");
    let response = send(&emulator, Fault::RetryAfterDate, ARK, &linked()).await;
    assert!(
        response.headers()["retry-after"]
            .to_str()
            .unwrap()
            .ends_with(" GMT")
    );
    let response = send(&emulator, Fault::Status408, ARK, &linked()).await;
    assert_eq!(
        (response.status().as_u16(), response.text().await.unwrap()),
        (408, String::new())
    );
}

#[tokio::test]
async fn redirects_lead_to_an_endpoint_that_works() {
    let emulator = emulator().await;
    for fault in [Fault::Redirect307, Fault::RedirectElsewhere] {
        let before = emulator.accepted();
        let response = send(&emulator, fault, ARK, &linked()).await;
        assert_eq!(response.status(), 307);
        let target = response.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(emulator.accepted(), before);
        let path = &target[target.find("/api").unwrap()..];
        assert_eq!(
            target.starts_with("http://localhost"),
            fault == Fault::RedirectElsewhere
        );
        let followed = post(&emulator, path).header("x-imagegen-fault", fault.name());
        assert_eq!(followed.json(&linked()).send().await.unwrap().status(), 200);
        assert_eq!(emulator.accepted(), before + 1);
    }
}

#[tokio::test]
async fn answers_come_late_or_in_drops() {
    let emulator = Emulator::builder()
        .fault_pause(Duration::from_millis(200))
        .start()
        .await
        .unwrap();
    let start = Instant::now();
    json_of(&emulator, Fault::Delay, ARK, &linked()).await;
    assert!(start.elapsed() >= Duration::from_millis(200));
    let mut response = send(&emulator, Fault::SlowDrip, ARK, &linked()).await;
    for _ in 0..3 {
        assert_eq!(response.chunk().await.unwrap().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn hostile_answers_go_beyond_any_cap() {
    const CAP: usize = 3_000_000;
    let emulator = Emulator::builder()
        .fault_pause(Duration::from_millis(4))
        .start()
        .await
        .unwrap();
    for request in [linked(), {
        let mut request = linked();
        request["stream"] = json!(true);
        request
    }] {
        let mut response = send(&emulator, Fault::EndlessBody, ARK, &request).await;
        let mut read = 0;
        while read < CAP {
            read += response.chunk().await.unwrap().expect("more").len();
        }
        let mut response = send(&emulator, Fault::EndlessPings, ARK, &request).await;
        for _ in 0..20 {
            response.chunk().await.unwrap().expect("more");
        }
    }
    let deep = send(&emulator, Fault::DeepJson, ARK, &linked())
        .await
        .text()
        .await
        .unwrap();
    assert!(deep.contains(&"[".repeat(1_000_000)));

    let mut response = send(&emulator, Fault::CompressedBomb, ARK, &linked()).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let packed = response.chunk().await.unwrap().expect("more");
    assert!(packed.starts_with(b"\x1f\x8b"));

    // The client's own cap on headers ends these two.
    for fault in [Fault::HugeHeader, Fault::EndlessHeaders] {
        assert!(
            with_fault(&emulator, fault, ARK)
                .json(&linked())
                .send()
                .await
                .is_err(),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn faults_come_from_the_queue_the_builder_and_chance() {
    let emulator = Emulator::builder()
        .fault(Fault::Html200)
        .fault_queue([Fault::Status503])
        .start()
        .await
        .unwrap();
    emulator.fault_next_n(Fault::Status429, 2);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(
            post(&emulator, ARK)
                .json(&linked())
                .send()
                .await
                .unwrap()
                .status()
                .as_u16(),
        );
    }
    assert_eq!(statuses, [503, 429, 429, 200]);
    let faults: Vec<_> = emulator
        .requests()
        .iter()
        .map(|record| record.fault)
        .collect();
    assert_eq!(
        faults,
        [
            Some(Fault::Status503),
            Some(Fault::Status429),
            Some(Fault::Status429),
            Some(Fault::Html200)
        ]
    );

    let statuses = async || {
        let emulator = Emulator::builder()
            .random_faults_among(
                11,
                0.5,
                [Fault::Status429, Fault::Status500, Fault::Html502],
            )
            .start()
            .await
            .unwrap();
        let mut statuses = Vec::new();
        for _ in 0..20 {
            let response = post(&emulator, ARK).json(&linked()).send().await.unwrap();
            statuses.push(response.status().as_u16());
        }
        statuses
    };
    let first = statuses().await;
    assert_eq!(first, statuses().await);
    assert!(first.contains(&200) && first.iter().any(|status| *status != 200));
}

#[tokio::test]
async fn a_wrong_fault_name_is_refused_with_the_close_ones() {
    let emulator = emulator().await;
    let request = post(&emulator, GENERATIONS)
        .header("x-imagegen-fault", "html-505")
        .json(&gpt());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 400);
    let body: Value = response.json().await.unwrap();
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("html-502"),
        "{body}"
    );
}

/// An invalid request is the caller's mistake under every billed fault: nobody bills it.
#[tokio::test]
async fn an_invalid_request_is_never_billed() {
    let emulator = emulator().await;
    let request = json!({"model": "doubao-seedream-4-0-20260415", "prompt": "x", "size": "1x1"});
    for fault in Fault::ALL {
        if *fault != Fault::ResetDuringRequest {
            send(&emulator, *fault, ARK, &request).await;
        }
    }
    assert_eq!(emulator.accepted(), 0);
}

/// Every fault on every kind of request: it ends, and bills what it says.
#[tokio::test]
async fn every_fault_is_tried() {
    let emulator = Emulator::builder()
        .fault_pause(Duration::from_millis(5))
        .event_latency(Duration::ZERO)
        .start()
        .await
        .unwrap();
    let mut streamed = linked();
    streamed["stream"] = json!(true);
    let edited = json!({
        "model": "my-painter", "prompt": "x", "size": "64x64", "images": [{"file_id": "1"}],
    });
    for fault in Fault::ALL
        .iter()
        .copied()
        // What a pace refuses depends on time, and has its own test.
        .filter(|fault| !fault.is_endless() && *fault != Fault::RatePace)
    {
        for (path, request) in [(ARK, &linked()), (ARK, &streamed), (EDITS, &edited)] {
            let before = emulator.accepted();
            let sent = with_fault(&emulator, fault, path)
                .json(request)
                .send()
                .await;
            if let Ok(response) = sent {
                let _ = response.bytes().await;
            }
            // These only refuse a request that has their field.
            let is_served = match fault {
                Fault::StyleRefused | Fault::GroupRefused => true,
                Fault::ResponseFormatRefused => path == EDITS,
                _ => false,
            };
            let billed = u64::from(fault.is_billed() || is_served);
            assert_eq!(emulator.accepted() - before, billed, "{fault} {path}");
            assert_eq!(emulator.requests().last().unwrap().fault, Some(fault));
        }
    }
}

#[tokio::test]
async fn the_count_adds_up_under_load() {
    let emulator = Emulator::builder()
        .random_faults(3, 0.5)
        .fault_pause(Duration::from_millis(5))
        .start()
        .await
        .unwrap();
    let sent = (0..400).map(|_| post(&emulator, ARK).json(&linked()).send());
    let answers = futures_util::future::join_all(sent).await;
    assert!(answers.iter().any(|answer| answer.is_err()));
    let records = emulator.requests();
    assert_eq!(records.len(), 400);
    let accepted = records.iter().filter(|record| record.accepted).count();
    assert_eq!(emulator.accepted(), accepted as u64);
    assert!((100..400).contains(&accepted), "{accepted}");
}
