//! One connection: reads requests, drops their bodies, sends the answers they name.

use std::io::{Read, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Result;
use crate::answer::{Answer, Answers};

/// How much is sent at a time.
const PIECE: usize = 256 * 1024;

pub(crate) fn serve(mut stream: impl Read + Write, answers: &Answers) -> Result<()> {
    // As large as a request body's pieces, so that the server is not what an upload waits for.
    let mut buffer = vec![0; PIECE];
    loop {
        let Some(name) = read_request(&mut stream, &mut buffer)? else {
            return Ok(());
        };
        let answer = answers.named(&name)?;
        send(&mut stream, &answer)?;
        if !answer.is_clock {
            answers.sent(now());
        }
    }
}

/// Reads one request to the end of its body; the first segment of its path.
fn read_request(stream: &mut impl Read, buffer: &mut [u8]) -> Result<Option<String>> {
    let mut head = Vec::with_capacity(1024);
    let end = loop {
        let count = stream.read(buffer)?;
        if count == 0 {
            return Ok(None);
        }
        head.extend_from_slice(&buffer[..count]);
        if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
    let length: usize = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(Ok(0), |length| length.trim().parse())?;
    if text.contains("transfer-encoding:") {
        return Err("a request without a length is not read".into());
    }
    let mut left = length.saturating_sub(head.len() - end);
    while left > 0 {
        let most = left.min(buffer.len());
        let count = stream.read(&mut buffer[..most])?;
        if count == 0 {
            return Ok(None);
        }
        left -= count;
    }
    let path = text.split(' ').nth(1).unwrap_or_default();
    let name = path.trim_start_matches('/').split('/').next();
    Ok(name.map(str::to_owned))
}

fn send(stream: &mut impl Write, answer: &Answer) -> Result<()> {
    let started = Instant::now();
    for (at, piece) in answer.bytes.chunks(PIECE).enumerate() {
        if let Some(rate) = answer.bytes_a_second {
            let due = Duration::from_secs_f64((at * PIECE) as f64 / rate as f64);
            std::thread::sleep(due.saturating_sub(started.elapsed()));
        }
        stream.write_all(piece)?;
    }
    Ok(stream.flush()?)
}

/// Nanoseconds since 1970; client and server run on one machine.
fn now() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}
