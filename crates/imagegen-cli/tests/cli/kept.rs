//! What is paid for is kept and told of, whatever the server or the system does.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Answer, PIXEL_BASE64, Run, Sandbox, pixel, stub};

fn sandbox(jobs: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    let lines: String = (0..jobs)
        .map(|number| {
            json!({"model": "custom", "prompt": format!("fox {number}")}).to_string() + "\n"
        })
        .collect();
    fs::write(sandbox.path("jobs.jsonl"), lines).unwrap();
    sandbox
}

/// The pictures in the folder.
fn pictures(sandbox: &Sandbox) -> usize {
    let files = sandbox.files();
    files.iter().filter(|file| file.ends_with(".png")).count()
}

fn states(sandbox: &Sandbox) -> Vec<Value> {
    let journal = fs::read_to_string(sandbox.path("out/imagegen-batch.jsonl")).unwrap();
    journal
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["state"].take())
        .collect()
}

const BATCH: &str = "batch jobs.jsonl --out-dir out --no-validate";

#[test]
fn a_job_without_a_picture_is_not_done() {
    for body in [
        json!({"data": []}),
        json!({"created": 1}),
        json!({"data": [{"b64_json": ""}]}),
        json!({"data": [{"b64_json": null}]}),
    ] {
        let sandbox = sandbox(1);
        let text = body.to_string();
        let (url, posts) = stub(move |_, _| Answer::json("200 OK", &text));
        let run = sandbox.run_at(&url, BATCH);
        assert_eq!(run.code, 3, "{body}: {run}");
        assert!(
            states(&sandbox).iter().all(|state| state != "done"),
            "{body}"
        );
        // It may have been billed: it is not made again.
        let run = sandbox.run_at(&url, BATCH);
        assert_eq!(
            (run.code, posts.load(Ordering::SeqCst)),
            (3, 1),
            "{body}: {run}"
        );
    }
}

#[test]
fn a_link_that_brought_nothing_is_tried_again_and_the_job_is_not() {
    let sandbox = sandbox(1);
    let base = std::sync::Arc::new(Mutex::new(String::new()));
    let there = std::sync::Arc::new(Mutex::new(false));
    let (known, open) = (base.clone(), there.clone());
    let (url, _) = stub(move |_, request| {
        if request.starts_with("POST") {
            return Answer::link(&format!("{}/a.png?sig=q7x", known.lock().unwrap()));
        }
        match *open.lock().unwrap() {
            true => Answer::picture_file(),
            false => Answer::new("403 Forbidden", "text/plain", "no"),
        }
    });
    base.lock().unwrap().clone_from(&url);
    for _ in 0..2 {
        let run = sandbox.run_at(&url, BATCH);
        assert_eq!(run.code, 1, "{run}");
        assert!(run.stderr.contains("a.png?sig=q7x"), "{run}");
        assert_eq!(states(&sandbox).last().unwrap(), "links");
    }
    *there.lock().unwrap() = true;
    let run = sandbox.run_at(&url, BATCH);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "out/fox-0-1.png\n"),
        "{run}"
    );
    assert_eq!(states(&sandbox).last().unwrap(), "done");
    let sent = states(&sandbox)
        .iter()
        .filter(|state| *state == "sent")
        .count();
    assert_eq!(sent, 1);
}

#[test]
fn a_rate_limit_slows_all_jobs_and_fails_none() {
    let sandbox = sandbox(8);
    let taken = Mutex::new(Vec::<Instant>::new());
    let (url, _) = stub(move |_, _| {
        let mut taken = taken.lock().unwrap();
        taken.retain(|at| at.elapsed() < Duration::from_millis(700));
        if taken.len() < 3 {
            taken.push(Instant::now());
            return Answer::picture();
        }
        let body = json!({"error": {"message": "slow down", "code": "rate_limit_exceeded"}});
        Answer::json("429 Too Many Requests", &body.to_string())
    });
    let line = format!("{BATCH} --concurrency 8 --json");
    let run = sandbox.run_at(&url, &line);
    assert_eq!((run.code, &run.json()["done"]), (0, &json!(8)), "{run}");
    assert_eq!(pictures(&sandbox), 8);
}

