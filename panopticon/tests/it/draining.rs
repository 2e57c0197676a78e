//! Draining: notifications of it, and waiting for it.

use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Publisher, Transition};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::scripted::Scripted;
use crate::without_a_runtime::block_on;

const SECOND: Duration = Duration::from_secs(1);

fn service() -> Panopticon {
    Panopticon::empty().check("database", CheckOptions::new(), || async {}).build().unwrap()
}

fn poll_once(future: impl Future<Output = ()>) -> Poll<()> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A publisher that records transitions and draining as lines.
struct Recorder(Sender<String>);

impl Publisher for Recorder {
    fn transition(&mut self, transition: &Transition) {
        let _ = self.0.send(transition.to_string());
    }

    fn draining(&mut self, is_draining: bool) {
        let _ = self.0.send(format!("draining: {is_draining}"));
    }
}

#[tokio::test]
async fn publishers_are_notified_once_per_change_in_order_with_transitions() {
    let check = Scripted::healthy();
    let (sender, lines) = channel();
    let health = Panopticon::empty()
        .check("database", CheckOptions::new().cache(Duration::ZERO), check.check())
        .publish(Recorder(sender))
        .build()
        .unwrap();
    health.undrain();
    health.report().await;
    health.drain();
    health.clone().drain();
    check.say(Health::unhealthy("gone"));
    health.report().await;
    health.undrain();
    health.undrain();
    health.drain();
    drop(health);
    assert_eq!(
        lines.iter().collect::<Vec<_>>(),
        [
            "database: unknown → healthy",
            "draining: true",
            "database: healthy → unhealthy (gone)",
            "draining: false",
            "draining: true",
        ]
    );
}

#[test]
fn changes_from_many_threads_are_published_in_turn() {
    let (sender, lines) = channel();
    let health = Panopticon::empty()
        .check("database", CheckOptions::new(), || async {})
        .publish(Recorder(sender))
        .build()
        .unwrap();
    let mut changes = health.subscribe_draining();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    health.drain();
                    health.undrain();
                }
            });
        }
    });
    health.drain();
    assert_eq!(block_on(changes.next()), Some(true));
    drop(health);
    assert_eq!(block_on(changes.next()), None);
    let lines: Vec<String> = lines.iter().collect();
    assert!(lines.len() >= 3, "{lines:?}");
    for (position, line) in lines.iter().enumerate() {
        assert_eq!(*line, format!("draining: {}", position % 2 == 0), "{lines:?}");
    }
}

#[test]
fn a_subscription_yields_each_change_until_the_last_handle_is_dropped() {
    let health = service();
    health.drain();
    let mut changes = health.subscribe_draining();
    health.drain();
    assert!(!health.report_blocking().components().any(|(_, component)| !component.healthy()));
    health.undrain();
    assert_eq!(block_on(changes.next()), Some(false));
    health.drain();
    assert_eq!(block_on(changes.next()), Some(true));
    {
        let waiting = pin!(changes.next());
        assert!(waiting.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    // Both happen before the subscriber looks.
    health.undrain();
    health.drain();
    let waiter = std::thread::spawn(move || {
        let next = block_on(changes.next());
        (next, block_on(changes.next()))
    });
    health.undrain();
    drop(health);
    let (next, end) = waiter.join().unwrap();
    assert_eq!((next, end), (Some(false), None));
}

#[cfg(feature = "stream")]
#[test]
fn a_stream_of_draining_changes_yields_the_same_as_next() {
    use std::pin::Pin;

    use futures_core::Stream;

    let health = service();
    let mut changes = health.subscribe_draining();
    let mut next =
        || block_on(std::future::poll_fn(|context| Pin::new(&mut changes).poll_next(context)));
    health.drain();
    assert_eq!(next(), Some(true));
    health.undrain();
    assert_eq!(next(), Some(false));
    drop(health);
    assert_eq!((next(), next()), (None, None));
}

#[test]
fn a_future_completes_when_draining_begins_on_any_executor() {
    let health = service();
    assert!(!health.is_draining());
    let (early, unused) = (health.draining(), health.draining());
    assert!(poll_once(unused).is_pending());
    let waiter = std::thread::spawn(move || block_on(early));
    health.clone().drain();
    waiter.join().unwrap();
    assert!(health.is_draining());
    block_on(health.draining());

    health.undrain();
    assert!(!health.is_draining());
    let never = health.draining();
    drop(health);
    assert!(poll_once(never).is_pending(), "a service that is gone does not drain");
}

#[test]
fn a_waker_can_call_the_service() {
    struct Undrain(Panopticon);

    impl Wake for Undrain {
        fn wake(self: Arc<Self>) {
            self.0.undrain();
        }
    }

    let health = service();
    let waker = Waker::from(Arc::new(Undrain(health.clone())));
    let mut draining = pin!(health.draining());
    assert!(draining.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    health.drain();
    assert!(!health.is_draining());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_future_of_the_user_drains_and_waits_for_the_grace_period() {
    let health = service();
    let (stop, stopped) = oneshot::channel::<()>();
    let signal = async move { stopped.await.unwrap() };
    let drained = tokio::spawn(health.drain_when(signal, 10 * SECOND));
    sleep(60 * SECOND).await;
    assert!(!health.is_draining() && !drained.is_finished());

    stop.send(()).unwrap();
    let start = Instant::now();
    health.draining().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    drained.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[test]
fn a_shutdown_future_of_the_user_works_off_tokio_and_on_a_runtime_without_a_clock() {
    let grace = Duration::from_millis(1);
    let health = service();
    block_on(health.drain_when(ready(()), grace));
    assert!(health.is_draining());
    let health = service();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(health.drain_when(ready(()), grace));
    assert!(health.is_draining());
}
