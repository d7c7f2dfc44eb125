//! The emulator's verdicts against cases worked out from the vendors' documents, which it shares
//! with the SDK: the two share a table, and these cases are what neither made.

use imagegen::Date;
use imagegen_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{GENERATIONS, client};

/// What Ark passes over without a word: no parameters of its own, or ones that only its 3.0
/// models have.
const IGNORED_BY_ARK: [&str; 16] = [
    "n",
    "quality",
    "style",
    "user",
    "negative_prompt",
    "aspect_ratio",
    "mask",
    "moderation",
    "partial_images",
    "output_compression",
    "complexity",
    "frame_count",
    "frame_duration_ms",
    "svg",
    "seed",
    "guidance_scale",
];

fn cases(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .skip(1)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

/// Sends requests that are judged but not drawn, and tells the parameter that was refused.
struct Judge {
    emulator: Emulator,
    client: reqwest::Client,
}

impl Judge {
    async fn new() -> Self {
        let today = Date::new(2026, 6, 1);
        let emulator = Emulator::builder().today(today).start().await.unwrap();
        Self {
            emulator,
            client: client(),
        }
    }

    async fn refused(&self, body: &Value) -> Option<String> {
        let before = self.emulator.accepted();
        let request = self
            .client
            .post(format!("{}{GENERATIONS}", self.emulator.url()))
            .bearer_auth("k")
            .header(Fault::HEADER, Fault::HtmlMessage.name());
        let answer = request.json(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            self.emulator.accepted() - before,
            u64::from(status == 200),
            "{body}"
        );
        (status != 200).then(|| {
            assert_eq!(status, 400, "{body}");
            answer["error"]["param"].as_str().unwrap_or("").to_owned()
        })
    }
}

#[tokio::test]
async fn sizes_get_their_verdict() {
    let judge = Judge::new().await;
    let mut wrong = Vec::new();
    for case in cases(include_str!("../../../../tests/fixtures/sizes.tsv")) {
        let [model, size, verdict, source] = case[..] else {
            panic!("{case:?}")
        };
        let mut body = json!({"model": model, "prompt": "p", "size": size});
        if model.contains("seededit") {
            body["image"] = json!("https://example.com/1.png");
        }
        let refused = judge.refused(&body).await;
        if (refused.as_deref() == Some("size")) != (verdict == "refuse") {
            wrong.push(format!("{model} {size}: {refused:?} ({source})"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn parameters_get_their_verdict() {
    let judge = Judge::new().await;
    let mut wrong = Vec::new();
    for case in cases(include_str!("../../../../tests/fixtures/parameters.tsv")) {
        let [model, request, verdict, parameter, source] = case[..] else {
            panic!("{case:?}")
        };
        let mut body = json!({"model": model, "prompt": "p"});
        let extra: Value = serde_json::from_str(request).unwrap();
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let refused = judge.refused(&body).await;
        let is_own = model.contains("-3-0-") && ["seed", "guidance_scale"].contains(&parameter);
        let is_ignored = model.contains("seed") && IGNORED_BY_ARK.contains(&parameter) && !is_own;
        let expected = verdict == "refuse" && !is_ignored;
        let is_named = match &refused {
            Some(param) if expected && parameter != "-" => {
                param.split('.').next() == Some(parameter)
            }
            _ => true,
        };
        if refused.is_some() != expected || !is_named {
            wrong.push(format!(
                "{model} {request}: {refused:?}, not {verdict} {parameter} ({source})"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
