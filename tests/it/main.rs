//! End-to-end suites over real sockets and files.

mod drift;
mod generate;
mod oracle;
mod support;
