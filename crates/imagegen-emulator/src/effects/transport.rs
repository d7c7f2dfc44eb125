//! Faults of the wire: what happens before an answer, and how its bytes go out.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};

use crate::Fault;
use crate::effects::{hostile, texts};
use crate::wire::pieces;
use crate::wire::socket::Socket;

/// The bytes of a body in the order they go out; an error ends the connection.
pub(crate) type Wire = BoxStream<'static, io::Result<Bytes>>;

/// What happens once a request is accepted and before it is answered. `Some` is the end of it.
pub(crate) async fn before(
    fault: Fault,
    socket: &Socket,
    pause: Duration,
) -> Option<Response<Body>> {
    match fault {
        Fault::Informational102 => {
            for _ in 0..3 {
                // A client that is gone shows when the answer is written.
                let _ = socket.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").await;
                tokio::time::sleep(pause / 4).await;
            }
            return None;
        }
        Fault::Informational103 => {
            let hints = b"HTTP/1.1 103 Early Hints\r\nlink: </>; rel=preload\r\n\r\n";
            let _ = socket.write_all(hints).await;
            return None;
        }
        Fault::Delay => {
            tokio::time::sleep(pause).await;
            return None;
        }
        Fault::Html504 | Fault::Html524 => {
            tokio::time::sleep(pause).await;
            return None;
        }
        Fault::Late503 => {
            // Beyond the second in which an API refuses by itself.
            tokio::time::sleep(Duration::from_millis(1200)).await;
            return None;
        }
        Fault::Silence => std::future::pending().await,
        Fault::CutWhileWaiting => {
            tokio::time::sleep(pause).await;
            socket.close();
        }
        Fault::CloseBeforeAnswer => socket.close(),
        Fault::ResetBeforeAnswer | Fault::ResetDuringRequest => socket.reset(),
        Fault::EndlessHeaders => {
            hostile::endless_headers(socket).await;
            socket.close();
        }
        _ => return None,
    }
    Some(Response::new(Body::empty()))
}

/// White space that trickles in front of a body.
pub(crate) fn trickle(pause: Duration) -> Wire {
    stream::iter(0..5)
        .then(move |_| async move {
            tokio::time::sleep(pause / 5).await;
            Ok(Bytes::from_static(b" \n"))
        })
        .boxed()
}

/// Sends a JSON document, with whatever happens to it on the way.
pub(crate) async fn document(
    fault: Option<Fault>,
    socket: &Socket,
    pause: Duration,
    mut headers: HeaderMap,
    pieces: Vec<Bytes>,
) -> Response<Body> {
    let total = pieces::total(&pieces);
    let whole = |pieces: Vec<Bytes>| stream::iter(pieces.into_iter().map(Ok)).boxed();
    let mut length = Some(total);
    let wire = match fault {
        Some(Fault::WhitespaceFirst) => {
            length = None;
            trickle(pause).chain(whole(pieces)).boxed()
        }
        Some(Fault::HalfJson) => {
            length = Some(total / 2);
            whole(pieces::head(pieces, total / 2))
        }
        Some(fault @ (Fault::Truncated | Fault::ResetDuringAnswer)) => {
            let half = pieces::head(pieces, total / 2);
            whole(half)
                .chain(end(
                    fault == Fault::ResetDuringAnswer,
                    socket.clone(),
                    pause,
                ))
                .boxed()
        }
        Some(Fault::Bom) => {
            length = Some(total + BOM.len());
            whole(pieces)
        }
        Some(fault @ (Fault::CutHead | Fault::CutPicture | Fault::CutTail)) => {
            let cut = whole(pieces::head(pieces.clone(), cut(fault, &pieces)));
            cut.chain(end(false, socket.clone(), pause)).boxed()
        }
        Some(Fault::NoLastChunk | Fault::ResetAfterAnswer | Fault::LeftOpen) => {
            length = None;
            whole(pieces)
        }
        Some(Fault::LengthTooLong) => {
            length = Some(total + 64);
            whole(pieces)
                .chain(end(false, socket.clone(), pause))
                .boxed()
        }
        Some(Fault::GzipUnasked) => {
            let packed = texts::gzip(&pieces);
            length = Some(packed.len());
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            whole(vec![packed])
        }
        Some(Fault::HeaderSpace) => {
            header_space(socket, &pieces).await;
            return Response::new(Body::empty());
        }
        _ => whole(pieces),
    };
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    respond(fault, socket, pause, headers, wire)
}