#[test]
fn a_rate_limit_slows_the_calls_of_one_request() {
    let sandbox = Sandbox::new();
    let taken = Mutex::new(Vec::<Instant>::new());
    let (url, _) = stub(move |_, _| {
        let mut taken = taken.lock().unwrap();
        taken.retain(|at| at.elapsed() < Duration::from_millis(500));
        if taken.is_empty() {
            taken.push(Instant::now());
            return Answer::picture();
        }
        Answer::json("429 Too Many Requests", "{}")
            .with_header("x-ratelimit-remaining-requests: 0")
            .with_header("x-ratelimit-reset-requests: 300ms")
    });
    let line = "generate fox --model doubao-seedream-5-0-pro-260628 -n 5 --no-validate";
    let run = sandbox.run_at(&url, line);
    assert_eq!((run.code, pictures(&sandbox)), (0, 5), "{run}");
}

#[test]
fn a_link_that_drips_ends_with_the_time() {
    let sandbox = sandbox(1);
    let base = std::sync::Arc::new(Mutex::new(String::new()));
    let known = base.clone();
    let (url, posts) = stub(move |_, request| match request.starts_with("POST") {
        true => Answer::link(&format!("{}/a.png", known.lock().unwrap())),
        false => Answer::Begun(
            b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 9000\r\n\r\n\x89PNG"
                .to_vec(),
        ),
    });
    base.lock().unwrap().clone_from(&url);
    let run = sandbox.run_at(&url, &format!("{BATCH} --timeout 2"));
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("/a.png"), "{run}");
    assert_eq!(states(&sandbox).last().unwrap(), "links");
    assert!(posts.load(Ordering::SeqCst) < 5);
}

#[test]
fn a_rate_limit_without_end_ends_with_the_time() {
    let sandbox = sandbox(3);
    let (url, posts) = stub(|_, _| {
        let body = json!({"error": {"message": "slow down", "code": "rate_limit_exceeded"}});
        Answer::json("429 Too Many Requests", &body.to_string())
    });
    let run = sandbox.run_at(&url, &format!("{BATCH} --timeout 2 --json"));
    assert_eq!(run.code, 1, "{run}");
    let object = run.json();
    assert_eq!(
        (&object["failed"], &object["unknown"]),
        (&json!(3), &json!(0))
    );
    assert!(posts.load(Ordering::SeqCst) < 20);
}

#[test]
fn a_budget_counts_whatever_jobs_were_made_in_the_folder() {
    let sandbox = Sandbox::new();
    let job = |prompt| {
        json!({"model": "gpt-image-2", "prompt": prompt, "size": "1024x1024", "quality": "low"})
            .to_string()
    };
    let line = "batch jobs.jsonl --out-dir out --budget 0.0080";
    fs::write(sandbox.path("jobs.jsonl"), job("a fox")).unwrap();
    let (run, requests) = sandbox.run_at_emulator(&[], line);
    assert_eq!((run.code, requests), (0, 1), "{run}");
    fs::write(sandbox.path("jobs.jsonl"), job("an owl")).unwrap();
    let (run, requests) = sandbox.run_at_emulator(&[], line);
    assert_eq!((run.code, requests), (1, 0), "{run}");
}

#[test]
fn another_input_or_endpoint_makes_another_job() {
    let sandbox = Sandbox::new();
    let job = json!({"model": "custom", "prompt": "hat", "image": "fox.png"});
    fs::write(sandbox.path("jobs.jsonl"), job.to_string()).unwrap();
    let png = pixel();
    fs::write(sandbox.path("fox.png"), &png).unwrap();
    let (first, posts) = stub(|_, _| Answer::picture());
    for expected in [1, 1] {
        assert_eq!(sandbox.run_at(&first, BATCH).code, 0);
        assert_eq!(posts.load(Ordering::SeqCst), expected);
    }
    fs::write(sandbox.path("fox.png"), [png.as_slice(), b"\0"].concat()).unwrap();
    assert_eq!(sandbox.run_at(&first, BATCH).code, 0);
    assert_eq!(posts.load(Ordering::SeqCst), 2);
    let (other, posts) = stub(|_, _| Answer::picture());
    assert_eq!(sandbox.run_at(&other, BATCH).code, 0);
    assert_eq!(posts.load(Ordering::SeqCst), 1);
}

