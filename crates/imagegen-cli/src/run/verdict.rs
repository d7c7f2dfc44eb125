//! What a call's failure means for the others.

use imagegen::Error;
use imagegen::error::{ErrorClass, FileAction};

use crate::failure::{Exit, Failure};

/// Which other calls can only fail as one did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FailsAlike {
    /// None that is known.
    None,
    /// Those of the same request.
    SameRequest,
    /// All, whatever they ask for.
    All,
}

/// Which other calls can only fail as this one did, so that no more of them are made.
pub(crate) fn fails_alike(error: &Error) -> FailsAlike {
    match error {
        Error::Config(_) | Error::Transport(_) => FailsAlike::All,
        Error::File(file) if file.action() != FileAction::ReadInput => FailsAlike::All,
        Error::File(_) | Error::InvalidRequest(_) => FailsAlike::SameRequest,
        Error::Api(refused) => match refused.class() {
            ErrorClass::Authentication
            | ErrorClass::Permission
            | ErrorClass::Quota
            | ErrorClass::Blocked => FailsAlike::All,
            ErrorClass::OutputModeration
            | ErrorClass::RateLimit
            | ErrorClass::Server
            | ErrorClass::NoImages => FailsAlike::None,
            _ => FailsAlike::SameRequest,
        },
        _ => FailsAlike::None,
    }
}

/// The gravest of several failures: the first after which something may have been billed, else
/// the first.
pub(crate) fn gravest(failures: &[Failure]) -> Option<usize> {
    if failures.is_empty() {
        return None;
    }
    let billed = |failure: &Failure| failure.exit == Exit::Unknown;
    Some(failures.iter().position(billed).unwrap_or(0))
}
