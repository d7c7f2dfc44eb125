//! `imagegen serve`.

use std::io;
use std::net::SocketAddr;

use imagegen_emulator::Emulator;

use crate::args::Serve;
use crate::failure::{Exit, Failure, io_text};
use crate::interrupt::interrupted;
use crate::output::Output;

/// The port that is asked for first when none is named.
const USUAL_PORT: u16 = 8787;

pub(crate) fn run(args: &Serve, output: &Output) -> Result<Exit, Failure> {
    super::block_on(serve(args, output))
}

async fn serve(args: &Serve, output: &Output) -> Result<Exit, Failure> {
    if !args.host.is_loopback() {
        output.warning(format_args!(
            "{} is not loopback: whoever reaches this machine can use the emulator",
            args.host
        ));
    }
    let emulator = start(args).await?;
    let address = emulator.address();
    output.data(format!("listening on http://{address}").as_bytes())?;
    output.note(format_args!(
        "every key works; base URL http://{address}/v1, for Ark clients http://{address}/api/v3; Ctrl-C ends it"
    ));
    interrupted().await;
    emulator.stop().await;
    Ok(Exit::Done)
}

async fn start(args: &Serve) -> Result<Emulator, Failure> {
    let port = args.port.unwrap_or(USUAL_PORT);
    match bind(args, port).await {
        Err(error) if args.port.is_none() && error.kind() == io::ErrorKind::AddrInUse => {
            bind(args, 0)
                .await
                .map_err(|error| failure(args, 0, &error))
        }
        started => started.map_err(|error| failure(args, port, &error)),
    }
}

async fn bind(args: &Serve, port: u16) -> io::Result<Emulator> {
    Emulator::builder()
        .address(SocketAddr::new(args.host, port))
        .start()
        .await
}

fn failure(args: &Serve, port: u16, error: &io::Error) -> Failure {
    let address = SocketAddr::new(args.host, port);
    let message = format!("cannot listen on {address}: {}", io_text(error));
    Failure::new(Exit::Failed, "emulator", message)
}
