//! The member crate that carries the end-to-end suites in `it/`; it has no code of its own.
