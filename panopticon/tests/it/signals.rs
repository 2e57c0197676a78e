//! Draining and stopping on a signal, in processes of their own.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use panopticon::{CheckOptions, Panopticon, Probe};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{advance, sleep};

use crate::child_process::{self, Service, receive, scenario, send};
use crate::scripted::HeldClock;
use crate::without_a_runtime::block_on;

const GRACE_PERIOD: Duration = Duration::from_secs(10);
const NEARLY: Duration = Duration::from_secs(9);
const HOUR: Duration = Duration::from_secs(3600);

const CHILD: &str = "signals::child";

#[test]
#[ignore = "started by the tests below"]
fn child() {
    match scenario().as_deref() {
        Some("serves") => serve(),
        Some("has no runtime") => wait_without_a_runtime(),
        Some("calls the stop off") => call_the_stop_off(),
        Some("has a stuck runtime") => drain_while_stuck(),
        Some("has dropped the future") => drain_only_what_waits(),
        _ => {}
    }
}

fn service() -> Panopticon {
    Panopticon::empty()
        .check("database", CheckOptions::new(), || async {})
        .check("alive", CheckOptions::new().probe(Probe::Liveness), || async {})
        .build()
        .unwrap()
}

/// Serves until the grace period after a signal is over. Requests advance the paused clock.
fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let health = service();
        let clock = Arc::new(Mutex::new(Some(HeldClock::new())));
        let work_begun = Arc::new(Notify::new());
        let begins = Arc::clone(&work_begun);
        let work = move || async move {
            begins.notify_one();
            sleep(2 * GRACE_PERIOD).await;
            "done"
        };
        let app = Router::new()
            .merge(health.router())
            .route("/work", get(work))
            .route("/wait-for-work", get(move || async move { work_begun.notified().await }))
            .route("/advance", get(|| advance(NEARLY)))
            .route(
                "/release-clock",
                get(move || async move { drop(clock.lock().unwrap().take()) }),
            );
        let stop = health.drain_on_signal(GRACE_PERIOD).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        println!("\nlistening {}", listener.local_addr().unwrap());
        axum::serve(listener, app).with_graceful_shutdown(stop).await.unwrap();
        health.shutdown().await;
        println!("\nstopped");
    });
}

#[test]
fn a_draining_service_answers_until_the_grace_period_is_over() {
    let (mut service, address) = Service::listening(CHILD, "serves");
    let get = |path| child_process::get(address, path);
    for path in ["/healthcheck", "/healthcheck/readiness", "/healthcheck/liveness"] {
        assert_eq!(get(path).0, 200);
    }
    let in_flight = send(address, "/work");
    assert_eq!(get("/wait-for-work").0, 200);

    service.send("TERM");
    while get("/healthcheck/readiness").0 == 200 {
        // The signal has not arrived yet.
        thread::yield_now();
    }
    for path in ["/", "/advance"] {
        get(path);
        for (path, expected) in [
            ("/healthcheck", 503),
            ("/healthcheck/liveness", 200),
            ("/healthcheck/readiness", 503),
            ("/healthcheck/startup", 200),
        ] {
            let (status, body) = get(path);
            assert_eq!(status, expected, "{path}");
            assert!(body.contains(r#""draining":true"#), "{body}");
        }
    }
    assert_eq!(get("/release-clock").0, 200);
    assert_eq!(receive(in_flight), (200, "done".to_owned()));
    service.read_line("stopped");
    assert!(service.end().0.success());
}

#[test]
fn a_second_signal_ends_the_grace_period() {
    for (first, second) in [("INT", "TERM"), ("TERM", "TERM"), ("TERM", "INT")] {
        let mut service = Service::start(CHILD, "has no runtime");
        service.read_line("ready");
        service.send(first);
        service.read_line("draining");
        service.send(second);
        service.read_line("stopped");
        assert!(service.end().0.success());
    }
}

#[test]
fn undraining_calls_the_stop_off_until_the_next_signal() {
    let mut service = Service::start(CHILD, "calls the stop off");
    service.read_line("ready");
    service.send("TERM");
    service.read_line("undrained");
    service.send("TERM");
    service.read_line("draining again");
    service.send("TERM");
    service.read_line("stopped");
    assert!(service.end().0.success());
}

/// Undrains the first time that a signal drains it.
fn call_the_stop_off() {
    let health = service();
    let stop = health.drain_on_signal(HOUR).unwrap();
    let mut changes = health.subscribe_draining();
    thread::spawn(move || {
        assert_eq!(block_on(changes.next()), Some(true));
        health.undrain();
        // A change that the next one undoes before it is read is skipped.
        assert_eq!(block_on(changes.next()), Some(false));
        println!("\nundrained");
        assert_eq!(block_on(changes.next()), Some(true));
        println!("\ndraining again");
        // The handle is kept.
        block_on(std::future::pending::<()>());
    });
    println!("\nready");
    block_on(stop);
    println!("\nstopped");
}

/// Prints a line when the service begins to drain.
fn announce_draining(health: &Panopticon) {
    let draining = health.draining();
    thread::spawn(move || {
        block_on(draining);
        println!("\ndraining");
    });
}

/// Waits for a signal on an executor other than tokio.
fn wait_without_a_runtime() {
    let health = service();
    let stop = health.drain_on_signal(HOUR).unwrap();
    announce_draining(&health);
    println!("\nready");
    block_on(stop);
    println!("\nstopped");
}

#[test]
fn a_service_drains_although_its_runtime_is_stuck() {
    let mut service = Service::start(CHILD, "has a stuck runtime");
    service.read_line("ready");
    service.send("TERM");
    service.read_line("draining");
}

fn drain_while_stuck() {
    // Neither signals nor timers are enabled.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let health = service();
        let _stop = health.drain_on_signal(HOUR).unwrap();
        announce_draining(&health);
        println!("\nready");
        loop {
            thread::park();
        }
    });
}

#[test]
fn a_signal_does_nothing_once_the_future_was_dropped() {
    let mut service = Service::start(CHILD, "has dropped the future");
    service.read_line("ready");
    service.send("TERM");
    service.read_line("only the other service drains");
    assert!(service.end().0.success());
}

fn drain_only_what_waits() {
    let (gave_up, waits) = (service(), service());
    drop(gave_up.drain_on_signal(HOUR).unwrap());
    let _stop = waits.drain_on_signal(HOUR).unwrap();
    println!("\nready");
    block_on(waits.draining());
    // On the same thread, its task would have drained by now, or would drain soon.
    thread::sleep(Duration::from_millis(100));
    assert!(!gave_up.is_draining());
    println!("\nonly the other service drains");
}
