//! Ctrl-C, SIGTERM and SIGHUP, heard from the first call to the last.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::failure::Exit;

/// The signals since it was made, none of them missed.
#[derive(Debug)]
pub(crate) struct Signals {
    heard: UnboundedReceiver<Exit>,
    /// Keeps the channel open where no signal can be listened for.
    _sender: UnboundedSender<Exit>,
}

impl Signals {
    /// Begins to listen, on tasks of their own: they hear while this one writes to a disk.
    pub(crate) fn listen() -> Self {
        let (sender, heard) = mpsc::unbounded_channel();
        listen(&sender);
        Self {
            heard,
            _sender: sender,
        }
    }

    /// The next one, as the exit code that says so.
    pub(crate) async fn next(&mut self) -> Exit {
        match self.heard.recv().await {
            Some(exit) => exit,
            None => std::future::pending().await,
        }
    }

    /// One that has been heard already.
    pub(crate) fn heard(&mut self) -> Option<Exit> {
        self.heard.try_recv().ok()
    }
}

#[cfg(unix)]
fn listen(sender: &UnboundedSender<Exit>) {
    use tokio::signal::unix::{SignalKind, signal};

    for (kind, exit) in [
        (SignalKind::interrupt(), Exit::Interrupted),
        (SignalKind::terminate(), Exit::Terminated),
        (SignalKind::hangup(), Exit::HungUp),
    ] {
        if exit == Exit::HungUp && hangups_are_ignored() {
            continue;
        }
        let sender = sender.clone();
        if let Ok(mut signals) = signal(kind) {
            tokio::spawn(async move {
                while signals.recv().await.is_some() && sender.send(exit).is_ok() {}
            });
        }
    }
}

/// Whether the command was started to outlive its terminal, as by `nohup`. Told on Linux only.
#[cfg(unix)]
fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        // The signals are counted from 1, and this is the first.
        .is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
fn listen(sender: &UnboundedSender<Exit>) {
    let sender = sender.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Exit::Interrupted).is_ok() {}
    });
}

/// Lets a write beyond a limit on the size of files fail, instead of the whole command: once the
/// signal is listened for, the system hands out the error.
pub(crate) fn survive_file_limits() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let kind = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
        // The listener may go: what it has set up stays.
        let _ = signal(kind);
    }
}
