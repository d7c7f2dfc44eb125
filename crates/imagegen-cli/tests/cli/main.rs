//! The command as scripts and people see it: exit code, stdout, stderr, files.

#![allow(clippy::unwrap_used)] // The helpers of tests may as well.

/// Snapshots a run with ports, times, ids and hashes replaced.
macro_rules! assert_run {
    ($run:expr, @$snapshot:literal) => {
        insta::with_settings!({filters => vec![
            (r"image \d of 5", "image N of 5"),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
            (r"in \d+\.\d s", "in TIME"),
            (r#""elapsed_ms":\d+"#, r#""elapsed_ms":TIME"#),
            (r#""bytes":\d+"#, r#""bytes":BYTES"#),
            (r#""sha256":"[0-9a-f]{64}""#, r#""sha256":"SHA256""#),
            (r"\d+\.\d [kM]B", "BYTES"),
            (r"imagegen-[0-9a-f]{32}", "CLIENT-ID"),
            (r"req_[0-9a-f]{32}", "REQUEST-ID"),
            (r#""request_id":"[0-9a-f]{32}""#, r#""request_id":"REQUEST-ID""#),
            (r"imagegen-answer-[0-9a-f]{32}", "imagegen-answer-ID"),
            (r"\(request id [0-9a-f]{32}\)", "(request id REQUEST-ID)"),
            (r"images/[0-9a-f]+\.(\w+)\?[\w=&]+", "images/ID.$1?SIGNATURE"),
            (r"cut after \d+ bytes", "cut after BYTES"),
            (r#""received_bytes":\d+"#, r#""received_bytes":BYTES"#),
            (r"after \d+ ms", "after TIME"),
            // What a picture cost is a matter of its own.
            (r"; \d+\.\d+ (USD|CNY) at list prices", ""),
            (r"\d+ listed", "N listed"),
            (r"and \d+ more", "and N more"),
            (r" *WARN imagegen[^\n]*\n", ""),
            // Life cycles are held against the day of the test.
            (r"warning: model [^\n]*its vendor shut[^\n]*\n", ""),
        ]}, { insta::assert_snapshot!($run.to_string(), @$snapshot); });
    };
}

mod bad_answers;
mod bad_input;
mod batch;
mod commands;
mod dry_run;
mod edit;
mod generate;
#[cfg(unix)]
mod interrupted;
mod kept;
mod money;
mod serve;
mod stream;
mod support;