#[test]
fn the_key_is_masked_in_every_member_and_in_the_journal() {
    const KEY: &str = "sk-test-0123456789";
    let refusal = |key: &str| {
        let body = json!({"error": {"message": format!("bad {key}"), "code": format!("c-{key}"),
            "param": key}});
        Answer::json("400 Bad Request", &body.to_string())
            .with_header(&format!("x-oneapi-request-id: {key}"))
    };
    let sandbox = sandbox(1);
    let (url, _) = stub(move |_, _| refusal(KEY));
    for line in [
        "generate fox --model custom --json --no-validate".to_owned(),
        format!("{BATCH} --json"),
        "doctor --json".to_owned(),
        "models --live --json".to_owned(),
    ] {
        let run = sandbox
            .command(&line)
            .env("IMAGEGEN_BASE_URL", &url)
            .env("IMAGEGEN_API_KEY", KEY)
            .run();
        assert_ne!(run.code, 0, "{run}");
        assert!(!run.to_string().contains("0123456789"), "{run}");
        assert!(run.stdout.contains("***"), "{run}");
    }
    let journal = fs::read_to_string(sandbox.path("out/imagegen-batch.jsonl")).unwrap();
    assert!(!journal.contains("0123456789"), "{journal}");

    // A short one blots out no words.
    let (url, _) = stub(|_, _| {
        let body = json!({"error": {"message": "no key of that kind"}});
        Answer::json("401 Unauthorized", &body.to_string())
    });
    let run = sandbox
        .command("generate fox --model custom --no-validate")
        .env("IMAGEGEN_BASE_URL", &url)
        .env("IMAGEGEN_API_KEY", "key")
        .run();
    assert!(
        run.stderr.contains("API key") && run.stderr.contains("no key of"),
        "{run}"
    );
}

#[test]
fn a_key_over_plain_http_is_warned_of_however_the_url_is_spelled() {
    let sandbox = Sandbox::new();
    for url in [
        "HTTP://gateway.invalid/v1",
        " http://gateway.invalid/v1",
        "http:\\\\gateway.invalid/v1",
        "http://127.0.0.1.gateway.invalid/v1",
    ] {
        let run = sandbox
            .command("generate fox --model custom --no-validate --timeout 3")
            .env("IMAGEGEN_BASE_URL", url)
            .env("IMAGEGEN_API_KEY", "test-key")
            .run();
        assert!(run.stderr.contains("unencrypted"), "{url}: {run}");
    }
}

