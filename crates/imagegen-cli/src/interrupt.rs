//! Ctrl-C and SIGTERM.

use crate::failure::Exit;

/// Waits until somebody wants the command to end, and returns the exit code that says so.
pub(crate) async fn interrupted() -> Exit {
    tokio::select! {
        () = ctrl_c() => Exit::Interrupted,
        () = terminate() => Exit::Terminated,
    }
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}
