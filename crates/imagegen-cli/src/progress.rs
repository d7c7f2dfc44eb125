//! The sign of life while a picture is drawn, which can take minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::output::Output;

/// Shows that the command waits, until it is dropped: on a terminal a line with the seconds, in a
/// log a line every half minute, so that nobody takes the job for dead.
#[derive(Debug)]
pub(crate) struct Progress {
    task: Option<JoinHandle<()>>,
    output: Arc<Output>,
    done: Arc<AtomicU32>,
}

/// The first sign on a terminal waits this long: most refusals are faster.
const DELAY: Duration = Duration::from_millis(400);
const HEARTBEAT: Duration = Duration::from_secs(30);

impl Progress {
    /// Starts to wait for `calls` answers of a model.
    pub(crate) fn start(output: &Arc<Output>, model: &str, calls: u32) -> Self {
        let done = Arc::new(AtomicU32::new(0));
        let task = (!output.quiet()).then(|| {
            let (output, done) = (Arc::clone(output), Arc::clone(&done));
            let text = format!("waiting for {model}");
            output.start_waiting();
            tokio::spawn(async move { show(&output, &text, &done, calls).await })
        });
        Self {
            task,
            output: Arc::clone(output),
            done,
        }
    }

    /// Counts one answer.
    pub(crate) fn one_done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            self.output.stop_waiting();
        }
    }
}

async fn show(output: &Output, text: &str, done: &AtomicU32, calls: u32) {
    let started = Instant::now();
    let terminal = output.terminal();
    let (first, period) = if terminal {
        (DELAY, Duration::from_millis(250))
    } else {
        (HEARTBEAT, HEARTBEAT)
    };
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + first, period);
    loop {
        ticks.tick().await;
        let mut line = format!("{text}: {} s", started.elapsed().as_secs());
        if calls > 1 {
            line += &format!(", {} of {calls} answered", done.load(Ordering::Relaxed));
        }
        if terminal {
            output.wait(&line);
        } else {
            output.tell(&line);
        }
    }
}
