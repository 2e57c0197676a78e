//! The worker with an API that answers as the test wants, and times that are short.

use std::sync::Mutex;
use std::thread::{self, JoinHandle};

use super::*;
use crate::datadog::api::inbox::now;
use crate::datadog::api::outbox::Retry;
use crate::datadog::metric::{Kind, Sample};
use crate::datadog::sink::CommonFields;

const PATIENCE: Duration = Duration::from_secs(20);

/// All times short, but for the period, so that nothing is posted unless it is flushed.
const FAST: Pace = Pace {
    period: Duration::from_secs(3_600),
    post: PATIENCE,
    close: PATIENCE,
    backoff: Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(4) },
    max_bytes: 10_000,
};

/// A worker whose posts are answered by a function of the endpoint, the body and how many posts
/// there were before.
struct Bench {
    inbox: Arc<Inbox>,
    tally: Arc<Tally>,
    posts: Arc<Mutex<Vec<(Endpoint, String)>>>,
    thread: JoinHandle<()>,
}

impl Bench {
    fn new(
        pace: Pace,
        mut answer: impl FnMut(Endpoint, &str, usize) -> Answer + Send + 'static,
    ) -> Self {
        let (inbox, tally) = (Arc::new(Inbox::new()), Arc::new(Tally::default()));
        let posts = Arc::new(Mutex::new(Vec::new()));
        let encoder = Arc::new(Encoder::new(CommonFields::default(), "web-1".to_owned()));
        let their_posts = Arc::clone(&posts);
        let post = move |endpoint, body: &str, _| {
            let mut posts = their_posts.lock().unwrap();
            posts.push((endpoint, body.to_owned()));
            let before = posts.len() - 1;
            drop(posts);
            answer(endpoint, body, before)
        };
        let worker = Worker::new(Arc::clone(&inbox), encoder, Arc::clone(&tally), pace, post);
        let thread = thread::spawn(move || worker.run());
        Self { inbox, tally, posts, thread }
    }

    fn increment(&self, name: &str) {
        self.call(Kind::Count, name);
    }

    fn call(&self, kind: Kind, name: &str) {
        let sample = Sample { kind, name, value: 1.into(), tags: &[] };
        if let Err(problem) = self.inbox.sample(&sample) {
            self.tally.dropped(1, &problem);
        }
    }

    fn event(&self, json: &str) {
        let item = Item { json: json.to_owned(), calls: 1 };
        if let Err(problem) = self.inbox.item(Endpoint::Events, item) {
            self.tally.dropped(1, &problem);
        }
    }

    fn counts(&self) -> (u64, u64) {
        let delivery = self.tally.delivery();
        (delivery.sent, delivery.dropped)
    }

    fn problem(&self) -> String {
        self.tally.delivery().problem.unwrap_or_default()
    }

