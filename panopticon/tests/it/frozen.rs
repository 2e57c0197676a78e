//! A process that is stopped for longer than its checks may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use panopticon::{CheckOptions, Panopticon, Probe};
use tokio::time::{Instant, sleep};

use crate::child_process::{Service, scenario};

const RUN: Duration = Duration::from_millis(500);

#[test]
#[ignore = "started by the test below"]
fn child() {
    if scenario().is_none() {
        return;
    }
    let options = || CheckOptions::new().probe(Probe::Liveness).timeout(4 * RUN);
    let scheduled = || options().interval(Duration::from_secs(3600));
    let has_begun = Arc::new(AtomicBool::new(false));
    let begins = Arc::clone(&has_begun);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let health = Panopticon::empty()
            .check("async", options(), || sleep(RUN))
            .check("scheduled", scheduled(), || sleep(RUN))
            .check_blocking("blocking", options(), || thread::sleep(RUN))
            .check_blocking("scheduled-blocking", scheduled(), move || {
                begins.store(true, Ordering::SeqCst);
                thread::sleep(RUN);
            })
            .build()
            .unwrap();
        while !has_begun.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(1)).await;
        }
        println!("\nready");
        let end = Instant::now() + Duration::from_secs(8);
        while Instant::now() < end {
            let report = health.probe(Probe::Liveness).await;
            if !report.service_healthy() {
                println!("\nfailed: {report}");
            }
            sleep(Duration::from_millis(10)).await;
        }
        println!("\nended");
    });
}

#[test]
fn a_process_that_was_stopped_in_the_middle_of_its_runs_gives_them_their_time() {
    let mut service = Service::start("frozen::child", "is stopped");
    service.read_line("ready");
    service.send("STOP");
    // Real time: the process cannot follow any other while it is stopped.
    thread::sleep(Duration::from_secs(4));
    service.send("CONT");
    let mut failed = Vec::new();
    loop {
        let line = service.read_line("");
        match line.as_str() {
            "ended" => break,
            line => failed.extend(line.strip_prefix("failed: ").map(str::to_owned)),
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
