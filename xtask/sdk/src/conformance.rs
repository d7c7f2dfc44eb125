//! `cargo xtask conformance`: the vendors' own clients judge the emulator, and the deviations of
//! gateways are tried on them and on this SDK.

use std::path::Path;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use imagegen_emulator::Emulator;
use tokio::runtime::Runtime;

mod case;
mod deviations;
mod driver;
mod environment;
mod judge;
mod outcome;
mod programs;
mod scenarios;
mod table;

use self::driver::{Client, Driver, Tools};
use self::environment::Environment;
use self::judge::Verdict;
use self::outcome::Outcome;
use self::programs::{Programs, Server};
use self::table::Line;

/// The cell of a client that has no such call.
const NO_SUCH_CALL: &str = "–";

/// How many checks came out which way.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    passed: usize,
    failed: usize,
}

/// Runs everything, and writes the page of deviations, or with `check` compares it.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let python = environment::languages()?;
    let programs = Programs::build(root)?;
    let environment = Environment::prepare(root, &programs.target, python)?;
    let tools = Tools {
        root,
        environment: &environment,
        probe: &programs.probe,
    };
    let server = Server::start(&programs.imagegen)?;
    let mut tally = Tally::default();
    for one in each(&Client::OFFICIAL, |client| {
        judge_all(tools, client, &server.url)
    })? {
        tally.passed += one.passed;
        tally.failed += one.failed;
    }

    let columns = each(&Client::ALL, |client| try_all(tools, client))?;
    let versions: Vec<_> = Client::ALL
        .into_iter()
        .zip(columns.iter().map(|column| column.version.clone()))
        .collect();
    let mut lines = Vec::new();
    for (at, deviation) in deviations::all().into_iter().enumerate() {
        let cells = columns.iter().map(|column| column.cells[at].clone());
        lines.push(Line {
            deviation,
            cells: cells.collect(),
        });
    }
    let page = table::render(&versions, &lines);
    compare(root, &page, &lines, check, &mut tally)?;

    println!("{} passed, {} failed", tally.passed, tally.failed);
    ensure!(tally.failed == 0, "conformance: {} failed", tally.failed);
    Ok(())
}

/// Does the same for several clients at once.
fn each<T: Send>(clients: &[Client], work: impl Fn(Client) -> Result<T> + Sync) -> Result<Vec<T>> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter()
            .map(|client| scope.spawn(move || work(*client)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                let result = thread.join();
                result.unwrap_or_else(|_| Err(anyhow!("a thread panicked")))
            })
            .collect()
    })
}

/// Runs a client's scenarios.
fn judge_all(tools: Tools<'_>, client: Client, url: &str) -> Result<Tally> {
    let mut driver = Driver::start(tools, client, url, "scenarios")?;
    let mut tally = Tally::default();
    for scenario in scenarios::of(client, driver.pictures()) {
        let seen = driver.run(&scenario.case)?;
        let name = &scenario.case.name;
        match judge::judge(&scenario, &seen)? {
            Verdict::Passed => {
                println!("{client:13} {name}: ok");
                tally.passed += 1;
            }
            Verdict::KnownFailure(reason) => {
                println!("{client:13} {name}: fails as expected: {reason}");
                tally.passed += 1;
            }
            Verdict::Failed(reason) => {
                println!("{client:13} {name}: FAILED: {reason}");
                tally.failed += 1;
            }
        }
    }
    Ok(tally)
}

/// What a client made of the deviations.
struct Column {
    version: String,
    cells: Vec<String>,
}

/// Tries all deviations on a client, with an emulator of its own that counts what is billed.
fn try_all(tools: Tools<'_>, client: Client) -> Result<Column> {
    let runtime = Runtime::new().context("cannot start a runtime")?;
    let emulator = runtime
        .block_on(Emulator::start())
        .context("cannot start the emulator")?;
    let mut driver = Driver::start(tools, client, &emulator.url(), "deviations")?;
    let mut cells = Vec::new();
    let all = deviations::all();
    for deviation in &all {
        let Some(case) = deviation.case(client) else {
            cells.push(NO_SUCH_CALL.to_owned());
            continue;
        };
        let before = emulator.accepted();
        let seen = driver.run(&case)?;
        let requests = emulator.requests();
        let outcome = Outcome {
            deviation: *deviation,
            case: &case,
            pictures: &seen.pictures()?,
            seen: &seen,
            billed: emulator.accepted() - before,
            request_id: requests.last().map_or("", |last| &last.request_id),
        };
        cells.push(outcome.words());
    }
    let version = driver.version.clone();
    drop(driver);
    // It panics if a handler did.
    runtime.block_on(emulator.stop());
    println!("{client:13} tried with {} deviations", all.len());
    Ok(Column { version, cells })
}

/// Writes the page, or compares it: each cell is a check.
fn compare(root: &Path, page: &str, lines: &[Line], check: bool, tally: &mut Tally) -> Result<()> {
    let cells = lines.iter().flat_map(|line| &line.cells);
    let count = cells.filter(|cell| *cell != NO_SUCH_CALL).count();
    let differences = table::differences(root, page, lines)?;
    for difference in &differences {
        println!("{difference}");
    }
    let mut failed = 0;
    if check && !differences.is_empty() {
        println!(
            "if that is right, run `cargo xtask conformance` and review {}",
            table::PAGE
        );
        failed = differences.len().min(count);
    } else if !differences.is_empty() {
        table::write(root, page)?;
        println!("wrote {}", table::PAGE);
    }
    tally.passed += count - failed;
    tally.failed += failed;
    Ok(())
}
