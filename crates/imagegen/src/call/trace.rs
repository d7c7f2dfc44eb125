//! The span of a call: what logs see of it.

use std::future::poll_fn;
use std::pin::Pin;

use tracing::{Span, field};

use crate::check::Problem;
use crate::client::Client;
use crate::endpoint::{Operation, Provider};
use crate::error::Error;
use crate::request::ImageRequest;
use crate::response::Completion;

impl Client {
    /// The span of a call, with the names of OpenTelemetry's conventions for generative AI; no
    /// prompt and no picture goes into it.
    pub(super) fn span(&self, request: &ImageRequest) -> Span {
        tracing::info_span!(
            "image_generation",
            gen_ai.operation.name = match request.operation() {
                Operation::Edit => "image_edit",
                Operation::Generate => "image_generation",
            },
            gen_ai.provider.name = match self.inner.provider {
                Provider::OpenAi => "openai",
                Provider::Ark => "volcengine.ark",
                Provider::Gateway => "gateway",
            },
            gen_ai.request.model = request.model(),
            gen_ai.response.model = field::Empty,
            gen_ai.response.id = field::Empty,
            gen_ai.usage.input_tokens = field::Empty,
            gen_ai.usage.output_tokens = field::Empty,
            server.address = self.inner.base.url().host_str(),
            http.response.status_code = field::Empty,
            error.r#type = field::Empty,
        )
    }
}

pub(super) fn warn(warnings: &[Problem]) {
    for warning in warnings {
        tracing::warn!(
            parameter = warning.parameter,
            rule = warning.rule,
            "doubtful request"
        );
    }
}

/// Runs a future within a span, where it stands: [`Instrument`](tracing::Instrument) would move it.
pub(super) async fn within<F: Future>(span: &Span, mut future: Pin<&mut F>) -> F::Output {
    poll_fn(|cx| {
        let _entered = span.enter();
        future.as_mut().poll(cx)
    })
    .await
}

pub(super) fn note_completion(span: &Span, completion: &Completion) {
    span.record("gen_ai.response.model", completion.model.as_deref());
    if let Some(usage) = &completion.usage {
        span.record("gen_ai.usage.input_tokens", usage.input_tokens);
        span.record("gen_ai.usage.output_tokens", usage.output_tokens);
    }
}

pub(super) fn note_error(span: &Span, error: &Error) {
    span.record("error.type", error.kind());
    if let Some(status) = error.status() {
        span.record("http.response.status_code", status.as_u16());
    }
}
