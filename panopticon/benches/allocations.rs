//! How often memory is allocated, and whether it is given back; counted, not timed:
//!
//! ```text
//! cargo bench -p panopticon --features http --bench allocations
//! ```

mod plain;
mod services;

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use http::Request;
use panopticon::Panopticon;
use tokio::runtime::{Builder, Runtime};
use tower_service::Service;

use crate::plain::PlainReport;
use crate::services::{CACHED, COLD, names, service};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static COUNTING: Counting = Counting;

/// The system's allocator, which counts. What is grown in place counts too.
struct Counting;

#[allow(
    unsafe_code,
    reason = "there is no other way to count; both only pass on what they are given"
)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: as for this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as for this function.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();

    println!("| allocations of | 1 component | 10 | 100 | 1,000 |");
    println!("| --- | --- | --- | --- | --- |");
    print_row("a cached report", |count| {
        let health = service(&runtime, count, CACHED);
        allocations(&runtime, async || drop(black_box(health.report().await)))
    });
    print_row("a cached report as JSON, into a buffer that is there", |count| {
        let health = service(&runtime, count, CACHED);
        let mut buffer = Vec::with_capacity(1_000_000);
        allocations(&runtime, async || {
            buffer.clear();
            serde_json::to_writer(&mut buffer, &health.report().await).unwrap();
        })
    });
    print_row("a request for a cached report", |count| {
        let health = service(&runtime, count, CACHED);
        allocations(&runtime, async || request(&health, "/healthcheck").await)
    });
    print_row("a cold report", |count| {
        let health = service(&runtime, count, COLD);
        allocations(&runtime, async || drop(black_box(health.report().await)))
    });
    print_row("the same by a `JoinSet` with timeouts", |count| {
        let names = names(count);
        allocations(&runtime, async || drop(black_box(PlainReport::of_tasks(&names).await)))
    });
    println!();
    memory(&runtime);
}

fn print_row(what: &str, count: impl FnMut(usize) -> usize) {
    let [a, b, c, d] = [1, 10, 100, 1_000].map(count);
    println!("| {what} | {a} | {b} | {c} | {d} |");
}

/// Of one time, on average, once everything is warm.
fn allocations(runtime: &Runtime, mut action: impl AsyncFnMut()) -> usize {
    const TIMES: usize = 100;

    runtime.block_on(async {
        action().await;
        let before = ALLOCATIONS.load(Relaxed);
        for _ in 0..TIMES {
            action().await;
        }
        (ALLOCATIONS.load(Relaxed) - before) / TIMES
    })
}

/// What is held before and after a million requests, most of them for a component and one in a
/// thousand for the report, while the checks run again every 100 ms.
fn memory(runtime: &Runtime) {
    const CACHE: Duration = Duration::from_millis(100);

    let health = service(runtime, 1_000, CACHE);
    let paths: Vec<String> =
        names(1_000).iter().map(|name| format!("/healthcheck/{name}")).collect();
    let mut held = Vec::new();
    for round in 0..3 {
        runtime.block_on(async {
            let times = if round == 0 { 1 } else { 500 };
            for _ in 0..times {
                for path in &paths {
                    request(&health, path).await;
                }
                request(&health, "/healthcheck").await;
            }
            // All are run again and the report is kept, so that it ends as it began.
            tokio::time::sleep(2 * CACHE).await;
            request(&health, "/healthcheck").await;
            request(&health, "/healthcheck").await;
        });
        held.push(BYTES.load(Relaxed));
    }
    println!("| bytes held by 1,000 components after | 1,001 requests | 501,501 | 1,002,001 |");
    println!("| --- | --- | --- | --- |");
    println!("| | {} | {} | {} |", held[0], held[1], held[2]);
}

async fn request(health: &Panopticon, path: &str) {
    let request = Request::get(path).body(()).unwrap();
    black_box(health.http_service().call(request).await.unwrap());
}
