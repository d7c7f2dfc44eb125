//! The check as one asks a request for it.

use super::context::CheckContext;
use super::problem::{InvalidRequest, Problem, ProblemKind, Severity, enforce};
use crate::models::ModelTable;
use crate::request::{
    CustomImage, GptImage, GptImageEdit, ImageInput, ImageRequest, Seedream, Source,
};

/// Gives each family's request its `build`.
macro_rules! build {
    ($($request:ident)*) => {$(
        impl $request {
            /// Checks the request as a whole against its model's row, as
            /// [`ImageRequest::check`] does.
            ///
            /// # Errors
            ///
            /// The first rule it breaks.
            pub fn build(self) -> Result<ImageRequest, InvalidRequest> {
                let request = ImageRequest::from(self);
                request.check()?;
                Ok(request)
            }
        }
    )*};
}

build!(GptImage GptImageEdit Seedream CustomImage);

impl ImageRequest {
    /// Checks the request against the built-in table as a client of a gateway does; what it
    /// returns are warnings.
    ///
    /// # Errors
    ///
    /// The first rule of the model's row, or of its family, that the request breaks.
    pub fn check(&self) -> Result<Vec<Problem>, InvalidRequest> {
        enforce(ModelTable::builtin().check(self, &CheckContext::default()))
    }
}

/// What no request may be, whatever its model and even where rules are not enforced: one that
/// sets by name what has a place of its own, or that reads a file because JSON says so.
pub(crate) fn check_shape(request: &ImageRequest) -> Result<(), InvalidRequest> {
    match misshapen(request) {
        None => Ok(()),
        Some(misshapen) => Err(refusal(request, misshapen)),
    }
}

fn refusal(request: &ImageRequest, (parameter, rule, hint): Misshapen) -> InvalidRequest {
    InvalidRequest::new(Problem {
        severity: Severity::Refusal,
        kind: ProblemKind::Shape,
        parameter,
        value: None,
        model: request.model().to_owned(),
        rule: rule.to_owned(),
        suggestion: hint.map(str::to_owned),
    })
}

/// The refusal of a file that JSON names.
pub(crate) fn unasked_file(request: &ImageRequest, parameter: &str) -> InvalidRequest {
    refusal(request, (parameter.to_owned(), UNASKED, Some(ALLOW)))
}

const UNASKED: &str = "a request read from JSON names a file, which is not read unasked";
const ALLOW: &str = "call allow_files() on it if it may";

type Misshapen = (String, &'static str, Option<&'static str>);

fn misshapen(request: &ImageRequest) -> Option<Misshapen> {
    if let Some(misplaced) = request.misplaced {
        return Some((misplaced.name.to_owned(), misplaced.place, None));
    }
    if request.params.keys().any(|name| name == "stream") {
        return Some((
            "stream".to_owned(),
            "streaming is asked for by the call, not by a parameter",
            None,
        ));
    }
    let unasked = |image: &ImageInput| matches!(image.0, Source::Named(_));
    let parameter = match request.images.iter().position(unasked) {
        Some(_) if request.images.len() == 1 => "image".to_owned(),
        Some(at) => format!("image[{at}]"),
        None if request.mask.as_ref().is_some_and(unasked) => "mask".to_owned(),
        None if request.markup.as_ref().is_some_and(unasked) => "markup".to_owned(),
        None => return None,
    };
    Some((parameter, UNASKED, Some(ALLOW)))
}
