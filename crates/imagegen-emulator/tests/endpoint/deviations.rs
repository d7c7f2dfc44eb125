//! What gateways do to an answer, against a plain client. Each test names the rows of the list of
//! deviations it covers.

use image::ImageFormat;
use imagegen_emulator::Fault;
use serde_json::{Value, json};

use crate::support::send_with as send;
use crate::support::{
    ARK, GENERATIONS, bytes, client, emulator, events, fetch, gpt, group, json_of, linked, look,
    raw, stream_of,
};

#[tokio::test]
async fn d1_d2_d5_answers_that_are_none_with_status_200() {
    let emulator = emulator().await;
    let error = json_of(&emulator, Fault::ErrorIn200, ARK, &linked()).await;
    assert!(error["error"]["message"].is_string());
    let failure = json_of(&emulator, Fault::SuccessFalse, ARK, &linked()).await;
    assert_eq!(failure["success"], false);
    let wrapped = json_of(&emulator, Fault::HtmlMessage, ARK, &linked()).await;
    assert!(
        wrapped["html-message"]
            .as_str()
            .unwrap()
            .starts_with("<html>")
    );
    let page = send(&emulator, Fault::Html200, ARK, &linked()).await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (200, &"text/html".parse().unwrap())
    );
    assert_eq!(emulator.accepted(), 4, "each was billed");
}

#[tokio::test]
async fn d3_white_space_comes_first() {
    let emulator = emulator().await;
    let text = send(&emulator, Fault::WhitespaceFirst, ARK, &linked())
        .await
        .text()
        .await
        .unwrap();
    assert!(text.starts_with(" \n"), "{text}");
    assert!(serde_json::from_str::<Value>(&text).unwrap()["data"][0]["url"].is_string());
    let response = send(&emulator, Fault::WhitespaceThenError, ARK, &linked()).await;
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert!(text.starts_with(' '));
    assert!(serde_json::from_str::<Value>(&text).unwrap()["error"].is_object());
}

#[tokio::test]
async fn d4_informational_answers_come_first() {
    let emulator = emulator().await;
    for (fault, line, count) in [
        (Fault::Informational102, "HTTP/1.1 102 Processing\r\n", 3),
        (Fault::Informational103, "HTTP/1.1 103 Early Hints\r\n", 1),
    ] {
        let (answer, _) = raw(&emulator, fault, &linked()).await;
        let text = String::from_utf8(answer).unwrap();
        assert!(text.starts_with(line), "{text}");
        assert_eq!(text.matches(line).count(), count);
        assert!(text.contains("\r\n\r\nHTTP/1.1 200 OK\r\n"), "{text}");
    }
}

#[tokio::test]
async fn d5_pages_of_proxies() {
    let emulator = emulator().await;
    for (fault, status) in [
        (Fault::Html502, 502),
        (Fault::Html504, 504),
        (Fault::Html524, 524),
    ] {
        let response = send(&emulator, fault, ARK, &linked()).await;
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["content-type"], "text/html");
        assert!(response.headers().get("x-request-id").is_none());
        assert!(response.text().await.unwrap().starts_with("<html>"));
    }
    assert_eq!(
        emulator.accepted(),
        3,
        "the vendor goes on behind a proxy that gives up"
    );
}

