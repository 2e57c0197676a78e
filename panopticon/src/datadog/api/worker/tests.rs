//! Tests of the worker with short times and an API that responds the way each test wants.

use std::sync::Mutex;
use std::thread::{self, JoinHandle};

use super::*;
use crate::datadog::api::inbox::now;
use crate::datadog::api::outbox::RetryReason;
use crate::datadog::metric::{Kind, Sample};
use crate::datadog::sink::CommonFields;

const PATIENCE: Duration = Duration::from_secs(20);

/// Short times, except for the period, so that nothing is posted without a flush.
const FAST: WorkerConfig = WorkerConfig {
    period: Duration::from_secs(3_600),
    post_timeout: PATIENCE,
    close_timeout: PATIENCE,
    backoff: Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(4) },
    max_bytes: 10_000,
};

/// A running worker, with a function that responds to posts by their endpoint, body and number.
struct Setup {
    inbox: Arc<Inbox>,
    tally: Arc<Tally>,
    posts: Arc<Mutex<Vec<(Endpoint, String)>>>,
    thread: JoinHandle<()>,
}

impl Setup {
    fn new(
        config: WorkerConfig,
        mut respond: impl FnMut(Endpoint, &str, usize) -> PostResult + Send + 'static,
    ) -> Self {
        let (inbox, tally) = (Arc::new(Inbox::new(10)), Arc::new(Tally::default()));
        let posts = Arc::new(Mutex::new(Vec::new()));
        let encoder = Arc::new(Encoder::new(CommonFields::default(), "web-1".to_owned(), 10));
        let recorded_posts = Arc::clone(&posts);
        let post = move |endpoint, body: &str, _| {
            let mut posts = recorded_posts.lock().unwrap();
            posts.push((endpoint, body.to_owned()));
            let before = posts.len() - 1;
            drop(posts);
            respond(endpoint, body, before)
        };
        let worker = Worker::new(Arc::clone(&inbox), encoder, Arc::clone(&tally), config, post);
        let thread = thread::spawn(move || worker.run());
        Self { inbox, tally, posts, thread }
    }

    fn increment(&self, name: &str) {
        self.call(Kind::Count, name);
    }

    fn call(&self, kind: Kind, name: &str) {
        let sample = Sample::new(kind, name, 1.into(), &[]);
        if let Err(problem) = self.inbox.add_sample(&sample) {
            self.tally.count_dropped(1, &problem);
        }
    }

