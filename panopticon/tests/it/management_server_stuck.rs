//! Services whose runtime is stuck, busy or frozen, probed through their management server.

use std::net::SocketAddr;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use panopticon::Panopticon;

use crate::child_process::{Service, get, scenario};

const CHILD: &str = "management_server_stuck::child";

/// The shortest bound.
const BOUND: Duration = Duration::from_secs(1);

/// The bound of the frozen process, several times as long as its runtime is blocked.
const LONG_BOUND: Duration = Duration::from_secs(5);

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

#[test]
#[ignore = "started by the tests below"]
fn child() {
    let Some(scenario) = scenario() else { return };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let builder = Panopticon::empty().watch_runtime();
        let health = match &*scenario {
            // The default bound.
            "busy" => builder,
            "frozen" => builder.runtime_bound(LONG_BOUND),
            _ => builder.runtime_bound(BOUND),
        };
        let health = health.build().unwrap();
        let server = health.serve("127.0.0.1:0").unwrap();
        println!("\nlistening {}", server.local_addr().unwrap());
        match &*scenario {
            "deadlocked" => deadlock(),
            "busy" => {
                for _ in 0..2 {
                    tokio::spawn(async { thread::sleep(Duration::from_secs(3)) });
                }
            }
            "frozen" => {
                let are_blocked = Arc::new(Barrier::new(2));
                for _ in 0..2 {
                    let are_blocked = Arc::clone(&are_blocked);
                    tokio::spawn(async move {
                        if are_blocked.wait().is_leader() {
                            println!("\nblocked");
                        }
                        // Not one long sleep, since that would end during the freeze.
                        for _ in 0..150 {
                            thread::sleep(Duration::from_millis(10));
                        }
                    });
                }
            }
            unknown => panic!("unknown scenario {unknown}"),
        }
        std::future::pending::<()>().await;
    });
}

/// Makes two tasks wait for each other, on both threads of the runtime.
fn deadlock() {
    let locks = [Arc::new(Mutex::new(())), Arc::new(Mutex::new(()))];
    let both_hold_one = Arc::new(Barrier::new(2));
    for order in [[0, 1], [1, 0]] {
        let [first, second] = order.map(|index| Arc::clone(&locks[index]));
        let both_hold_one = Arc::clone(&both_hold_one);
        tokio::spawn(async move {
            let _first = first.lock();
            both_hold_one.wait();
            let _second = second.lock();
        });
    }
}

/// Returns the first failure of the liveness probe in this time.
fn failure_within(address: SocketAddr, time: Duration) -> Option<String> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        let (status, body) = get(address, "/healthcheck/liveness");
        let (page, _) = get(address, "/livez");
        if status != 200 {
            assert_eq!((status, page), (503, 503));
            return Some(body);
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}

#[test]
fn a_deadlocked_runtime_fails_liveness_and_the_report_says_why() {
    let (_service, address) = Service::listening(CHILD, "deadlocked");
    let report = failure_within(address, LIMIT).expect("liveness fails");
    assert!(report.contains("no task has run on the service's runtime for "), "{report}");
    assert!(report.contains("it is blocked or deadlocked"), "{report}");
    // It keeps answering, and stays unhealthy.
    let (status, whole) = get(address, "/healthcheck");
    assert_eq!(status, 503);
    assert!(whole.contains("it is blocked or deadlocked"), "{whole}");
}

#[test]
fn a_runtime_that_is_busy_for_3_seconds_does_not_fail_liveness() {
    let (_service, address) = Service::listening(CHILD, "busy");
    assert_eq!(failure_within(address, Duration::from_secs(4)), None);
}

#[test]
fn a_process_that_was_frozen_for_longer_than_the_bound_does_not_fail_liveness() {
    let (mut service, address) = Service::listening(CHILD, "frozen");
    service.read_line("blocked");
    // Until a task is waiting: one is spawned each tenth of the bound.
    thread::sleep(LONG_BOUND / 7);
    service.send("STOP");
    // Real time, since a stopped process has no other clock.
    thread::sleep(LONG_BOUND + BOUND);
    service.send("CONT");
    assert_eq!(failure_within(address, 2 * BOUND), None);
}
