//! Statuses that leave open whether the work was done, rate limits, and reasons in odd bodies.

use std::time::{Duration, Instant};

use imagegen_emulator::Fault;
use serde_json::Value;

use crate::support::{ARK, GENERATIONS, emulator, gpt, linked, send_with};

#[tokio::test]
async fn unavailable_is_said_in_every_way() {
    let emulator = emulator().await;
    for (fault, content_type, retry, words) in [
        (Fault::Html503, "text/html", None, "Application Error"),
        (Fault::Text503, "text/plain", None, "connection termination"),
        (
            Fault::Upstream503,
            "application/json",
            None,
            "upstream_timeout",
        ),
        (
            Fault::Late503,
            "application/json",
            None,
            "Service Unavailable",
        ),
        (
            Fault::Html503RetryAfter,
            "text/html",
            Some("1"),
            "maintenance",
        ),
        (Fault::Empty503, "", None, ""),
    ] {
        let (before, start) = (emulator.accepted(), Instant::now());
        let response = send_with(&emulator, fault, ARK, &linked()).await;
        assert_eq!(response.status(), 503, "{fault}");
        if fault == Fault::Late503 {
            assert!(start.elapsed() > Duration::from_secs(1));
        }
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header("content-type").unwrap_or_default(), content_type);
        assert_eq!(header("retry-after").as_deref(), retry);
        assert!(
            header("x-request-id").is_none(),
            "{fault} is not the vendor's"
        );
        assert!(response.text().await.unwrap().contains(words), "{fault}");
        assert_eq!(emulator.accepted() - before, u64::from(fault.is_billed()));
    }
    assert_eq!(emulator.accepted(), 4);
}

#[tokio::test]
async fn a_status_leaves_open_whether_the_work_was_done() {
    let emulator = emulator().await;
    for (fault, status, is_bare) in [
        (Fault::Status409, 409, false),
        (Fault::Status424, 424, false),
        (Fault::Status499, 499, true),
        (Fault::Status502, 502, true),
        (Fault::Status504, 504, true),
        (Fault::Status520, 520, true),
        (Fault::Status521, 521, true),
        (Fault::Status522, 522, true),
        (Fault::Status523, 523, true),
        (Fault::Status525, 525, true),
        (Fault::Status526, 526, true),
        (Fault::Status527, 527, true),
    ] {
        let response = send_with(&emulator, fault, GENERATIONS, &gpt()).await;
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(
            response.text().await.unwrap().is_empty(),
            is_bare,
            "{fault}"
        );
        assert!(fault.is_billed());
    }
    assert_eq!(emulator.accepted(), 12);
}

#[tokio::test]
async fn d23_a_pace_is_kept() {
    let emulator = emulator().await;
    let send = async || send_with(&emulator, Fault::RatePace, ARK, &linked()).await;
    assert_eq!(send().await.status(), 200);
    assert_eq!(send().await.status(), 200);
    let refused = send().await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().get("retry-after").is_none());
    assert_eq!(refused.headers()["x-ratelimit-remaining-requests"], "0");
    let reset = refused.headers()["x-ratelimit-reset-requests"]
        .to_str()
        .unwrap();
    let seconds: f64 = reset.strip_suffix('s').unwrap().parse().unwrap();
    assert!((0.0..=1.5).contains(&seconds), "{reset}");
    assert_eq!(emulator.accepted(), 2);
    tokio::time::sleep(Duration::from_secs_f64(seconds + 0.01)).await;
    assert_eq!(send().await.status(), 200);

    let arrears = send_with(&emulator, Fault::RateLimitArrears, ARK, &linked()).await;
    assert_eq!(arrears.status(), 429);
    let body: Value = arrears.json().await.unwrap();
    assert_eq!(body["error"]["code"], "1113");
    assert_eq!(emulator.accepted(), 3);
}

#[tokio::test]
async fn d6_reasons_stand_in_every_shape() {
    let emulator = emulator().await;
    let words = "the size is not supported";
    for (fault, status, pointer, reason) in [
        (
            Fault::ErrorsList,
            400,
            "/errors/0/message",
            "AiError: bad prompt",
        ),
        (Fault::ErrorInList, 400, "/0/error/message", words),
        (Fault::ErrorDetailObject, 400, "/detail/message", words),
        (Fault::ErrorDetailString, 404, "/detail", "Not Found"),
        (Fault::ErrorCapital, 400, "/Message", words),
        (Fault::ErrorFault, 400, "/fault/faultstring", words),
        (Fault::ErrorTitle, 400, "/detail", words),
        (Fault::ErrorDescription, 400, "/error_description", words),
    ] {
        let response = send_with(&emulator, fault, GENERATIONS, &gpt()).await;
        assert_eq!(response.status().as_u16(), status, "{fault}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body.pointer(pointer).unwrap(), reason, "{fault}: {body}");
    }
    let nested = send_with(&emulator, Fault::ErrorNested, GENERATIONS, &gpt()).await;
    let nested: Value = nested.json().await.unwrap();
    let inner: Value = serde_json::from_str(nested["error"]["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["error"]["message"], words);
    let xml = send_with(&emulator, Fault::ErrorXml, GENERATIONS, &gpt()).await;
    assert_eq!(
        (xml.status().as_u16(), &xml.headers()["content-type"]),
        (403, &"application/xml".parse().unwrap())
    );
    let xml = xml.text().await.unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let message = document
        .descendants()
        .find(|node| node.has_tag_name("Message"));
    assert_eq!(
        message.unwrap().text(),
        Some("the key may not be used here")
    );
    assert_eq!(emulator.accepted(), 0);
}

#[tokio::test]
async fn d24_filters_challenges_and_moved_apis() {
    let emulator = emulator().await;
    for (fault, stage) in [
        (Fault::AzureFilterPrompt, "prompt_filter_result"),
        (Fault::AzureFilterPicture, "content_filter_result"),
    ] {
        let response = send_with(&emulator, fault, GENERATIONS, &gpt()).await;
        assert_eq!(response.status(), 400);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], "content_filter");
        assert!(body["error"]["innererror"][stage].is_object(), "{fault}");
    }
    assert_eq!(
        emulator.accepted(),
        1,
        "a picture that was refused was made"
    );
    for (fault, header, title) in [
        (Fault::Challenge403, "cf-mitigated", "Just a moment..."),
        (Fault::Blocked403, "cf-ray", "Attention Required!"),
    ] {
        let response = send_with(&emulator, fault, GENERATIONS, &gpt()).await;
        assert_eq!(response.status(), 403);
        assert!(response.headers().get(header).is_some());
        assert!(response.text().await.unwrap().contains(title));
    }
    for (fault, status) in [(Fault::Redirect301, 301), (Fault::Redirect308, 308)] {
        let response = send_with(&emulator, fault, GENERATIONS, &gpt()).await;
        assert_eq!(response.status().as_u16(), status);
        let port = emulator.address().port();
        let target = format!("http://localhost:{port}{GENERATIONS}");
        assert_eq!(response.headers()["location"], target.as_str());
    }
    assert_eq!(emulator.accepted(), 1);
}
