//! Takes connections, serves them, and ends them.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::routes;
use crate::state::Shared;
use crate::wire::socket::Socket;

/// How long requests under way may take to end once the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// Takes connections until the server stops, then lets them end.
pub(crate) async fn run(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file handles, or the client is gone already: try again in a moment.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
            Some(_) = connections.join_next() => continue,
            _ = stopping.changed() => break,
        };
        // Events are small and wait for nothing.
        let _ = stream.set_nodelay(true);
        let connection = connection(Socket::new(stream), Arc::clone(&shared), stopping.clone());
        let shared = Arc::clone(&shared);
        connections.spawn(async move { shared.guard(connection).await });
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, all).await;
}

async fn connection(socket: Socket, shared: Arc<Shared>, mut stopping: watch::Receiver<bool>) {
    let router = routes::router(shared).layer(Extension(socket.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let stop = async {
        // An error is an emulator that was dropped, and this task with it.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    // How a connection ends is the client's affair, or a fault's.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
