//! The list of the models a server serves.

use std::sync::Arc;

use super::exchange::Exchange;
use super::turn::Turn;
use crate::client::Client;
use crate::endpoint::Delivery;
use crate::error::Result;

impl Client {
    /// Asks which models the server serves, by their ids, within the client's limits.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, refuses the key, or has no such list.
    pub async fn list_models(&self) -> Result<Vec<String>> {
        let options = Arc::clone(&self.inner.options);
        let exchange = Exchange::new(self.clone(), options, Delivery::Whole, Turn::ONLY);
        exchange.list_models().await
    }
}
