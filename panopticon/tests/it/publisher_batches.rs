//! Publishers get what has queued up together, and are woken when they ask for it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Poll;
use std::time::{Duration, Instant};

use panopticon::{
    CheckOptions, Component, Health, Notification, Override, Panopticon, Publisher, Status,
    Transition, WeakPanopticon,
};

use crate::scripted::Scripted;

/// How long a test waits for what must happen.
const LIMIT: Duration = Duration::from_secs(60);

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

fn line(notification: &Notification) -> String {
    match notification {
        Notification::CheckResult(component) => format!("{} {component}", component.name()),
        Notification::Transition(transition) => transition.to_string(),
        Notification::Draining(is_draining) => format!("draining: {is_draining}"),
        other => panic!("unknown: {other:?}"),
    }
}

/// A publisher that records each batch, and then blocks until it may continue.
struct Batches<const CAPACITY: usize> {
    batches: Sender<Vec<String>>,
    continues: Receiver<()>,
}

impl<const CAPACITY: usize> Publisher for Batches<CAPACITY> {
    const CAPACITY: usize = CAPACITY;

    fn notifications(&mut self, batch: &[Notification]) {
        self.batches.send(batch.iter().map(line).collect()).unwrap();
        let _ = self.continues.recv();
    }

    fn missed(&mut self, count: u64) {
        self.batches.send(vec![format!("missed {count}")]).unwrap();
    }
}

#[tokio::test]
async fn what_queues_up_while_a_publisher_is_busy_arrives_as_one_batch_in_order() {
    let database = Scripted::new(Health::unhealthy("no answer"));
    let ((batches, received), (resume, continues)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .publish(Batches::<1024> { batches, continues })
        .build()
        .unwrap();
    health.drain();
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), ["draining: true"]);
    health.report().await;
    database.say(Health::healthy("back"));
    health.report().await;
    health.undrain();
    resume.send(()).unwrap();
    assert_eq!(
        received.recv_timeout(LIMIT).unwrap(),
        [
            "database unhealthy (no answer)",
            "database: unknown → unhealthy (no answer)",
            "database healthy (back)",
            "database: unhealthy → healthy (back)",
            "draining: false",
        ]
    );
    resume.send(()).unwrap();
    drop(health);
    assert!(received.recv_timeout(LIMIT).is_err(), "it gets no empty batch before it is dropped");
}

#[tokio::test]
async fn a_batch_is_at_most_as_long_as_the_queue() {
    let ((batches, received), (resume, continues)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish(Batches::<2> { batches, continues })
        .build()
        .unwrap();
    health.drain();
    assert_eq!(received.recv_timeout(LIMIT).unwrap().len(), 1);
    for _ in 0..3 {
        health.undrain();
        health.drain();
    }
    resume.send(()).unwrap();
    let batch = received.recv_timeout(LIMIT).unwrap();
    assert_eq!(batch, ["draining: false", "draining: true"]);
    resume.send(()).unwrap();
    // They are newer than all of the batch.
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), ["missed 4"]);
}

/// A publisher that knows the last status of a component, from transitions and, if it missed some,
/// from the last results.
struct Follower {
    health: WeakPanopticon,
    last: Sender<Status>,
    is_ready: Sender<()>,
    continues: Receiver<()>,
}

impl Publisher for Follower {
    const CAPACITY: usize = 1;

    fn draining(&mut self, _: bool) {
        self.is_ready.send(()).unwrap();
        let _ = self.continues.recv();
    }

    fn transition(&mut self, transition: &Transition) {
        self.last.send(transition.to()).unwrap();
    }

    fn missed(&mut self, _: u64) {
        let Some(report) = self.health.latest_report() else { return };
        let _ = self.last.send(report.component("database").unwrap().status());
    }
}

#[tokio::test]
async fn a_publisher_that_catches_up_after_a_loss_ends_with_the_newest_status() {
    let ((last, statuses), (is_ready, ready)) = (channel(), channel());
    let (resume, continues) = channel();
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish_with(|health| Follower { health, last, is_ready, continues })
        .build()
        .unwrap();
    health.drain();
    ready.recv_timeout(LIMIT).unwrap();
    // The first transition is queued, and there is no room for the second one.
    for status in [Status::Unhealthy, Status::Healthy] {
        health.set_override("database", Override::new(status, "a test").lasting(LIMIT)).unwrap();
    }
    resume.send(()).unwrap();
    let all = [(); 2].map(|()| statuses.recv_timeout(LIMIT).unwrap());
    assert_eq!(all, [Status::Unhealthy, Status::Healthy]);
}

#[tokio::test]
async fn shutdown_waits_for_a_publisher_whose_queue_is_full() {
    let ((batches, received), (resume, continues)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish(Batches::<1> { batches, continues })
        .build()
        .unwrap();
    health.drain();
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), ["draining: true"]);
    health.undrain();
    let mut shutdown = pin!(health.shutdown());
    let is_pending =
        poll_fn(|context| Poll::Ready(shutdown.as_mut().poll(context).is_pending())).await;
    assert!(is_pending);
    drop(resume);
    shutdown.await;
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), ["draining: false"]);
}