    fn event(&self, json: &str) {
        let item = Item { json: json.to_owned(), calls: 1 };
        if let Err(problem) = self.inbox.add_item(Endpoint::Events, item) {
            self.tally.count_dropped(1, &problem);
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

fn retry(reason: RetryReason) -> PostResult {
    PostResult::Retry { reason, wait: None, problem: "later".to_owned() }
}

#[test]
fn a_flush_waits_until_a_retry_succeeds() {
    let setup = Setup::new(FAST, |_, _, before| match before {
        0..20 => retry(RetryReason::Unreachable),
        _ => PostResult::Accepted,
    });
    setup.increment("a");
    assert!(setup.inbox.flush(PATIENCE));
    assert_eq!(setup.counts(), (1, 0));
    let bodies = setup.bodies();
    assert_eq!(bodies.len(), 21);
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn a_flush_does_not_wait_for_the_backoff() {
    let hour = Duration::from_secs(3_600);
    let config = WorkerConfig { backoff: Backoff { first: hour, longest: hour }, ..FAST };
    let setup = Setup::new(config, |_, _, before| match before {
        0 => retry(RetryReason::Failed),
        _ => PostResult::Accepted,
    });
    setup.increment("a");
    while setup.bodies().is_empty() {
        assert!(!setup.inbox.flush(Duration::from_millis(1)));
    }
    assert!(setup.inbox.flush(PATIENCE));
    assert_eq!(setup.counts(), (1, 0));
}

#[test]
fn events_are_posted_every_period() {
    let config = WorkerConfig { period: Duration::from_millis(1), ..FAST };
    let setup = Setup::new(config, |_, _, _| PostResult::Accepted);
    setup.event("1");
    let start = Instant::now();
    while setup.counts().0 == 0 && start.elapsed() < PATIENCE {
        thread::yield_now();
    }
    assert_eq!(setup.bodies(), ["1"]);
}

#[test]
fn a_rejected_post_loses_no_other() {
    let setup = Setup::new(FAST, |endpoint, body, _| match (endpoint, body) {
        (Endpoint::Series, _) => PostResult::Rejected("no series today".to_owned()),
        (_, "2") => PostResult::Rejected("no 2 today".to_owned()),
        _ => PostResult::Accepted,
    });
    setup.increment("a");
    setup.increment("a");
    setup.call(Kind::Distribution, "d");
    for json in ["1", "2", "3"] {
        setup.event(json);
    }
    assert!(setup.inbox.flush(PATIENCE));
    assert_eq!(setup.counts(), (3, 3));
    assert_eq!(setup.problem(), "no 2 today");
}

#[test]
fn a_body_that_is_too_large_is_split_until_only_the_oversized_item_is_lost() {
    let setup = Setup::new(FAST, |_, body, _| {
        if body.contains(".b\"") { PostResult::TooLarge } else { PostResult::Accepted }
    });
    for name in ["a", "b", "c", "d", "e"] {
        setup.increment(name);
    }
    assert!(setup.inbox.flush(PATIENCE));
    assert_eq!(setup.counts(), (4, 1));
    assert!(setup.problem().contains("too large"), "{}", setup.problem());
}

#[test]
fn a_rejected_key_is_tried_again_and_nothing_is_lost() {
    let setup = Setup::new(FAST, |_, _, before| match before {
        0..9 => retry(RetryReason::KeyRejected),
        _ => PostResult::Accepted,
    });
    setup.increment("a");
    for json in ["1", "2", "3"] {
        setup.event(json);
    }
    assert!(setup.inbox.flush(PATIENCE));
    assert_eq!(setup.counts(), (4, 0));
    // While the key is rejected, one event is tried in each pass, not all of them.
    let bodies = setup.bodies();
    assert!(!bodies[..9].iter().any(|body| body == "2" || body == "3"), "{bodies:?}");
}

#[test]
fn a_flush_does_not_wait_for_a_panicked_thread() {
    let setup = Setup::new(FAST, |_, _, _| panic!("on purpose"));
    setup.increment("a");
    assert!(setup.inbox.flush(PATIENCE));
    setup.increment("a");
    assert!(setup.inbox.flush(PATIENCE));
    assert_eq!(setup.counts(), (0, 2));
}

#[test]
fn waiting_payloads_are_limited_and_counted() {
    let setup = Setup::new(FAST, |_, _, before| match before {
        0..2 => retry(RetryReason::Unreachable),
        _ => PostResult::Accepted,
    });
    for _ in 0..10 {
        setup.event(&"1".repeat(2_000));
    }
    assert!(setup.inbox.flush(PATIENCE));
    assert_eq!(setup.counts(), (5, 5));
    assert!(setup.problem().contains("later"), "{}", setup.problem());
    for _ in 0..1_001 {
        setup.event("1");
    }
    let (_, dropped) = setup.counts();
    assert!(dropped >= 5);
    assert!(setup.inbox.flush(PATIENCE));
    let (sent, dropped) = setup.counts();
    assert_eq!(sent + dropped, 1_011);
}

#[test]
fn closing_sends_the_rest() {
    let setup = Setup::new(FAST, |_, _, before| match before {
        0..5 => retry(RetryReason::Failed),
        _ => PostResult::Accepted,
    });
    setup.increment("a");
    setup.event("1");
    setup.inbox.close();
    setup.thread.join().unwrap();
    let delivery = setup.tally.delivery();
    assert_eq!((delivery.sent, delivery.dropped), (2, 0));
}

#[test]
fn closing_ends_after_a_timeout() {
    let config = WorkerConfig { close_timeout: Duration::from_millis(50), ..FAST };
    let setup = Setup::new(config, |_, _, _| retry(RetryReason::Failed));
    setup.increment("a");
    setup.inbox.close();
    setup.thread.join().unwrap();
    let delivery = setup.tally.delivery();
    assert_eq!((delivery.sent, delivery.dropped), (0, 1));
}

/// Each flush has a second of its own, at most a minute ahead of the clock.
#[test]
fn frequent_flushes_wait_for_the_clock() {
    let setup = Setup::new(FAST, |_, _, _| PostResult::Accepted);
    let mut flushes = 1;
    loop {
        setup.increment("a");
        if !setup.inbox.flush(Duration::from_millis(200)) {
            break;
        }
        flushes += 1;
        assert!(flushes < 100);
    }
    assert!(setup.inbox.flush(PATIENCE));
    assert_eq!(setup.counts(), (flushes, 0));
    let now = now();
    let times = setup.bodies().into_iter().map(|body| {
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body["series"][0]["points"][0][0].as_u64().unwrap()
    });
    let mut times: Vec<_> = times.collect();
    assert!(times.iter().all(|time| *time <= now + 60));
    times.dedup();
    assert_eq!(times.len() as u64, flushes);
}

#[test]
fn concurrent_flushes_all_return() {
    let setup = Setup::new(FAST, |_, _, before| match before % 3 {
        0 => retry(RetryReason::Failed),
        _ => PostResult::Accepted,
    });
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    setup.increment("a");
                    assert!(setup.inbox.flush(PATIENCE));
                }
            });
        }
    });
    assert_eq!(setup.counts(), (40, 0));
}
