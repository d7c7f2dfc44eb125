//! What would be sent.

use crate::support::Sandbox;

#[test]
fn a_dry_run_shows_every_flag_in_the_words_of_the_wire() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("--base-url https://gateway.example generate fox --dry-run --model gpt-image-2.6-flare --size 1024x1024 -n 2 --quality max --background opaque --output-format webp --output-compression 80 --moderation low --user anna --complexity high --param 'new_one=[1, 2]'");
    assert_run!(run, @r#"
        exit 0
        ----- stdout
        {
          "method": "POST",
          "url": "https://gateway.example/v1/images/generations",
          "headers": {
            "accept": "application/json",
            "authorization": "Bearer ***",
            "content-type": "application/json"
          },
          "body": {
            "background": "opaque",
            "complexity": "high",
            "model": "gpt-image-2.6-flare",
            "moderation": "low",
            "n": 2,
            "new_one": [
              1,
              2
            ],
            "output_compression": 80,
            "output_format": "webp",
            "prompt": "fox",
            "quality": "max",
            "size": "1024x1024",
            "user": "anna"
          }
        }
        ----- stderr
        warning: new_one on gpt-image-2.6-flare: the parameter is not in the model table, so it is passed on unchecked
        "#);
    let run = sandbox.run("--base-url https://ark.example/api/v3 generate fox --dry-run --model doubao-seedream-5-0-lite-260128 --size 2k --watermark false --max-images 4 --optimize-prompt standard --web-search --response-format b64_json --output-format png --image https://example.com/1.png --image https://example.com/2.png");
    assert_run!(run, @r#"
        exit 0
        ----- stdout
        {
          "method": "POST",
          "url": "https://ark.example/api/v3/images/generations",
          "headers": {
            "accept": "application/json",
            "authorization": "Bearer ***",
            "content-type": "application/json"
          },
          "body": {
            "image": [
              "https://example.com/1.png",
              "https://example.com/2.png"
            ],
            "model": "doubao-seedream-5-0-lite-260128",
            "optimize_prompt_options": {
              "mode": "standard"
            },
            "output_format": "png",
            "prompt": "fox",
            "response_format": "b64_json",
            "sequential_image_generation": "auto",
            "sequential_image_generation_options": {
              "max_images": 4
            },
            "size": "2K",
            "tools": [
              {
                "type": "web_search"
              }
            ],
            "watermark": false
          }
        }
        ----- stderr
        "#);
    assert!(sandbox.files().is_empty());
}

#[test]
fn a_dry_run_never_shows_the_key() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .command("generate fox --dry-run --model doubao-seedream-4-5-251128 -n 3 -v")
        .env("IMAGEGEN_BASE_URL", "http://127.0.0.1:9/v1/")
        .env("IMAGEGEN_API_KEY", "sk-example-key")
        .run();
    assert_run!(run, @r#"
        exit 0
        ----- stdout
        {
          "method": "POST",
          "url": "http://127.0.0.1:PORT/v1/images/generations",
          "headers": {
            "accept": "application/json",
            "authorization": "Bearer ***",
            "content-type": "application/json"
          },
          "body": {
            "model": "doubao-seedream-4-5-251128",
            "prompt": "fox"
          },
          "calls": 3
        }
        ----- stderr
        note: the model answers with one image a call, so this would be sent 3 times
        "#);
    assert!(!run.to_string().contains("sk-example"));
}
