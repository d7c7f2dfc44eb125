//! The server: connections, routes, and the way of a request for images to its answer.

mod document;
mod downloads;
mod exchange;
mod images;
mod replies;
mod routes;
pub(crate) mod server;
mod stream;
