//! What the tests share: requests, and readers of what comes back.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat};
use imagegen_emulator::{Emulator, Fault};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const GENERATIONS: &str = "/v1/images/generations";
pub(crate) const EDITS: &str = "/v1/images/edits";
pub(crate) const ARK: &str = "/api/v3/images/generations";

/// A client that follows nothing and goes through no proxy.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

pub(crate) fn post(emulator: &Emulator, path: &str) -> RequestBuilder {
    client()
        .post(format!("{}{path}", emulator.url()))
        .bearer_auth("sk-secret")
}

pub(crate) async fn send(emulator: &Emulator, path: &str, body: &Value) -> Response {
    post(emulator, path).json(body).send().await.unwrap()
}

/// The status and the JSON of an answer.
pub(crate) async fn call(emulator: &Emulator, path: &str, body: Value) -> (u16, Value) {
    let response = send(emulator, path, &body).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The JSON of an answer that must be one.
pub(crate) async fn ok(emulator: &Emulator, path: &str, body: Value) -> Value {
    let (status, body) = call(emulator, path, body).await;
    assert_eq!(status, 200, "{body}");
    body
}

pub(crate) fn with_fault(emulator: &Emulator, fault: Fault, path: &str) -> RequestBuilder {
    post(emulator, path).header("x-imagegen-fault", fault.name())
}

pub(crate) fn bytes(item: &Value) -> Vec<u8> {
    STANDARD
        .decode(item["b64_json"].as_str().expect("bytes"))
        .unwrap()
}

/// Format and size of a file.
pub(crate) fn look(bytes: &[u8]) -> (ImageFormat, String) {
    let format = image::guess_format(bytes).unwrap();
    let image = image::load_from_memory(bytes).unwrap();
    (format, format!("{}x{}", image.width(), image.height()))
}

pub(crate) fn decode(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

pub(crate) async fn fetch(url: &str) -> Response {
    client().get(url).send().await.unwrap()
}

pub(crate) fn png(width: u32, height: u32, transparent: bool) -> Vec<u8> {
    let picture = imagegen_emulator::Picture {
        transparent,
        ..imagegen_emulator::Picture::new("an input", "m", width, height)
    };
    picture.render(imagegen_emulator::Format::Png)
}

pub(crate) fn data_uri(mime: &str, bytes: &[u8]) -> String {
    format!("data:{mime};base64,{}", STANDARD.encode(bytes))
}

/// A small GPT Image request.
pub(crate) fn gpt() -> Value {
    json!({"model": "gpt-image-1", "prompt": "a red fox", "size": "1024x1024", "quality": "low", "output_format": "jpeg"})
}

/// A small Seedream request, answered with bytes.
pub(crate) fn seedream() -> Value {
    json!({"model": "doubao-seedream-4-0-20260415", "prompt": "a red fox", "size": "1K", "response_format": "b64_json"})
}

/// One event of a stream.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: Option<String>,
    pub(crate) data: String,
}

impl Event {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// A plain reader of server-sent events with LF line ends.
pub(crate) fn events(text: &str) -> Vec<Event> {
    text.split("\n\n")
        .filter(|block| !block.trim().is_empty())
        .filter_map(|block| {
            let field = |name: &str| {
                let values: Vec<&str> = block
                    .lines()
                    .filter_map(|line| line.strip_prefix(name))
                    .collect();
                (!values.is_empty()).then(|| values.join("\n"))
            };
            Some(Event {
                name: field("event: "),
                data: field("data: ")?,
            })
        })
        .collect()
}

/// An emulator whose faults pause but shortly.
pub(crate) async fn emulator() -> Emulator {
    Emulator::builder()
        .fault_pause(Duration::from_millis(40))
        .start()
        .await
        .unwrap()
}

/// A Seedream request answered by a link, which draws nothing.
pub(crate) fn linked() -> Value {
    let mut request = seedream();
    request["response_format"] = json!("url");
    request
}

/// Two pictures of a group, by link.
pub(crate) fn group() -> Value {
    let mut request = linked();
    request["sequential_image_generation"] = json!("auto");
    request["sequential_image_generation_options"] = json!({"max_images": 2});
    request
}

pub(crate) async fn send_with(
    emulator: &Emulator,
    fault: Fault,
    path: &str,
    request: &Value,
) -> Response {
    with_fault(emulator, fault, path)
        .json(request)
        .send()
        .await
        .unwrap()
}

pub(crate) async fn json_of(
    emulator: &Emulator,
    fault: Fault,
    path: &str,
    request: &Value,
) -> Value {
    let response = send_with(emulator, fault, path, request).await;
    assert!(
        response.status().is_success(),
        "{fault}: {}",
        response.status()
    );
    response.json().await.unwrap()
}

pub(crate) async fn stream_of(
    emulator: &Emulator,
    fault: Fault,
    path: &str,
    request: &Value,
) -> Response {
    let mut request = request.clone();
    request["stream"] = json!(true);
    send_with(emulator, fault, path, &request).await
}

/// The raw answer of Ark to a request, until the connection ends.
pub(crate) async fn raw(
    emulator: &Emulator,
    fault: Fault,
    request: &Value,
) -> (Vec<u8>, std::io::Result<()>) {
    raw_to(emulator, Some(fault), ARK, request).await
}

/// The raw answer to a request, until the connection ends.
pub(crate) async fn raw_to(
    emulator: &Emulator,
    fault: Option<Fault>,
    path: &str,
    request: &Value,
) -> (Vec<u8>, std::io::Result<()>) {
    let body = request.to_string();
    let fault = fault.map_or_else(String::new, |fault| {
        format!("x-imagegen-fault: {fault}\r\n")
    });
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer k\r\n{fault}connection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        emulator.address(),
        body.len(),
    );
    let mut socket = TcpStream::connect(emulator.address()).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match socket.read(&mut chunk).await {
            Ok(0) => return (answer, Ok(())),
            Ok(read) => answer.extend_from_slice(&chunk[..read]),
            Err(error) => return (answer, Err(error)),
        }
    }
}