#[tokio::test]
async fn notifications_do_not_make_a_publisher_be_woken_more_often() {
    struct Eager {
        woken: Vec<Instant>,
        results: u32,
        done: Sender<Vec<Instant>>,
    }

    impl Publisher for Eager {
        fn result(&mut self, _: &str, _: &Component) {
            self.results += 1;
            if self.results == 200 {
                self.done.send(self.woken.clone()).unwrap();
            }
        }

        fn wake_at(&self) -> Option<Instant> {
            Some(Instant::now())
        }

        fn wake(&mut self) {
            self.woken.push(Instant::now());
        }
    }

    let (done, received) = channel();
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish(Eager { woken: Vec::new(), results: 0, done })
        .build()
        .unwrap();
    for _ in 0..200 {
        health.report().await;
    }
    let woken = received.recv_timeout(LIMIT).unwrap();
    let shortest = woken.windows(2).map(|pair| pair[1] - pair[0]).min();
    assert!(shortest.is_none_or(|shortest| shortest >= Duration::from_millis(1)), "{shortest:?}");
}

#[tokio::test]
async fn shutdown_waits_for_the_whole_batch_but_not_for_what_comes_after_it() {
    let ((batches, received), (resume, continues)) = (channel(), channel::<()>());
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish(Batches::<1024> { batches, continues })
        .build()
        .unwrap();
    // It never blocks.
    drop(resume);
    health.report().await;
    health.drain();
    health.shutdown().await;
    let lines: Vec<String> = received.try_iter().flatten().collect();
    assert_eq!(lines, ["database healthy", "database: unknown → healthy", "draining: true"]);
}

#[tokio::test]
async fn a_panic_loses_nothing_else_of_its_batch() {
    struct Panics {
        notified: Sender<String>,
        continues: Receiver<()>,
    }

    impl Publisher for Panics {
        fn result(&mut self, name: &str, _: &Component) {
            self.notified.send(name.to_owned()).unwrap();
            panic!("a publisher's own fault");
        }

        fn transition(&mut self, transition: &Transition) {
            self.notified.send(transition.to_string()).unwrap();
            panic!("a publisher's own fault");
        }

        fn draining(&mut self, _: bool) {
            self.notified.send("draining".to_owned()).unwrap();
            let _ = self.continues.recv();
        }
    }

    let ((notified, received), (resume, continues)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .check("queue", options(), || async {})
        .publish(Panics { notified, continues })
        .build()
        .unwrap();
    health.drain();
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), "draining");
    health.report().await;
    resume.send(()).unwrap();
    drop(health);
    let mut lines: Vec<String> = received.iter().collect();
    lines.sort();
    assert_eq!(
        lines,
        ["database", "database: unknown → healthy", "queue", "queue: unknown → healthy"]
    );
}

/// A publisher that wants to be woken at once, a number of times, and panics each time.
struct Wakes {
    left: u32,
    woken: Sender<&'static str>,
}

impl Publisher for Wakes {
    fn result(&mut self, _: &str, _: &Component) {
        self.left = 1;
        self.woken.send("result").unwrap();
    }

    fn wake_at(&self) -> Option<Instant> {
        (self.left > 0).then(Instant::now)
    }

    fn wake(&mut self) {
        self.left -= 1;
        self.woken.send("woken").unwrap();
        panic!("a publisher's own fault");
    }
}

#[tokio::test]
async fn a_publisher_is_woken_from_build_on_as_often_as_it_asks() {
    let (woken, received) = channel();
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish(Wakes { left: 2, woken })
        .build()
        .unwrap();
    for _ in 0..2 {
        assert_eq!(received.recv_timeout(LIMIT).unwrap(), "woken");
    }
    health.report().await;
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), "result");
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), "woken");
    drop(health);
    assert!(received.recv_timeout(LIMIT).is_err(), "its thread has ended");
}

#[tokio::test]
async fn a_publisher_that_always_wants_to_be_woken_is_still_notified_and_ends() {
    struct Restless(Sender<()>);

    impl Publisher for Restless {
        fn result(&mut self, _: &str, _: &Component) {
            self.0.send(()).unwrap();
        }

        fn wake_at(&self) -> Option<Instant> {
            Some(Instant::now())
        }
    }

    let (sender, results) = channel();
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish(Restless(sender))
        .build()
        .unwrap();
    health.report().await;
    results.recv_timeout(LIMIT).unwrap();
    drop(health);
    assert!(results.recv_timeout(LIMIT).is_err());
}

#[tokio::test]
async fn a_busy_publisher_is_woken_between_its_batches() {
    struct Busy {
        is_due: bool,
        lines: Sender<&'static str>,
        continues: Receiver<()>,
    }

    impl Publisher for Busy {
        fn draining(&mut self, _: bool) {
            self.is_due = true;
            self.lines.send("draining").unwrap();
            let _ = self.continues.recv();
        }

        fn wake_at(&self) -> Option<Instant> {
            self.is_due.then(Instant::now)
        }

        fn wake(&mut self) {
            self.is_due = false;
            self.lines.send("woken").unwrap();
        }
    }

    let ((lines, received), (resume, continues)) = (channel(), channel());
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .publish(Busy { is_due: false, lines, continues })
        .build()
        .unwrap();
    health.drain();
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), "draining");
    // In the queue before the thread looks at it again.
    health.undrain();
    resume.send(()).unwrap();
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), "woken");
    assert_eq!(received.recv_timeout(LIMIT).unwrap(), "draining");
    resume.send(()).unwrap();
}
