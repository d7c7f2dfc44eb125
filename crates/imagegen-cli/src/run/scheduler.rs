//! The scheduler of `generate` and `batch`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use imagegen::Error;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::attempt::{Attempt, Step};
use super::pace::{Pace, is_one_too_many};
use super::signals::Signals;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::progress::Progress;
use crate::text::several;

/// How often a call that was surely not accepted is made again, but for rate limits.
const RETRIES: u32 = 2;
/// Steps that may wait to be taken in: a server that sends a million of them is held up.
const STEPS: usize = 256;

/// What there is to do, and who takes in what comes of it.
pub(crate) trait Work {
    /// What goes out next; `None` if there is nothing now, or nothing more.
    ///
    /// # Errors
    ///
    /// Why nothing more goes out.
    fn next(&mut self) -> Result<Option<Attempt>, Stop>;

    /// Takes in what happened in a call; returns why nothing more goes out, if that is so.
    fn take(&mut self, number: u32, step: Step) -> Option<Stop>;
}

/// Why nothing more goes out.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    pub(crate) why: String,
    /// The exit code, where what came does not decide it.
    pub(crate) exit: Option<Exit>,
}

impl Stop {
    pub(crate) fn because(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            exit: None,
        }
    }

    fn interrupted(exit: Exit) -> Self {
        Self {
            why: "interrupted".to_owned(),
            exit: Some(exit),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self {
            why: failure.message,
            exit: Some(failure.exit),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Everything that went out has come to its end.
    Over(Option<Stop>),
    /// A second interrupt left what was out, which these ids name.
    Left(Vec<String>),
}

/// Makes calls until there is no more work.
#[derive(Debug)]
pub(crate) struct Scheduler {
    pub(crate) output: Arc<Output>,
    pub(crate) progress: Progress,
    /// How many calls are out at a time.
    pub(crate) concurrency: usize,
    /// How long each may take, waits before it is made again included.
    pub(crate) limit: Duration,
    /// Whether other calls wait as well: then a rate limit is waited for as long as it takes.
    pub(crate) several: bool,
}

/// A call that is out, or waits to go out again.
#[derive(Debug)]
struct Pending {
    attempt: Attempt,
    sent: Instant,
}

/// A call that goes out again.
#[derive(Debug)]
struct Again {
    attempt: Attempt,
    /// Why it was refused before.
    error: Error,
    /// Not before, besides the pace of all.
    at: Instant,
}

/// What is going on.
struct Run {
    pace: Pace,
    out: BTreeMap<u32, Pending>,
    again: VecDeque<Again>,
    tasks: JoinSet<()>,
    sender: Sender<(u32, Step)>,
    steps: Receiver<(u32, Step)>,
    stop: Option<Stop>,
    /// Whether the work had nothing to send when it was asked last.
    idle: bool,
}

impl Scheduler {
    /// Makes the calls.
    pub(crate) async fn run(self, work: &mut impl Work) -> Ending {
        let mut signals = Signals::listen();
        let (sender, steps) = mpsc::channel(STEPS);
        let mut run = Run {
            pace: Pace::new(self.concurrency),
            out: BTreeMap::new(),
            again: VecDeque::new(),
            tasks: JoinSet::new(),
            sender,
            steps,
            stop: None,
            idle: false,
        };
        let mut interrupted = false;
        loop {
            let mut heard = signals.heard();
            if heard.is_none() {
                heard = run.send(&self, work, &mut signals);
            }
            if heard.is_none() {
                let nothing_left = run.again.is_empty() && run.idle;
                if run.out.is_empty() && (nothing_left || run.stop.is_some()) {
                    break;
                }
                let wake = run.wake();
                tokio::select! {
                    biased;
                    exit = signals.next() => heard = Some(exit),
                    Some((number, step)) = run.steps.recv() => run.take(&self, work, number, step),
                    Some(Err(panic)) = run.tasks.join_next() => {
                        std::panic::resume_unwind(panic.into_panic());
                    }
                    () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                }
            }
            if let Some(exit) = heard {
                if interrupted {
                    return run.leave(work);
                }
                interrupted = true;
                run.interrupt(&self, work, exit);
            }
        }
        run.give_up(work);
        Ending::Over(run.stop)
    }

    /// How long to wait before a call goes out again; `None` if it must not.
    fn again(&self, pending: &Pending, error: &Error, pace: &mut Pace) -> Option<Instant> {
        let retries = pending.attempt.retries;
        if !error.is_retryable() {
            return None;
        }
        let now = Instant::now();
        let crowded = is_one_too_many(error);
        if retries >= RETRIES && !(crowded && self.several) {
            return None;
        }
        let at = if crowded {
            if let Some(pause) = pace.refused(error, pending.sent)
                && pause >= Duration::from_secs(1)
            {
                let seconds = pause.as_secs_f64().ceil();
                self.output.note(format_args!(
                    "too many requests for this server: all wait {seconds} s"
                ));
            }
            pace.pause(now).unwrap_or(now)
        } else {
            let wait = Duration::from_millis(250).saturating_mul(1 << retries.min(16));
            now + error.retry_after().unwrap_or(wait)
        };
        // A wait that does not end in time is not begun.
        let deadline = pending.attempt.deadline;
        deadline.is_none_or(|deadline| at < deadline).then_some(at)
    }
}

impl Run {
    /// Sends what may go out now; returns a signal that was heard meanwhile.
    fn send(
        &mut self,
        scheduler: &Scheduler,
        work: &mut impl Work,
        signals: &mut Signals,
    ) -> Option<Exit> {
        self.idle = false;
        while self.stop.is_none() && self.pace.has_room(self.out.len(), Instant::now()) {
            let mut attempt = match self.due() {
                Some(attempt) => attempt,
                None => match work.next() {
                    Ok(Some(attempt)) => attempt,
                    Ok(None) => {
                        self.idle = true;
                        break;
                    }
                    Err(stop) => {
                        self.stop = Some(stop);
                        break;
                    }
                },
            };
            let sent = Instant::now();
            attempt.deadline.get_or_insert(sent + scheduler.limit);
            self.tasks.spawn(attempt.clone().make(self.sender.clone()));
            self.out.insert(attempt.number, Pending { attempt, sent });
            // It may have been heard while the call was noted on a slow disk.
            if let Some(exit) = signals.heard() {
                return Some(exit);
            }
        }
        None
    }

    /// The next call that goes out again, once it is due.
    fn due(&mut self) -> Option<Attempt> {
        let now = Instant::now();
        let due = self.again.iter().position(|again| again.at <= now)?;
        let mut attempt = self.again.remove(due)?.attempt;
        attempt.retries += 1;
        Some(attempt)
    }

    /// When there is something to send again, or the pause of all ends.
    fn wake(&self) -> Option<Instant> {
        if self.stop.is_some() {
            return None;
        }
        let now = Instant::now();
        let pause = self.pace.pause(now);
        let again = self.again.iter().map(|again| again.at).min();
        match (pause, again) {
            (Some(pause), Some(again)) => Some(pause.max(again)),
            (Some(pause), None) => Some(pause),
            // What is due and has no room waits for an answer, not for the clock.
            (None, again) => again.filter(|again| *again > now),
        }
    }

    fn take(&mut self, scheduler: &Scheduler, work: &mut impl Work, number: u32, step: Step) {
        if !step.is_last() {
            self.stop_for(work.take(number, step));
            return;
        }
        let Some(pending) = self.out.remove(&number) else {
            return;
        };
        let step = match step {
            Step::Broken(error) if self.stop.is_none() => {
                match scheduler.again(&pending, &error, &mut self.pace) {
                    Some(at) => {
                        self.again.push_back(Again {
                            attempt: pending.attempt,
                            error,
                            at,
                        });
                        return;
                    }
                    None => Step::Broken(error),
                }
            }
            Step::Answered(response) => {
                self.pace.answered(&response.meta.rate_limits);
                Step::Answered(response)
            }
            other => other,
        };
        scheduler.progress.one_done();
        self.stop_for(work.take(number, step));
    }

    fn stop_for(&mut self, stop: Option<Stop>) {
        if self.stop.is_none() {
            self.stop = stop;
        }
    }

    /// The first interrupt: nothing more goes out.
    fn interrupt(&mut self, scheduler: &Scheduler, work: &mut impl Work, exit: Exit) {
        self.stop = Some(Stop::interrupted(exit));
        self.give_up(work);
        if !self.out.is_empty() {
            scheduler.output.warning(format_args!(
                "interrupted: nothing more is sent; waiting for {} that may be billed (interrupt again to leave them)",
                several(self.out.len(), "request"),
            ));
        }
    }

    /// What waits to go out again has failed.
    fn give_up(&mut self, work: &mut impl Work) {
        for Again { attempt, error, .. } in std::mem::take(&mut self.again) {
            let stop = work.take(attempt.number, Step::Broken(error));
            self.stop_for(stop);
        }
    }

    /// The second interrupt: what is out is left.
    fn leave(mut self, work: &mut impl Work) -> Ending {
        self.tasks.abort_all();
        // What came at the last moment counts.
        while let Ok((number, step)) = self.steps.try_recv() {
            if step.is_last() {
                self.out.remove(&number);
            }
            work.take(number, step);
        }
        let calls = self.out.into_values().map(|pending| pending.attempt);
        Ending::Left(
            calls
                .filter(Attempt::is_call)
                .map(|attempt| attempt.client_request_id)
                .collect(),
        )
    }
}

#[cfg(all(test, unix))]
mod tests {
    use clap::Parser as _;
    use imagegen::{Client, CustomImage, Delivery, Target};
    use rustix::process::{Signal, getpid, kill_process};

    use super::*;
    use crate::args::Cli;

    /// Calls whose journal is on a slow disk, where somebody interrupts while the third is noted.
    struct SlowDisk {
        client: Client,
        folder: tempfile::TempDir,
        sent: u32,
        ended: u32,
    }

    impl Work for SlowDisk {
        fn next(&mut self) -> Result<Option<Attempt>, Stop> {
            if self.sent == 2 {
                kill_process(getpid(), Signal::INT).expect("it can be read");
            }
            std::thread::sleep(Duration::from_millis(60));
            self.sent += 1;
            let request = CustomImage::new("custom", "a red fox").into();
            let target = Target::folder(self.folder.path());
            let id = format!("call-{}", self.sent);
            let attempt = Attempt::generate(
                self.sent,
                &self.client,
                request,
                id,
                Delivery::Whole,
                target,
            );
            Ok(Some(attempt))
        }

        fn take(&mut self, _: u32, step: Step) -> Option<Stop> {
            self.ended += u32::from(step.is_last());
            None
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_interrupt_is_heard_while_a_call_is_noted() {
        let global = Cli::try_parse_from(["imagegen", "-q", "doctor"])
            .unwrap()
            .global;
        let output = Arc::new(Output::new(&global));
        let mut work = SlowDisk {
            client: Client::gateway("http://127.0.0.1:1/v1", "test-key").unwrap(),
            folder: tempfile::tempdir().unwrap(),
            sent: 0,
            ended: 0,
        };
        let scheduler = Scheduler {
            progress: Progress::start(&output, "a test", 100),
            output,
            concurrency: 64,
            limit: Duration::from_secs(30),
            several: true,
        };
        let ending = scheduler.run(&mut work).await;
        let Ending::Over(Some(stop)) = ending else {
            panic!("{ending:?}");
        };
        assert_eq!(stop.exit, Some(Exit::Interrupted));
        // What had gone out, and nothing more, has come to its end.
        assert_eq!((work.sent, work.ended), (3, 3));
    }
}
