//! The emulator as a server of its own.

use crate::support::Sandbox;

#[test]
fn faults_are_listed() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("serve --list-faults");
    let wanted = [
        "POST /v1/images/generations",
        "FAULTS",
        "html-502 ",
        "delay ",
    ];
    let lines: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| wanted.iter().any(|start| line.starts_with(start)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
        POST /v1/images/generations      images, in the dialect of the model
        FAULTS                         ROW  BILLED
        html-502                       D5   yes     A proxy's HTML page with status 502.
        delay                          -    yes     The answer comes late.
        ");
    let object = sandbox.run("serve --list-faults --json").json();
    let faults = object["faults"].as_array().unwrap();
    assert_eq!(faults.len(), imagegen_emulator::Fault::ALL.len());
    let delay = faults.iter().find(|fault| fault["name"] == "delay");
    insta::assert_snapshot!(delay.unwrap().to_string(), @r#"{"billed":true,"description":"The answer comes late.","name":"delay","row":null}"#);
    assert!(!object["routes"].as_array().unwrap().is_empty());
}

#[test]
fn a_wrong_fault_is_told_with_the_close_ones() {
    let sandbox = Sandbox::new();
    assert_run!(sandbox.run("serve --fault html502"), @r"
        exit 2
        ----- stdout
        ----- stderr
        error: invalid value 'html502' for '--fault <NAME>': there is no fault `html502`; close to it: html-502, html-503, html-504

        For more information, try '--help'.
        ");
    assert_run!(sandbox.run("serve --random-faults 7"), @r"
        exit 2
        ----- stdout
        ----- stderr
        error: invalid value '7' for '--random-faults <SEED:PROBABILITY>': it is written SEED:PROBABILITY, such as 7:0.2: a whole number and one from 0 to 1

        For more information, try '--help'.
        ");
    assert_run!(sandbox.run("serve --latency 1s"), @r"
        exit 2
        ----- stdout
        ----- stderr
        error: invalid value '1s' for '--latency <MS>': a number of milliseconds from 0 to 3600000

        For more information, try '--help'.
        ");
}

#[cfg(unix)]
#[test]
fn it_serves_until_it_is_told_to_stop() {
    use std::io::{BufRead as _, BufReader};

    let sandbox = Sandbox::new();
    for signal in ["INT", "TERM"] {
        let mut child = sandbox.spawn("serve --port 0");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "{line}");
        let run = sandbox.run_at(
            url,
            &format!("generate fox --model gpt-image-2 -o {signal}.png -q"),
        );
        assert_eq!(run.code, 0, "{run}");
        crate::support::signal(&child, signal);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[cfg(unix)]
#[test]
fn one_fault_is_for_all_and_several_are_for_one_each() {
    use std::io::{BufRead as _, BufReader};

    let sandbox = Sandbox::new();
    for (flags, codes) in [
        ("--fault status-500", [1, 1, 1]),
        ("--fault status-500 --fault reset-before-answer", [1, 3, 0]),
        ("--random-faults 7:0 --latency 1", [0, 0, 0]),
    ] {
        let mut child = sandbox.spawn(&format!("serve --port 0 {flags}"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap();
        for code in codes {
            let run = sandbox.run_at(url, "generate fox --model gpt-image-2 -q");
            assert_eq!(run.code, code, "{flags}: {run}");
        }
        crate::support::signal(&child, "TERM");
        child.wait().unwrap();
    }
}
