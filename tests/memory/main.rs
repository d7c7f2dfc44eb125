//! How much memory calls take, counted by the allocator: whatever the size of a picture that goes
//! to or comes from the disk, it is the same.

#![allow(clippy::unwrap_used)] // A test fails by panicking.

mod heap;
mod server;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use imagegen::{
    CheckContext, Client, Date, Error, GptImage, GptImageEdit, GptImageModel, ImageData,
    ImageEvent, ImageInput, ImageRequest, ModelTable, Seedream, SeedreamModel, Size, Target,
};
use tempfile::TempDir;

use heap::Heap;
use server::Server;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The most a call may hold when its pictures go to or come from files. Most of it is the HTTP
/// client's: it reads up to 408 KiB at a time, of which three or four are on their way.
const CAP: usize = 5 * MIB / 2;
/// How far calls that differ in nothing but the size of their pictures may lie apart: the HTTP
/// client reads more at a time where more is there.
const APART: usize = MIB;

/// What every test needs, which is one at a time, because the heap is everybody's.
struct Bench {
    server: Server,
    runtime: tokio::runtime::Runtime,
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Bench {
    fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        Self {
            server: Server::start(),
            runtime,
            folder: tempfile::tempdir().unwrap(),
            _alone: alone,
        }
    }

    /// A client of one answer whose connection stands, so that only the next call counts.
    fn client(&self, answer: &str) -> Client {
        let client = Client::builder()
            .base_url(self.server.base_url(answer))
            .api_key("sk-test")
            .build()
            .unwrap();
        self.runtime.block_on(client.list_models()).unwrap();
        ModelTable::builtin();
        client
    }

    /// The peak of a call that writes its pictures to files; how many of them there are in the
    /// end, and that they have their size.
    fn to_files(&self, answer: &str, pictures: usize, bytes: usize) -> usize {
        let (client, folder) = (self.client(answer), self.subfolder());
        let heap = Heap::start();
        let response = self
            .runtime
            .block_on(client.generate(request()).to(&folder).into_future());
        let peak = heap.peak();
        assert_eq!(response.unwrap().images.len(), pictures);
        assert_eq!(sizes(&folder), vec![bytes as u64; pictures], "{answer}");
        peak
    }

    fn subfolder(&self) -> PathBuf {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        folder.keep()
    }

    /// Files that begin as a PNG does.
    fn references(&self, count: usize, bytes: usize) -> Vec<PathBuf> {
        let reference = |number| {
            let path = self.folder.path().join(format!("reference-{number}.png"));
            let mut file = fs::File::create(&path).unwrap();
            file.write_all(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\0\0\0\x04\0\x08\x06\0\0\0")
                .unwrap();
            file.set_len(bytes as u64).unwrap();
            path
        };
        (0..count).map(reference).collect()
    }
}

fn request() -> GptImage {
    GptImage::new(GptImageModel::GptImage2, "A red fox in snow").size(Size::px(1024, 1024))
}

/// The sizes of the files in a folder.
fn sizes(folder: &Path) -> Vec<u64> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .collect()
}

fn assert_flat(peaks: &[usize]) {
    let (least, most) = (peaks.iter().min().unwrap(), peaks.iter().max().unwrap());
    assert!(*most <= CAP, "{peaks:?}");
    assert!(most - least <= APART, "{peaks:?}");
}

#[test]
fn pictures_to_files_take_the_same_memory_whatever_their_size() {
    let bench = Bench::new();
    for modifier in ["", ".c1400", ".c16384", ".c65536"] {
        let peak = |bytes| bench.to_files(&format!("json-1-{bytes}{modifier}"), 1, bytes);
        assert_flat(&[peak(MIB), peak(8 * MIB), peak(32 * MIB)]);
    }
    let four = bench.to_files(&format!("json-4-{}", 8 * MIB), 4, 8 * MIB);
    assert!(four <= CAP, "{four}");
}

#[test]
fn a_stream_to_files_takes_the_same_memory_whatever_its_pictures() {
    let bench = Bench::new();
    let peak = |bytes: usize| {
        let (client, folder) = (
            bench.client(&format!("sse-4-{bytes}.c16384")),
            bench.subfolder(),
        );
        let target = Target::folder(&folder).previews(true);
        let heap = Heap::start();
        bench.runtime.block_on(async {
            let mut events = client
                .generate(request())
                .to(target)
                .stream()
                .await
                .unwrap();
            while let Some(event) = events.next().await {
                event.unwrap();
            }
        });
        let peak = heap.peak();
        assert_eq!(sizes(&folder), vec![bytes as u64; 4]);
        peak
    };
    assert_flat(&[peak(MIB), peak(8 * MIB)]);
}

#[test]
fn pictures_to_writers_take_the_same_memory_whatever_their_size() {
    let bench = Bench::new();
    let peak = |bytes: usize| {
        let client = bench.client(&format!("json-4-{bytes}"));
        let heap = Heap::start();
        let call = client
            .generate(request())
            .into_writers(|_| tokio::io::sink())
            .into_future();
        let response = bench.runtime.block_on(call).unwrap();
        let peak = heap.peak();
        for image in &response.images {
            assert!(
                matches!(&image.data, ImageData::Written(written) if written.bytes == bytes as u64)
            );
        }
        peak
    };
    assert_flat(&[peak(MIB), peak(8 * MIB)]);
}