#[tokio::test]
async fn d6_d7_d29_errors_of_every_shape() {
    let emulator = emulator().await;
    let error = async |fault, status: u16| {
        let response = send(&emulator, fault, GENERATIONS, &gpt()).await;
        assert_eq!(response.status().as_u16(), status, "{fault}");
        response.json::<Value>().await.unwrap()
    };
    assert!(error(Fault::ErrorString, 400).await["error"].is_string());
    assert!(error(Fault::ErrorMessageOnly, 400).await["message"].is_string());
    assert!(error(Fault::ErrorMsg, 400).await["msg"].is_string());
    assert!(error(Fault::ErrorErrorMsg, 400).await["error_msg"].is_string());
    assert!(error(Fault::ErrorDetail, 422).await["detail"][0]["msg"].is_string());
    assert_eq!(error(Fault::StatusFailure, 500).await["status"], "failure");

    assert_eq!(error(Fault::CodeNumber, 400).await["error"]["code"], 1210);
    let null = error(Fault::CodeNull, 400).await;
    assert!(null["error"]["code"].is_null() && null["error"].get("code").is_some());
    assert_eq!(error(Fault::CodeEmpty, 400).await["error"]["code"], "");
    assert_eq!(error(Fault::CodeStatus, 400).await["error"]["param"], "400");

    let chinese = error(Fault::MessageChinese, 403).await;
    assert!(!chinese["error"]["message"].as_str().unwrap().is_ascii());
    assert!(
        error(Fault::MessageMasked, 500).await["error"]["message"]
            .as_str()
            .unwrap()
            .contains("***")
    );
    let wrapped = error(Fault::MessageWrapped, 400).await;
    assert!(
        wrapped["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("litellm.")
    );
    let response = send(&emulator, Fault::IdInMessage, GENERATIONS, &gpt()).await;
    assert!(response.headers().get("x-request-id").is_none());
    let body: Value = response.json().await.unwrap();
    let id = emulator.requests().last().unwrap().request_id.clone();
    let message = body["error"]["message"].as_str().unwrap();
    assert!(
        message.ends_with(&format!("(request id: {id})")),
        "{message}"
    );
}

#[tokio::test]
async fn d8_created_takes_every_form() {
    let emulator = emulator().await;
    let created = async |fault| {
        json_of(&emulator, fault, ARK, &linked())
            .await
            .get("created")
            .cloned()
    };
    assert_eq!(created(Fault::CreatedMissing).await, None);
    assert_eq!(created(Fault::CreatedNull).await, Some(Value::Null));
    assert_eq!(created(Fault::CreatedZero).await, Some(json!(0)));
    assert!(
        created(Fault::CreatedString)
            .await
            .unwrap()
            .as_str()
            .unwrap()
            .parse::<u64>()
            .is_ok()
    );
    assert!(created(Fault::CreatedFloat).await.unwrap().is_f64());
    assert_eq!(
        created(Fault::CreatedIso).await,
        Some(json!("2026-11-22T10:00:00Z"))
    );
    let stream = stream_of(&emulator, Fault::CreatedZero, ARK, &linked()).await;
    let events = events(&stream.text().await.unwrap());
    assert_eq!(events[0].json()["created"], 0);
}

#[tokio::test]
async fn d9_d10_d15_data_takes_every_form() {
    let emulator = emulator().await;
    let data = async |fault| {
        json_of(&emulator, fault, ARK, &group())
            .await
            .get("data")
            .cloned()
    };
    assert_eq!(data(Fault::DataNull).await, Some(Value::Null));
    assert_eq!(data(Fault::DataMissing).await, None);
    assert_eq!(data(Fault::DataEmpty).await, Some(json!([])));
    assert!(data(Fault::DataObject).await.unwrap()["url"].is_string());

    for (fault, empty) in [
        (Fault::ItemNull, Value::Null),
        (Fault::ItemEmpty, json!("")),
    ] {
        let data = data(fault).await.unwrap();
        assert!(data[0]["url"].is_string());
        assert_eq!((&data[1]["url"], &data[1]["b64_json"]), (&empty, &empty));
    }
    let partial = json_of(&emulator, Fault::ItemError, ARK, &group()).await;
    assert_eq!(
        partial["data"][1]["error"]["code"],
        "OutputImageSensitiveContentDetected"
    );
    assert_eq!(partial["data"][1].as_object().unwrap().len(), 1);
    assert_eq!(partial["usage"]["generated_images"], 1);

    assert!(
        data(Fault::DataStrings).await.unwrap()[0]
            .as_str()
            .unwrap()
            .starts_with("http://")
    );
}

#[tokio::test]
async fn d11_d13_d14_pictures_come_another_way() {
    let emulator = emulator().await;
    let item = async |fault, path, request: Value| {
        json_of(&emulator, fault, path, &request).await["data"][0].clone()
    };
    let both = item(Fault::EmptyUrlBesideBytes, GENERATIONS, gpt()).await;
    assert_eq!(both["url"], "");
    assert_eq!(look(&bytes(&both)).1, "1024x1024");
    assert_eq!(
        item(Fault::EmptyUrlBesideBytes, ARK, linked()).await["b64_json"],
        ""
    );

    let link = item(Fault::OtherDelivery, GENERATIONS, gpt()).await;
    let file = fetch(link["url"].as_str().unwrap())
        .await
        .bytes()
        .await
        .unwrap();
    assert_eq!(look(&file), (ImageFormat::Jpeg, "1024x1024".to_owned()));
    assert!(item(Fault::OtherDelivery, ARK, linked()).await["b64_json"].is_string());

    let body = json_of(&emulator, Fault::WrongFormat, GENERATIONS, &gpt()).await;
    assert_eq!(body["output_format"], "jpeg");
    assert_eq!(look(&bytes(&body["data"][0])).0, ImageFormat::Png);

    let urls = item(Fault::UrlArray, GENERATIONS, gpt()).await;
    assert!(urls["url"][0].as_str().unwrap().starts_with("http://"));

    let uri = item(Fault::DataUri, GENERATIONS, gpt()).await;
    let base64 = uri["b64_json"]
        .as_str()
        .unwrap()
        .strip_prefix("data:image/jpeg;base64,");
    assert_eq!(
        look(&bytes(&json!({"b64_json": base64.unwrap()}))).0,
        ImageFormat::Jpeg
    );
}

#[tokio::test]
async fn d12_d13_tickets_are_polled() {
    let emulator = emulator().await;
    for (fault, path) in [
        (Fault::AsyncTicket, "/v1/tasks"),
        (Fault::AsyncTicketObject, "/v1/images/tasks"),
    ] {
        let body = json_of(&emulator, fault, GENERATIONS, &gpt()).await;
        let ticket = match fault {
            Fault::AsyncTicket => &body["data"][0],
            _ => &body["data"],
        };
        assert_eq!(ticket["status"], "submitted");
        let url = format!(
            "{}{path}/{}",
            emulator.url(),
            ticket["task_id"].as_str().unwrap()
        );
        let poll = async || -> Value {
            client()
                .get(&url)
                .bearer_auth("k")
                .send()
                .await
                .unwrap()
                .json()
                .await
                .unwrap()
        };
        assert_eq!(poll().await["data"]["status"], "processing");
        let done = poll().await;
        assert_eq!(done["data"]["status"], "completed");
        let url = done["data"]["result"]["images"][0]["url"][0]
            .as_str()
            .unwrap();
        let file = fetch(url).await.bytes().await.unwrap();
        assert_eq!(look(&file).1, "1024x1024");
    }
    let unknown = client()
        .get(format!("{}/v1/tasks/x", emulator.url()))
        .bearer_auth("k");
    assert_eq!(unknown.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn d16_d17_usage_takes_every_form() {
    let emulator = emulator().await;
    let usage = async |fault| {
        let mut request = gpt();
        request["prompt"] = json!(format!("a red fox {fault}"));
        json_of(&emulator, fault, GENERATIONS, &request)
            .await
            .get("usage")
            .cloned()
    };
    assert_eq!(usage(Fault::UsageMissing).await, None);
    assert_eq!(usage(Fault::UsageNull).await, Some(Value::Null));
    assert_eq!(usage(Fault::UsageZeros).await.unwrap()["total_tokens"], 0);
    assert_eq!(
        usage(Fault::UsageChatKeys).await.unwrap()["completion_tokens"],
        272
    );
    assert_eq!(
        usage(Fault::UsageArkKeys).await.unwrap()["generated_images"],
        1
    );
    let bare = usage(Fault::UsageNoDetails).await.unwrap();
    assert!(bare.get("input_tokens_details").is_none() && bare["output_tokens"] == 272);
    assert_eq!(
        usage(Fault::UsageFractional).await.unwrap()["output_tokens"],
        272.5
    );
}

#[tokio::test]
async fn d18_more_and_other_keys() {
    let emulator = emulator().await;
    let body = json_of(&emulator, Fault::ExtraKeys, ARK, &linked()).await;
    assert!(body["metadata"].is_object());
    assert!(body["data"][0]["provider_specific_fields"].is_null());
    assert_eq!(body["usage"]["cost"], 0.04);
    let body = json_of(&emulator, Fault::OtherModel, ARK, &linked()).await;
    assert_ne!(body["model"], linked()["model"]);
}

#[tokio::test]
async fn d19_streams_unasked_and_not_given() {
    let emulator = emulator().await;
    let response = send(&emulator, Fault::SseUnasked, ARK, &linked()).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(events(&response.text().await.unwrap()).len(), 3);
    let response = stream_of(&emulator, Fault::JsonToStream, ARK, &linked()).await;
    assert!(response.json::<Value>().await.unwrap()["data"].is_array());
    let mut request = gpt();
    request["partial_images"] = json!(2);
    let response = stream_of(&emulator, Fault::StreamNoPartials, GENERATIONS, &request).await;
    assert_eq!(events(&response.text().await.unwrap()).len(), 1);
}

#[tokio::test]
async fn d20_events_are_written_in_every_way() {
    let emulator = emulator().await;
    let text = async |fault, path, request: &Value| {
        stream_of(&emulator, fault, path, request)
            .await
            .text()
            .await
            .unwrap()
    };
    let pings = text(Fault::SsePings, ARK, &linked()).await;
    assert!(pings.starts_with(": PING\n\n"));
    assert_eq!(events(&pings).len(), 3);

    let crlf = text(Fault::SseCrlf, ARK, &linked()).await;
    assert_eq!(crlf.matches("\r\n").count(), crlf.matches('\n').count());
    assert_eq!(events(&crlf.replace("\r\n", "\n")).len(), 3);
    let cr = text(Fault::SseCr, ARK, &linked()).await;
    assert!(!cr.contains('\n'));
    assert_eq!(events(&cr.replace('\r', "\n")).len(), 3);

    assert!(
        !text(Fault::SseNoEventLine, ARK, &linked())
            .await
            .contains("event:")
    );
    let many = text(Fault::SseManyDataLines, ARK, &linked()).await;
    assert!(many.contains("data: {\ndata:   \""), "{many}");
    assert_eq!(events(&many)[0].json()["image_index"], 0);

    assert!(
        text(Fault::SseDone, GENERATIONS, &gpt())
            .await
            .ends_with("data: [DONE]\n\n")
    );
    assert_eq!(
        text(Fault::SseDone, ARK, &linked())
            .await
            .matches("[DONE]")
            .count(),
        1
    );
    assert!(
        !text(Fault::SseNoDone, ARK, &linked())
            .await
            .contains("[DONE]")
    );

    let bare = events(&text(Fault::SseBareCompleted, GENERATIONS, &gpt()).await);
    let data = bare[0].json();
    assert!(data.get("size").is_none() && data.get("quality").is_none());
    assert_eq!(look(&bytes(&data)).1, "1024x1024");
}

#[tokio::test]
async fn d21_d22_streams_fail_half_way() {
    let emulator = emulator().await;
    let read = async |fault, path, request: &Value| {
        events(
            &stream_of(&emulator, fault, path, request)
                .await
                .text()
                .await
                .unwrap(),
        )
    };
    for (fault, name) in [
        (Fault::StreamErrorEvent, Some("error")),
        (Fault::StreamUpstreamError, Some("upstream_error")),
        (Fault::StreamErrorKey, None),
    ] {
        let events = read(fault, ARK, &group()).await;
        assert_eq!(events.len(), 3, "two pictures and the error");
        assert_eq!(events[2].name.as_deref(), name);
        assert!(events[2].json()["error"]["message"].is_string());
        assert_eq!(events[2].json().get("type").and_then(Value::as_str), name);
    }
    let events_of_failed = read(Fault::StreamPartialFailed, ARK, &group()).await;
    let names: Vec<_> = events_of_failed
        .iter()
        .map(|event| event.name.as_deref().unwrap_or(""))
        .collect();
    assert_eq!(
        names,
        [
            "image_generation.partial_failed",
            "image_generation.partial_succeeded",
            "image_generation.completed",
            ""
        ]
    );
    assert!(events_of_failed[0].json()["error"]["code"].is_string());
    assert_eq!(events_of_failed[2].json()["usage"]["generated_images"], 1);

    let ended = read(Fault::StreamNoCompleted, ARK, &group()).await;
    assert_eq!(ended.len(), 2);

    let mut response = stream_of(&emulator, Fault::Truncated, ARK, &group()).await;
    let mut text = Vec::new();
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            Ok(None) => panic!("a whole body"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert!(
        String::from_utf8(text)
            .unwrap()
            .matches("partial_succeeded\"")
            .count()
            == 2
    );
}

#[tokio::test]
async fn d22_bodies_are_cut() {
    let emulator = emulator().await;
    let response = send(&emulator, Fault::Truncated, ARK, &linked()).await;
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
    let half = send(&emulator, Fault::HalfJson, ARK, &linked())
        .await
        .text()
        .await
        .unwrap();
    assert!(half.starts_with('{') && serde_json::from_str::<Value>(&half).is_err());
    let half = stream_of(&emulator, Fault::HalfEvent, ARK, &linked())
        .await
        .text()
        .await
        .unwrap();
    assert!(
        half.contains("partial_succeeded") && !half.ends_with("\n\n"),
        "{half}"
    );
    let (answer, end) = raw(&emulator, Fault::ResetDuringAnswer, &linked()).await;
    assert!(String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200 OK"));
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(emulator.accepted(), 4);
}

#[tokio::test]
async fn d23_d24_statuses_of_the_wrong_class() {
    let emulator = emulator().await;
    for (fault, status) in [
        (Fault::RateLimitBare, 429),
        (Fault::RateLimitEmpty, 429),
        (Fault::ClientError500, 500),
        (Fault::ClientError503, 503),
        (Fault::Everything502, 502),
        (Fault::Moderation500, 500),
        (Fault::BadKey400, 400),
    ] {
        let response = send(&emulator, fault, GENERATIONS, &gpt()).await;
        assert_eq!(response.status().as_u16(), status, "{fault}");
        assert!(response.headers().get("retry-after").is_none());
        let text = response.text().await.unwrap();
        assert_eq!(text.is_empty(), fault == Fault::RateLimitEmpty);
    }
    assert_eq!(emulator.accepted(), 1, "only the 502 hides a billed call");
    let response = send(&emulator, Fault::Status246, ARK, &linked()).await;
    assert_eq!(response.status().as_u16(), 246);
    let body: Value = response.json().await.unwrap();
    assert!(body["hook_results"].is_object() && body["data"][0]["url"].is_string());
}

#[tokio::test]
async fn d25_content_types_and_marks() {
    let emulator = emulator().await;
    for (fault, content_type) in [
        (Fault::TypeText, "text/plain; charset=utf-8"),
        (Fault::TypeOctets, "application/octet-stream"),
    ] {
        let response = send(&emulator, fault, ARK, &linked()).await;
        assert_eq!(response.headers()["content-type"], content_type);
        assert!(response.json::<Value>().await.is_ok());
    }
    let body = send(&emulator, Fault::Bom, ARK, &linked())
        .await
        .bytes()
        .await
        .unwrap();
    assert!(body.starts_with(b"\xef\xbb\xbf{") && body.ends_with(b"}"));
}

#[tokio::test]
async fn d26_d27_fields_are_lost_or_refused() {
    let emulator = emulator().await;
    let mut request = gpt();
    request["background"] = json!("transparent");
    request["output_format"] = json!("webp");
    let body = json_of(&emulator, Fault::FieldsDropped, GENERATIONS, &request).await;
    assert_eq!(body["output_format"], "png");
    assert_eq!(body["background"], "opaque");
    assert_eq!(
        emulator.requests()[0].json().unwrap()["background"],
        "transparent"
    );

    for (fault, field, path, request) in [
        (
            Fault::ResponseFormatRefused,
            "response_format",
            ARK,
            linked(),
        ),
        (
            Fault::GroupRefused,
            "sequential_image_generation",
            ARK,
            group(),
        ),
        (
            Fault::StyleRefused,
            "style",
            GENERATIONS,
            json!({"model": "dall-e-3", "prompt": "x", "style": "vivid"}),
        ),
    ] {
        let response = send(&emulator, fault, path, &request).await;
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.json::<Value>().await.unwrap()["error"]["param"],
            field
        );
        let mut without = request;
        without.as_object_mut().unwrap().remove(field);
        assert_eq!(
            send(&emulator, fault, path, &without).await.status(),
            200,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn d28_links_work_late_or_not_at_all() {
    let emulator = emulator().await;
    let body = json_of(&emulator, Fault::EarlyUrl404, GENERATIONS, &gpt()).await;
    let url = body["data"][0]["url"].as_str().unwrap();
    for status in [404, 404, 200, 200] {
        assert_eq!(fetch(url).await.status().as_u16(), status);
    }
    let body = json_of(&emulator, Fault::ExpiredUrl, ARK, &linked()).await;
    assert_eq!(
        fetch(body["data"][0]["url"].as_str().unwrap())
            .await
            .status(),
        403
    );
}
