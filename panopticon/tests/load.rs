//! Load: thousands of clients cause few runs, and memory does not grow. The test on the real clock
//! takes 25 s and is run by name:
//!
//! ```sh
//! cargo test --release -p panopticon --all-features --test load -- --ignored --nocapture
//! ```
#![cfg(feature = "axum")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, StatusCode};
use panopticon::{CheckOptions, Health, Panopticon};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tower_service::Service;

const CLIENTS: usize = 10_000;
const TIME: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(2);
const CACHE: Duration = Duration::from_secs(1);

/// Returns a service whose only check takes 100 ms, and the number of its runs.
fn service() -> (Panopticon, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let health = Panopticon::empty()
        .timeout(TIMEOUT)
        .cache(CACHE)
        .check("database", CheckOptions::new(), move || {
            counted.fetch_add(1, Ordering::SeqCst);
            async {
                sleep(Duration::from_millis(100)).await;
                Health::healthy("available")
            }
        })
        .build()
        .unwrap();
    (health, runs)
}

/// The number of requests, and the duration of the longest.
#[derive(Default)]
struct Served {
    requests: usize,
    longest: Duration,
}

impl Served {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.longest = self.longest.max(other.longest);
    }

    fn record(&mut self, start: Instant) {
        self.add(&Self { requests: 1, longest: start.elapsed() });
    }
}

async fn sum(mut clients: JoinSet<Served>) -> Served {
    let mut sum = Served::default();
    while let Some(served) = clients.join_next().await {
        sum.add(&served.unwrap());
    }
    sum
}

/// Sends requests to the `tower` service, each client `pause` after its last response.
async fn in_process(health: &Panopticon, pause: Option<Duration>) -> Served {
    let mut clients = JoinSet::new();
    let end = Instant::now() + TIME;
    for _ in 0..CLIENTS {
        let mut service = health.http_service();
        clients.spawn(async move {
            let mut served = Served::default();
            while Instant::now() < end {
                let start = Instant::now();
                let request = Request::get("/healthcheck").body(()).unwrap();
                let response = service.call(request).await.unwrap();
                assert_eq!(response.status(), StatusCode::OK);
                served.record(start);
                match pause {
                    Some(pause) => sleep(pause).await,
                    None => tokio::task::yield_now().await,
                }
            }
            served
        });
    }
    sum(clients).await
}

/// Sends requests over connections that stay open.
async fn over_loopback(health: &Panopticon, connections: usize) -> Served {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::serve(listener, axum::Router::new().merge(health.router()));
    let serving = tokio::spawn(async move { app.await });
    let mut clients = JoinSet::new();
    let end = Instant::now() + TIME;
    for _ in 0..connections {
        clients.spawn(async move {
            let mut connection = BufReader::new(TcpStream::connect(address).await.unwrap());
            let mut served = Served::default();
            while Instant::now() < end {
                let start = Instant::now();
                let request = "GET /healthcheck HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
                connection.write_all(request.as_bytes()).await.unwrap();
                read_response(&mut connection).await;
                served.record(start);
            }
            served
        });
    }
    let sum = sum(clients).await;
    serving.abort();
    sum
}

async fn read_response(connection: &mut BufReader<TcpStream>) {
    let mut length = 0;
    let mut line = String::new();
    connection.read_line(&mut line).await.unwrap();
    assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    while line != "\r\n" {
        line.clear();
        connection.read_line(&mut line).await.unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim_end().parse().unwrap();
        }
    }
    connection.read_exact(&mut vec![0; length]).await.unwrap();
}

/// Asserts that each run is followed by a cache period without one.
#[track_caller]
fn assert_bounded(runs: usize, elapsed: Duration) {
    let periods = usize::try_from(elapsed.as_millis() / CACHE.as_millis()).unwrap();
    assert!(runs <= periods + 1, "{runs} runs in {elapsed:?}");
}

/// Returns the resident memory of this process, assuming pages of 4 KiB, or `None` if the system
/// does not report it.
fn resident_kib() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<usize>().ok()? * 4)
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_clients_cause_one_run_per_cache_period() {
    let (health, runs) = service();
    let start = Instant::now();
    let served = in_process(&health, Some(Duration::from_millis(1100))).await;
    assert!(served.requests >= 4 * CLIENTS, "{}", served.requests);
    // No longer than the run that it waits for; timers are exact to the millisecond.
    assert!(served.longest <= Duration::from_millis(101), "{:?}", served.longest);
    assert_bounded(runs.load(Ordering::SeqCst), start.elapsed());
}

#[test]
#[ignore = "takes 25 s; see the head of this file"]
fn sustained_load_causes_one_run_per_cache_period_and_leaks_no_memory() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut resident = Vec::new();
        // The first round of each kind fills the pools of the allocator and the runtime.
        for round in
            ["in process, to warm up", "in process", "over loopback, to warm up", "over loopback"]
        {
            let (health, runs) = service();
            let start = Instant::now();
            let served = if round.starts_with("in process") {
                in_process(&health, None).await
            } else {
                over_loopback(&health, 200).await
            };
            let (elapsed, runs) = (start.elapsed(), runs.load(Ordering::SeqCst));
            drop(health);
            resident.push(resident_kib());
            println!(
                "{round}: {} requests in {elapsed:.1?}, {runs} runs, the longest request {:.2?}, \
                 resident afterwards {:?} KiB",
                served.requests,
                served.longest,
                resident.last().unwrap(),
            );
            assert_bounded(runs, elapsed);
            // Twice the timeout, since ten thousand tasks share a few cores.
            assert!(served.longest < 2 * TIMEOUT, "{:?}", served.longest);
        }
        for rounds in resident.chunks(2) {
            if let [Some(before), Some(after)] = rounds {
                assert!(*after < before + 8 * 1024, "{before} KiB became {after} KiB");
            }
        }
    });
}
