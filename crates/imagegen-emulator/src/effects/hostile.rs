//! Answers that never end, or that are larger than they look.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};
use futures_util::stream;

use crate::Fault;
use crate::wire::socket::Socket;

/// How deep the deep JSON is nested.
const DEPTH: usize = 1_000_000;
/// How many times the bomb's megabyte is packed.
const BOMB_MEGABYTES: u32 = 4096;
/// How much goes out at a time.
const CHUNK: usize = 64 * 1024;

/// An answer in place of JSON; `None` if the fault is of another kind.
pub(crate) fn answer(fault: Fault, pause: Duration) -> Option<Response<Body>> {
    Some(match fault {
        Fault::EndlessBody => json(endless(
            r#"{"created":1,"data":[{"b64_json":""#,
            Bytes::from(vec![b'A'; CHUNK]),
            Duration::ZERO,
        )),
        Fault::EndlessPings => json(endless("", Bytes::from_static(b"\n"), pause / 4)),
        Fault::DeepJson => {
            let mut body = br#"{"created":1,"data":"#.to_vec();
            body.resize(body.len() + DEPTH, b'[');
            body.resize(body.len() + DEPTH, b']');
            body.push(b'}');
            json(Body::from(body))
        }
        Fault::CompressedBomb => {
            let mut response = json(bomb());
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        _ => return None,
    })
}

fn json(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// A beginning, and then the same thing for ever.
pub(crate) fn endless(beginning: &'static str, chunk: Bytes, pause: Duration) -> Body {
    let first = Some(Bytes::from_static(beginning.as_bytes())).filter(|bytes| !bytes.is_empty());
    Body::from_stream(stream::unfold(first, move |first| {
        let chunk = chunk.clone();
        async move {
            if first.is_none() && !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            Some((Ok::<_, Infallible>(first.unwrap_or(chunk)), None))
        }
    }))
}

/// Four gigabytes of blanks and `{}`, packed: a valid gzip file. A packed megabyte that refers to
/// nothing before it is packed once and repeated.
fn bomb() -> Body {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    let blanks = vec![b' '; 1 << 20];
    let megabyte = Bytes::from(deflate(&blanks, FlushCompress::Full));
    let mut sum = Crc::new();
    sum.update(&blanks);
    let mut total = Crc::new();
    for _ in 0..BOMB_MEGABYTES {
        total.combine(&sum);
    }
    total.update(b"{}");
    let mut end = deflate(b"{}", FlushCompress::Finish);
    end.extend(total.sum().to_le_bytes());
    end.extend(total.amount().to_le_bytes());

    let megabytes = std::iter::repeat_n(megabyte, BOMB_MEGABYTES as usize);
    let pieces = std::iter::once(Bytes::copy_from_slice(&HEADER))
        .chain(megabytes)
        .chain(std::iter::once(Bytes::from(end)));
    Body::from_stream(stream::iter(pieces.map(Ok::<_, Infallible>)))
}

fn deflate(bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut packed = Vec::with_capacity(bytes.len() / 64 + 64);
    Compress::new(Compression::best(), false)
        .compress_vec(bytes, &mut packed, flush)
        .expect("blanks are packed in the room given");
    packed
}

/// Headers until the client hangs up.
pub(crate) async fn endless_headers(socket: &Socket) {
    let mut lines = String::from("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n");
    for number in 0u64.. {
        lines.push_str(&format!("x-header-{number}: {number:064}\r\n"));
        if lines.len() >= CHUNK / 8 {
            if socket.write_all(lines.as_bytes()).await.is_err() {
                break;
            }
            lines.clear();
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn the_bomb_is_a_small_gzip_file() {
        let packed = axum::body::to_bytes(bomb(), 8_000_000).await.unwrap();
        let mut start = vec![0; 3 << 20];
        flate2::read::GzDecoder::new(packed.as_ref())
            .read_exact(&mut start)
            .unwrap();
        assert!(start.iter().all(|byte| *byte == b' '));
        // 4096 megabytes and two bytes, counted modulo 2^32.
        assert!(packed.ends_with(&[2, 0, 0, 0]));
    }
}
