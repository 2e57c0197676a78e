//! Transitions as subscribers receive them: once each, in order, without delaying anything.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, SystemTime};

use panopticon::{CheckOptions, Health, Override, Panopticon, Status, Transition, Transitions};

use crate::scripted::{Held, Scripted};

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

/// Returns a check that is healthy in its even runs only, so that each run causes a transition.
fn flaps(runs: &Arc<AtomicUsize>) -> impl Fn() -> std::future::Ready<Health> + use<> {
    let runs = Arc::clone(runs);
    move || {
        let run = runs.fetch_add(1, Ordering::SeqCst);
        let message = run.to_string();
        std::future::ready(if run % 2 == 0 {
            Health::healthy(message)
        } else {
            Health::unhealthy(message)
        })
    }
}

async fn next(transitions: &mut Transitions) -> Arc<Transition> {
    transitions.next().await.unwrap().unwrap()
}

#[tokio::test]
async fn each_transition_arrives_once_with_its_details() {
    let check = Scripted::healthy();
    let optional = options().critical(false).collection("orders");
    let health = Panopticon::empty().check("database", optional, check.check()).build().unwrap();
    let mut transitions = health.subscribe();
    for result in [
        Health::healthy("up"),
        Health::healthy("still up"),
        Health::degraded("slow"),
        Health::unhealthy("no\nanswer"),
        Health::unhealthy("no answer yet"),
    ] {
        check.say(result);
        health.report().await;
    }
    let first = next(&mut transitions).await;
    assert_eq!((first.name(), first.collection()), ("database", Some("orders")));
    assert!(!first.critical());
    assert_eq!((first.from(), first.to()), (Status::Unknown, Status::Healthy));
    assert_eq!(first.at().timestamp_subsec_nanos() % 1_000_000, 0, "in milliseconds");
    assert_eq!(first.to_string(), "database: unknown → healthy (up)");
    let second = next(&mut transitions).await;
    assert_eq!(second.to_string(), "database: healthy → degraded (slow)");
    let third = next(&mut transitions).await;
    assert_eq!(third.to_string(), "database: degraded → unhealthy (no\\nanswer)");
    drop(health);
    assert!(transitions.next().await.is_none());
    assert!(transitions.next().await.is_none(), "the stream stays ended");
}

