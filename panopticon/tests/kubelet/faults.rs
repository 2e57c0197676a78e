//! The faults, and which of the kubelet's questions may fail because of each.

use std::future::Future;
use std::net::{SocketAddr, TcpStream};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::prober::{PERIOD, Path, receive, send};
use crate::service::{BLOCKING_THREADS, DATABASE_TIMEOUT, Service, TIMEOUT};
use crate::switch::Behavior;

const SECOND: Duration = Duration::from_secs(1);
const LASTS: Duration = Duration::from_secs(4);

pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// What it makes fail. Everything else must pass.
    pub(crate) fails: &'static [Path],
    /// How long it takes after its start until all of that fails, and after its end until all of it
    /// passes: the time that a result is cached or until the next question, and the timeout of a run.
    pub(crate) settles: Duration,
    pub(crate) lasts: Duration,
    /// Occurs for this time. Returns how often it had an effect.
    pub(crate) occurs: fn(&Service, Duration) -> usize,
}

/// Faults that nobody may notice, since no critical component fails.
pub(crate) fn hidden() -> impl Iterator<Item = Fault> {
    type Occurs = fn(&Service, Duration) -> usize;
    let faults: [(&str, Occurs); 10] = [
        ("an optional async check hangs", |service, lasts| {
            service.switches.recommendations.behave(Behavior::Hangs, lasts)
        }),
        ("an optional blocking check hangs", |service, lasts| {
            service.switches.uploads.behave(Behavior::Hangs, lasts)
        }),
        ("an optional scheduled check hangs", |service, lasts| {
            service.switches.exchange_rates.behave(Behavior::Hangs, lasts)
        }),
        ("a critical check takes long", |service, lasts| {
            let time = Duration::from_millis(650);
            service.switches.search.behave(Behavior::TakesLong(time), lasts)
        }),
        ("a critical check fails now and then, below its threshold", |service, lasts| {
            service.switches.queue.behave(Behavior::Flaps, lasts)
        }),
        ("a liveness check fails twice, below its threshold", |service, lasts| {
            service.switches.state.behave(Behavior::FailsTwice, lasts)
        }),
        ("a publisher blocks", |service, lasts| {
            service.switches.pager.behave(Behavior::Hangs, lasts)
        }),
        ("the service fills its own blocking pool", fill_blocking_pool),
        ("many ask at once", |service, lasts| ask_often(service.address, lasts)),
        ("questions are left on a runtime that nobody drives", ask_undriven),
    ];
    let hidden = |(name, occurs)| Fault { name, fails: &[], settles: PERIOD, lasts: LASTS, occurs };
    faults.into_iter().map(hidden)
}

/// Faults that cost readiness, and never liveness.
pub(crate) fn of_critical_components() -> impl Iterator<Item = Fault> {
    let readiness = Fault {
        name: "a critical check fails",
        fails: &[Path::Readiness, Path::Report],
        settles: PERIOD + TIMEOUT,
        lasts: LASTS,
        occurs: |service, lasts| service.switches.orders.behave(Behavior::Fails, lasts),
    };
    [
        Fault {
            name: "a critical blocking check panics",
            occurs: |service, lasts| service.switches.invoices.behave(Behavior::Panics, lasts),
            ..readiness
        },
        Fault {
            name: "a critical scheduled check fails",
            settles: 2 * PERIOD + TIMEOUT,
            occurs: |service, lasts| service.switches.ledger.behave(Behavior::Fails, lasts),
            ..readiness
        },
        Fault {
            name: "a run of a critical check never ends, until it is replaced",
            // It is replaced after ten timeouts.
            settles: PERIOD + 2 * DATABASE_TIMEOUT,
            lasts: 9 * DATABASE_TIMEOUT,
            occurs: |service, lasts| service.switches.database.hang_once(lasts),
            ..readiness
        },
        Fault {
            name: "the service drains",
            settles: PERIOD / 2,
            occurs: |service, lasts| {
                service.health.drain();
                thread::sleep(lasts);
                service.health.undrain();
                1
            },
            ..readiness
        },
        // The startup probe has passed by then, and stays passed.
        Fault { name: "the model is lost", fails: readiness.fails, ..not_started() },
        readiness,
    ]
    .into_iter()
}

pub(crate) fn not_started() -> Fault {
    Fault {
        name: "the model is not loaded",
        fails: &[Path::Startup, Path::Readiness, Path::Report],
        settles: PERIOD + TIMEOUT,
        lasts: LASTS,
        occurs: |service, lasts| service.switches.model.behave(Behavior::Fails, lasts),
    }
}

/// The only reason to restart the service.
pub(crate) fn evidence() -> Fault {
    Fault {
        name: "a liveness check fails for good",
        fails: &[Path::Liveness, Path::Report],
        settles: 3 * PERIOD + TIMEOUT,
        lasts: 9 * SECOND,
        occurs: |service, lasts| service.switches.state.behave(Behavior::Fails, lasts),
    }
}

/// Keeps all threads of the runtime's pool busy. Returns whether another task has to wait for them.
fn fill_blocking_pool(service: &Service, lasts: Duration) -> usize {
    for _ in 0..BLOCKING_THREADS {
        service.runtime().spawn_blocking(move || thread::sleep(lasts));
    }
    let queued = service.runtime().spawn_blocking(|| {});
    let shortly_before = lasts.mul_f64(0.9);
    thread::sleep(shortly_before);
    let is_full = !queued.is_finished();
    thread::sleep(lasts.saturating_sub(shortly_before));
    usize::from(is_full)
}

/// Asks for the whole report over many connections at once, again and again.
fn ask_often(address: SocketAddr, lasts: Duration) -> usize {
    const CONNECTIONS: usize = 200;
    const PAUSE: Duration = Duration::from_millis(300);
    let until = Instant::now() + lasts;
    let mut answered = 0;
    while Instant::now() < until {
        let asked = (0..CONNECTIONS).map(|_| {
            let mut connection = TcpStream::connect(address).unwrap();
            send(&mut connection, "/healthcheck").unwrap();
            connection
        });
        for mut connection in asked.collect::<Vec<_>>() {
            let answer = receive(&mut connection, Instant::now() + 10 * SECOND).unwrap();
            assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
            answered += 1;
        }
        thread::sleep(PAUSE);
    }
    answered
}

/// Polls questions once, with the timers of a runtime that nobody drives, and then leaves them alone.
fn ask_undriven(service: &Service, lasts: Duration) -> usize {
    const QUESTIONS: u32 = 40;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut pending = Vec::new();
    for _ in 0..QUESTIONS {
        let health = service.health.clone();
        let mut question = Box::pin(async move { health.report().await });
        let context = runtime.enter();
        if question.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            pending.push(question);
        }
        drop(context);
        thread::sleep(lasts / QUESTIONS);
    }
    pending.len()
}
