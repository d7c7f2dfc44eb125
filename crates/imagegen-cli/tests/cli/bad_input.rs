//! Bad input: one sentence, the right exit code, nothing half-written.

use std::fs;

use crate::support::{Answer, Sandbox, closed_port, server};

#[test]
fn no_base_url() {
    let sandbox = Sandbox::new();
    assert_run!(sandbox.run("generate fox --model gpt-image-2"), @r"
        exit 2
        ----- stdout
        ----- stderr
        error: no base URL: give --base-url or set IMAGEGEN_BASE_URL; --emulator works without
        ");
    let run = sandbox
        .command("generate fox --model gpt-image-2 --json")
        .env("ARK_API_KEY", "k")
        .run();
    assert_run!(run, @r#"
        exit 2
        ----- stdout
        {"error":{"kind":"usage","message":"no base URL: give --base-url or set IMAGEGEN_BASE_URL; --emulator works without; ARK_API_KEY is set, so --provider ark works too"}}
        ----- stderr
        error: no base URL: give --base-url or set IMAGEGEN_BASE_URL; --emulator works without; ARK_API_KEY is set, so --provider ark works too
        "#);
}

#[test]
fn no_key() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("generate fox --model gpt-image-2 --provider openai");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: no API key: set IMAGEGEN_API_KEY or OPENAI_API_KEY or give --api-key-file; --emulator works without
        ");
    fs::write(sandbox.path("key"), "\n").unwrap();
    let run = sandbox.run("doctor --provider openai --api-key-file key");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.ends_with("error: the key file key is empty\n"),
        "{run}"
    );
}

#[test]
fn no_model() {
    let sandbox = Sandbox::new();
    assert_run!(sandbox.run("generate fox --emulator"), @r"
        exit 2
        ----- stdout
        ----- stderr
        error: no model: give --model or set IMAGEGEN_MODEL; 'imagegen models' lists the known ids
        ");
}

#[test]
fn a_malformed_base_url() {
    let sandbox = Sandbox::new();
    for (url, sentence) in [
        (
            "gateway.example/v1",
            "error: the base URL is not valid: it is not like https://gateway.example/v1 (from --base-url)\n",
        ),
        (
            "ftp://gateway.example",
            "error: the base URL is not valid: it begins with neither https:// nor http:// (from --base-url)\n",
        ),
        (
            "https://me:secret@gateway.example",
            "error: the base URL is not valid: it carries a user name or password; the key goes apart from it (from --base-url)\n",
        ),
    ] {
        let run = sandbox
            .command(&format!(
                "generate fox --model gpt-image-2 --base-url {url}"
            ))
            .env("IMAGEGEN_API_KEY", "k")
            .run();
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (2, "", sentence)
        );
    }
}

