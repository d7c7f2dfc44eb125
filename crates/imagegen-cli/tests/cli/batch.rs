//! A file of jobs, made once, whatever happens.

use std::fs;
#[cfg(unix)]
use std::time::Duration;

#[cfg(unix)]
use imagegen_emulator::Emulator;
use imagegen_emulator::Fault;
use serde_json::json;

use crate::support::{Run, Sandbox};
#[cfg(unix)]
use crate::support::{Served, signal, wait_for_words};

/// A line for each prompt.
fn jobs(prompts: &[&str]) -> String {
    prompts
        .iter()
        .map(|prompt| {
            let job = json!({"model": "gpt-image-2", "prompt": prompt, "size": "1024x1024",
                "quality": "low"});
            job.to_string() + "\n"
        })
        .collect()
}

fn sandbox(jobs: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("jobs.jsonl"), jobs).unwrap();
    sandbox
}

fn sorted(run: &Run) -> Vec<&str> {
    let mut lines: Vec<_> = run.stdout.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_job_is_made_once() {
    let sandbox = sandbox(&jobs(&["fox", "owl", "fox"]));
    let (run, requests) = sandbox.run_at_emulator(&[], "batch jobs.jsonl --out-dir out");
    assert_eq!((run.code, requests), (0, 3), "{run}");
    assert_eq!(
        sorted(&run),
        ["out/fox-1.png", "out/fox-2.png", "out/owl-1.png"]
    );
    let journal = fs::read_to_string(sandbox.path("out/imagegen-batch.jsonl")).unwrap();
    assert!(!journal.contains("fox\""), "{journal}");

    let (run, requests) = sandbox.run_at_emulator(&[], "batch jobs.jsonl --out-dir out");
    assert_eq!(
        (run.code, requests, run.stdout.as_str()),
        (0, 0, ""),
        "{run}"
    );
    assert!(run.stderr.contains("; 3 done before"), "{run}");

    // Lines can be moved, added and taken out.
    fs::write(sandbox.path("jobs.jsonl"), jobs(&["elk", "owl"])).unwrap();
    let (run, requests) = sandbox.run_at_emulator(&[], "batch jobs.jsonl --out-dir out");
    assert_eq!(
        (run.code, requests, run.stdout.as_str()),
        (0, 1, "out/elk-1.png\n"),
        "{run}"
    );
}

#[test]
fn the_emulators_pictures_do_not_stand_for_real_ones() {
    let sandbox = sandbox(&jobs(&["fox"]));
    let run = sandbox.run("--emulator batch jobs.jsonl --out-dir out");
    assert_eq!(run.code, 0, "{run}");
    let (run, requests) = sandbox.run_at_emulator(&[], "batch jobs.jsonl --out-dir out");
    assert_eq!((run.code, requests), (0, 1), "{run}");
}

#[test]
fn the_object_of_a_batch_has_every_job_in_it() {
    let sandbox = sandbox(&jobs(&["fox", "owl"]));
    let (run, _) = sandbox.run_at_emulator(
        &[Fault::ModerationInput],
        "batch jobs.jsonl --out-dir out --concurrency 1 --json",
    );
    assert_run!(run, @r#"
        exit 4
        ----- stdout
        {"jobs":2,"done":1,"done_before":0,"failed":1,"unknown":0,"not_sent":0,"images":[{"line":2,"path":"out/owl-1.png","format":"png","width":1024,"height":1024,"bytes":BYTES,"sha256":"SHA256","revised_prompt":null}],"failures":[{"line":1,"code":"moderation_blocked","message":"the prompt or an input image was refused by the content policy (HTTP 400, code moderation_blocked) (request id REQUEST-ID): the request was rejected by the safety system. safety_violations=[violence]"}],"cost":0.005885,"currency":"USD","elapsed_ms":TIME}
        ----- stderr
        error: line 1: the prompt or an input image was refused by the content policy (HTTP 400, code moderation_blocked) (request id REQUEST-ID): the request was rejected by the safety system. safety_violations=[violence]
        line 2: 1 image, 0.005885 USD
        1 job done in TIME, 1 image; 1 failed; 0.005885 USD in all, at list prices
        "#);
    // What a server says may quote the prompt.
    let journal = fs::read_to_string(sandbox.path("out/imagegen-batch.jsonl")).unwrap();
    assert!(!journal.contains("safety system"), "{journal}");
}

#[test]
fn nothing_is_sent_if_anything_is_wrong_with_a_line() {
    let sandbox = sandbox(
        &(jobs(&["fox"]) + r#"{"model": "gpt-image-2", "prompt": "owl", "size": "10x10"}"#),
    );
    let (run, requests) = sandbox.run_at_emulator(&[], "batch jobs.jsonl --out-dir out");
    assert_run!(run, @r"
        exit 2
        ----- stdout
        ----- stderr
        error: line 2: size 10x10 is not valid for gpt-image-2: 100 pixels are below the minimum of 655360; the nearest size it takes is 816x816
        ");
    assert_eq!(
        (requests, sandbox.files()),
        (0, vec!["jobs.jsonl".to_owned()])
    );
}

#[test]
fn a_refused_job_is_made_again_and_a_done_one_is_not() {
    let sandbox = sandbox(&jobs(&["fox", "owl"]));
    let line = "batch jobs.jsonl --out-dir out --concurrency 1";
    let (run, requests) = sandbox.run_at_emulator(&[Fault::ModerationInput], line);
    assert_eq!(
        (run.code, requests, run.stdout.as_str()),
        (4, 2, "out/owl-1.png\n"),
        "{run}"
    );
    let (run, requests) = sandbox.run_at_emulator(&[], line);
    assert_eq!(
        (run.code, requests, run.stdout.as_str()),
        (0, 1, "out/fox-1.png\n"),
        "{run}"
    );
}

#[test]
fn a_job_that_may_have_been_billed_is_not_made_again_unasked() {
    let sandbox = sandbox(&jobs(&["fox"]));
    let line = "batch jobs.jsonl --out-dir out --timeout 1";
    let (run, requests) = sandbox.run_at_emulator(&[Fault::Silence], line);
    assert_eq!((run.code, requests), (3, 1), "{run}");
    let (run, requests) = sandbox.run_at_emulator(&[], line);
    assert_run!(run, @r"
        exit 3
        ----- stdout
        ----- stderr
        error: line 1: its outcome is unknown since an earlier run (client request id CLIENT-ID); --retry-unknown makes it again
        0 jobs done in TIME, 0 images; 1 of unknown outcome; 0.005895 USD in all, at list prices
        ");
    assert_eq!(requests, 0);
    let (run, requests) = sandbox.run_at_emulator(&[], &format!("{line} --retry-unknown"));
    assert_eq!(
        (run.code, requests, run.stdout.as_str()),
        (0, 1, "out/fox-1.png\n"),
        "{run}"
    );
}

#[test]
fn a_server_that_takes_and_gives_nothing_ends_the_batch() {
    let prompts: Vec<String> = (0..8).map(|number| format!("fox {number}")).collect();
    let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
    let sandbox = sandbox(&jobs(&prompts));
    let line = "batch jobs.jsonl --out-dir out --concurrency 1 --json";
    let (run, requests) = sandbox.run_at_emulator(&[Fault::CloseBeforeAnswer; 8], line);
    assert_eq!((run.code, requests), (3, 3), "{run}");
    assert_eq!(run.json()["not_sent"], 5, "{run}");
    // A key that is wrong is wrong for all.
    let (run, requests) = sandbox.run_at_emulator(&[Fault::BadKey400], line);
    assert_eq!((run.code, requests), (3, 1), "{run}");
}

#[test]
fn a_budget_holds_over_all_runs() {
    let sandbox = sandbox(&jobs(&["a fox", "an owl", "an elk"]));
    // A picture is 196 tokens at 30 dollars a million, and a prompt a few more.
    let line = "batch jobs.jsonl --out-dir out --concurrency 3 --json --budget";
    let (run, requests) = sandbox.run_at_emulator(&[], &format!("{line} 0.0120"));
    assert_eq!((run.code, requests), (4, 2), "{run}");
    let object = run.json();
    assert!(object["cost"].as_f64().unwrap() <= 0.012, "{run}");
    assert_eq!(
        (&object["done"], &object["not_sent"], &object["currency"]),
        (&json!(2), &json!(1), &json!("USD"))
    );
    let (run, requests) = sandbox.run_at_emulator(&[], &format!("{line} 0.0120"));
    assert_eq!((run.code, requests), (4, 0), "{run}");
    let (run, requests) = sandbox.run_at_emulator(&[], &format!("{line} 0.0180"));
    assert_eq!((run.code, requests), (0, 1), "{run}");

    let unpriced = json!({"model": "dall-e-3", "prompt": "p"}).to_string();
    fs::write(sandbox.path("jobs.jsonl"), unpriced).unwrap();
    let (run, requests) = sandbox.run_at_emulator(&[], "batch jobs.jsonl --out-dir out --budget 1");
    assert_eq!((run.code, requests), (2, 0), "{run}");
    assert!(
        run.stderr
            .contains("no price of dall-e-3 is known (line 1)"),
        "{run}"
    );
}

#[test]
fn images_are_files_and_links() {
    let sandbox = Sandbox::new();
    let (made, _) = sandbox.run_at_emulator(&[], "generate fox --model gpt-image-2 -o fox.png");
    assert_eq!(made.code, 0, "{made}");
    let job = json!({"operation": "edit", "model": "gpt-image-2", "prompt": "hat",
        "image": "fox.png", "quality": "low"});
    fs::write(sandbox.path("jobs.jsonl"), job.to_string()).unwrap();
    let (run, seen) = sandbox.run_at_faulty(&[], "batch jobs.jsonl --out-dir out");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "out/hat-1.png\n"),
        "{run}"
    );
    assert_eq!(seen.requests[0].path, "/v1/images/edits");
}

#[cfg(unix)]
#[test]
fn an_interrupt_waits_for_what_is_out() {
    let sandbox = sandbox(&jobs(&["fox", "owl", "elk"]));
    let served = Served::start(Emulator::builder().latency(Duration::from_millis(1500)));
    let url = served.emulator.base_url();
    let line = format!("batch jobs.jsonl --out-dir out --concurrency 2 --base-url {url} --json");
    let child = sandbox.spawn(&line);
    while served.emulator.requests().len() < 2 {
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(&child, "INT");
    let run = sandbox.wait(child);
    assert_eq!(run.code, 130, "{run}");
    let object = run.json();
    assert_eq!(
        (&object["done"], &object["not_sent"]),
        (&json!(2), &json!(1))
    );
    let run = sandbox.wait(sandbox.spawn(&line));
    assert_eq!(
        (run.code, &run.json()["done_before"]),
        (0, &json!(2)),
        "{run}"
    );
    assert_eq!(served.stop().accepted, 3);
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_leaves_what_is_out() {
    let sandbox = sandbox(&jobs(&["fox", "owl"]));
    let served = Served::start(Emulator::builder().fault(Fault::Silence));
    let url = served.emulator.base_url();
    let line = format!("batch jobs.jsonl --out-dir out --concurrency 1 --base-url {url} --json");
    let mut child = sandbox.spawn(&line);
    served.wait_for_request();
    signal(&child, "INT");
    let _stderr = wait_for_words(&mut child, "interrupt again to leave them");
    signal(&child, "INT");
    let run = sandbox.wait(child);
    assert_eq!(run.code, 3, "{run}");
    let id = served.stop().client_request_id().to_owned();
    assert_eq!(run.json()["error"]["client_request_ids"], json!([id]));
    let run = sandbox.run_at(&url, "batch jobs.jsonl --out-dir out --json");
    assert_eq!((run.code, &run.json()["unknown"]), (3, &json!(1)), "{run}");
}

#[cfg(unix)]
#[test]
fn what_was_out_when_the_power_went_is_of_unknown_outcome() {
    let sandbox = sandbox(&jobs(&["fox"]));
    let served = Served::start(Emulator::builder().latency(Duration::from_secs(30)));
    let url = served.emulator.base_url();
    let line = format!("batch jobs.jsonl --out-dir out --base-url {url} --json");
    let child = sandbox.spawn(&line);
    served.wait_for_request();
    signal(&child, "KILL");
    sandbox.wait(child);
    let run = sandbox.wait(sandbox.spawn(&line));
    assert_eq!((run.code, &run.json()["unknown"]), (3, &json!(1)), "{run}");
    let id = served.stop().client_request_id().to_owned();
    let message = run.json()["failures"][0]["message"].clone();
    assert!(
        message.as_str().is_some_and(|text| text.contains(&id)),
        "{message}"
    );
    assert_eq!(run.json()["images"], json!([]));
}
