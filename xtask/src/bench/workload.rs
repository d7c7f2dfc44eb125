//! What is measured.

/// Where files go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disk {
    /// Memory that is mounted as a file system: what the client costs, without the disk.
    Tmpfs,
    /// The file system the repository is on.
    Real,
}

/// One workload: every client does `job` with `answer`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Workload {
    pub(super) name: &'static str,
    /// The row of the table it stands for, and what it must reach.
    pub(super) goal: Option<Goal>,
    pub(super) job: &'static str,
    pub(super) answer: &'static str,
    pub(super) calls: u32,
    pub(super) at_once: u32,
    /// The clients; `raw:read` is the client `raw` doing `read`.
    pub(super) clients: &'static [&'static str],
    pub(super) disk: Disk,
    pub(super) tls: bool,
}

/// What a workload must reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) row: &'static str,
    /// The peer and how many times faster than it.
    pub(super) peer: Option<(&'static str, f64)>,
    /// The limit and how many times its cost at most.
    pub(super) limit: Option<(&'static str, f64)>,
    /// Memory over idle at most, in MiB.
    pub(super) memory: Option<f64>,
}

const PLAIN: Workload = Workload {
    name: "",
    goal: None,
    job: "file",
    answer: "",
    calls: 1,
    at_once: 1,
    clients: &["raw", "sdk", "naive", "async-openai"],
    disk: Disk::Tmpfs,
    tls: false,
};

/// 32 MiB are 33,554,432 bytes, 8 MiB are 8,388,608, 2 MiB are 2,097,152.
pub(super) const ALL: &[Workload] = &[
    Workload {
        name: "file-4x32",
        goal: Some(Goal {
            row: "4 images × 32 MB in one JSON answer",
            peer: Some(("async-openai", 5.0)),
            limit: Some(("raw", 1.2)),
            memory: Some(2.0),
        }),
        answer: "json-4-33554432",
        clients: &["raw:read", "raw", "sdk", "naive", "async-openai"],
        ..PLAIN
    },
    Workload {
        name: "stream-3+1x8",
        goal: Some(Goal {
            row: "stream, 3 previews + 1 image of 8 MB each",
            peer: Some(("async-openai", 200.0)),
            limit: Some(("raw", 1.2)),
            memory: Some(2.0),
        }),
        job: "stream",
        answer: "sse-3-8388608",
        clients: &["raw:read", "raw", "sdk", "naive", "async-openai"],
        ..PLAIN
    },
    Workload {
        name: "idle-1x2",
        goal: Some(Goal {
            row: "1 image × 2 MB",
            peer: Some(("async-openai", 3.0)),
            limit: Some(("raw", 1.5)),
            memory: Some(2.0),
        }),
        answer: "json-1-2097152",
        clients: &["raw", "sdk", "naive", "async-openai"],
        ..PLAIN
    },
    Workload {
        name: "file-1x2",
        goal: Some(Goal {
            row: "1 image × 2 MB, twenty calls in a row",
            peer: Some(("async-openai", 3.0)),
            limit: Some(("raw", 1.5)),
            memory: Some(2.0),
        }),
        answer: "json-1-2097152",
        calls: 20,
        ..PLAIN
    },
    Workload {
        name: "memory-4x32",
        goal: Some(Goal {
            row: "4 × 32 MB to memory instead of disk",
            peer: Some(("async-openai", 3.5)),
            limit: Some(("raw", 1.2)),
            memory: Some(130.0),
        }),
        job: "memory",
        answer: "json-4-33554432",
        ..PLAIN
    },
    Workload {
        name: "upload-14x8",
        goal: Some(Goal {
            row: "JSON body with 14 references × 8 MB sent",
            peer: Some(("naive", 4.0)),
            limit: Some(("raw", 1.3)),
            memory: Some(2.0),
        }),
        job: "upload",
        answer: "small",
        clients: &["raw", "sdk", "naive"],
        ..PLAIN
    },
    Workload {
        name: "small-sequential",
        goal: Some(Goal {
            row: "small URL answers, sequential",
            peer: Some(("async-openai", 1.0)),
            limit: None,
            memory: None,
        }),
        job: "small",
        answer: "small",
        calls: 10_000,
        clients: &["raw", "sdk", "naive", "async-openai"],
        ..PLAIN
    },
    Workload {
        name: "small-64-at-once",
        goal: Some(Goal {
            row: "small URL answers, 64 at once",
            peer: Some(("async-openai", 1.0)),
            limit: None,
            memory: None,
        }),
        job: "small",
        answer: "small",
        calls: 6400,
        at_once: 64,
        clients: &["sdk", "naive", "async-openai"],
        ..PLAIN
    },
    Workload {
        name: "disk-4x32",
        answer: "json-4-33554432",
        clients: &["raw", "sdk", "async-openai"],
        disk: Disk::Real,
        ..PLAIN
    },
    Workload {
        name: "chunked-4x32",
        answer: "json-4-33554432.c65536",
        clients: &["raw", "sdk", "naive"],
        ..PLAIN
    },
    Workload {
        name: "small-chunks-4x32",
        answer: "json-4-33554432.c4096",
        clients: &["raw", "sdk", "naive"],
        ..PLAIN
    },
    Workload {
        name: "escaped-4x32",
        answer: "json-4-33554432.e",
        clients: &["sdk", "naive"],
        ..PLAIN
    },
    Workload {
        name: "idle-1x1",
        answer: "json-1-1048576",
        clients: &["sdk", "naive"],
        ..PLAIN
    },
    Workload {
        name: "idle-1x128",
        answer: "json-1-134217728",
        clients: &["sdk", "naive"],
        ..PLAIN
    },
    Workload {
        name: "idle-tls-1x1",
        answer: "json-1-1048576",
        clients: &["sdk", "naive"],
        tls: true,
        ..PLAIN
    },
    Workload {
        name: "idle-tls-1x128",
        answer: "json-1-134217728",
        clients: &["sdk", "naive"],
        tls: true,
        ..PLAIN
    },
    Workload {
        name: "broken-4x32",
        job: "broken",
        answer: "json-4-33554432.b",
        clients: &["sdk"],
        ..PLAIN
    },
    Workload {
        name: "paced-4x32",
        answer: "json-4-33554432.p200",
        clients: &["raw", "sdk", "naive", "async-openai"],
        ..PLAIN
    },
    Workload {
        name: "paced-stream-3+1x8",
        job: "stream",
        answer: "sse-3-8388608.p50",
        clients: &["raw", "sdk", "naive", "async-openai"],
        ..PLAIN
    },
];