#[test]
fn an_unreachable_host() {
    let sandbox = Sandbox::new();
    let run = sandbox.run_at(
        &closed_port(),
        "generate fox --model gpt-image-2 -o fox.png --json",
    );
    assert_run!(run, @r#"
        exit 1
        ----- stdout
        {"error":{"kind":"transport","message":"cannot connect to 127.0.0.1; nothing was sent: Connection refused","host":"127.0.0.1"}}
        ----- stderr
        error: cannot connect to 127.0.0.1; nothing was sent: Connection refused
        "#);
    let run = sandbox.run_at(
        &closed_port(),
        "generate fox --model doubao-seedream-4-5-251128 -n 5",
    );
    assert_run!(run, @r"
        exit 1
        ----- stdout
        ----- stderr
        error: image N of 5: cannot connect to 127.0.0.1; nothing was sent: Connection refused
        error: none of the 5 images came out
        ");
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_parameter_of_the_other_family() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("--emulator generate fox --model gpt-image-2 --watermark false --json");
    assert_run!(run, @r#"
        exit 2
        ----- stdout
        {"error":{"kind":"invalid_request","message":"watermark is not a parameter of gpt-image-2: leave it out","model":"gpt-image-2","param":"watermark","rule":"leave it out"}}
        ----- stderr
        error: watermark is not a parameter of gpt-image-2: leave it out
        "#);
    let run =
        sandbox.run("--emulator generate fox --model doubao-seedream-4-5-251128 --quality high");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: quality is not a parameter of doubao-seedream-4-5-251128: leave it out
        ");
}

#[test]
fn what_the_server_says_is_passed_on_without_the_key() {
    let sandbox = Sandbox::new();
    let run =
        sandbox.run("--emulator generate fox --model gpt-image-2 --watermark false --no-validate");
    assert_run!(run, @r"
        exit 1
        ----- stdout
        ----- stderr
        note: the pictures come from the emulator inside this command, not from a model
        error: the server refused a parameter (HTTP 400, code unknown_parameter, parameter watermark) (request id REQUEST-ID): watermark is not a parameter of gpt-image-2: leave it out
        ");
    let (url, server) = server(Answer::json(
        "401 Unauthorized",
        r#"{"error": {"message": "Incorrect API key provided: test-key.\nSee the docs.", "code": "invalid_api_key"}}"#,
    ));
    let run = sandbox.run_at(&url, "generate fox --model gpt-image-2");
    assert_run!(run, @r"
        exit 1
        ----- stdout
        ----- stderr
        error: the server does not accept the API key (HTTP 401, code invalid_api_key) (request id req-1): Incorrect API key provided: ***. See the docs.
        ");
    server.join().unwrap();
}

#[test]
fn files_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("folder")).unwrap();
    fs::write(sandbox.path("text.png"), "no picture").unwrap();
    for (flag, file, sentence) in [
        (
            "--image",
            "missing.png",
            "error: cannot read missing.png: No such file or directory\n",
        ),
        (
            "--image",
            "folder",
            "error: cannot read folder: Is a directory\n",
        ),
        (
            "--model-table",
            "missing.json",
            "error: cannot read missing.json: No such file or directory\n",
        ),
        (
            "--model-table",
            "text.png",
            "error: text.png: the model table does not fit its schema: expected ident at line 1 column 2\n",
        ),
        (
            "--api-key-file",
            "missing",
            "error: cannot read missing: No such file or directory\n",
        ),
    ] {
        let run = sandbox.run(&format!("generate fox --model doubao-seedream-5-0-pro-260628 {flag} {file} --base-url http://127.0.0.1:9"));
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (2, "", sentence)
        );
    }
    let run = sandbox
        .run("--emulator generate fox --model doubao-seedream-5-0-pro-260628 --image text.png");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        note: the pictures come from the emulator inside this command, not from a model
        error: text.png: image is not valid for doubao-seedream-5-0-pro-260628: it is no image the model reads (jpeg, png, webp, bmp, tiff, gif, heic, heif)
        ");
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_anything_is_sent() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("folder")).unwrap();
    fs::write(sandbox.path("fox.png"), "old").unwrap();
    fs::write(sandbox.path("two-2.png"), "old").unwrap();
    for (arguments, sentence) in [
        (
            "-o fox.png",
            "error: fox.png exists already; --force replaces it\n",
        ),
        (
            "-n 2 -o two.png",
            "error: two-2.png exists already; --force replaces it\n",
        ),
        (
            "-o missing/fox.png",
            "error: the folder missing of -o missing/fox.png does not exist\n",
        ),
        (
            "-o folder",
            "error: -o folder is a folder: name a file in it, or give --out-dir folder\n",
        ),
        (
            "-o new/",
            "error: -o new/ is a folder: name a file in it, or give --out-dir new/\n",
        ),
        (
            "-o /dev/null --force",
            "error: -o /dev/null is not a regular file\n",
        ),
        (
            "-o -",
            "error: -o - writes no picture to stdout; for a file of that name say -o ./-\n",
        ),
        (
            "--out-dir fox.png",
            "error: cannot make the folder fox.png: File exists\n",
        ),
        (
            "--out-dir /proc",
            "error: cannot write in the folder /proc: No such file or directory\n",
        ),
    ] {
        let generate = "generate fox --model gpt-image-2";
        let (run, requests) = sandbox.run_at_emulator(&[], &format!("{generate} {arguments}"));
        if run.stderr.contains("/proc") {
            // How the system words it depends on who asks.
            assert_eq!((run.code, requests), (2, 0), "{run}");
            continue;
        }
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str(), requests),
            (2, "", sentence, 0)
        );
    }
    assert_eq!(sandbox.files(), ["folder", "fox.png", "two-2.png"]);
    let run = sandbox.run("--emulator generate fox --model gpt-image-2 -o fox.png --force -q");
    assert_eq!((run.code, run.stdout.as_str()), (0, "fox.png\n"), "{run}");
    assert_ne!(fs::read(sandbox.path("fox.png")).unwrap(), b"old");
}

#[test]
fn misuse_is_an_object_too() {
    let sandbox = Sandbox::new();
    for (arguments, sentence) in [
        (
            "generate fox --sead 1",
            "unexpected argument '--sead' found",
        ),
        (
            "generate - --image - --model m",
            "PROMPT and --image cannot both be read from stdin",
        ),
        (
            "generate fox --model m --size 1K --param 'size=\"2K\"'",
            "size is given twice",
        ),
        (
            "generate fox --model m --param prompt=x",
            "--param prompt has a place of its own: PROMPT",
        ),
        (
            "--emulator generate fox --model m --base-url http://127.0.0.1:9",
            "--emulator and --base-url cannot be used together: one of them answers",
        ),
        (
            "generate fox --model m --emulator-fault html-502",
            "--emulator-fault is for the emulator of --emulator, which is not given",
        ),
        (
            "generate fox --model m --stream --param stream=true",
            "--param stream has a place of its own: --stream",
        ),
        (
            "edit fox --model m --image - --image -",
            "--image - can be given once",
        ),
        (
            "generate fox --timeout 0",
            "invalid value '0' for '--timeout <SECS>': a number of seconds above 0",
        ),
        (
            "schema request",
            "invalid value 'request' for '<NAME>' [possible values: image-request, model-table]",
        ),
    ] {
        let run = sandbox.run(&format!("{arguments} --json"));
        assert_eq!(
            (run.code, &run.json()["error"]["message"]),
            (2, &sentence.into())
        );
    }
    let run = sandbox.run("");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr.contains("Usage: imagegen [OPTIONS] <COMMAND>"),
        "{run}"
    );
}

#[test]
fn a_vendors_key_goes_to_no_gateway() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .command("--provider openai generate fox --model gpt-image-2")
        .env("IMAGEGEN_BASE_URL", "http://127.0.0.1:9")
        .env("OPENAI_API_KEY", "k")
        .run();
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: OPENAI_API_KEY is not sent to the host in IMAGEGEN_BASE_URL: set IMAGEGEN_API_KEY for it, or unset it to call OpenAI itself
        ");
}
