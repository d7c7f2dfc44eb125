//! What goes over the wire, seen from a socket.

#![allow(clippy::unwrap_used)] // The helpers of a test report by panicking.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use imagegen_api::{
    CallContext, Client, Error, Transport, TransportFuture,
    types::{
        CreateImageRequest, EditImageRequest, ErrorCode, ErrorEnvelope, ImageReference,
        ImageStreamEvent,
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A request as it arrived.
struct Received {
    line: String,
    /// By name in lower case, with every value that was sent.
    headers: BTreeMap<String, Vec<String>>,
    body: String,
}

impl Received {
    async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        loop {
            assert_ne!(
                stream.read_buf(&mut bytes).await.unwrap(),
                0,
                "the request is cut off"
            );
            let text = String::from_utf8(bytes.clone()).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let (line, fields) = head.split_once("\r\n").unwrap();
            let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for field in fields.lines() {
                let (name, value) = field.split_once(": ").unwrap();
                headers
                    .entry(name.to_lowercase())
                    .or_default()
                    .push(value.to_owned());
            }
            let length: usize = match headers.get("content-length") {
                Some(length) => length[0].parse().unwrap(),
                None => 0,
            };
            if body.len() == length {
                return Self {
                    line: line.to_owned(),
                    body: body.to_owned(),
                    headers,
                };
            }
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Answers one request and returns it.
async fn server(status: &'static str, answer: &'static str) -> (SocketAddr, JoinHandle<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = Received::read(&mut stream).await;
        let length = answer.len();
        let response = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nx-request-id: r1\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{answer}"
        );
        stream.write_all(response.as_bytes()).await.unwrap();
        request
    });
    (address, server)
}

fn client(address: SocketAddr, context: CallContext) -> Client {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Client::new_with_client(&format!("http://{address}"), http, context)
}

