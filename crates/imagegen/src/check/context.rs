//! What a check has to know besides the request.

use crate::endpoint::{Delivery, Provider};
use crate::time::Date;

/// What a check has to know besides the request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckContext {
    /// Who answers: a vendor refuses its retired models, a gateway may still map them.
    pub provider: Provider,
    /// Whether a vendor's API is at another address than the vendor's own (Azure, BytePlus, a
    /// proxy): a model may live longer there, so its last day is only worth a warning.
    pub foreign_host: bool,
    /// How the answer is asked for.
    pub delivery: Delivery,
    /// The day that life cycles are held against.
    pub today: Date,
}

impl Default for CheckContext {
    /// A plain call to a gateway, today.
    fn default() -> Self {
        Self::new(Provider::Gateway, Delivery::Whole)
    }
}

impl CheckContext {
    /// A call to a provider, today.
    pub fn new(provider: Provider, delivery: Delivery) -> Self {
        Self {
            provider,
            foreign_host: false,
            delivery,
            today: Date::today(),
        }
    }
}
