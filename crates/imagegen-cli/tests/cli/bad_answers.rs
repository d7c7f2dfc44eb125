//! Answers, disks and people that interfere.

use std::fs;

use crate::support::{Answer, Sandbox, server};

#[test]
fn an_answer_that_is_not_json_is_kept() {
    let sandbox = Sandbox::new();
    let (url, server) = server(Answer::new("200 OK", "text/html", "<html>Welcome</html>"));
    let run = sandbox.run_at(
        &url,
        "generate fox --model gpt-image-2 --out-dir out --json",
    );
    server.join().unwrap();
    assert_run!(run, @r#"
        exit 1
        ----- stdout
        {"error":{"kind":"decode","message":"the answer (HTTP 200, 20 bytes, text/html) cannot be read: it is an HTML page (request id req-1); the answer is kept in out/imagegen-answer-req-1.html","answer_file":"out/imagegen-answer-req-1.html","request_id":"req-1","status":200}}
        ----- stderr
        error: the answer (HTTP 200, 20 bytes, text/html) cannot be read: it is an HTML page (request id req-1); the answer is kept in out/imagegen-answer-req-1.html
        "#);
    assert_eq!(sandbox.files(), ["out", "out/imagegen-answer-req-1.html"]);
    assert_eq!(
        fs::read_to_string(sandbox.path("out/imagegen-answer-req-1.html")).unwrap(),
        "<html>Welcome</html>"
    );
}

#[test]
fn a_cut_connection_leaves_the_outcome_unknown() {
    let sandbox = Sandbox::new();
    let (url, server) = server(Answer::Nothing);
    let run = sandbox.run_at(&url, "generate fox --model gpt-image-2 -o fox.png --json");
    server.join().unwrap();
    assert_run!(run, @r#"
        exit 3
        ----- stdout
        {"error":{"kind":"outcome_unknown","message":"the connection ended before an answer came; the request may have been carried out and billed, so it was not sent again (client request id CLIENT-ID): connection closed before message completed","client_request_id":"CLIENT-ID","received_bytes":BYTES}}
        ----- stderr
        error: the connection ended before an answer came; the request may have been carried out and billed, so it was not sent again (client request id CLIENT-ID): connection closed before message completed
        "#);
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_time_limit_leaves_the_outcome_unknown() {
    let sandbox = Sandbox::new();
    let (url, server) = server(Answer::Silence);
    let run = sandbox.run_at(&url, "generate fox --model gpt-image-2 --timeout 0.5");
    server.join().unwrap();
    assert_run!(run, @r"
        exit 3
        ----- stdout
        ----- stderr
        error: no answer came in time; the request may have been carried out and billed, so it was not sent again (client request id CLIENT-ID)
        ");
}

#[cfg(unix)]
#[test]
fn a_picture_that_cannot_be_saved_is_kept_elsewhere() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("out")).unwrap();
    let out = sandbox.path("out");
    // The folder goes while the picture is drawn.
    let (url, server) = server(Answer::picture().after(move || fs::remove_dir(&out).unwrap()));
    let run = sandbox.run_at(&url, "generate fox --model gpt-image-2 -o out/fox.png");
    server.join().unwrap();
    assert_run!(run, @r"
        exit 1
        ----- stdout
        TMPDIR/fox-1.png
        ----- stderr
        error: cannot write in out: No such file or directory; the picture is kept at TMPDIR/fox-1.png
        1 image (png 1x1, 70 bytes) in TIME, 1 not where asked for
        ");
    let kept = run.stdout.trim_end().strip_prefix("TMPDIR/").unwrap();
    let png = fs::read(sandbox.temporary(kept)).unwrap();
    assert_eq!(
        imagegen::Format::dimensions(&png),
        imagegen::Pixels::checked(1, 1)
    );
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let sandbox = Sandbox::new();
    // A limit on the size of files stands in for the full disk, everywhere at once.
    let run = sandbox.run_in_shell(
        "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"",
        "--emulator generate fox --model gpt-image-2 -o fox.png --json",
    );
    assert_run!(run, @r#"
        exit 1
        ----- stdout
        {"error":{"kind":"file","message":"cannot write in TMPDIR: File too large; a picture that came is lost (client request id CLIENT-ID)","client_request_id":"CLIENT-ID","path":"TMPDIR"}}
        ----- stderr
        note: the pictures come from the emulator inside this command, not from a model
        error: image 1 failed: not_saved: cannot write in TMPDIR: File too large
        error: cannot write in TMPDIR: File too large; a picture that came is lost (client request id CLIENT-ID)
        "#);
    assert!(sandbox.files().is_empty(), "{:?}", sandbox.files());
}

#[cfg(target_os = "linux")]
#[test]
fn stdout_may_go_away_but_not_be_full() {
    let sandbox = Sandbox::new();
    let run = sandbox.run_in_shell("\"$0\" \"$@\" | head -n 1", "models -q");
    assert_eq!(
        (run.code, run.stderr.as_str(), run.stdout.lines().count()),
        (0, "", 1)
    );
    let run = sandbox.run_in_shell("\"$0\" \"$@\" > /dev/full", "models");
    assert_run!(run, @r"
        exit 1
        ----- stdout
        ----- stderr
        error: cannot write to stdout: No space left on device
        ");
}
