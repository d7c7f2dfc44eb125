//! Sends prepared answers as fast as a socket takes them.
//!
//! The first segment of a request's path names the answer ([`answer`] says how), so that any
//! client reaches it by its base URL. Nothing is computed while an answer is sent: what is
//! measured must be the client.
//!
//! ```text
//! bench-server [--cpu N] [--tls CERT]
//! ```
//!
//! Prints its port, writes its certificate to `CERT`, and stops when its standard input closes.

mod answer;
mod connection;
mod tls;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::thread::{CpuSet, sched_setaffinity};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let mut certificate = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("a flag lacks its value")?;
        match argument.as_str() {
            "--cpu" => pin(value.parse()?)?,
            "--tls" => certificate = Some(PathBuf::from(value)),
            other => return Err(format!("unknown flag {other}").into()),
        }
    }
    let tls = certificate.map(|path| tls::config(&path)).transpose()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;

    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let answers = Arc::new(answer::Answers::default());
    for stream in listener.incoming() {
        let (stream, answers, tls) = (stream?, Arc::clone(&answers), tls.clone());
        std::thread::spawn(move || {
            // A client that is done just goes.
            let _ = match tls {
                Some(tls) => {
                    tls::accept(tls, stream).and_then(|stream| connection::serve(stream, &answers))
                }
                None => connection::serve(stream, &answers),
            };
        });
    }
    Ok(())
}

fn pin(cpu: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(cpu);
    Ok(sched_setaffinity(None, &set)?)
}
