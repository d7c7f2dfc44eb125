//! People and systems that end the command early.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr};
use std::time::{Duration, Instant};

use imagegen_emulator::{Emulator, Fault};

use crate::support::{Sandbox, Served, signal, wait_for_words};

/// Interrupts, waits until that was heard, and interrupts again.
fn interrupt_twice(child: &mut Child, name: &str) -> BufReader<ChildStderr> {
    signal(child, name);
    let stderr = wait_for_words(child, "interrupt again to leave them");
    signal(child, name);
    stderr
}

#[test]
fn an_interrupt_takes_in_what_is_paid_for() {
    for (name, exit) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let sandbox = Sandbox::new();
        let served = Served::start(Emulator::builder().latency(Duration::from_millis(1500)));
        let url = served.emulator.base_url();
        let child = sandbox.spawn(&format!(
            "generate fox --model doubao-seedream-5-0-pro-260628 -n 5 --base-url {url} --json"
        ));
        while served.emulator.requests().len() < 3 {
            std::thread::sleep(Duration::from_millis(10));
        }
        signal(&child, name);
        let run = sandbox.wait(child);
        assert_eq!(run.code, exit, "{run}");
        assert_eq!(run.json()["images"].as_array().unwrap().len(), 3, "{run}");
        assert_eq!(run.json()["failures"][0]["code"], "not_sent", "{run}");
        assert_eq!((sandbox.files().len(), served.stop().accepted), (3, 3));
    }
}

/// A command that is to outlive its terminal does.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_so() {
    let sandbox = Sandbox::new();
    let served = Served::start(Emulator::builder().latency(Duration::from_millis(1000)));
    let url = served.emulator.base_url();
    let child = sandbox.spawn_in_shell(
        "trap '' HUP; exec \"$0\" \"$@\"",
        &format!("generate fox --model gpt-image-2 --base-url {url} -o fox.png"),
    );
    served.wait_for_request();
    signal(&child, "HUP");
    let run = sandbox.wait(child);
    served.stop();
    assert_eq!(
        (run.code, sandbox.files()),
        (0, vec!["fox.png".to_owned()]),
        "{run}"
    );
}

#[test]
fn an_interrupt_while_a_request_is_out_says_what_it_may_cost() {
    for (name, stream) in [("INT", ""), ("TERM", "--stream")] {
        let sandbox = Sandbox::new();
        let served = Served::start(Emulator::builder().fault(Fault::Silence));
        let url = served.emulator.base_url();
        let mut child = sandbox.spawn(&format!(
            "generate fox --model gpt-image-2 --base-url {url} --json -o fox.png {stream}"
        ));
        served.wait_for_request();
        let stderr = interrupt_twice(&mut child, name);
        child.stderr = Some(stderr.into_inner());
        let run = sandbox.wait(child);
        insta::allow_duplicates! { assert_run!(run, @r#"
        exit 3
        ----- stdout
        {"error":{"kind":"interrupted","message":"interrupted while the request was out: it may be carried out and billed all the same (client request id CLIENT-ID)","client_request_ids":["CLIENT-ID"]},"failures":[],"images":[]}
        ----- stderr
        error: interrupted while the request was out: it may be carried out and billed all the same (client request id CLIENT-ID)
        "#); }
        let seen = served.stop();
        assert!(run.stderr.contains(seen.client_request_id()), "{run}");
        assert!(sandbox.files().is_empty());
    }
}

#[test]
fn an_interrupt_names_every_request_that_is_out() {
    let sandbox = Sandbox::new();
    let served = Served::start(Emulator::builder().fault(Fault::Silence));
    let url = served.emulator.base_url();
    let mut child = sandbox.spawn(&format!(
        "generate fox --model doubao-seedream-5-0-pro-260628 -n 2 --base-url {url}"
    ));
    while served.emulator.requests().len() < 2 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let stderr = interrupt_twice(&mut child, "INT");
    child.stderr = Some(stderr.into_inner());
    assert_run!(sandbox.wait(child), @r"
        exit 3
        ----- stdout
        ----- stderr
        error: interrupted while 2 requests were out: they may be carried out and billed all the same (client request ids CLIENT-ID, CLIENT-ID)
        ");
    served.stop();
}

#[test]
fn an_interrupt_in_a_stream_keeps_what_has_come() {
    let sandbox = Sandbox::new();
    let served = Served::start(Emulator::builder().event_latency(Duration::from_millis(400)));
    let url = served.emulator.base_url();
    let mut child = sandbox.spawn(&format!(
        "generate tree --model doubao-seedream-5-0-lite-260128 --max-images 4 --stream --base-url {url}"
    ));
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    interrupt_twice(&mut child, "INT");
    let run = sandbox.wait(child);
    assert_eq!((run.code, line.as_str()), (3, "tree-1.jpg\n"), "{run}");
    assert!(whole(&fs::read(sandbox.path("tree-1.jpg")).unwrap()));
    assert!(sandbox.files().iter().all(|file| file.starts_with("tree-")));
    served.stop();
}

/// Two hundred kills at instants spread over a run: a file is whole or not there.
#[test]
fn a_kill_leaves_no_torn_file() {
    const ROUNDS: u32 = 200;

    let served = Served::start(Emulator::builder());
    let url = served.emulator.base_url();
    let lines = [
        format!("generate fox --model gpt-image-2 -n 5 --base-url {url} -q"),
        format!("generate fox --model gpt-image-2 -n 5 --stream --base-url {url} -q"),
        format!(
            "generate fox --model doubao-seedream-5-0-pro-260628 --size 1K -n 5 --base-url {url} -q"
        ),
    ];
    let lengths = lines.each_ref().map(|line| {
        let sandbox = Sandbox::new();
        let started = Instant::now();
        let run = sandbox.wait(sandbox.spawn(line));
        assert_eq!((run.code, sandbox.files().len()), (0, 5), "{run}");
        started.elapsed()
    });
    let mut found = 0;
    for round in 0..ROUNDS {
        let which = round as usize % lines.len();
        let sandbox = Sandbox::new();
        let mut child = sandbox.spawn(&lines[which]);
        // Most of a run is waiting; the files are written in its last part.
        let part = 0.3 + 0.8 * f64::from(round * 7 % ROUNDS) / f64::from(ROUNDS);
        std::thread::sleep(lengths[which].mul_f64(part));
        let _ = child.kill();
        child.wait().unwrap();
        for name in sandbox.files() {
            let bytes = fs::read(sandbox.path(&name)).unwrap();
            if name.starts_with(".imagegen-") && name.ends_with(".part") {
                continue;
            }
            assert!(name.starts_with("fox-") && whole(&bytes), "{name}");
            found += 1;
        }
    }
    assert!(found > 0, "no kill came after a picture");
    served.stop();
}

/// Whether a PNG or JPEG file has its beginning and its end.
fn whole(bytes: &[u8]) -> bool {
    let png = bytes.starts_with(b"\x89PNG") && bytes.ends_with(b"IEND\xae\x42\x60\x82");
    let jpeg = bytes.starts_with(b"\xff\xd8\xff") && bytes.ends_with(b"\xff\xd9");
    png || jpeg
}