#[test]
fn references_from_files_take_the_same_memory_whatever_their_size() {
    let bench = Bench::new();
    let client = bench.client("json-1-900");
    let as_json = |paths: &[PathBuf]| {
        let seedream = Seedream::new(SeedreamModel::Seedream4_0Of20260415, "All of these");
        let image = |request: Seedream, path| request.image(ImageInput::path(path));
        ImageRequest::from(paths.iter().fold(seedream, image))
    };
    let as_form = |paths: &[PathBuf]| {
        let first = ImageInput::path(&paths[0]);
        let edit = GptImageEdit::new(GptImageModel::GptImage2, "All of these", first);
        let image = |edit: GptImageEdit, path| edit.image(ImageInput::path(path));
        ImageRequest::from(paths[1..].iter().fold(edit, image))
    };
    let peak = |request: ImageRequest| {
        let heap = Heap::start();
        bench
            .runtime
            .block_on(client.generate(request).into_future())
            .unwrap();
        heap.peak()
    };
    let small = bench.references(4, MIB);
    let small = [peak(as_json(&small)), peak(as_form(&small))];
    let large = bench.references(4, 8 * MIB);
    assert_flat(&[small[0], peak(as_json(&large))]);
    assert_flat(&[small[1], peak(as_form(&large))]);
}

#[test]
fn pictures_to_memory_take_their_own_size() {
    let bench = Bench::new();
    let client = bench.client(&format!("json-4-{}", 8 * MIB));
    let heap = Heap::start();
    let response = bench
        .runtime
        .block_on(client.generate(request()).into_future())
        .unwrap();
    let (peak, kept) = (heap.peak(), heap.kept());
    for image in &response.images {
        assert!(matches!(&image.data, ImageData::Inline(bytes) if bytes.len() == 8 * MIB));
    }
    assert!(peak <= 4 * 8 * MIB + 2 * MIB, "{peak}");
    assert!(kept <= 4 * 8 * MIB + MIB, "{kept}");
}

#[test]
fn a_stream_to_memory_holds_one_picture_at_a_time() {
    let bench = Bench::new();
    let client = bench.client(&format!("sse-4-{}.c65536", 8 * MIB));
    let heap = Heap::start();
    let previews = bench.runtime.block_on(async {
        let mut events = client.generate(request()).stream().await.unwrap();
        let mut previews = 0;
        while let Some(event) = events.next().await {
            previews += usize::from(matches!(event.unwrap(), ImageEvent::Partial(_)));
        }
        previews
    });
    assert_eq!(previews, 3);
    // Without a length for the first of them, the buffer grows by doubling.
    assert!(heap.peak() <= 16 * MIB + 2 * MIB, "{}", heap.peak());
}

#[test]
fn the_first_picture_is_on_the_disk_before_the_last_is_sent() {
    let bench = Bench::new();
    let client = bench.client(&format!("json-2-{MIB}.w"));
    let folder = bench.subfolder();
    let call = {
        let folder = folder.clone();
        bench
            .runtime
            .spawn(async move { client.generate(request()).to(&folder).await })
    };
    let give_up = Instant::now() + Duration::from_secs(30);
    while !sizes(&folder).contains(&(MIB as u64)) {
        assert!(Instant::now() < give_up, "{:?}", sizes(&folder));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!call.is_finished());
    bench.server.release();
    let response = bench.runtime.block_on(call).unwrap().unwrap();
    assert_eq!(response.images.len(), 2);
}

#[test]
fn the_error_of_a_broken_answer_is_small_and_keeps_its_pictures() {
    let bench = Bench::new();
    let client = bench.client(&format!("json-2-{}.b", 16 * MIB));
    let folder = bench.subfolder();
    let heap = Heap::start();
    let result = bench
        .runtime
        .block_on(client.generate(request()).to(&folder).into_future());
    let (peak, kept) = (heap.peak(), heap.kept());
    let error = result.unwrap_err();
    assert!(
        matches!(error, Error::OutcomeUnknown(_) | Error::Decode(_)),
        "{error}"
    );
    assert!(peak <= CAP, "{peak}");
    // What is left of the HTTP client's buffers is in this, too.
    assert!(kept <= 512 * KIB, "{kept}");
    assert!(error.to_string().len() <= KIB);
    assert_eq!(error.partial().map(|partial| partial.images.len()), Some(2));
    assert_eq!(sizes(&folder), [16 * MIB as u64; 2]);
}

#[test]
fn a_check_that_passes_allocates_nothing() {
    let table = ModelTable::builtin();
    // A day on which none of these models is near its end.
    let mut context = CheckContext::default();
    context.today = Date::new(2026, 11, 22);
    let plain = ImageRequest::from(request().n(2));
    let group = ImageRequest::from(
        Seedream::new(SeedreamModel::Seedream4_0Of20260415, "Four seasons")
            .size(Size::K2)
            .max_images(4)
            .watermark(false),
    );
    let edit = GptImageEdit::new(
        GptImageModel::GptImage2,
        "Put a hat on the fox",
        ImageInput::path("fox.png"),
    );
    for request in [plain, group, edit.into()] {
        assert_eq!(table.check(&request, &context), []);
        let count = heap::allocations(|| {
            std::hint::black_box(table.check(&request, &context));
        });
        assert_eq!(count, 0, "{request:?}");
    }
}
