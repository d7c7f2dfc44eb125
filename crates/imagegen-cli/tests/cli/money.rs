//! Paid once, and nothing that was paid for is lost.

use std::fs;

use imagegen_emulator::Fault;

use crate::support::Sandbox;

const GROUP: &str =
    "generate 'four seasons' --model doubao-seedream-5-0-lite-260128 --max-images 3 --size 2K";

#[test]
fn a_partly_failed_group_is_exit_4() {
    let sandbox = Sandbox::new();
    let (run, _) = sandbox.run_at_faulty(&[Fault::ItemError], &format!("{GROUP} --json"));
    assert_run!(run, @r#"
        exit 4
        ----- stdout
        {"model":"doubao-seedream-5-0-lite-260128","images":[{"path":"four-seasons-1.jpg","format":"jpeg","width":2048,"height":2048,"bytes":BYTES,"sha256":"SHA256","revised_prompt":null},{"path":"four-seasons-2.jpg","format":"jpeg","width":2048,"height":2048,"bytes":BYTES,"sha256":"SHA256","revised_prompt":null}],"failures":[{"index":2,"code":"OutputImageSensitiveContentDetected","message":"the output image may contain sensitive information"}],"usage":{"generated_images":2,"output_tokens":32768,"total_tokens":32768},"cost":0.44,"request_id":"REQUEST-ID","elapsed_ms":TIME,"currency":"CNY"}
        ----- stderr
        error: image 3 failed: OutputImageSensitiveContentDetected: the output image may contain sensitive information
        2 images (jpeg 2048x2048 each) in TIME, 1 failed
        "#);
    assert_eq!(
        sandbox.files(),
        ["four-seasons-1.jpg", "four-seasons-2.jpg"]
    );
}

#[test]
fn an_unknown_outcome_is_exit_3_and_sent_once() {
    for stream in ["", "--stream"] {
        let sandbox = Sandbox::new();
        let (run, seen) = sandbox.run_at_faulty(
            &[Fault::ResetBeforeAnswer],
            &format!("generate fox --model gpt-image-2 -o fox.png {stream}"),
        );
        insta::allow_duplicates! { assert_run!(run, @r"
        exit 3
        ----- stdout
        ----- stderr
        error: the connection ended before an answer came; the request may have been carried out and billed, so it was not sent again (client request id CLIENT-ID): Connection reset by peer
        "); }
        assert_eq!((seen.accepted, seen.requests.len()), (1, 1));
        assert!(run.stderr.contains(seen.client_request_id()), "{run}");
        assert!(sandbox.files().is_empty());
    }
}

#[test]
fn a_refusal_before_any_work_is_sent_again() {
    let sandbox = Sandbox::new();
    let (run, seen) = sandbox.run_at_faulty(
        &[Fault::RetryAfterMs],
        "generate fox --model gpt-image-2 -o fox.png -q",
    );
    assert_eq!(
        (run.code, seen.accepted, seen.requests.len()),
        (0, 1, 2),
        "{run}"
    );
    let ids: Vec<_> = seen
        .requests
        .iter()
        .map(|request| request.header("x-client-request-id").unwrap())
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn every_call_has_an_id_of_its_own() {
    let sandbox = Sandbox::new();
    let (run, seen) = sandbox.run_at_faulty(
        &[],
        "generate fox --model doubao-seedream-5-0-pro-260628 -n 3 --response-format b64_json -q",
    );
    assert_eq!(run.code, 0, "{run}");
    let mut ids: Vec<_> = seen
        .requests
        .iter()
        .map(|request| request.header("x-client-request-id").unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn pictures_of_an_answer_that_is_cut_are_saved() {
    let sandbox = Sandbox::new();
    let (run, seen) = sandbox.run_at_faulty(
        &[Fault::HalfJson],
        &format!("{GROUP} --response-format b64_json --json -q"),
    );
    let object = run.json();
    let images = object["images"].as_array().unwrap();
    assert_eq!((run.code, seen.accepted), (4, 1), "{run}");
    assert!(!images.is_empty(), "{run}");
    assert_eq!(sandbox.files().len(), images.len());
    let failure = &object["failures"][0];
    assert_eq!(failure["code"], "outcome_unknown");
    assert_eq!(failure["index"], images.len());
    let message = failure["message"].as_str().unwrap();
    assert!(message.contains(seen.client_request_id()), "{run}");
}

#[test]
fn a_reset_within_the_answer_is_sent_once() {
    let sandbox = Sandbox::new();
    let (run, seen) = sandbox.run_at_faulty(
        &[Fault::ResetDuringAnswer],
        &format!("{GROUP} --response-format b64_json"),
    );
    // A reset takes what the system had not handed over yet: how much came differs.
    let saved = run.stdout.lines().count();
    assert_eq!(run.code, if saved == 0 { 3 } else { 4 }, "{run}");
    assert_eq!((sandbox.files().len(), seen.accepted), (saved, 1), "{run}");
    assert!(run.stderr.contains(seen.client_request_id()), "{run}");
}

#[test]
fn an_answer_that_cannot_be_read_is_kept_under_the_id_of_its_call() {
    let sandbox = Sandbox::new();
    let (run, seen) = sandbox.run_at_faulty(
        &[Fault::Html200],
        "generate fox --model gpt-image-2 -o fox.png",
    );
    assert_run!(run, @r"
        exit 1
        ----- stdout
        ----- stderr
        error: the answer (HTTP 200, 134 bytes, text/html) cannot be read: it is an HTML page; the answer is kept in imagegen-answer-ID.html
        ");
    let id = seen.client_request_id().trim_start_matches("imagegen-");
    let file = format!("imagegen-answer-{id}.html");
    assert_eq!(sandbox.files(), [&*file]);
    assert!(
        fs::read_to_string(sandbox.path(file))
            .unwrap()
            .contains("<html")
    );
}

#[test]
fn a_link_that_cannot_be_followed_is_named() {
    let sandbox = Sandbox::new();
    let (run, _) = sandbox.run_at_faulty(
        &[Fault::ExpiredUrl],
        "generate fox --model doubao-seedream-5-0-pro-260628 --json",
    );
    assert_run!(run, @r#"
        exit 1
        ----- stdout
        {"model":"doubao-seedream-5-0-pro-260628","images":[],"failures":[{"index":0,"code":"not_saved","message":"cannot download the picture from 127.0.0.1: HTTP 403; it may still be fetched from http://127.0.0.1:PORT/images/ID.jpeg?SIGNATURE"}],"usage":{"generated_images":1,"input_images":0,"output_tokens":16384,"total_tokens":16384},"cost":0.6,"request_id":"REQUEST-ID","elapsed_ms":TIME,"currency":"CNY"}
        ----- stderr
        error: cannot download the picture from 127.0.0.1: HTTP 403; it may still be fetched from http://127.0.0.1:PORT/images/ID.jpeg?SIGNATURE
        warning: the answer on doubao-seedream-5-0-pro-260628: picture 1: cannot download the picture from 127.0.0.1: HTTP 403
        no image saved in TIME, 1 failed
        "#);
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_file_may_be_replaced_but_not_a_picture_of_the_same_run() {
    for stream in ["", "--stream"] {
        for (model, several) in [
            ("gpt-image-2", "-n 3"),
            ("doubao-seedream-5-0-lite-260128", "-n 3"),
            ("doubao-seedream-5-0-lite-260128", "--max-images 3"),
        ] {
            let sandbox = Sandbox::new();
            fs::write(sandbox.path("fox.png"), "old").unwrap();
            let run = sandbox.run(&format!(
                "--emulator generate fox --model {model} {several} -o fox.png --force -q {stream}"
            ));
            assert_eq!(run.code, 0, "{run}");
            assert_eq!(
                sandbox.files(),
                ["fox-2.png", "fox-3.png", "fox.png"],
                "{run}"
            );
            assert_ne!(fs::read(sandbox.path("fox.png")).unwrap(), b"old");
        }
    }
}
