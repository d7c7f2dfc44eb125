//! Pictures as they come.

use imagegen_emulator::Fault;

use crate::support::Sandbox;

const GROUP: &str = "generate 'four seasons' --model doubao-seedream-5-0-lite-260128 --max-images 3 --size 2K --stream";

#[test]
fn previews_are_told_and_dropped() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(
        "--emulator generate 'a red fox' --model gpt-image-2 --stream --partial-images 2 -o fox.png",
    );
    assert_run!(run, @r"
        exit 0
        ----- stdout
        fox.png
        ----- stderr
        note: the pictures come from the emulator inside this command, not from a model
        preview 1 of image 1
        preview 2 of image 1
        image 1 saved: fox.png
        1 image (png 1024x1024, BYTES) in TIME
        ");
    assert_eq!(sandbox.files(), ["fox.png"]);
}

#[test]
fn previews_are_kept_if_asked_for() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(
        "--emulator generate 'a red fox' --model gpt-image-2 --stream --partial-images 2 --save-partials --json --out-dir out",
    );
    assert_run!(run, @r#"
        exit 0
        ----- stdout
        {"model":"gpt-image-2","images":[{"path":"out/a-red-fox-1.png","format":"png","width":1024,"height":1024,"bytes":BYTES,"sha256":"SHA256","revised_prompt":null}],"failures":[],"usage":{"input_image_tokens":0,"input_text_tokens":3,"input_tokens":3,"output_tokens":396,"total_tokens":399},"cost":null,"request_id":"REQUEST-ID","elapsed_ms":TIME,"partials":[{"path":"out/a-red-fox-1-partial-1.png","index":0,"partial_index":0,"format":"png","width":1024,"height":1024,"bytes":BYTES},{"path":"out/a-red-fox-1-partial-2.png","index":0,"partial_index":1,"format":"png","width":1024,"height":1024,"bytes":BYTES}],"emulated":true}
        ----- stderr
        note: the pictures come from the emulator inside this command, not from a model
        preview 1 of image 1 saved: out/a-red-fox-1-partial-1.png
        preview 2 of image 1 saved: out/a-red-fox-1-partial-2.png
        image 1 saved: out/a-red-fox-1.png
        1 image (png 1024x1024, BYTES) in TIME
        "#);
    assert_eq!(
        sandbox.files(),
        [
            "out",
            "out/a-red-fox-1-partial-1.png",
            "out/a-red-fox-1-partial-2.png",
            "out/a-red-fox-1.png"
        ]
    );
}

#[test]
fn a_group_is_saved_picture_by_picture() {
    let sandbox = Sandbox::new();
    let (run, seen) = sandbox.run_at_faulty(&[], GROUP);
    assert_run!(run, @r"
        exit 0
        ----- stdout
        four-seasons-1.jpg
        four-seasons-2.jpg
        four-seasons-3.jpg
        ----- stderr
        image 1 of up to 3 saved: four-seasons-1.jpg
        image 2 of up to 3 saved: four-seasons-2.jpg
        image 3 of up to 3 saved: four-seasons-3.jpg
        3 images (jpeg 2048x2048 each) in TIME
        ");
    assert_eq!(
        sandbox.files(),
        [
            "four-seasons-1.jpg",
            "four-seasons-2.jpg",
            "four-seasons-3.jpg"
        ]
    );
    let body = seen.requests[0].json().unwrap();
    assert_eq!(body["stream"], true);
}

#[test]
fn a_failed_picture_does_not_end_the_stream() {
    let sandbox = Sandbox::new();
    let (run, seen) = sandbox.run_at_faulty(&[Fault::StreamPartialFailed], GROUP);
    assert_run!(run, @r"
        exit 4
        ----- stdout
        four-seasons-2.jpg
        four-seasons-3.jpg
        ----- stderr
        error: image 1 failed: OutputImageSensitiveContentDetected: the output image may contain sensitive information
        image 2 of up to 3 saved: four-seasons-2.jpg
        image 3 of up to 3 saved: four-seasons-3.jpg
        2 images (jpeg 2048x2048 each) in TIME, 1 failed
        ");
    assert_eq!(seen.accepted, 1);
}

#[test]
fn a_stream_that_is_cut_keeps_what_it_brought() {
    let sandbox = Sandbox::new();
    let (run, seen) = sandbox.run_at_faulty(
        &[Fault::StreamNoCompleted],
        &format!("{GROUP} --response-format b64_json -o tree.jpg"),
    );
    assert_eq!((run.code, seen.accepted), (4, 1), "{run}");
    assert!(
        run.stderr.contains("may have been carried out and billed"),
        "{run}"
    );
    let id = seen.client_request_id();
    assert!(run.stderr.contains(id), "{id}: {run}");
    let saved: Vec<&str> = run.stdout.lines().collect();
    let mut files = sandbox.files();
    files.sort_by_key(String::len);
    assert_eq!(files, saved);
}

#[test]
fn several_calls_stream_side_by_side() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(
        "--emulator generate fox --model doubao-seedream-5-0-lite-260128 -n 2 --stream -o fox.jpg --force",
    );
    assert_eq!(run.code, 0, "{run}");
    for image in [
        "image 1 of 2 saved: fox.jpg\n",
        "image 2 of 2 saved: fox-2.jpg\n",
    ] {
        assert!(run.stderr.contains(image), "{run}");
    }
    assert_eq!(sandbox.files(), ["fox-2.jpg", "fox.jpg"]);
}

#[test]
fn what_does_not_stream_is_refused() {
    let sandbox = Sandbox::new();
    let run =
        sandbox.run("--emulator generate fox --model doubao-seedream-5-0-pro-260628 --stream");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: stream is not a parameter of doubao-seedream-5-0-pro-260628: the model answers in one piece
        ");
    let run =
        sandbox.run("--emulator generate fox --model gpt-image-2 --stream --partial-images 4");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: partial_images 4 is not valid for gpt-image-2: a whole number from 0 to 3
        ");
    let run = sandbox.run("--emulator generate fox --model gpt-image-2 --partial-images 1 --json");
    assert_run!(run, @r#"
        exit 2
        ----- stdout
        {"error":{"kind":"usage","message":"the following required arguments were not provided: --stream"}}
        ----- stderr
        error: the following required arguments were not provided:
          --stream

        Usage: imagegen generate --stream --model <ID> --partial-images <COUNT> --json <PROMPT>

        For more information, try '--help'.
        "#);
    let run = sandbox
        .run("--emulator generate fox --model gpt-image-2 --stream --save-partials --json -q");
    assert_eq!(run.code, 2, "{run}");
}

#[test]
fn a_dry_run_shows_the_stream() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run("--emulator generate fox --model gpt-image-2 --stream --partial-images 3 --dry-run");
    let object = run.json();
    assert_eq!(object["body"]["stream"], true);
    assert_eq!(object["body"]["partial_images"], 3);
    assert_eq!(
        object["headers"]["accept"],
        "text/event-stream, application/json"
    );
}

#[cfg(unix)]
#[test]
fn stdout_may_go_away_while_pictures_come() {
    let sandbox = Sandbox::new();
    let run = sandbox.run_in_shell(
        "{ \"$0\" \"$@\"; echo \"exit $?\" >&2; } | head -n 1",
        &format!("--emulator -q {GROUP}"),
    );
    assert_eq!(run.stdout, "four-seasons-1.jpg\n");
    assert!(run.stderr.ends_with("exit 0\n"), "{run}");
    assert_eq!(sandbox.files().len(), 3);
}
