//! The catalogue as a whole: no fault without an effect.

use imagegen_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{ARK, EDITS, GENERATIONS, emulator, group, raw_to};

/// Requests among which every fault shows on at least one. They draw next to nothing.
fn requests() -> Vec<(&'static str, Value)> {
    let painter = json!({
        "model": "my-painter", "prompt": "x", "size": "64x64", "style": "vivid", "n": 2,
        "background": "transparent", "partial_images": 1,
    });
    let edit = json!({
        "model": "my-painter", "prompt": "x", "size": "64x64", "images": [{"file_id": "1"}],
    });
    let with_stream = |mut request: Value| {
        request["stream"] = json!(true);
        request
    };
    vec![
        (GENERATIONS, painter.clone()),
        (GENERATIONS, with_stream(painter)),
        (ARK, group()),
        (ARK, with_stream(group())),
        (EDITS, edit),
    ]
}

/// An answer to the last byte and how it ended, without what differs from one to the next: ids
/// and times.
async fn answer(emulator: &Emulator, fault: Option<Fault>, path: &str, request: &Value) -> String {
    let (bytes, end) = raw_to(emulator, fault, path, request).await;
    let mut text = String::new();
    for word in String::from_utf8_lossy(&bytes).split_inclusive(|c: char| !c.is_alphanumeric()) {
        let digits = word.bytes().take_while(u8::is_ascii_hexdigit).count();
        // Seconds since 1970 have ten digits, ids more.
        text.push_str(if digits >= 10 { "*" } else { word });
    }
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("date: ") && !line.starts_with("openai-processing-ms: "));
    format!(
        "{:?}\n{}",
        end.map_err(|error| error.kind()),
        lines.collect::<Vec<_>>().join("\n")
    )
}

#[tokio::test]
async fn every_fault_shows_on_an_answer() {
    let emulator = emulator().await;
    let requests = requests();
    let mut honest = Vec::new();
    for (path, request) in &requests {
        let first = answer(&emulator, None, path, request).await;
        let again = answer(&emulator, None, path, request).await;
        assert_eq!(
            first, again,
            "{path}: what is to be compared stays the same"
        );
        honest.push(first);
    }
    // An endless one shows in its own test; a late one and one that counts only show in time.
    let in_time = [Fault::Delay, Fault::RatePace];
    for fault in Fault::ALL {
        if fault.is_endless() || in_time.contains(fault) {
            continue;
        }
        let mut shows = false;
        for ((path, request), honest) in requests.iter().zip(&honest) {
            shows = shows || answer(&emulator, Some(*fault), path, request).await != *honest;
        }
        assert!(shows, "{fault} has no effect: give it one in src/effects");
    }
}
