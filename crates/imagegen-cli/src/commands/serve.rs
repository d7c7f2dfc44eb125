//! `imagegen serve`.

use std::io;
use std::net::SocketAddr;

use imagegen_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::args::Serve;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::run::Signals;
use crate::text::io_text;

/// The port that is asked for first when none is named.
const USUAL_PORT: u16 = 8787;

pub(crate) fn run(args: &Serve, output: &Output) -> Result<Exit, Failure> {
    if args.list_faults {
        list(output)?;
        return Ok(Exit::Done);
    }
    super::block_on(serve(args, output))
}

async fn serve(args: &Serve, output: &Output) -> Result<Exit, Failure> {
    if !args.host.is_loopback() {
        output.warning(format_args!(
            "{} is not loopback: whoever reaches this machine can use the emulator",
            args.host
        ));
    }
    let mut signals = Signals::listen();
    let emulator = start(args).await?;
    let address = emulator.address();
    output.data(format!("listening on http://{address}").as_bytes())?;
    output.note(format_args!(
        "every key works; base URL http://{address}/v1, for Ark clients http://{address}/api/v3; Ctrl-C ends it"
    ));
    signals.next().await;
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
    let mut builder = Emulator::builder().address(SocketAddr::new(args.host, port));
    if let Some(latency) = args.latency {
        builder = builder.latency(latency);
    }
    builder = match args.faults.as_slice() {
        [always] => builder.fault(*always),
        several => builder.fault_queue(several.iter().copied()),
    };
    if let Some(dice) = args.random_faults {
        builder = builder.random_faults(dice.seed, dice.probability);
    }
    if let Some(today) = args.today {
        builder = builder.today(today);
    }
    builder.start().await
}

fn failure(args: &Serve, port: u16, error: &io::Error) -> Failure {
    let address = SocketAddr::new(args.host, port);
    let message = format!("cannot listen on {address}: {}", io_text(error));
    Failure::new(Exit::Failed, "emulator", message)
}

/// Lists what is served and what can go wrong with it.
fn list(output: &Output) -> Result<(), Failure> {
    if output.json() {
        let routes: Vec<Value> = Emulator::ROUTES
            .iter()
            .map(|(route, description)| json!({"route": route, "description": description}))
            .collect();
        let faults: Vec<Value> = Fault::ALL
            .iter()
            .map(|fault| {
                json!({
                    "name": fault.name(),
                    "row": fault.row(),
                    "billed": fault.is_billed(),
                    "description": fault.description(),
                })
            })
            .collect();
        return output.pretty(&json!({"routes": routes, "faults": faults}));
    }
    let width = |longest: Option<usize>| longest.unwrap_or_default();
    let routes = width(Emulator::ROUTES.iter().map(|(route, _)| route.len()).max());
    output.data(b"ROUTES")?;
    for (route, description) in Emulator::ROUTES {
        output.data(format!("{route:routes$}  {description}").as_bytes())?;
    }
    let names = width(Fault::ALL.iter().map(|fault| fault.name().len()).max());
    output.data(format!("\n{:names$}  ROW  BILLED", "FAULTS").as_bytes())?;
    for fault in Fault::ALL {
        let billed = if fault.is_billed() { "yes" } else { "no" };
        let row = fault.row().unwrap_or("-");
        let (name, description) = (fault.name(), fault.description());
        output.data(format!("{name:names$}  {row:3}  {billed:6}  {description}").as_bytes())?;
    }
    output.note(
        "row: the deviation of real gateways it imitates; billed: whether the request counts as accepted",
    );
    Ok(())
}
