//! The other commands.

use std::fs;

use crate::support::{Answer, Sandbox, closed_port, server};

#[test]
fn models_are_listed_for_people_and_for_scripts() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("models");
    assert!(run.stdout.starts_with("MODEL  "), "{run}");
    assert!(
        run.stdout.lines().all(|line| line.chars().count() <= 80),
        "{run}"
    );
    let line = run
        .stdout
        .lines()
        .find(|line| line.starts_with("doubao-seedream-5-0-pro-260628 "));
    insta::assert_snapshot!(line.unwrap(), @"doubao-seedream-5-0-pro-260628     -           1     1K 1.5K 2K  0.6 CNY");
    assert!(!run.stdout.contains("dall-e-3"), "{run}");
    let all = sandbox.run("models --all");
    assert_eq!(
        all.stdout.lines().count(),
        1 + imagegen::ModelTable::builtin().models().len()
    );
    // Those that are shut down stand behind the others.
    let first: Vec<&str> = all
        .stdout
        .lines()
        .take(run.stdout.lines().count())
        .collect();
    assert!(
        first.iter().all(|line| !line.starts_with("dall-e")),
        "{all}"
    );

    let table = sandbox.run("models --json");
    assert_eq!(
        &imagegen::ModelTable::from_json(&table.stdout).unwrap(),
        imagegen::ModelTable::builtin()
    );
    fs::write(sandbox.path("table.json"), &table.stdout).unwrap();
    let again = sandbox.run("models --model-table table.json");
    assert_eq!(again.stdout, run.stdout);
}

#[test]
fn one_model_is_told_whole() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("models gpt-image-2");
    for words in [
        "quality",
        "low, medium, high",
        "a picture, at list prices",
        "source",
    ] {
        assert!(run.stdout.contains(words), "{words}: {run}");
    }
    let run = sandbox.run("models gpt-image-2 --json");
    assert_eq!(run.json()["models"][0]["id"], "gpt-image-2", "{run}");
    let run = sandbox.run("models doubao-seedream-5-0-por-260628");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: no row for doubao-seedream-5-0-por-260628; did you mean doubao-seedream-5-0-pro-260628?
        ");
}

#[test]
fn the_endpoints_list_is_held_against_the_table() {
    let sandbox = Sandbox::new();
    let list =
        r#"{"data": [{"id": "gpt-image-2"}, {"id": "openai/gpt-image-9"}, {"id": "whisper"}]}"#;
    let (url, _server) = server(Answer::json("200 OK", list));
    let run = sandbox.run_at(&url, "models --live");
    let told = |words: &str| run.stdout.lines().any(|line| line.starts_with(words));
    assert!(told("gpt-image-2: listed here, and checked"), "{run}");
    assert!(told("openai/gpt-image-9: listed here, and no row"), "{run}");
    assert!(
        told("doubao-seedream-5-0-pro-260628: not listed here"),
        "{run}"
    );
    assert!(!run.stdout.contains("whisper"), "{run}");
}

#[test]
fn schemas_are_schemas() {
    let sandbox = Sandbox::new();
    for (name, title) in [
        ("image-request", "ImageRequest"),
        ("model-table", "ModelTable"),
    ] {
        let run = sandbox.run(&format!("schema {name}"));
        assert_eq!(run.json()["title"], title, "{run}");
    }
}

#[test]
fn completions_know_the_flags() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = sandbox.run(&format!("completions {shell}"));
        assert!(
            run.code == 0 && run.stdout.contains("output-compression"),
            "{run}"
        );
    }
}

