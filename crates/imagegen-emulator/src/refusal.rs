//! Refusals in each vendor's envelope.
//!
//! OpenAI's types and codes are those measured on its image endpoints (2026-04 to 2026-11), Ark's
//! those of its error code page (2026-07).

use axum::http::StatusCode;
use imagegen::{Problem, ProblemKind};
use serde_json::{Value, json};

use crate::Dialect;

/// Why a request is turned away.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) dialect: Dialect,
    pub(crate) status: StatusCode,
    /// The envelope's `type`.
    pub(crate) kind: &'static str,
    pub(crate) code: Option<String>,
    pub(crate) param: Option<String>,
    pub(crate) message: String,
}

impl Refusal {
    /// OpenAI's `invalid_request_error` with status 400.
    pub(crate) fn openai(code: Option<&str>, param: Option<&str>, message: String) -> Self {
        Self {
            dialect: Dialect::OpenAi,
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: code.map(str::to_owned),
            param: param.map(str::to_owned),
            message,
        }
    }

    /// Ark's refusal with status 400.
    pub(crate) fn ark(code: impl Into<String>, param: Option<&str>, message: String) -> Self {
        Self {
            dialect: Dialect::Ark,
            status: StatusCode::BAD_REQUEST,
            kind: "BadRequest",
            code: Some(code.into()),
            param: param.map(str::to_owned),
            message,
        }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        let kind = match (self.dialect, status) {
            (Dialect::Ark, StatusCode::UNAUTHORIZED) => "Unauthorized",
            (Dialect::Ark, StatusCode::NOT_FOUND) => "NotFound",
            (Dialect::Ark, StatusCode::TOO_MANY_REQUESTS) => "TooManyRequests",
            (Dialect::Ark, status) if status.is_server_error() => "InternalServerError",
            _ => self.kind,
        };
        Self {
            status,
            kind,
            ..self
        }
    }

    pub(crate) fn with_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// The request names a parameter wrongly or gives it a value of the wrong sort.
    pub(crate) fn bad_value(dialect: Dialect, param: &str, message: String) -> Self {
        match dialect {
            Dialect::OpenAi => Self::openai(Some("invalid_value"), Some(param), message)
                .with_kind("image_generation_user_error"),
            Dialect::Ark => Self::ark("InvalidParameter", Some(param), message),
        }
    }

    /// A required parameter is not there.
    pub(crate) fn missing(dialect: Dialect, param: &str, message: String) -> Self {
        match dialect {
            Dialect::OpenAi => {
                Self::openai(Some("missing_required_parameter"), Some(param), message)
            }
            Dialect::Ark => Self::ark(format!("MissingParameter.{param}"), Some(param), message),
        }
    }

    /// No bearer key.
    pub(crate) fn no_key(dialect: Dialect) -> Self {
        let message = "the Authorization header holds no bearer key".to_owned();
        match dialect {
            Dialect::OpenAi => Self::openai(Some("invalid_api_key"), None, message),
            Dialect::Ark => Self::ark("AuthenticationError", None, message),
        }
        .with_status(StatusCode::UNAUTHORIZED)
    }

    /// A model that is not served here, or no longer.
    pub(crate) fn no_model(dialect: Dialect, model: &str) -> Self {
        let message = format!("the model or endpoint {model} does not exist or is not served");
        match dialect {
            Dialect::OpenAi => Self::openai(Some("model_not_found"), Some("model"), message),
            Dialect::Ark => Self::ark("InvalidEndpointOrModel.NotFound", Some("model"), message),
        }
        .with_status(StatusCode::NOT_FOUND)
    }

    /// A rule of the model's row that the request breaks.
    pub(crate) fn of_problem(dialect: Dialect, problem: &Problem) -> Self {
        let param = problem.parameter.as_str();
        let message = problem.to_string();
        match (problem.kind, dialect) {
            (ProblemKind::Model, _) => Self::no_model(dialect, &problem.model),
            (ProblemKind::MissingParameter, _) => Self::missing(dialect, param, message),
            (ProblemKind::UnsupportedParameter, Dialect::OpenAi) => {
                Self::openai(Some("unknown_parameter"), Some(param), message)
            }
            (ProblemKind::UnsupportedParameter, Dialect::Ark) => Self::ark(
                "InvalidParameter.UnsupportedParameter",
                Some(param),
                message,
            ),
            _ => Self::bad_value(dialect, param, message),
        }
    }

    /// The body. OpenAI's has nulls where Ark's has empty strings, and Ark's message ends with
    /// the request id.
    pub(crate) fn body(&self, request_id: &str) -> Value {
        match self.dialect {
            Dialect::OpenAi => json!({"error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.code,
            }}),
            Dialect::Ark => json!({"error": {
                "code": self.code.as_deref().unwrap_or_default(),
                "message": format!("{}. Request id: {request_id}", self.message),
                "param": self.param.as_deref().unwrap_or_default(),
                "type": self.kind,
            }}),
        }
    }
}