fn request() -> CreateImageRequest {
    CreateImageRequest {
        model: "gpt-image-2".into(),
        prompt: "a cat".into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn only_what_is_set_is_sent() {
    let (address, server) = server("200 OK", "{}").await;
    client(address, CallContext::default())
        .create_image(&request())
        .await
        .unwrap();
    let received = server.await.unwrap();
    assert_eq!(received.line, "POST /v1/images/generations HTTP/1.1");
    assert_eq!(
        received.json(),
        json!({ "model": "gpt-image-2", "prompt": "a cat" })
    );
    let headers: Vec<&String> = received.headers.keys().collect();
    assert_eq!(
        headers,
        ["accept", "content-length", "content-type", "host"]
    );
}

#[tokio::test]
async fn a_raw_twin_sends_neither_a_fragment_nor_the_version_of_the_document() {
    let (address, server) = server("200 OK", "{}").await;
    client(address, CallContext::default())
        .create_image_raw(&request())
        .await
        .unwrap();
    let received = server.await.unwrap();
    assert_eq!(received.line, "POST /v1/images/generations HTTP/1.1");
    assert!(!received.headers.contains_key("api-version"));
}

#[tokio::test]
async fn an_edit_without_files_is_json_on_the_same_path() {
    let (address, server) = server("200 OK", "{}").await;
    let request = EditImageRequest {
        images: vec![ImageReference {
            file_id: Some("file-1".into()),
            ..Default::default()
        }],
        prompt: "a hat".into(),
        ..Default::default()
    };
    client(address, CallContext::default())
        .edit_image_json_raw(&request)
        .await
        .unwrap();
    let received = server.await.unwrap();
    assert_eq!(received.line, "POST /v1/images/edits HTTP/1.1");
    assert_eq!(
        received.json(),
        json!({ "images": [{ "file_id": "file-1" }], "prompt": "a hat" })
    );
}

#[tokio::test]
async fn a_form_keeps_the_content_type_of_its_caller() {
    let (address, server) = server("200 OK", "{}").await;
    let content_type = "multipart/form-data; boundary=b";
    client(address, CallContext::default())
        .edit_image_raw(content_type, "--b--\r\n")
        .await
        .unwrap();
    let received = server.await.unwrap();
    assert_eq!(received.line, "POST /v1/images/edits HTTP/1.1");
    assert_eq!(received.headers["content-type"], [content_type]);
    assert_eq!(received.body, "--b--\r\n");
}

#[tokio::test]
async fn what_the_contract_does_not_name_is_sent_and_kept() {
    let (address, server) = server(
        "200 OK",
        r#"{"created":1,"data":[{"url":"u","font":"serif"}],"usage":null,"tools":null,"trace":[1]}"#,
    )
    .await;
    let mut request = request();
    request.extra.insert("style".into(), json!("vivid"));
    let response = client(address, CallContext::default())
        .create_image(&request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(server.await.unwrap().json()["style"], "vivid");
    assert_eq!(response.extra["trace"], json!([1]));
    assert_eq!(response.data.unwrap()[0].extra["font"], "serif");
    assert_eq!((response.usage, response.tools), (None, None));
}

#[tokio::test]
async fn an_error_keeps_its_status_its_headers_and_its_body() {
    let (address, server) = server(
        "502 Bad Gateway",
        r#"{"error":{"message":"m","type":null,"param":"","code":1302}}"#,
    )
    .await;
    let error = client(address, CallContext::default())
        .create_image(&request())
        .await
        .unwrap_err();
    server.await.unwrap();
    let Error::UnexpectedResponse(response) = error else {
        panic!("a documented error loses its status when it does not decode");
    };
    assert_eq!(response.status(), 502);
    assert_eq!(response.headers()["x-request-id"], "r1");
    let envelope: ErrorEnvelope = response.json().await.unwrap();
    assert_eq!(envelope.error.code, Some(ErrorCode::Integer(1302)));
}

/// Answers every request with a redirect to `/elsewhere`, and that with a body; returns the request lines.
async fn redirecting(status: &'static str) -> (SocketAddr, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = Received::read(&mut stream).await;
            let response = if request.line.contains("/elsewhere") {
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".to_owned()
            } else {
                format!(
                    "HTTP/1.1 {status}\r\nlocation: /elsewhere?key=secret\r\ncontent-length: 0\r\n\
                     connection: close\r\n\r\n"
                )
            };
            seen.lock().unwrap().push(request.line);
            stream.write_all(response.as_bytes()).await.unwrap();
        }
    });
    (address, lines)
}

