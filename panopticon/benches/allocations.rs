//! The number of allocations, and whether memory is released; counted, not timed:
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
use panopticon::{CheckOptions, Health, History, Panopticon};
use tokio::runtime::{Builder, Runtime};
use tower_service::Service;

use crate::plain::PlainReport;
use crate::services::{CACHED, COLD, names, service};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static COUNTING: Counting = Counting;

/// The system's allocator, with counters. Growing in place counts as an allocation too.
struct Counting;

#[allow(
    unsafe_code,
    reason = "there is no other way to count; both functions only pass their arguments on"
)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: The caller upholds the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: The caller upholds the same contract.
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
    print_row("a cached report as JSON, into an existing buffer", |count| {
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
    print_row("the same with a `JoinSet` and timeouts", |count| {
        let names = names(count);
        allocations(&runtime, async || drop(black_box(PlainReport::of_tasks(&names).await)))
    });
    println!();
    print_memory(&runtime);
    println!();
    print_history(&runtime);
}

fn print_row(what: &str, measure: impl FnMut(usize) -> usize) {
    let [a, b, c, d] = [1, 10, 100, 1_000].map(measure);
    println!("| {what} | {a} | {b} | {c} | {d} |");
}

/// Returns the average number of allocations of an action, after a first time that does not count.
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

/// Prints the bytes held after up to a million requests, one in a thousand for the report and the
/// others for one component each, while the checks run again every 100 ms.
fn print_memory(runtime: &Runtime) {
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
            // Runs all checks again and caches the report, so that each round ends in the same
            // state.
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

/// Prints the bytes of a full history of 100 components, each of which becomes unhealthy and healthy
/// again all the time: what they hold with it, less what they hold without it.
fn print_history(runtime: &Runtime) {
    let [without, with] = [false, true].map(|is_recorded| {
        let before = BYTES.load(Relaxed);
        let health = services::built(runtime, 100, COLD, |builder, name| {
            let runs = AtomicUsize::new(0);
            let options = CheckOptions::new().cache(COLD);
            builder.history(is_recorded).check(name, options, move || {
                let is_healthy = runs.fetch_add(1, Relaxed) % 2 == 0;
                async move {
                    if is_healthy { Health::healthy("up") } else { Health::unhealthy("no answer") }
                }
            })
        });
        runtime.block_on(async {
            for _ in 0..2 * History::MAX_RESULTS {
                black_box(health.report().await);
            }
        });
        BYTES.load(Relaxed) - before
    });
    println!("| bytes of the history of 100 components, all rings full | |");
    println!("| --- | --- |");
    println!("| | {} |", with - without);
}

async fn request(health: &Panopticon, path: &str) {
    let request = Request::get(path).body(()).unwrap();
    black_box(health.http_service().call(request).await.unwrap());
}
