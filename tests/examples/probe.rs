//! Drives this SDK as the drivers in `conformance/` drive the official clients: cases come in as
//! lines of JSON, what was seen goes out as such.

#![allow(clippy::print_stdout)] // Its output is for `cargo xtask conformance`.

use std::io::BufRead as _;
use std::path::Path;
use std::time::Duration;

use imagegen::{
    Client, Completion, CustomImage, Error, ImageEvent, ImageInput, ImageRequest, ImageResponse,
    ImageStream,
};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(base_url), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: probe BASE_URL FOLDER".into());
    };
    println!("{}", json!({"version": env!("CARGO_PKG_VERSION")}));
    for line in std::io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let mut seen = json!({
            "name": case["name"], "images": [], "failures": 0, "empty": 0, "previews": 0, "events": [],
        });
        let folder = Path::new(&folder).join(case["name"].as_str().unwrap_or_default());
        if let Err(error) = call(&base_url, &case, &folder, &mut seen).await {
            // Pictures that had arrived are handed over all the same.
            if let Some(partial) = error.partial() {
                let _ = save(partial, &folder, &mut seen).await;
            }
            seen["error"] = describe(&error);
        }
        println!("{seen}");
    }
    Ok(())
}

async fn call(
    base_url: &str,
    case: &Value,
    folder: &Path,
    seen: &mut Value,
) -> imagegen::Result<()> {
    let seconds = case["timeout"].as_u64().unwrap_or(20);
    let mut builder = Client::builder()
        .base_url(format!("{base_url}/v1"))
        .api_key("sk-fake")
        .timeout(Duration::from_secs(seconds));
    if let Some(fault) = case["fault"].as_str() {
        builder = builder.header("x-imagegen-fault", fault);
    }
    let client = builder.build()?;
    if case["stream"] == true {
        let stream = client.generate(request(case)).stream().await?;
        follow(stream, folder, seen).await
    } else {
        let response = client.generate(request(case)).await?;
        seen["returned"] = json!("answer");
        complete(&response.completion, seen);
        save(&response, folder, seen).await
    }
}

/// The request in the wire's own words, so that all drivers ask for the same.
fn request(case: &Value) -> ImageRequest {
    let word = |name: &str| case["request"][name].as_str().unwrap_or_default();
    let mut request = CustomImage::new(word("model"), word("prompt"));
    if case["edit"] == true {
        request = request.edit();
    }
    for path in case["images"].as_array().into_iter().flatten() {
        request = request.image(ImageInput::path(path.as_str().unwrap_or_default()));
    }
    for (name, value) in case["request"].as_object().into_iter().flatten() {
        if !matches!(name.as_str(), "model" | "prompt") {
            request = request.param(name, value.clone());
        }
    }
    request.into()
}

async fn follow(stream: ImageStream, folder: &Path, seen: &mut Value) -> imagegen::Result<()> {
    seen["returned"] = json!("events");
    let mut response = stream.response();
    let end = gather(stream, &mut response, seen).await;
    // What came before an error is kept.
    save(&response, folder, seen).await?;
    end
}

async fn gather(
    mut stream: ImageStream,
    response: &mut ImageResponse,
    seen: &mut Value,
) -> imagegen::Result<()> {
    while let Some(event) = stream.next().await {
        let event = event?;
        match &event {
            ImageEvent::Partial(_) => add(seen, "previews", 1),
            ImageEvent::Completed(completion) => {
                seen["finished"] = json!(true);
                complete(completion, seen);
            }
            _ => {}
        }
        response.take(event);
    }
    Ok(())
}

fn complete(completion: &Completion, seen: &mut Value) {
    seen["created"] = json!(if completion.created.is_some() {
        "number"
    } else {
        "nothing"
    });
    seen["usage"] = json!(completion.usage);
}

async fn save(response: &ImageResponse, folder: &Path, seen: &mut Value) -> imagegen::Result<()> {
    add(seen, "failures", response.failures.len());
    for saved in response.save_all(folder).await? {
        if let Some(images) = seen["images"].as_array_mut() {
            images.push(json!(saved.path));
        }
    }
    Ok(())
}

fn add(seen: &mut Value, name: &str, count: usize) {
    seen[name] = json!(seen[name].as_u64().unwrap_or_default() + count as u64);
}

fn describe(error: &Error) -> Value {
    let (code, param, message) = match error {
        Error::Api(error) => (error.code(), error.param(), error.message()),
        _ => (None, None, None),
    };
    json!({
        "kind": error.kind(),
        "own": true,
        "status": error.status().map(|status| status.as_u16()),
        "code": code,
        "param": param,
        "message": message,
        "request_id": error.request_id(),
    })
}
