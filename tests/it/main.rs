//! End-to-end suites over real sockets and files.

#![allow(clippy::unwrap_used)] // A helper of a test fails the test, as the test itself would.

mod corpus;
mod deviations;
mod drift;
mod edit;
mod fan_out;
mod generate;
mod intake;
mod money;
mod oracle;
mod peers;
mod stream;
mod support;
mod writers;
