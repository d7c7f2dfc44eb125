//! Why a server refused, by the codes of vendors and gateways.

use reqwest::StatusCode;

use self::ErrorClass as Class;

/// Why the server refused, as far as a program can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorClass {
    /// The key is missing, wrong or of another product.
    Authentication,
    /// The key may not do this.
    Permission,
    /// The money or the allowance is used up: waiting does not help.
    Quota,
    /// Too many requests: waiting helps.
    RateLimit,
    /// The prompt or an input image was refused by the content policy.
    InputModeration,
    /// The picture that came out was refused; another attempt may pass.
    OutputModeration,
    /// A parameter is wrong; [`ApiError::param`](super::ApiError::param) may name it.
    InvalidParameter,
    /// The model is unknown here, not open to this account, or retired.
    ModelNotFound,
    /// Nothing is served at this URL: it may lack its `/v1`, or the model may be unknown.
    NotFound,
    /// A page in front of the API refused the request, such as a content network's challenge: it
    /// has nothing to do with the key.
    Blocked,
    /// The server failed.
    Server,
    /// The answer is a success without any picture.
    NoImages,
    /// Something else.
    Other,
}

impl ErrorClass {
    /// The class in a word, as the command prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::Quota => "quota",
            Self::RateLimit => "rate_limit",
            Self::InputModeration => "input_moderation",
            Self::OutputModeration => "output_moderation",
            Self::InvalidParameter => "invalid_parameter",
            Self::ModelNotFound => "model_not_found",
            Self::NotFound => "not_found",
            Self::Blocked => "blocked",
            Self::Server => "server",
            Self::NoImages => "no_images",
            Self::Other => "other",
        }
    }
}

/// Ark's content check failed itself, with 400, and may be asked again (docs 82379/1299023).
pub(super) const CHECKER_FAILED: &str = "ContentSecurityDetectionError";

/// Decides on the code first, since gateways answer with the wrong status, then on the status.
pub(super) fn classify(status: StatusCode, words: [Option<&str>; 2]) -> ErrorClass {
    let by_code = words.into_iter().flatten().find_map(|word| {
        let class = class_of_code(word)?;
        // Gateways call whatever came from behind them an upstream error.
        let vague = class == ErrorClass::Server && status.is_client_error();
        (!vague || word == CHECKER_FAILED).then_some(class)
    });
    if let Some(class) = by_code {
        return class;
    }
    match status.as_u16() {
        401 => ErrorClass::Authentication,
        402 => ErrorClass::Quota,
        403 => ErrorClass::Permission,
        404 => ErrorClass::NotFound,
        429 => ErrorClass::RateLimit,
        400 | 422 => ErrorClass::InvalidParameter,
        500.. => ErrorClass::Server,
        _ => ErrorClass::Other,
    }
}

/// The codes of OpenAI, of Volcengine Ark (docs 82379/1299023) and of new-api and one-api; of
/// Ark's, what stands before the dot, behind which it says what exactly is wrong.
const CODES: &[(Class, &[&str])] = &[
    (
        Class::Authentication,
        &[
            "invalid_api_key",
            "AuthenticationError",
            "InvalidAccountStatus",
            "no_db_connection",
        ],
    ),
    (
        Class::Permission,
        &[
            "AccessDenied",
            "OperationDenied",
            "access_denied",
            "permission_error",
        ],
    ),
    (
        Class::Quota,
        &[
            "insufficient_quota",
            "1113",
            "credit_balance_exhausted",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "billing_hard_limit_reached",
            "insufficient_user_quota",
            "AccountOverdueError",
            "QuotaExceeded",
            "SetLimitExceeded",
            "InvalidSubscription",
            "InflightBatchsizeExceeded",
        ],
    ),
    (
        Class::RateLimit,
        &[
            "rate_limit_exceeded",
            "RateLimitExceeded",
            "ModelAccountRpmRateLimitExceeded",
            "ModelAccountTpmRateLimitExceeded",
            "ModelAccountIpmRateLimitExceeded",
            "APIAccountRpmRateLimitExceeded",
            "AccountRateLimitExceeded",
            "ServerOverloaded",
            "RequestBurstTooFast",
            "throttling_error",
        ],
    ),
    (
        Class::OutputModeration,
        &[
            "OutputImageSensitiveContentDetected",
            "OutputTextRiskDetection",
            "OutputImageRiskDetection",
        ],
    ),
    (
        Class::InputModeration,
        &[
            "moderation_blocked",
            "content_filter",
            "ResponsibleAIPolicyViolation",
            "content_policy_violation",
            "sensitive_words_detected",
            "prompt_blocked",
            "InputTextSensitiveContentDetected",
            "InputImageSensitiveContentDetected",
            "SensitiveContentDetected",
            "InputTextRiskDetection",
            "InputImageRiskDetection",
        ],
    ),
    (
        Class::ModelNotFound,
        &[
            "model_not_found",
            "InvalidEndpointOrModel",
            "ModelNotOpen",
            "UnsupportedModel",
            "NotFound",
            "InvalidEndpoint",
        ],
    ),
    (
        Class::InvalidParameter,
        &[
            "unknown_parameter",
            "invalid_value",
            "invalid_image_file",
            "unsupported_file_mimetype",
            "invalid_request",
            "size_not_supported",
            "prompt_missing",
            "prompt_too_long",
            "n_not_within_range",
            "MissingParameter",
            "InvalidParameter",
            "InvalidImageURL",
        ],
    ),
    (
        Class::Server,
        &[
            "InternalServiceError",
            CHECKER_FAILED,
            "server_error",
            "upstream_error",
            "bad_response_status_code",
            "bad_response_body",
            "do_request_failed",
            "get_channel_failed",
        ],
    ),
];

fn class_of_code(code: &str) -> Option<ErrorClass> {
    if code == "OperationDenied.ServiceOverdue" {
        return Some(ErrorClass::Quota);
    }
    let stem = code.split('.').next().unwrap_or(code);
    CODES
        .iter()
        .find(|(_, codes)| codes.contains(&stem))
        .map(|(class, _)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, code: &str) -> ErrorClass {
        classify(StatusCode::from_u16(status).unwrap(), [Some(code), None])
    }

    #[test]
    fn codes_decide_before_the_status() {
        for (status, code, expected) in [
            (429, "credit_balance_exhausted", ErrorClass::Quota),
            (429, "QuotaExceeded", ErrorClass::Quota),
            (
                429,
                "ModelAccountIpmRateLimitExceeded",
                ErrorClass::RateLimit,
            ),
            (500, "moderation_blocked", ErrorClass::InputModeration),
            (
                400,
                "OutputImageSensitiveContentDetected.PolicyViolation",
                ErrorClass::OutputModeration,
            ),
            (
                400,
                "InvalidParameter.UnsupportedParameter",
                ErrorClass::InvalidParameter,
            ),
            (
                404,
                "InvalidEndpointOrModel.NotFound",
                ErrorClass::ModelNotFound,
            ),
            (503, "model_not_found", ErrorClass::ModelNotFound),
            (500, "invalid_request", ErrorClass::InvalidParameter),
            (403, "insufficient_user_quota", ErrorClass::Quota),
            (401, "whatever", ErrorClass::Authentication),
        ] {
            assert_eq!(class(status, code), expected, "{status} {code}");
        }
    }
}
