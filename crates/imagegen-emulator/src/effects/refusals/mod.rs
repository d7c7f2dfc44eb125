//! Answers that come in place of the vendor's.

mod bodies;
mod statuses;
mod vendors;

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::{Dialect, Fault};

/// What an answer of this sort depends on.
pub(crate) struct Scene<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) request_id: &'a str,
    pub(crate) model: &'a str,
    /// How long until the pace of requests allows the next one, if it does not allow this.
    pub(crate) wait: Option<Duration>,
    /// The path of the request, for redirects.
    pub(crate) path: &'a str,
    /// The port of the emulator.
    pub(crate) port: u16,
    /// Whether the request has a parameter of this name.
    pub(crate) has: &'a dyn Fn(&str) -> bool,
}

/// A plain answer.
struct Canned {
    status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Canned {
    fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            headers: Vec::new(),
            body: body.to_string(),
        }
    }

    fn html(status: u16, title: &str) -> Self {
        Self {
            content_type: "text/html",
            ..Self::text(status, page(title))
        }
    }

    fn text(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "text/plain",
            headers: Vec::new(),
            body,
        }
    }

    fn refusal(refusal: &Refusal, id: &str) -> Self {
        Self::json(refusal.status.as_u16(), &refusal.body(id))
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn response(self) -> Response<Body> {
        let mut headers = HeaderMap::new();
        if !self.body.is_empty() {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(self.content_type),
            );
        }
        for (name, value) in self.headers {
            let value = HeaderValue::from_str(&value).expect("our own values are plain text");
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status in the table");
        *response.headers_mut() = headers;
        response
    }
}

fn page(title: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// An error in OpenAI's envelope, with any values in it.
fn envelope(message: &str, kind: &Value, param: &Value, code: &Value) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}

/// The answer of a fault that takes the vendor's place, and whether it is the vendor's own;
/// `None` if it does not, or not here.
pub(crate) fn answer(fault: Fault, scene: &Scene<'_>) -> Option<(Response<Body>, bool)> {
    if let Some(canned) = vendors::answer(fault, scene) {
        return Some((canned.response(), true));
    }
    let canned = bodies::answer(fault, scene).or_else(|| statuses::answer(fault, scene))?;
    Some((canned.response(), false))
}
