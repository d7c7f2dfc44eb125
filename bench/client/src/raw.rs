//! The limit: a blocking socket, a SIMD decoder, `write(2)`, and nothing between them.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::{GeneralPurposeConfig, Simd};
use bench_measure::{Clocks, Result, Run};

use crate::body::{Body, buffer};

/// What stands before every picture in the answers.
const MARK: &[u8] = b"\"b64_json\":\"";
/// How much of a reference is read at a time: without a carry, and as much as is read of answers.
const BLOCK: usize = 192 * 1024;

/// How much is gathered before it is written.
const GATHERED: usize = 64 * 1024;

pub(crate) fn measured(run: &Run) -> Result<String> {
    let address = run.server.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut buffer = buffer();
    request(&mut stream, "small")?;
    read(&mut stream, &mut buffer)?;
    let clocks = Clocks::start()?;
    for _ in 0..run.calls {
        if run.job == "upload" {
            upload(run, &mut stream, &mut buffer)?;
            continue;
        }
        request(&mut stream, &run.answer)?;
        match run.job.as_str() {
            "read" | "small" => read(&mut stream, &mut buffer)?,
            "file" | "stream" => to_files(run, &mut stream, &mut buffer)?,
            "memory" => to_memory(&mut stream, &mut buffer)?,
            other => return Err(format!("unknown job {other}").into()),
        }
    }
    clocks.stop()
}

fn engine() -> Simd {
    Simd::standard(GeneralPurposeConfig::new())
}

fn request(stream: &mut TcpStream, answer: &str) -> Result<()> {
    const BODY: &str = r#"{"model":"gpt-image-2","prompt":"A red fox in snow","size":"1024x1024"}"#;
    let head = head(answer, BODY.len());
    Ok(stream.write_all((head + BODY).as_bytes())?)
}

fn head(answer: &str, length: usize) -> String {
    format!(
        "POST /{answer}/v1/images/generations HTTP/1.1\r\nhost: localhost\r\n\
         authorization: Bearer sk-bench\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    )
}

fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    let mut body = Body::open(stream, buffer)?;
    while let Some(piece) = body.next()? {
        black_box(piece);
    }
    Ok(())
}

fn to_files(run: &Run, stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    let mut body = Body::open(stream, buffer)?;
    let mut file: Option<BufWriter<File>> = None;
    let mut number = 0;
    let mut decoded = vec![0; buffer_size()];
    pictures(&mut body, &mut decoded, |event| {
        match event {
            Picture::Begins => {
                let path = run.folder.join(format!("picture-{number}.png"));
                number += 1;
                // Small pieces are gathered, large ones go straight through.
                if let Some(mut done) =
                    file.replace(BufWriter::with_capacity(GATHERED, File::create(path)?))
                {
                    done.flush()?;
                }
            }
            Picture::Bytes(bytes) => file.as_mut().ok_or("no file")?.write_all(bytes)?,
        }
        Ok(())
    })?;
    Ok(file.ok_or("no file")?.flush()?)
}

fn to_memory(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    let mut body = Body::open(stream, buffer)?;
    let mut pictures_so_far: Vec<Vec<u8>> = Vec::new();
    let mut left = body.length() / 4 * 3;
    let mut decoded = vec![0; buffer_size()];
    pictures(&mut body, &mut decoded, |event| {
        match event {
            Picture::Begins => {
                left -= pictures_so_far.last().map_or(0, Vec::len);
                pictures_so_far.push(Vec::with_capacity(left));
            }
            Picture::Bytes(bytes) => {
                let picture = pictures_so_far.last_mut().ok_or("no picture")?;
                picture.extend_from_slice(bytes);
            }
        }
        Ok(())
    })?;
    black_box(pictures_so_far);
    Ok(())
}

fn buffer_size() -> usize {
    256 * 1024
}

enum Picture<'a> {
    Begins,
    Bytes(&'a [u8]),
}

/// Decodes every picture of a body.
fn pictures(
    body: &mut Body<'_>,
    decoded: &mut [u8],
    mut take: impl FnMut(Picture<'_>) -> Result<()>,
) -> Result<()> {
    let engine = engine();
    let mut inside = false;
    // What is left of a piece: the beginning of a quad, or of the mark.
    let mut carry: Vec<u8> = Vec::new();
    while let Some(mut piece) = body.next()? {
        loop {
            if !inside {
                carry.extend_from_slice(&piece[..piece.len().min(MARK.len())]);
                let over = carry.len() - piece.len().min(MARK.len());
                let found = match find(&carry) {
                    Some(at) => Some(at + MARK.len() - over),
                    None => find(piece).map(|at| at + MARK.len()),
                };
                let Some(begin) = found else {
                    carry = tail(&carry[..over], piece);
                    break;
                };
                carry.clear();
                piece = &piece[begin..];
                inside = true;
                take(Picture::Begins)?;
            }
            let end = quote(piece);
            let text = &piece[..end.unwrap_or(piece.len())];
            let (first, text) = text.split_at(if carry.is_empty() {
                0
            } else {
                text.len().min(4 - carry.len())
            });
            carry.extend_from_slice(first);
            if carry.len() == 4 {
                let count = engine.decode_slice(&carry, decoded)?;
                take(Picture::Bytes(&decoded[..count]))?;
                carry.clear();
            }
            let (quads, rest) = text.split_at(text.len() / 4 * 4);
            let count = engine.decode_slice(quads, decoded)?;
            take(Picture::Bytes(&decoded[..count]))?;
            carry.extend_from_slice(rest);
            let Some(end) = end else { break };
            carry.clear();
            inside = false;
            piece = &piece[end..];
        }
    }
    Ok(())
}

fn find(text: &[u8]) -> Option<usize> {
    text.windows(MARK.len()).position(|window| window == MARK)
}

/// The last bytes of two pieces, which may begin a mark.
fn tail(carry: &[u8], piece: &[u8]) -> Vec<u8> {
    let joined = [
        carry,
        &piece[piece.len() - piece.len().min(MARK.len() - 1)..],
    ]
    .concat();
    joined[joined.len() - joined.len().min(MARK.len() - 1)..].to_vec()
}

fn quote(text: &[u8]) -> Option<usize> {
    memchr::memchr(b'"', text)
}

fn upload(run: &Run, stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    const OPEN: &str = r#"{"model":"gpt-image-2","prompt":"A red fox in snow","image":["#;
    let references = run.references()?;
    let frame = "\"data:image/png;base64,\"".len();
    let mut length = OPEN.len() + "]}".len() + references.len() - 1;
    for path in &references {
        length += frame + (std::fs::metadata(path)?.len() as usize).div_ceil(3) * 4;
    }
    stream.write_all((head(&run.answer, length) + OPEN).as_bytes())?;
    let engine = engine();
    let mut block = vec![0; BLOCK];
    let mut text = vec![0; BLOCK / 3 * 4];
    for (number, path) in references.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        stream.write_all(format!("{comma}\"data:image/png;base64,").as_bytes())?;
        let mut file = File::open(path)?;
        loop {
            let mut filled = 0;
            while filled < BLOCK {
                let count = file.read(&mut block[filled..])?;
                if count == 0 {
                    break;
                }
                filled += count;
            }
            if filled == 0 {
                break;
            }
            let count = engine.encode_slice(&block[..filled], &mut text)?;
            stream.write_all(&text[..count])?;
        }
        stream.write_all(b"\"")?;
    }
    stream.write_all(b"]}")?;
    read(stream, buffer)
}
