//! One measured run of the SDK, of a client as one writes it, or of a bare socket.
//!
//! ```text
//! bench-client CLIENT JOB SERVER ANSWER FOLDER CALLS AT_ONCE [CPU]
//! ```
//!
//! `CERT` names the server's certificate where it speaks TLS; with `RUNTIME=current` everything
//! runs on one thread, which makes instruction counts repeat.

mod body;
mod naive;
mod raw;
mod sdk;
mod tls;

use std::future::Future;

use bench_measure::{Clocks, Result, Run};

fn main() -> Result<()> {
    let run = Run::from_arguments()?;
    if run.client == "raw" {
        println!("{}", raw::measured(&run)?);
        return Ok(());
    }
    let mut builder = match std::env::var("RUNTIME").as_deref() {
        Ok("current") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    // A task of its own, as a server's handler is: the main thread would have every piece of an
    // answer handed over from the thread that reads it.
    let runtime = builder.enable_all().build()?;
    let line = runtime.block_on(async { tokio::spawn(one_run(run)).await? })?;
    println!("{line}");
    Ok(())
}

async fn one_run(run: Run) -> Result<String> {
    match run.client.as_str() {
        "sdk" => {
            let sdk = sdk::Sdk::new(&run)?;
            measured(&run, || sdk.small(), || sdk.call()).await
        }
        "naive" => {
            let naive = naive::Naive::new(&run)?;
            measured(&run, || naive.small(), || naive.call()).await
        }
        other => Err(format!("unknown client {other}").into()),
    }
}

/// Makes the small call, then measures the others.
async fn measured<W, C>(run: &Run, warm: impl Fn() -> W, call: impl Fn() -> C) -> Result<String>
where
    W: Future<Output = Result<()>>,
    C: Future<Output = Result<()>>,
{
    for _ in 0..run.at_once {
        warm().await?;
    }
    let clocks = Clocks::start()?;
    if run.at_once <= 1 {
        for _ in 0..run.calls {
            call().await?;
        }
    } else {
        for _ in 0..run.calls / run.at_once {
            let calls = (0..run.at_once).map(|_| call());
            futures_util::future::try_join_all(calls).await?;
        }
    }
    clocks.stop()
}
