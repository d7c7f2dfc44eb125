//! Pictures that change.

use std::fs;

use imagegen_emulator::RecordedPart;

use crate::support::Sandbox;

/// A sandbox with a picture, another and a mask.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for (file, flags) in [
        ("fox.png", ""),
        ("hat.jpg", "--output-format jpeg"),
        ("mask.png", "--background transparent"),
    ] {
        let run = sandbox.run(&format!(
            "--emulator generate fox --model gpt-image-2.5-flare --size 1024x1024 -o {file} -q {flags}"
        ));
        assert_eq!(run.code, 0, "{run}");
    }
    sandbox
}

fn parts(parts: &[RecordedPart]) -> Vec<String> {
    parts
        .iter()
        .map(|part| match (&part.file_name, &part.content_type) {
            (Some(file), Some(kind)) => format!("{}: {file} ({kind})", part.name),
            _ => format!("{}: {}", part.name, String::from_utf8_lossy(&part.bytes)),
        })
        .collect()
}

#[test]
fn one_picture() {
    let sandbox = sandbox();
    let (run, seen) = sandbox.run_at_faulty(
        &[],
        "edit 'put a hat on the fox' --model gpt-image-2.5-flare --image fox.png -o hatted.png",
    );
    assert_run!(run, @r"
        exit 0
        ----- stdout
        hatted.png
        ----- stderr
        1 image (png 1024x1024, BYTES) in TIME
        ");
    assert_eq!(seen.requests[0].path, "/v1/images/edits");
    insta::assert_snapshot!(parts(seen.requests[0].parts()).join("\n"), @r"
        model: gpt-image-2.5-flare
        prompt: put a hat on the fox
        image: fox.png (image/png)
        ");
}

#[test]
fn two_pictures_and_a_mask() {
    let sandbox = sandbox();
    let (run, seen) = sandbox.run_at_faulty(
        &[],
        "edit 'put the hat on the fox' --model gpt-image-2.5-flare --image fox.png --image hat.jpg --mask mask.png --quality low -n 2 --stream --partial-images 1 --out-dir out",
    );
    assert_run!(run, @r"
        exit 0
        ----- stdout
        out/put-the-hat-on-the-fox-1.png
        out/put-the-hat-on-the-fox-2.png
        ----- stderr
        preview 1 of image 1
        image 1 of 2 saved: out/put-the-hat-on-the-fox-1.png
        preview 1 of image 2
        image 2 of 2 saved: out/put-the-hat-on-the-fox-2.png
        2 images (png 1024x1024 each) in TIME
        ");
    insta::assert_snapshot!(parts(seen.requests[0].parts()).join("\n"), @r"
        model: gpt-image-2.5-flare
        n: 2
        partial_images: 1
        prompt: put the hat on the fox
        quality: low
        stream: true
        image[]: fox.png (image/png)
        image[]: hat.jpg (image/jpeg)
        mask: mask.png (image/png)
        ");
}

#[test]
fn a_picture_from_stdin_or_by_its_id() {
    let sandbox = sandbox();
    let run = sandbox.run_in_shell(
        "\"$0\" \"$@\" < fox.png",
        "--emulator edit fox --model gpt-image-2 --image - -o new.png -q",
    );
    assert_eq!((run.code, run.stdout.as_str()), (0, "new.png\n"), "{run}");
    let run = sandbox.run(
        "--emulator edit fox --model gpt-image-2 --image file-abc123 --image https://example.com/1.png --dry-run",
    );
    insta::assert_snapshot!(run.json()["body"].to_string(), @r#"{"images":[{"file_id":"file-abc123"},{"image_url":"https://example.com/1.png"}],"model":"gpt-image-2","prompt":"fox"}"#);
    // A file of that name is a file, and a name with an extension is no id.
    fs::copy(sandbox.path("fox.png"), sandbox.path("file-abc123")).unwrap();
    let run = sandbox.run("--emulator edit fox --model gpt-image-2 --image file-abc123 --dry-run");
    assert_eq!(
        run.json()["body"]["files"][0]["filename"],
        "file-abc123.png",
        "{run}"
    );
    let run = sandbox.run("--emulator edit fox --model gpt-image-2 --image file-fox.png");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: cannot read file-fox.png: No such file or directory
        ");
}

#[test]
fn a_mask_that_does_not_fit_is_refused_by_its_name() {
    let sandbox = sandbox();
    let small = sandbox.run(
        "--emulator generate fox --model gpt-image-2.5-flare --size 1536x1024 --background transparent -o small.png -q",
    );
    assert_eq!(small.code, 0, "{small}");
    for (mask, sentence) in [
        (
            "fox.png",
            "error: fox.png: mask is not valid for gpt-image-2: it has no alpha channel; what is transparent in it is changed\n",
        ),
        (
            "hat.jpg",
            "error: hat.jpg: mask is not valid for gpt-image-2: a mask is a PNG\n",
        ),
        (
            "small.png",
            "error: small.png: mask of 1536x1024 pixels is not valid for gpt-image-2: it is as large as the first image, 1024x1024\n",
        ),
        (
            "none.png",
            "error: cannot read none.png: No such file or directory\n",
        ),
    ] {
        let (run, requests) = sandbox.run_at_emulator(
            &[],
            &format!("edit fox --model gpt-image-2 --image fox.png --mask {mask}"),
        );
        assert_eq!(
            (run.code, run.stderr.as_str(), requests),
            (2, sentence, 0),
            "{mask}"
        );
    }
}

#[test]
fn seedream_gets_a_generation_with_references() {
    let sandbox = sandbox();
    let model = "--model doubao-seedream-5-0-pro-260628";
    let (run, seen) = sandbox.run_at_faulty(
        &[],
        &format!("edit 'turn day into night' {model} --image fox.png --image hat.jpg"),
    );
    assert_run!(run, @r"
        exit 0
        ----- stdout
        turn-day-into-night-1.jpg
        ----- stderr
        1 image (jpeg 2048x2048, BYTES) in TIME
        ");
    assert_eq!(seen.requests[0].path, "/v1/images/generations");
    assert_eq!(
        seen.requests[0].json().unwrap()["image"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    // At Ark an endpoint can have any name.
    let run = sandbox.run(
        "--provider ark edit x --model my-endpoint --image https://example.com/1.png --dry-run",
    );
    assert!(
        run.json()["url"]
            .as_str()
            .unwrap()
            .ends_with("/images/generations"),
        "{run}"
    );
    for (flag, sentence) in [
        (
            "--mask mask.png",
            "error: --mask is not for doubao-seedream-5-0-pro-260628: Seedream models go by reference images alone\n",
        ),
        (
            "--input-fidelity high",
            "error: --input-fidelity is not for doubao-seedream-5-0-pro-260628: Seedream models go by reference images alone\n",
        ),
        (
            "--image file-abc123",
            "error: cannot read file-abc123: No such file or directory\n",
        ),
    ] {
        let run = sandbox.run(&format!("--emulator edit x {model} --image fox.png {flag}"));
        assert_eq!((run.code, run.stderr.as_str()), (2, sentence));
    }
}

#[test]
fn slips_of_an_edit() {
    let sandbox = sandbox();
    let run = sandbox.run("--emulator generate fox --model gpt-image-2 --image fox.png");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: image is not a parameter of gpt-image-2: generations take none; edits do
        hint: 'imagegen edit' takes images
        ");
    let run = sandbox.run("--emulator edit fox --model gpt-image-2");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: the following required arguments were not provided:
          --image <FILE|URL|ID>

        Usage: imagegen edit --image <FILE|URL|ID> --model <ID> <PROMPT>

        For more information, try '--help'.
        ");
    let run = sandbox.run("edit fox --model gpt-image-2 --image - --mask - --json -q");
    assert_run!(run, @r#"
        exit 2
        ----- stdout
        {"error":{"kind":"usage","message":"--mask and --image cannot both be read from stdin"}}
        ----- stderr
        error: --mask and --image cannot both be read from stdin
        "#);
    let run = sandbox
        .run("--emulator edit fox --model gpt-image-2 --image fox.png --input-fidelity most");
    assert_run!(run, @r#"
        exit 2
        ----- stdout
        ----- stderr
        error: input_fidelity "most" is not valid for gpt-image-2: one of high, low
        "#);
}