#[test]
fn the_doctor_says_what_works_and_what_does_not() {
    let sandbox = Sandbox::new();
    assert_run!(sandbox.run("doctor"), @r"
        exit 2
        ----- stdout
        provider   gateway
        base URL   missing
        API key    missing
        ----- stderr
        error: no base URL: give --base-url or set IMAGEGEN_BASE_URL; --emulator works without
        ");
    assert_run!(sandbox.run_at(&closed_port(), "doctor"), @r"
        exit 1
        ----- stdout
        provider   gateway
        base URL   http://127.0.0.1:PORT/v1 (from IMAGEGEN_BASE_URL)
        API key    present (from IMAGEGEN_API_KEY)
        asked      GET http://127.0.0.1:PORT/v1/models
        reachable  no
        ----- stderr
        error: no answer from http://127.0.0.1:PORT/v1: Connection refused
        ");
    let (run, _) = sandbox.run_at_emulator(&[], "doctor");
    assert_run!(run, @r"
        exit 0
        ----- stdout
        provider   gateway
        base URL   http://127.0.0.1:PORT/v1 (from IMAGEGEN_BASE_URL)
        API key    present (from IMAGEGEN_API_KEY)
        asked      GET http://127.0.0.1:PORT/v1/models
        reachable  yes, after TIME
        models     N listed; known here: dall-e-2, dall-e-3, gpt-image-1, gpt-image-1-mini, gpt-image-1.5 and N more
        ----- stderr
        ");
    let (url, server) = server(Answer::json(
        "401 Unauthorized",
        r#"{"error": {"message": "bad test-key"}}"#,
    ));
    let run = sandbox.run_at(&url, "doctor --json");
    server.join().unwrap();
    assert_eq!(
        (
            run.code,
            &run.json()["error"]["status"],
            &run.json()["reachable"]
        ),
        (1, &401.into(), &true.into())
    );
    assert!(!run.to_string().contains("test-key"), "{run}");
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_earns_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::new();
    fs::write(sandbox.path("key"), "test-key\n").unwrap();
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        fs::set_permissions(sandbox.path("key"), fs::Permissions::from_mode(mode)).unwrap();
        let run = sandbox.run("--base-url https://gateway.example --api-key-file key generate fox --model gpt-image-2 --dry-run");
        let warning = "warning: others can read the key in key (mode 0644): chmod 600 it\n";
        assert_eq!(
            (run.code, run.stderr.contains(warning)),
            (0, warned),
            "{run}"
        );
    }
}

#[test]
fn help_is_for_people() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("-h");
    assert_run!(run, @r#"
        exit 0
        ----- stdout
        Makes pictures with OpenAI GPT Image and ByteDance Seedream models

        Usage: imagegen [OPTIONS] <COMMAND>

        Commands:
          generate     Makes pictures from a prompt and saves them
          edit         Changes pictures, or makes new ones after them
          batch        Makes the pictures of a file of requests; running it again goes on where it stopped
          estimate     Says what 'imagegen generate' with the same flags will cost
          models       Lists the known models and what each takes
          serve        Serves the emulator until it is interrupted
          schema       Prints the JSON Schema of a file this command reads or writes
          completions  Prints the completion script of a shell
          doctor       Checks base URL, key and connection, and says what is wrong
          help         Print this message or the help of the given subcommand(s)

        Options:
          -h, --help     Print help (see more with '--help')
          -V, --version  Print version

        Connection and output:
              --provider <PROVIDER>   Who answers: decides the default base URL and whether retired models
                                      are refused [default: gateway] [possible values: gateway, openai, ark]
              --base-url <URL>        Root of the API, with or without its version [env: IMAGEGEN_BASE_URL]
              --header <NAME: VALUE>  Sends a header of your own with every request, such as 'x-team: art';
                                      repeatable
              --emulator              Starts the emulator inside this command and asks it instead: no key,
                                      no cost
              --timeout <SECS>        Limits the whole call, in seconds [default: 600]
              --api-key-file <FILE>   Reads the API key from a file, which nobody else should be able to
                                      read
              --json                  Prints one JSON object on stdout: the result, or {"error": ..}
          -q, --quiet                 Says nothing but warnings and errors
          -v, --verbose               Tells what happens on the way; never keys or prompts

        See 'imagegen --help' for examples, environment and exit codes.
        ----- stderr
        "#);
    for command in ["generate", "edit", "batch", "estimate", "serve", ""] {
        let run = sandbox.run(&format!("{command} --help"));
        assert!(run.code == 0 && run.stdout.contains("Examples:"), "{run}");
        for line in run.stdout.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}

#[test]
fn an_estimate_needs_neither_a_key_nor_a_server() {
    let sandbox = Sandbox::new();
    assert_run!(sandbox.run("--provider openai estimate fox --model gpt-image-2 --size 1024x1024 --quality low"), @r"
        exit 0
        ----- stdout
        0.00588 to 0.005895 USD
        ----- stderr
        for 1 image, at list prices (third parties, 2026)
        ");
    assert_run!(sandbox.run("estimate fox --model doubao-seedream-5-0-pro-260628 --size 1K -n 3 --json"), @r#"
        exit 0
        ----- stdout
        {"model":"doubao-seedream-5-0-pro-260628","currency":"CNY","least":0.9,"most":0.9,"images":{"least":3,"most":3},"calls":3,"source":"Volcengine price page 82379/1544106, 2026-09-30 and 2026-10"}
        ----- stderr
        for 3 images in 3 calls, at list prices (Volcengine price page 82379/1544106, 2026-09-30 and 2026-10); a gateway may charge otherwise
        "#);
    assert_run!(sandbox.run("estimate fox --model gpt-image-2 --size 10x10"), @r"
        exit 2
        ----- stdout
        ----- stderr
        error: size 10x10 is not valid for gpt-image-2: 100 pixels are below the minimum of 655360; the nearest size it takes is 816x816
        ");
    assert_run!(sandbox.run("estimate fox --model doubao-seedream-5-5-261028 --json"), @r#"
        exit 1
        ----- stdout
        {"error":{"kind":"no_price","message":"no price of doubao-seedream-5-5-261028 is known; --model-table can bring one","model":"doubao-seedream-5-5-261028"}}
        ----- stderr
        error: no price of doubao-seedream-5-5-261028 is known; --model-table can bring one
        "#);
    assert!(sandbox.files().is_empty());
}
