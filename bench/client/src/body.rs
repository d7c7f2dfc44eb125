//! A response's body off a blocking socket, in the pieces the socket gives.

use std::io::Read;
use std::net::TcpStream;

use bench_measure::Result;

/// How much is read at a time.
const PIECE: usize = 256 * 1024;

pub(crate) struct Body<'s> {
    stream: &'s mut TcpStream,
    buffer: &'s mut [u8],
    /// What is read and not handed out.
    at: usize,
    end: usize,
    framing: Framing,
}

enum Framing {
    Length(usize),
    /// Bytes left of the chunk; `None` between two chunks.
    Chunked(Option<usize>),
}

pub(crate) fn buffer() -> Vec<u8> {
    vec![0; PIECE]
}

impl<'s> Body<'s> {
    /// Reads the head of the response.
    pub(crate) fn open(stream: &'s mut TcpStream, buffer: &'s mut [u8]) -> Result<Self> {
        let mut end = 0;
        let at = loop {
            let count = stream.read(&mut buffer[end..])?;
            if count == 0 {
                return Err("the server hung up".into());
            }
            end += count;
            if let Some(at) = buffer[..end]
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
            {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..at]);
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let framing = match length {
            Some(length) => Framing::Length(length.parse()?),
            None => Framing::Chunked(None),
        };
        Ok(Self {
            stream,
            buffer,
            at,
            end,
            framing,
        })
    }

    /// The length, where the head tells it.
    pub(crate) fn length(&self) -> usize {
        match self.framing {
            Framing::Length(length) => length,
            Framing::Chunked(_) => 0,
        }
    }

    /// The next piece of the body.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        if let Framing::Chunked(None) = self.framing {
            let size = self.chunk_size()?;
            if size == 0 {
                return Ok(None);
            }
            self.framing = Framing::Chunked(Some(size));
        }
        let (Framing::Length(left) | Framing::Chunked(Some(left))) = self.framing else {
            return Err("between two chunks".into());
        };
        if left == 0 {
            return Ok(None);
        }
        if self.at == self.end {
            self.fill()?;
        }
        let count = left.min(self.end - self.at);
        let piece = self.at..self.at + count;
        self.at += count;
        self.framing = match self.framing {
            Framing::Length(left) => Framing::Length(left - count),
            Framing::Chunked(_) if left > count => Framing::Chunked(Some(left - count)),
            Framing::Chunked(_) => Framing::Chunked(None),
        };
        Ok(Some(&self.buffer[piece]))
    }

    /// Reads on to the end of a chunk's line; the size it states. The line end of the chunk
    /// before is skipped.
    fn chunk_size(&mut self) -> Result<usize> {
        let mut size: Option<usize> = None;
        loop {
            if self.at == self.end {
                self.fill()?;
            }
            let byte = self.buffer[self.at];
            self.at += 1;
            size = match (char::from(byte).to_digit(16), size) {
                (Some(digit), size) => Some(size.unwrap_or(0) * 16 + digit as usize),
                (None, Some(size)) if byte == b'\n' => return Ok(size),
                (None, size) => size,
            };
        }
    }

    fn fill(&mut self) -> Result<()> {
        self.at = 0;
        self.end = self.stream.read(self.buffer)?;
        if self.end == 0 {
            return Err("the server hung up".into());
        }
        Ok(())
    }
}
