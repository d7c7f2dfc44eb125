//! The main job: a picture on disk.

use std::fs;

use imagegen_emulator::Fault;

use crate::support::Sandbox;

#[test]
fn the_first_picture() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("--emulator generate 'Programmer cartoon avatar' --model gpt-image-1 --size 1024x1024 -o avatar.png");
    assert_run!(run, @r"
        exit 0
        ----- stdout
        avatar.png
        ----- stderr
        note: the pictures come from the emulator inside this command, not from a model
        1 image (png 1024x1024, BYTES) in TIME
        ");
    assert_eq!(sandbox.files(), ["avatar.png"]);
    let png = fs::read(sandbox.path("avatar.png")).unwrap();
    assert_eq!(
        imagegen::Format::dimensions(&png),
        imagegen::Pixels::checked(1024, 1024)
    );
}

#[test]
fn a_tier_of_seedream() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run("--emulator generate 'a red fox' --model doubao-seedream-4-5-251128 --size 2K --json");
    assert_run!(run, @r#"
        exit 0
        ----- stdout
        {"model":"doubao-seedream-4-5-251128","images":[{"path":"a-red-fox-1.jpg","format":"jpeg","width":2048,"height":2048,"bytes":BYTES,"sha256":"SHA256","revised_prompt":null}],"failures":[],"usage":{"generated_images":1,"output_tokens":16384,"total_tokens":16384},"cost":null,"request_id":"REQUEST-ID","elapsed_ms":TIME,"emulated":true}
        ----- stderr
        note: the pictures come from the emulator inside this command, not from a model
        1 image (jpeg 2048x2048, BYTES) in TIME
        "#);
    assert_eq!(sandbox.files(), ["a-red-fox-1.jpg"]);
}

#[test]
fn what_the_server_dropped_is_told() {
    for (stream, line) in [("", ""), (" --stream", "image 1 saved: fox-1.png\n")] {
        let sandbox = Sandbox::new();
        let (run, _) = sandbox.run_at_faulty(
            &[Fault::FieldsDropped],
            &format!(
                "generate fox --model gpt-image-2 --size 816x816 --output-format webp{stream}"
            ),
        );
        let warning = "warning: output_format webp on the server: the answer has png\n";
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(
            run.stderr.starts_with(&format!("{line}{warning}1 image ")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_wrong_size_is_refused_and_nothing_is_sent() {
    let sandbox = Sandbox::new();
    let (run, requests) = sandbox.run_at_emulator(
        &[],
        "generate 'a red fox' --model doubao-seedream-4-5-251128 --size 1024x1024 -o fox.jpg",
    );
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: size 1024x1024 is not valid for doubao-seedream-4-5-251128: 1048576 pixels are below the minimum of 3686400; the nearest size it takes is 1920x1920
        ");
    assert_eq!((requests, sandbox.files().len()), (0, 0));
}

#[test]
fn a_model_without_n_is_called_n_times() {
    let sandbox = Sandbox::new();
    let (run, requests) = sandbox.run_at_emulator(
        &[],
        "generate 'a red fox' --model doubao-seedream-4-5-251128 -n 3 -o fox.jpg",
    );
    assert_run!(run, @r"
        exit 0
        ----- stdout
        fox.jpg
        fox-2.jpg
        fox-3.jpg
        ----- stderr
        3 images (jpeg 2048x2048 each) in TIME
        ");
    // Three calls, and a download of each link.
    assert_eq!(requests, 6);
    assert_eq!(sandbox.files(), ["fox-2.jpg", "fox-3.jpg", "fox.jpg"]);
}

#[test]
fn the_summary_says_what_it_cost() {
    let sandbox = Sandbox::new();
    for (line, cost) in [
        // 196 tokens at 30 dollars a million and one at 5.
        (
            "generate fox --model gpt-image-2 --size 1024x1024 --quality low",
            "; 0.005885 USD at list prices\n",
        ),
        (
            "generate fox --model doubao-seedream-5-0-pro-260628 --size 1K -n 2",
            "; 0.60 CNY at list prices\n",
        ),
        (
            "generate fox --model doubao-seedream-4-0-20260415 --max-images 3 --stream",
            "; 0.60 CNY at list prices\n",
        ),
        ("generate fox --model some-model", " s\n"),
    ] {
        let (run, _) = sandbox.run_at_emulator(&[], line);
        assert!(run.code == 0 && run.stderr.ends_with(cost), "{run}");
    }
    let run = sandbox.run("--emulator generate fox --model gpt-image-2");
    assert!(!run.stderr.contains("list prices"), "{run}");
}

#[test]
fn one_failed_call_does_not_discard_the_others() {
    let sandbox = Sandbox::new();
    let (run, _) = sandbox.run_at_emulator(
        &[Fault::Status500],
        "generate 'a red fox' --model doubao-seedream-4-5-251128 -n 2 --json -q",
    );
    assert_eq!(run.code, 4, "{run}");
    let object = run.json();
    assert_eq!(object["images"].as_array().unwrap().len(), 1);
    assert_eq!(object["failures"].as_array().unwrap().len(), 1);
    assert_eq!(sandbox.files(), ["a-red-fox-1.jpg"]);
}

#[test]
fn several_pictures_of_one_call() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run("generate 雪地里的红狐狸 --model gpt-image-2 -n 2 --emulator --out-dir new/folder");
    assert_run!(run, @r"
        exit 0
        ----- stdout
        new/folder/雪地里的红狐狸-1.png
        new/folder/雪地里的红狐狸-2.png
        ----- stderr
        note: the pictures come from the emulator inside this command, not from a model
        2 images (png 1024x1024 each) in TIME
        ");
    let run = sandbox
        .run("generate 雪地里的红狐狸 --model gpt-image-2 --emulator --out-dir new/folder -q");
    assert_run!(run, @r"
        exit 0
        ----- stdout
        new/folder/雪地里的红狐狸-3.png
        ----- stderr
        ");
}

#[test]
fn pictures_that_come_as_links_are_downloaded() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run("--emulator generate fox --model doubao-seedream-4-5-251128 --response-format url");
    assert_eq!(
        (run.code, sandbox.files()),
        (0, vec!["fox-1.jpg".to_owned()]),
        "{run}"
    );
}

#[test]
fn prompt_model_and_image_by_other_roads() {
    let sandbox = Sandbox::new();
    let first = sandbox.run("--emulator generate fox --model gpt-image-2 -o fox.png -q");
    assert_eq!(first.code, 0, "{first}");
    let run = sandbox
        .command("--emulator generate - --image fox.png --dry-run")
        .env("IMAGEGEN_MODEL", "doubao-seedream-5-0-pro-260628")
        .stdin_text("a red fox\nin snow\n")
        .run();
    let body = &run.json()["body"];
    assert_eq!(body["model"], "doubao-seedream-5-0-pro-260628");
    assert_eq!(body["prompt"], "a red fox\nin snow");
    assert!(
        body["image"]
            .as_str()
            .unwrap()
            .starts_with("data:image/png;base64,")
    );
}
