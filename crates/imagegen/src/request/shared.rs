//! What the requests of all families have in common.

/// The ends of a family's request: parameters by name, and what it turns into.
macro_rules! shared {
    ($request:ident) => {
        impl $request {
            /// Sets a parameter that has no method here, by its name on the wire.
            ///
            /// What has a place of its own (`model`, `prompt`, `image`, `mask`, `stream` and the
            /// like) is refused when the request is checked or sent, also with validation off.
            pub fn param(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
                self.0.set_named(name, value);
                self
            }

            /// The request as it is, which no client checks either: for the day a row is wrong.
            pub fn build_unchecked(self) -> $crate::ImageRequest {
                self.0.validation($crate::ValidationPolicy::Off)
            }
        }

        impl From<$request> for $crate::ImageRequest {
            fn from(request: $request) -> Self {
                request.0
            }
        }
    };
}
pub(super) use shared;
