//! The cause of an error, of whatever type.

pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;