    fn bodies(&self) -> Vec<String> {
        self.posts.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

fn later(why: Retry) -> Answer {
    Answer::Later { why, after: None, problem: "later".to_owned() }
}

#[test]
fn a_flush_waits_until_a_retry_succeeds() {
    let bench = Bench::new(FAST, |_, _, before| match before {
        0..20 => later(Retry::Unreachable),
        _ => Answer::Taken,
    });
    bench.increment("a");
    assert!(bench.inbox.flush(PATIENCE));
    assert_eq!(bench.counts(), (1, 0));
    let bodies = bench.bodies();
    assert_eq!(bodies.len(), 21);
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn a_flush_tries_at_once_while_backing_off() {
    let hour = Duration::from_secs(3_600);
    let pace = Pace { backoff: Backoff { first: hour, longest: hour }, ..FAST };
    let bench = Bench::new(pace, |_, _, before| match before {
        0 => later(Retry::Failed),
        _ => Answer::Taken,
    });
    bench.increment("a");
    while bench.bodies().is_empty() {
        assert!(!bench.inbox.flush(Duration::from_millis(1)));
    }
    assert!(bench.inbox.flush(PATIENCE));
    assert_eq!(bench.counts(), (1, 0));
}

#[test]
fn the_period_posts_only_what_is_over() {
    let pace = Pace { period: Duration::from_millis(1), ..FAST };
    let bench = Bench::new(pace, |_, _, _| Answer::Taken);
    bench.event("1");
    let start = Instant::now();
    while bench.counts().0 == 0 && start.elapsed() < PATIENCE {
        thread::yield_now();
    }
    assert_eq!(bench.bodies(), ["1"]);
}

#[test]
fn one_that_fails_loses_no_other() {
    let bench = Bench::new(FAST, |endpoint, body, _| match (endpoint, body) {
        (Endpoint::Series, _) => Answer::Refused("no series today".to_owned()),
        (_, "2") => Answer::Refused("no 2 today".to_owned()),
        _ => Answer::Taken,
    });
    bench.increment("a");
    bench.increment("a");
    bench.call(Kind::Distribution, "d");
    for json in ["1", "2", "3"] {
        bench.event(json);
    }
    assert!(bench.inbox.flush(PATIENCE));
    assert_eq!(bench.counts(), (3, 3));
    assert_eq!(bench.problem(), "no 2 today");
}

#[test]
fn a_body_that_is_too_large_is_split_down_to_the_one_that_is() {
    let bench =
        Bench::new(
            FAST,
            |_, body, _| {
                if body.contains(".b\"") { Answer::TooLarge } else { Answer::Taken }
            },
        );
    for name in ["a", "b", "c", "d", "e"] {
        bench.increment(name);
    }
    assert!(bench.inbox.flush(PATIENCE));
    assert_eq!(bench.counts(), (4, 1));
    assert!(bench.problem().contains("too large"), "{}", bench.problem());
}

#[test]
fn a_refused_key_stops_all_at_once() {
    let bench = Bench::new(FAST, |_, _, _| Answer::KeyRefused("no such key".to_owned()));
    bench.increment("a");
    bench.event("1");
    assert!(bench.inbox.flush(PATIENCE));
    bench.thread.join().unwrap();
    let sample = Sample { kind: Kind::Gauge, name: "a", value: 1.into(), tags: &[] };
    assert_eq!(bench.inbox.sample(&sample).unwrap_err(), "no such key");
    assert!(bench.inbox.flush(PATIENCE));
    assert_eq!(bench.posts.lock().unwrap().len(), 1);
    assert_eq!(bench.tally.delivery().dropped, 2);
}

#[test]
fn nobody_waits_for_a_thread_that_panicked() {
    let bench = Bench::new(FAST, |_, _, _| panic!("as the test wants"));
    bench.increment("a");
    assert!(bench.inbox.flush(PATIENCE));
    bench.increment("a");
    assert!(bench.inbox.flush(PATIENCE));
    assert_eq!(bench.counts(), (0, 2));
}

#[test]
fn what_waits_is_bounded_and_counted() {
    let bench = Bench::new(FAST, |_, _, before| match before {
        0..2 => later(Retry::Unreachable),
        _ => Answer::Taken,
    });
    for _ in 0..10 {
        bench.event(&"1".repeat(2_000));
    }
    assert!(bench.inbox.flush(PATIENCE));
    assert_eq!(bench.counts(), (5, 5));
    assert!(bench.problem().contains("later"), "{}", bench.problem());
    for _ in 0..1_001 {
        bench.event("1");
    }
    let (_, dropped) = bench.counts();
    assert!(dropped >= 5);
    assert!(bench.inbox.flush(PATIENCE));
    let (sent, dropped) = bench.counts();
    assert_eq!(sent + dropped, 1_011);
}

#[test]
fn the_end_sends_the_rest() {
    let bench = Bench::new(FAST, |_, _, before| match before {
        0..5 => later(Retry::Failed),
        _ => Answer::Taken,
    });
    bench.increment("a");
    bench.event("1");
    bench.inbox.close();
    bench.thread.join().unwrap();
    let delivery = bench.tally.delivery();
    assert_eq!((delivery.sent, delivery.dropped), (2, 0));
}

#[test]
fn the_end_is_bounded() {
    let pace = Pace { close: Duration::from_millis(50), ..FAST };
    let bench = Bench::new(pace, |_, _, _| later(Retry::Failed));
    bench.increment("a");
    bench.inbox.close();
    bench.thread.join().unwrap();
    let delivery = bench.tally.delivery();
    assert_eq!((delivery.sent, delivery.dropped), (0, 1));
}

/// Each flush takes a second of its own, and they may run ahead of the clock for a minute only.
#[test]
fn too_many_flushes_wait_for_the_clock() {
    let bench = Bench::new(FAST, |_, _, _| Answer::Taken);
    let mut flushes = 1;
    loop {
        bench.increment("a");
        if !bench.inbox.flush(Duration::from_millis(200)) {
            break;
        }
        flushes += 1;
        assert!(flushes < 100);
    }
    assert!(bench.inbox.flush(PATIENCE));
    assert_eq!(bench.counts(), (flushes, 0));
    let now = now();
    let times = bench.bodies().into_iter().map(|body| {
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body["series"][0]["points"][0][0].as_u64().unwrap()
    });
    let mut times: Vec<_> = times.collect();
    assert!(times.iter().all(|time| *time <= now + 60));
    times.dedup();
    assert_eq!(times.len() as u64, flushes);
}

#[test]
fn flushes_of_many_threads_all_come_back() {
    let bench = Bench::new(FAST, |_, _, before| match before % 3 {
        0 => later(Retry::Failed),
        _ => Answer::Taken,
    });
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    bench.increment("a");
                    assert!(bench.inbox.flush(PATIENCE));
                }
            });
        }
    });
    assert_eq!(bench.counts(), (40, 0));
}
