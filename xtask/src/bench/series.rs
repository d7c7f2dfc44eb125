//! Runs all clients of a workload, round after round.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use super::build::Programs;
use super::process::{self, Sample, Scratch, Server};
use super::statistics::Range;
use super::workload::Workload;

/// What each client measured, round by round.
pub(super) struct Series {
    clients: Vec<(&'static str, Vec<Sample>)>,
}

pub(super) fn run(
    programs: &Programs,
    scratch: &Scratch,
    workload: &Workload,
    rounds: usize,
) -> Result<Series> {
    let server = Server::start(programs, workload.tls.then(|| scratch.certificate()))?;
    let mut clients: Vec<(&str, Vec<Sample>)> = Vec::new();
    clients.extend(workload.clients.iter().map(|client| (*client, Vec::new())));
    // Makes the server make its answer.
    process::run(programs, scratch, &server, workload, workload.clients[0])?;
    for _ in 0..rounds {
        for at in shuffled(clients.len()) {
            let (client, samples) = &mut clients[at];
            samples.push(process::run(programs, scratch, &server, workload, client)?);
        }
    }
    Ok(Series { clients })
}

impl Series {
    pub(super) fn clients(&self) -> impl Iterator<Item = &'static str> {
        self.clients.iter().map(|(client, _)| *client)
    }

    fn samples(&self, client: &str) -> Option<&[Sample]> {
        let found = self.clients.iter().find(|(name, _)| *name == client)?;
        Some(&found.1)
    }

    /// A figure of a client.
    pub(super) fn figure(&self, client: &str, figure: fn(&Sample) -> f64) -> Option<Range> {
        Some(Range::of(self.samples(client)?.iter().map(figure)))
    }

    /// How many times the figure of `over` that of `under` is, round by round.
    pub(super) fn ratio(
        &self,
        over: &str,
        under: &str,
        figure: fn(&Sample) -> f64,
    ) -> Option<Range> {
        let pairs = self.samples(over)?.iter().zip(self.samples(under)?);
        Some(Range::of(
            pairs.map(|(over, under)| figure(over) / figure(under)),
        ))
    }
}

/// The numbers up to `count` in an order of the moment.
fn shuffled(count: usize) -> Vec<usize> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut state = now.map_or(1, |now| now.as_nanos() as u64) | 1;
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(at, (state % (at as u64 + 1)) as usize);
    }
    order
}