#[test]
fn a_million_failures_are_told_in_part() {
    const COUNT: usize = 20_000;
    let sandbox = Sandbox::new();
    let items = vec!["{}"; COUNT].join(",");
    let body = format!(r#"{{"data": [{{"b64_json": "{PIXEL_BASE64}"}},{items}]}}"#);
    let (url, _) = stub(move |_, _| Answer::json("200 OK", &body));
    let run = sandbox.run_at(&url, "generate fox --model custom --no-validate --json");
    let object = run.json();
    assert_eq!(
        (run.code, object["failures"].as_array().unwrap().len()),
        (4, 1000)
    );
    assert_eq!(object["failures_left_out"], COUNT - 1000);
    assert!(run.stderr.lines().count() < 1100);
}

#[test]
fn what_stands_around_a_key_or_a_job_is_no_part_of_it() {
    let sandbox = Sandbox::new();
    fs::write(
        sandbox.path("jobs.jsonl"),
        "\u{feff}{\"prompt\": \"fox\", \"model\": \"custom\"}\r\n",
    )
    .unwrap();
    let (url, _) = stub(|_, request| {
        let right = request.contains("authorization: Bearer test-key\r\n")
            && request.contains("x-team: art: deco\r\n")
            && request.contains("openai-organization: org-1\r\n")
            && request.contains("openai-project: proj-1\r\n");
        match right {
            true => Answer::picture(),
            false => Answer::json("400 Bad Request", "{}"),
        }
    });
    let run = sandbox
        .command(&format!(
            "{BATCH} --provider openai --header 'x-team: art: deco'"
        ))
        .env("OPENAI_BASE_URL", &url)
        .env("OPENAI_API_KEY", " Bearer test-key")
        .env("OPENAI_ORG_ID", "org-1")
        .env("OPENAI_PROJECT_ID", "proj-1")
        .run();
    assert_eq!(run.code, 0, "{run}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_run_left_is_taken_away_by_the_next() {
    let sandbox = Sandbox::new();
    // One picture has come and the next one does not end.
    let body = format!(
        r#"{{"data": [{{"b64_json": "{}"#,
        "iVBORw0KGgo".repeat(100_000)
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len() + 1000
    );
    let (url, _) = stub(move |number, _| match number {
        0 => Answer::Begun(format!("{head}{body}").into_bytes()),
        _ => Answer::picture(),
    });
    let is_part = |name: &String| name.ends_with(".part");
    let line = format!("generate fox --model custom --no-validate --base-url {url}");
    let mut child = sandbox.spawn(&line);
    while !sandbox.files().iter().any(is_part) {
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(sandbox.files().iter().any(is_part));
    let run = sandbox.run_at(&url, &line);
    assert_eq!(
        (run.code, sandbox.files()),
        (0, vec!["fox-1.png".to_owned()]),
        "{run}"
    );
}

#[cfg(unix)]
mod limits {
    use super::*;

    fn shell(sandbox: &Sandbox, script: &str, url: &str, line: &str) -> Run {
        sandbox.run_in_shell(script, &format!("{line} --base-url {url}"))
    }

    #[test]
    fn a_journal_that_cannot_be_written_loses_nothing() {
        let sandbox = sandbox(12);
        let (url, posts) =
            stub(|_, _| Answer::picture().after(|| std::thread::sleep(Duration::from_millis(50))));
        let run = shell(&sandbox, "ulimit -f 2; exec \"$0\" \"$@\"", &url, BATCH);
        let made = posts.load(Ordering::SeqCst);
        assert!(made < 12 && run.code != 0 && run.code < 128, "{run}");
        assert_eq!(pictures(&sandbox), made, "{run}");
        assert!(
            run.stderr.contains("imagegen-batch.jsonl: File too large"),
            "{run}"
        );
        // What the journal could not be told is not made again.
        let again = shell(&sandbox, "exec \"$0\" \"$@\"", &url, BATCH);
        assert!(posts.load(Ordering::SeqCst) <= 12, "{again}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_stdout_that_is_full_loses_nothing() {
        let sandbox = sandbox(6);
        let (url, posts) =
            stub(|_, _| Answer::picture().after(|| std::thread::sleep(Duration::from_millis(50))));
        let run = shell(&sandbox, "exec \"$0\" \"$@\" > /dev/full", &url, BATCH);
        let made = posts.load(Ordering::SeqCst);
        assert_eq!((run.code, pictures(&sandbox)), (1, made), "{run}");
        let told = run
            .stderr
            .lines()
            .filter(|line| line.contains("saved: out/fox"))
            .count();
        assert_eq!(told, made, "{run}");
    }

    #[test]
    fn a_limit_on_files_is_an_error_and_no_end() {
        let sandbox = Sandbox::new();
        let run = sandbox.run_in_shell(
            "ulimit -f 8; exec \"$0\" \"$@\"",
            "--emulator generate fox --model gpt-image-2 -o fox.png -q",
        );
        assert_eq!(run.code, 1, "{run}");
        assert!(run.stderr.contains("File too large"), "{run}");
        assert!(sandbox.files().is_empty(), "{:?}", sandbox.files());
    }

    #[test]
    fn a_wide_batch_lives_with_few_open_files() {
        let sandbox = Sandbox::new();
        let lines: String = (0..64)
            .map(|number| {
                json!({"model": "custom", "prompt": format!("fox {number}"), "n": 10}).to_string()
                    + "\n"
            })
            .collect();
        fs::write(sandbox.path("jobs.jsonl"), lines).unwrap();
        let items = vec![format!(r#"{{"b64_json": "{PIXEL_BASE64}"}}"#); 10].join(",");
        let body = format!(r#"{{"data": [{items}]}}"#);
        let (url, _) = stub(move |_, _| Answer::json("200 OK", &body));
        let line = format!("{BATCH} --concurrency 64 -q");
        let run = shell(&sandbox, "ulimit -n 256; exec \"$0\" \"$@\"", &url, &line);
        assert_eq!((run.code, pictures(&sandbox)), (0, 640), "{}", run.stderr);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_input_without_end_is_not_read_without_end() {
        let sandbox = Sandbox::new();
        for line in [
            "generate fox --model custom --image /dev/zero",
            "generate fox --model custom --api-key-file /dev/zero",
            "models --model-table /dev/zero",
        ] {
            let run = sandbox.run_at("http://127.0.0.1:1/v1", line);
            assert_eq!(run.code, 2, "{run}");
            assert!(run.stderr.contains("goes on beyond"), "{run}");
        }
    }
}
