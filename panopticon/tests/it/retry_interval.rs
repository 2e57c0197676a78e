//! Scheduled checks that run at a shorter interval while their component is unhealthy or unknown.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Status};
use tokio::time::{Instant, sleep};

use crate::scripted::Scripted;

const INTERVAL: Duration = Duration::from_secs(60);
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

fn options() -> CheckOptions {
    CheckOptions::new().interval(INTERVAL).retry_interval(RETRY_INTERVAL)
}

/// Returns the times that may pass between two runs: a tenth of the interval more or less, and two
/// milliseconds, since that is how exact tokio's timers are.
fn spread(interval: Duration) -> RangeInclusive<Duration> {
    interval * 9 / 10..=interval * 11 / 10 + Duration::from_millis(2)
}

/// A service with one scheduled check, whose runs it notes.
struct Service {
    health: Panopticon,
    check: Scripted,
    runs: Arc<Mutex<Vec<Instant>>>,
}

impl Service {
    fn new(options: CheckOptions) -> Self {
        let (check, runs) = (Scripted::healthy(), Arc::<Mutex<Vec<Instant>>>::default());
        let (run, noted) = (check.check(), Arc::clone(&runs));
        let health = Panopticon::empty()
            .check("database", options, move || {
                noted.lock().unwrap().push(Instant::now());
                run()
            })
            .build()
            .unwrap();
        Self { health, check, runs }
    }

    /// Waits for the next run, and returns the time since the one before it, if there was one.
    async fn next_run(&self) -> Option<Duration> {
        let count = self.check.runs();
        while self.check.runs() == count {
            sleep(Duration::from_millis(100)).await;
        }
        match self.runs.lock().unwrap()[..] {
            [.., before, last] => Some(last - before),
            _ => None,
        }
    }

    async fn assert_next_run_after(&self, interval: Duration) {
        let gap = self.next_run().await.unwrap();
        assert!(spread(interval).contains(&gap), "{gap:?} instead of {interval:?}");
    }

    async fn status(&self) -> Status {
        self.health.check("database").await.unwrap().status()
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_check_is_retried_at_the_shorter_interval_until_it_is_healthy() {
    let service = Service::new(options());
    assert_eq!(service.next_run().await, None);
    for _ in 0..3 {
        service.assert_next_run_after(INTERVAL).await;
    }
    service.check.say(Health::unhealthy("no answer"));
    service.assert_next_run_after(INTERVAL).await;
    for _ in 0..5 {
        assert_eq!(service.status().await, Status::Unhealthy);
        service.assert_next_run_after(RETRY_INTERVAL).await;
    }
    service.check.say(Health::degraded("slow"));
    service.assert_next_run_after(RETRY_INTERVAL).await;
    for _ in 0..3 {
        assert_eq!(service.status().await, Status::Degraded);
        service.assert_next_run_after(INTERVAL).await;
    }
}

#[tokio::test(start_paused = true)]
async fn results_that_do_not_count_yet_are_followed_by_the_shorter_interval() {
    let service = Service::new(options().failure_threshold(3).success_threshold(2));
    // The first success does not count yet, so the component is unknown.
    service.next_run().await;
    assert_eq!(service.status().await, Status::Unknown);
    service.assert_next_run_after(RETRY_INTERVAL).await;
    assert_eq!(service.status().await, Status::Healthy);

    // One failure, which a success forgets.
    service.check.say(Health::unhealthy("no answer"));
    service.assert_next_run_after(INTERVAL).await;
    assert_eq!(service.status().await, Status::Healthy);
    service.check.say(Health::healthy(""));
    service.assert_next_run_after(RETRY_INTERVAL).await;

    // Three failures, then two successes.
    service.check.say(Health::unhealthy("no answer"));
    service.assert_next_run_after(INTERVAL).await;
    for status in [Status::Healthy, Status::Unhealthy] {
        service.assert_next_run_after(RETRY_INTERVAL).await;
        assert_eq!(service.status().await, status);
    }
    service.check.say(Health::healthy(""));
    for status in [Status::Unhealthy, Status::Healthy] {
        service.assert_next_run_after(RETRY_INTERVAL).await;
        assert_eq!(service.status().await, status);
    }
    service.assert_next_run_after(INTERVAL).await;
}

#[tokio::test(start_paused = true)]
async fn a_check_that_times_out_is_retried_at_the_shorter_interval() {
    let runs = Arc::<Mutex<Vec<Instant>>>::default();
    let noted = Arc::clone(&runs);
    let timeout = Duration::from_secs(2);
    let _health = Panopticon::empty()
        .check("hangs", options().timeout(timeout), move || {
            noted.lock().unwrap().push(Instant::now());
            std::future::pending::<()>()
        })
        .build()
        .unwrap();
    sleep(INTERVAL).await;
    let runs = runs.lock().unwrap();
    assert!(runs.len() >= 7, "{}", runs.len());
    for pair in runs.windows(2) {
        let wait = pair[1] - (pair[0] + timeout);
        assert!(spread(RETRY_INTERVAL).contains(&wait), "{wait:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retries_of_many_checks_drift_apart() {
    let services: Vec<_> = (0..50).map(|_| Service::new(options())).collect();
    for service in &services {
        service.check.say(Health::unhealthy("no answer"));
    }
    sleep(INTERVAL).await;
    let mut gaps = BTreeSet::new();
    for service in &services {
        let runs = service.runs.lock().unwrap();
        assert!(runs.len() >= 10, "{}", runs.len());
        for pair in runs.windows(2) {
            assert!(spread(RETRY_INTERVAL).contains(&(pair[1] - pair[0])));
            gaps.insert(pair[1] - pair[0]);
        }
    }
    // 500 gaps draw from a thousand milliseconds.
    assert!(gaps.len() > 100, "{}", gaps.len());
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_skipped_runs_soon_after_its_dependency_is_healthy_again() {
    let (database, orders) = (Scripted::healthy(), Scripted::healthy());
    let every_second = CheckOptions::new().interval(Duration::from_secs(1));
    let _health = Panopticon::empty()
        .check("database", every_second, database.check())
        .check("orders", options().depends_on("database"), orders.check())
        .build()
        .unwrap();
    // Nobody asks for a report.
    for _ in 0..5 {
        sleep(2 * INTERVAL).await;
        database.say(Health::unhealthy("no answer"));
        sleep(2 * INTERVAL).await;
        let (runs, recovered) = (orders.runs(), Instant::now());
        database.say(Health::healthy(""));
        while orders.runs() == runs {
            sleep(Duration::from_millis(100)).await;
        }
        // The database is checked within 1.1 s, and the orders within another 5.5 s.
        assert!(recovered.elapsed() < Duration::from_secs(7), "{:?}", recovered.elapsed());
        sleep(INTERVAL / 2).await;
        assert_eq!(orders.runs(), runs + 1);
    }
}