#[tokio::test]
async fn a_redirect_makes_no_answer_of_what_a_get_brings() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other"] {
        let (address, _) = redirecting(status).await;
        let error = client(address, CallContext::default())
            .create_image(&request())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("create_image was redirected"), "{error}");
        assert!(error.contains("/elsewhere,"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_does_not_send_a_request_twice() {
    for status in ["307 Temporary Redirect", "308 Permanent Redirect"] {
        let (address, lines) = redirecting(status).await;
        let error = client(address, CallContext::default())
            .create_image(&request())
            .await
            .unwrap_err();
        let Error::UnexpectedResponse(response) = error else {
            panic!("{error}");
        };
        assert_eq!(
            response.status().as_u16(),
            status[..3].parse::<u16>().unwrap()
        );
        assert_eq!(
            *lines.lock().unwrap(),
            ["POST /v1/images/generations HTTP/1.1"]
        );
    }
}

#[tokio::test]
async fn a_list_may_be_redirected() {
    let (address, lines) = redirecting("302 Found").await;
    client(address, CallContext::default())
        .list_models()
        .await
        .unwrap();
    assert_eq!(lines.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_base_url_is_not_doubled() {
    let (address, server) = server("200 OK", "{}").await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Client::new_with_client(&format!("http://{address}/"), http, CallContext::default())
        .create_image(&request())
        .await
        .unwrap();
    assert_eq!(
        server.await.unwrap().line,
        "POST /v1/images/generations HTTP/1.1"
    );
}

/// Sends everything to one address, with a key.
struct Redirect {
    key: String,
    operations: Arc<std::sync::Mutex<Vec<&'static str>>>,
}

impl Transport for Redirect {
    fn execute<'a>(
        &'a self,
        http: &'a reqwest::Client,
        mut request: reqwest::Request,
        operation: &'static str,
    ) -> TransportFuture<'a> {
        self.operations.lock().unwrap().push(operation);
        request.url_mut().set_path("/api/v3/models");
        let key = self.key.parse().unwrap();
        request.headers_mut().insert("authorization", key);
        Box::pin(http.execute(request))
    }
}

#[tokio::test]
async fn a_transport_sees_the_operation_and_may_change_the_request() {
    let (address, server) = server("200 OK", r#"{"object":"list","data":[{"id":"m"}]}"#).await;
    let operations = Arc::default();
    let transport = Redirect {
        key: "Bearer secret".into(),
        operations: Arc::clone(&operations),
    };
    let client = client(address, CallContext::new(transport));
    let models = tokio::spawn(async move { client.list_models().await })
        .await
        .unwrap()
        .unwrap();
    let received = server.await.unwrap();
    assert_eq!(received.line, "GET /api/v3/models HTTP/1.1");
    assert_eq!(received.headers["authorization"], ["Bearer secret"]);
    assert_eq!(*operations.lock().unwrap(), ["list_models"]);
    assert_eq!(models.into_inner().data.unwrap()[0].id, "m");
}

/// Knows the URLs of all operations.
struct Elsewhere(SocketAddr);

impl Transport for Elsewhere {
    fn url(&self, path: &'static str) -> Option<reqwest::Url> {
        format!("http://{}/gateway{path}", self.0).parse().ok()
    }

    fn execute<'a>(
        &'a self,
        http: &'a reqwest::Client,
        request: reqwest::Request,
        _operation: &'static str,
    ) -> TransportFuture<'a> {
        Box::pin(http.execute(request))
    }
}

#[tokio::test]
async fn a_transport_may_know_where_operations_are() {
    let (address, server) = server("200 OK", "{}").await;
    let context = CallContext::new(Elsewhere(address));
    let client = Client::new_with_client("", reqwest::Client::new(), context);
    let mut response = client.create_image_raw(&request()).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "{}");
    let received = server.await.unwrap();
    assert_eq!(
        received.line,
        "POST /gateway/v1/images/generations HTTP/1.1"
    );
}

#[tokio::test]
async fn a_base_url_that_is_none_is_named_by_what_was_asked_for() {
    let client = Client::new_with_client("gateway", reqwest::Client::new(), CallContext::default());
    let error = client.list_models().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "Invalid Request: the URL of /v1/models: relative URL without a base"
    );
}

#[test]
fn a_client_prints_no_key() {
    let transport = Redirect {
        key: "Bearer secret".into(),
        operations: Arc::default(),
    };
    let address = ([127, 0, 0, 1], 1).into();
    let printed = format!("{:?}", client(address, CallContext::new(transport)));
    assert!(printed.contains("CallContext(custom)"), "{printed}");
    assert!(!printed.contains("secret"), "{printed}");
}

#[test]
fn events_of_both_dialects_have_one_type() {
    let event: ImageStreamEvent = serde_json::from_value(json!({
        "type": "image_generation.partial_failed",
        "image_index": 2,
        "error": { "code": "OutputImageSensitiveContentDetected", "message": "m" },
    }))
    .unwrap();
    assert_eq!(event.image_index, Some(2));
    assert_eq!(
        event.error.unwrap().code.unwrap().to_string(),
        "OutputImageSensitiveContentDetected"
    );
    let event: ImageStreamEvent = serde_json::from_value(json!({
        "type": "image_generation.partial_image",
        "b64_json": "AA==",
        "partial_image_index": 0,
        "quality": "a word of tomorrow",
    }))
    .unwrap();
    assert_eq!(event.quality.as_deref(), Some("a word of tomorrow"));
}