#[tokio::test]
async fn a_late_subscriber_receives_later_transitions_only() {
    let runs = Arc::new(AtomicUsize::new(0));
    let health = Panopticon::empty().check("flaps", options(), flaps(&runs)).build().unwrap();
    health.report().await;
    let mut transitions = health.subscribe();
    health.report().await;
    assert_eq!(next(&mut transitions).await.message(), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transitions_are_complete_and_in_order_under_concurrent_callers() {
    const CHECKS: usize = 8;
    const CALLERS: usize = 8;
    const REPORTS: usize = 15;
    // However slow a subscriber is, it misses none.
    const { assert!(CHECKS * CALLERS * REPORTS <= Transitions::CAPACITY) };

    for _ in 0..5 {
        let runs: Vec<_> = (0..CHECKS).map(|_| Arc::new(AtomicUsize::new(0))).collect();
        let builder =
            runs.iter().enumerate().fold(Panopticon::empty(), |builder, (number, runs)| {
                builder.check(format!("flaps-{number}"), options(), flaps(runs))
            });
        let health = builder.build().unwrap();
        let subscribers: Vec<_> =
            (0..3).map(|_| tokio::spawn(runs_by_check(health.subscribe()))).collect();
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let health = health.clone();
                tokio::spawn(async move {
                    for _ in 0..REPORTS {
                        health.report().await;
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        drop(health);
        for subscriber in subscribers {
            let seen = subscriber.await.unwrap();
            for (number, runs) in runs.iter().enumerate() {
                let expected: Vec<usize> = (0..runs.load(Ordering::SeqCst)).collect();
                assert_eq!(seen[&format!("flaps-{number}")], expected);
            }
        }
    }
}

/// Reads a subscription to its end, and returns the runs that caused transitions, by check.
async fn runs_by_check(mut transitions: Transitions) -> BTreeMap<String, Vec<usize>> {
    let mut seen: BTreeMap<String, (Status, Vec<usize>)> = BTreeMap::new();
    while let Some(transition) = transitions.next().await {
        let transition = transition.expect("none is missed");
        let (status, runs) = seen
            .entry(transition.name().to_owned())
            .or_insert_with(|| (Status::Unknown, Vec::new()));
        assert_eq!(transition.from(), *status);
        *status = transition.to();
        runs.push(transition.message().unwrap().parse().unwrap());
    }
    seen.into_iter().map(|(name, (_, runs))| (name, runs)).collect()
}

#[tokio::test]
async fn a_slow_subscriber_misses_the_oldest_and_learns_how_many() {
    let runs = Arc::new(AtomicUsize::new(0));
    let health = Panopticon::empty().check("flaps", options(), flaps(&runs)).build().unwrap();
    let mut transitions = health.subscribe();
    for _ in 0..Transitions::CAPACITY + 10 {
        health.report().await;
    }
    let missed = transitions.next().await.unwrap().unwrap_err();
    assert_eq!(missed.count, 10);
    assert_eq!(missed.to_string(), "missed 10 transitions because they were not received in time");
    for run in 10..Transitions::CAPACITY + 10 {
        assert_eq!(next(&mut transitions).await.message(), Some(&*run.to_string()));
    }
    drop(health);
    assert!(transitions.next().await.is_none());
}

#[tokio::test]
async fn dropping_a_future_of_next_loses_no_transition() {
    let runs = Arc::new(AtomicUsize::new(0));
    let health = Panopticon::empty().check("flaps", options(), flaps(&runs)).build().unwrap();
    let mut transitions = health.subscribe();
    {
        let waiting = pin!(transitions.next());
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.poll(&mut context).is_pending());
        health.report().await;
    }
    assert_eq!(next(&mut transitions).await.message(), Some("0"));
}

#[tokio::test(start_paused = true)]
async fn a_subscription_ends_with_the_last_handle_even_while_a_run_hangs() {
    let held = Held::new();
    let health = Panopticon::empty()
        .check_blocking("held", CheckOptions::new(), held.check_blocking())
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    let ended = tokio::spawn(async move { transitions.next().await.is_none() });
    let asked = health.clone();
    let asked = tokio::spawn(async move { asked.report().await });
    held.begun(1).await;
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled());
    drop(health);
    assert!(ended.await.unwrap());
    assert_eq!(held.runs(), 1);
}

/// A waker that calls a function.
struct CallOnWake<F>(F);

impl<F: Fn() + Send + Sync> Wake for CallOnWake<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

/// Registers a waker with a subscription.
fn register_waker(transitions: &mut Transitions, action: impl Fn() + Send + Sync + 'static) {
    let waker = Waker::from(Arc::new(CallOnWake(action)));
    let mut waiting = Box::pin(transitions.next());
    assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    // Dropping the future would remove the waker.
    std::mem::forget(waiting);
}

#[tokio::test]
async fn a_waker_can_call_the_service() {
    let check = Scripted::healthy();
    let health = Panopticon::empty().check("database", options(), check.check()).build().unwrap();
    let woken = Arc::new(AtomicUsize::new(0));
    let mut transitions = health.subscribe();
    let (waking, count) = (health.clone(), Arc::clone(&woken));
    register_waker(&mut transitions, move || {
        // Locks the component whose transition wakes it.
        let until = SystemTime::now() + Duration::from_secs(60);
        waking
            .set_override("database", Override::new(Status::Degraded, "seen").until(until))
            .unwrap();
        count.fetch_add(1, Ordering::SeqCst);
    });
    health.report().await;
    assert_eq!(woken.load(Ordering::SeqCst), 1);
    assert_eq!(health.check("database").await.unwrap().status(), Status::Degraded);
}

#[tokio::test(start_paused = true)]
async fn a_waker_that_panics_does_not_delay_the_report() {
    let second = Duration::from_secs(1);
    let health = Panopticon::empty()
        .check("slow", options(), move || tokio::time::sleep(second))
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    register_waker(&mut transitions, || panic!("the waker's own fault"));
    let start = tokio::time::Instant::now();
    assert!(health.report().await.service_healthy());
    assert_eq!(start.elapsed(), second);
}

#[cfg(feature = "stream")]
#[tokio::test(start_paused = true)]
async fn a_stream_of_transitions_yields_the_same_as_next() {
    use std::pin::Pin;

    use futures_core::Stream;

    async fn next_of(stream: &mut Transitions) -> Option<String> {
        let item =
            std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await?;
        Some(item.map_or_else(|missed| missed.to_string(), |transition| transition.to_string()))
    }

    let check = Scripted::healthy();
    let health = Panopticon::empty()
        .check("database", CheckOptions::new().interval(Duration::from_secs(1)), check.check())
        .build()
        .unwrap();
    let mut stream = health.subscribe();
    assert_eq!(next_of(&mut stream).await.unwrap(), "database: unknown → healthy");
    // Waits for a transition that has not happened yet, and can wait again after giving up.
    let given_up = tokio::time::timeout(Duration::from_secs(60), next_of(&mut stream)).await;
    assert!(given_up.is_err());
    check.say(Health::degraded("slow"));
    assert_eq!(next_of(&mut stream).await.unwrap(), "database: healthy → degraded (slow)");
    check.say(Health::healthy(""));
    assert_eq!(next(&mut stream).await.to_string(), "database: degraded → healthy");

    for number in 0..Transitions::CAPACITY + 10 {
        check.say(if number % 2 == 0 { Health::degraded("") } else { Health::healthy("") });
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    assert!(next_of(&mut stream).await.unwrap().starts_with("missed "));
    drop(health);
    let mut left = 0;
    while next_of(&mut stream).await.is_some() {
        left += 1;
    }
    assert_eq!(left, Transitions::CAPACITY);
}
