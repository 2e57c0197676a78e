//! Blocking checks that hang: replaced after a while, counted, and never more than two threads.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use panopticon::{CheckOptions, Component, Health, Panopticon, Status};
use tokio::sync::watch;
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);

/// A check whose runs, numbered from 1, each hang until released or answer at once.
#[derive(Clone)]
struct Runs(Arc<Shared>);

struct Shared {
    begun: watch::Sender<usize>,
    hanging: Mutex<Vec<usize>>,
    changed: Condvar,
    ended: AtomicUsize,
}

impl Runs {
    /// Returns a check whose runs with these numbers hang.
    fn hanging(runs: impl IntoIterator<Item = usize>) -> Self {
        Self(Arc::new(Shared {
            begun: watch::Sender::new(0),
            hanging: Mutex::new(runs.into_iter().collect()),
            changed: Condvar::new(),
            ended: AtomicUsize::new(0),
        }))
    }

    fn check(&self) -> impl Fn() -> Health + Send + Sync + use<> {
        let shared = Arc::clone(&self.0);
        move || {
            let mut run = 0;
            shared.begun.send_modify(|begun| {
                *begun += 1;
                run = *begun;
            });
            let hanging = shared.hanging.lock().unwrap();
            drop(shared.changed.wait_while(hanging, |hanging| hanging.contains(&run)).unwrap());
            shared.ended.fetch_add(1, Ordering::SeqCst);
            Health::healthy(format!("run {run}"))
        }
    }

    fn release(&self, run: usize) {
        self.0.hanging.lock().unwrap().retain(|&hanging| hanging != run);
        self.0.changed.notify_all();
    }

    fn begun(&self) -> usize {
        *self.0.begun.borrow()
    }

    async fn have_begun(&self, runs: usize) {
        self.0.begun.subscribe().wait_for(|&begun| begun >= runs).await.unwrap();
    }
}

/// A test that fails leaves no blocked thread, which its paused runtime would wait for.
struct ReleaseAll(Runs);

impl Drop for ReleaseAll {
    fn drop(&mut self) {
        self.0.0.hanging.lock().unwrap().clear();
        self.0.0.changed.notify_all();
    }
}

fn with_check(runs: &Runs, options: CheckOptions) -> (Panopticon, ReleaseAll) {
    let health = Panopticon::empty()
        .cache(Duration::ZERO)
        .check_blocking("database", options, runs.check())
        .build()
        .unwrap();
    (health, ReleaseAll(runs.clone()))
}

async fn ask(health: &Panopticon) -> Component {
    health.check("database").await.unwrap()
}

/// Asks for the component while this run of its check hangs, until its timeout has passed.
async fn ask_until_timeout(health: &Panopticon, runs: &Runs, run: usize) -> Component {
    let health = health.clone();
    let asked = tokio::spawn(async move { ask(&health).await });
    runs.have_begun(run).await;
    advance(2 * SECOND).await;
    asked.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_run_that_hangs_is_replaced_after_ten_timeouts_so_a_lost_connection_is_no_outage() {
    let runs = Runs::hanging([1]);
    let (health, _release) = with_check(&runs, CheckOptions::new());
    let hung = ask_until_timeout(&health, &runs, 1).await;
    assert_eq!((hung.status(), hung.hung_since().len()), (Status::Unhealthy, 1));

    advance(17 * SECOND).await;
    assert_eq!(ask(&health).await.message(), Some("still running after 19 s"));
    assert_eq!(runs.begun(), 1);

    advance(SECOND).await;
    let replaced = ask(&health).await;
    assert_eq!((replaced.status(), replaced.message()), (Status::Healthy, Some("run 2")));
    assert_eq!(replaced.hung_since(), hung.hung_since(), "the hung run is still counted");
    assert_eq!(ask(&health).await.message(), Some("run 3"), "later ones run as usual");

    runs.release(1);
    while runs.0.ended.load(Ordering::SeqCst) < 3 {
        tokio::task::yield_now().await;
    }
    // Its thread notifies the check at some point from now on.
    while !ask(&health).await.hung_since().is_empty() {}
}

#[tokio::test(start_paused = true)]
async fn a_cached_report_no_longer_counts_a_run_that_has_ended() {
    let runs = Runs::hanging([1]);
    let (health, _release) = with_check(&runs, CheckOptions::new().cache(3600 * SECOND));
    ask_until_timeout(&health, &runs, 1).await;
    let count =
        |report: &panopticon::Report| report.component("database").unwrap().hung_since().len();
    assert_eq!(count(&health.report().await), 1);
    runs.release(1);
    while count(&health.report().await) > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_always_hangs_holds_two_threads_however_often_callers_ask() {
    let runs = Runs::hanging(1..100);
    let (health, _release) = with_check(&runs, CheckOptions::new());
    ask_until_timeout(&health, &runs, 1).await;
    advance(18 * SECOND).await;
    let hung = ask_until_timeout(&health, &runs, 2).await;
    assert_eq!(hung.hung_since().len(), 2);
    for _ in 0..1000 {
        advance(60 * SECOND).await;
        assert_eq!(ask(&health).await.status(), Status::Unhealthy);
    }
    assert_eq!(runs.begun(), 2);

    // Once one of the two ends, the other is replaced in turn.
    runs.release(1);
    runs.have_begun_after_asking(&health, 3).await;
    assert_eq!(runs.begun(), 3);
}

impl Runs {
    async fn have_begun_after_asking(&self, health: &Panopticon, runs: usize) {
        while self.begun() < runs {
            let health = health.clone();
            tokio::spawn(async move { ask(&health).await });
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_check_that_hangs_is_replaced_too() {
    let runs = Runs::hanging([2]);
    let (health, _release) = with_check(&runs, CheckOptions::new().interval(5 * SECOND));
    health.first_results().await;
    // A run that hangs keeps the paused clock from advancing by itself, so this task advances it:
    // slowly, since the threads of the others have to keep up.
    let clock = tokio::spawn(async {
        loop {
            advance(Duration::from_millis(100)).await;
            tokio::task::yield_now().await;
        }
    });
    while ask(&health).await.hung_since().is_empty() || !ask(&health).await.healthy() {
        tokio::task::yield_now().await;
    }
    clock.abort();
    assert_eq!(ask(&health).await.hung_since().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_async_run_that_hangs_is_dropped_and_holds_nothing() {
    let health = Panopticon::empty().check("queue", CheckOptions::new(), pending::<()>).build();
    let health = health.unwrap();
    for _ in 0..2 {
        let component = health.check("queue").await.unwrap();
        assert_eq!((component.status(), component.hung_since()), (Status::Unhealthy, &[][..]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_tells_what_the_check_said_last() {
    let runs = Runs::hanging([2]);
    let (health, _release) = with_check(&runs, CheckOptions::new());
    assert_eq!(ask(&health).await.message(), Some("run 1"));
    advance(30 * SECOND).await;
    let hung = ask_until_timeout(&health, &runs, 2).await;
    let said = "its last result, 32 s ago, was healthy (run 1)";
    assert_eq!(hung.message(), Some(&*format!("timed out after 2s; {said}")));
    advance(8 * SECOND).await;
    let said = "its last result, 40 s ago, was healthy (run 1)";
    let expected = format!("still running after 10 s; {said}");
    assert_eq!(ask(&health).await.message(), Some(&*expected));
}
