//! How much memory calls take, counted by the allocator: whatever the size of a picture that goes
//! to or comes from the disk, it is the same.
//!
//! One test at a time, because the heap is everybody's.

mod heap;
mod server;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use imagegen::{
    CheckContext, Client, Error, GptImage, GptImageEdit, GptImageModel, ImageData, ImageInput,
    ImageRequest, ModelTable, Quality, Seedream, SeedreamModel, Size, Target,
};

use heap::Heap;
use server::Server;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The most a call may hold, HTTP client and all, when its pictures go to or come from files.
const CAP: usize = 3 * MIB / 2;
/// How far calls with pictures of different sizes may lie apart.
const APART: usize = 384 * KIB;

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// A client whose connection stands, so that only the measured call counts.
async fn warmed(server: &Server, answer: &str) -> Client {
    let client = |answer| {
        Client::builder()
            .base_url(server.base_url(answer))
            .api_key("sk-test")
    };
    let http = imagegen_http();
    let warm = client("json-1-900").http_client(http.clone());
    warm.build().unwrap().generate(request()).await.unwrap();
    client(answer).http_client(http).build().unwrap()
}

fn imagegen_http() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}