/// Where a document is cut.
fn cut(fault: Fault, pieces: &[Bytes]) -> usize {
    let total = pieces::total(pieces);
    // A piece of this size is a picture.
    let picture = pieces.iter().rposition(|piece| piece.len() > 1000);
    match (fault, picture) {
        (Fault::CutHead, _) => total.min(12),
        (Fault::CutPicture, Some(at)) => pieces::total(&pieces[..at]) + pieces[at].len() / 2,
        (Fault::CutPicture, None) => total / 2,
        _ => total.saturating_sub(8),
    }
}

/// Writes a whole answer past the HTTP server, which would not write such a header.
async fn header_space(socket: &Socket, pieces: &[Bytes]) {
    let length = pieces::total(pieces);
    let head = format!(
        "HTTP/1.1 200 OK\r\nserver : gateway\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    // A client that is gone needs no more.
    let mut sent = socket.write_all(head.as_bytes()).await;
    for piece in pieces {
        if sent.is_ok() {
            sent = socket.write_all(piece).await;
        }
    }
    socket.close();
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Sends a body, with the faults that fit any.
pub(crate) fn respond(
    fault: Option<Fault>,
    socket: &Socket,
    pause: Duration,
    mut headers: HeaderMap,
    wire: Wire,
) -> Response<Body> {
    let wire = match fault {
        Some(Fault::Bom) => stream::iter([Ok(Bytes::from_static(BOM))])
            .chain(wire)
            .boxed(),
        Some(Fault::SlowDrip) => drip(wire, pause),
        Some(fault @ (Fault::NoLastChunk | Fault::ResetAfterAnswer)) => {
            let is_reset = fault == Fault::ResetAfterAnswer;
            wire.chain(end(is_reset, socket.clone(), pause)).boxed()
        }
        // A document is packed already.
        Some(Fault::GzipUnasked) if !headers.contains_key(header::CONTENT_ENCODING) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            let packed = async { Ok(texts::gzip(&wire.try_collect::<Vec<_>>().await?)) };
            stream::once(packed).boxed()
        }
        Some(Fault::LeftOpen) => wire.chain(stream::pending()).boxed(),
        _ => wire,
    };
    let content_type = match fault {
        Some(Fault::TypeText) => Some("text/plain; charset=utf-8"),
        Some(Fault::TypeOctets) => Some("application/octet-stream"),
        _ => None,
    };
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if fault == Some(Fault::ManyHeaders) {
        for number in 0..120 {
            let name = HeaderName::from_bytes(format!("x-hop-{number}").as_bytes());
            headers.insert(
                name.expect("letters and digits"),
                HeaderValue::from_static("1"),
            );
        }
    }
    if fault == Some(Fault::HugeHeader) {
        let value = HeaderValue::from_maybe_shared(Bytes::from(vec![b'a'; 1_000_000]));
        headers.insert("x-huge", value.expect("letters make a header"));
    }
    let mut response = Response::new(Body::from_stream(wire));
    if fault == Some(Fault::Status246) {
        *response.status_mut() = StatusCode::from_u16(246).expect("246 is a status");
    }
    *response.headers_mut() = headers;
    response
}

/// An end that is none: the connection closes, or is reset, after what was sent has arrived.
pub(crate) fn end(is_reset: bool, socket: Socket, pause: Duration) -> Wire {
    stream::once(async move {
        tokio::time::sleep(pause / 10).await;
        if is_reset {
            socket.reset();
        }
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    })
    .boxed()
}

/// Byte by byte.
pub(crate) fn drip(wire: Wire, pause: Duration) -> Wire {
    wire.flat_map(move |chunk| match chunk {
        Ok(chunk) => stream::iter(0..chunk.len())
            .then(move |at| {
                let byte = chunk.slice(at..=at);
                async move {
                    tokio::time::sleep(pause).await;
                    Ok(byte)
                }
            })
            .boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    })
    .boxed()
}
