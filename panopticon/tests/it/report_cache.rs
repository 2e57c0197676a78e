//! A cached report equals a new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use panopticon::{
    CheckOptions, Component, Health, Override, Panopticon, Probe, Report, Selection, Status,
};
use tokio::task::yield_now;
use tokio::time::{Instant, advance, sleep};

use crate::scripted::{Held, Scripted};

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn components(report: &Report) -> Vec<(&str, &Component)> {
    report.components().collect()
}

#[tokio::test(start_paused = true)]
async fn a_report_is_cached_until_its_first_result_expires() {
    let [long, short] = [10, 3].map(|seconds| (seconds, Scripted::healthy()));
    let mut builder = Panopticon::empty();
    for (seconds, check) in [&long, &short] {
        let options = options().cache(Duration::from_secs(*seconds));
        builder = builder.check(format!("cached_{seconds}_s"), options, check.check());
    }
    let health = builder.build().unwrap();
    let runs = || (long.1.runs(), short.1.runs());

    // The first report runs the checks, the second is cached, and the third comes from the cache.
    for _ in 0..3 {
        health.report().await;
    }
    assert_eq!(runs(), (1, 1));
    advance(Duration::from_millis(2_999)).await;
    health.report().await;
    assert_eq!(runs(), (1, 1));
    advance(Duration::from_millis(1)).await;
    health.report().await;
    assert_eq!(runs(), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_cached_report_has_the_current_time_and_the_same_components() {
    let health = Panopticon::empty().check("disk", options(), || async {}).build().unwrap();
    let mut reports = vec![health.report().await, health.report().await];
    // The timestamp follows the system clock, which is not paused.
    thread::sleep(Duration::from_millis(2));
    reports.push(health.report().await);
    let [first, .., last] = &*reports else { unreachable!() };
    assert_eq!(components(first), components(last));
    assert!(first.timestamp() < last.timestamp());

    health.drain();
    let draining = [health.report().await, health.probe(Probe::Readiness).await];
    assert!(draining.iter().all(Report::is_draining));
    assert!(!last.is_draining());
    for report in reports.iter().chain(&draining) {
        assert_eq!(&serde_json::from_slice::<Report>(&report.to_json()).unwrap(), report);
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_cut_off_by_its_own_timeout_is_not_cached() {
    let health = Panopticon::empty()
        .report_timeout(Duration::from_secs(1))
        .check("slow", options(), || sleep(Duration::from_millis(1_500)))
        .build()
        .unwrap();
    assert_eq!(health.report().await.status(), Status::Unknown);
    assert_eq!(health.report().await.status(), Status::Healthy);
}

#[tokio::test(start_paused = true)]
async fn the_json_is_that_of_the_report_while_one_of_many_changes() {
    let changing = Scripted::healthy();
    let health = Panopticon::empty()
        .cache(Duration::from_secs(3600))
        .check("changing", options().cache(Duration::from_secs(1)), changing.check())
        .check("steady", options(), || async { Health::healthy("\"quoted\"").with("jobs", 7) })
        .build()
        .unwrap();
    for number in 0..24 {
        if number % 3 == 0 {
            changing.say(Health::degraded(format!("result {number}")));
            advance(Duration::from_secs(1)).await;
        }
        let report = health.report().await;
        assert_eq!(serde_json::from_slice::<Report>(&report.to_json()).unwrap(), report);
        let component = report.component("changing").unwrap();
        assert_eq!(component.message(), Some(&*format!("result {}", number - number % 3)));
    }
}

#[tokio::test(start_paused = true)]
async fn each_probe_has_its_own_cached_report() {
    let mut builder = Panopticon::empty().check("for_none", options(), || async {});
    for probe in Probe::ALL {
        builder = builder.check(format!("for_{probe}"), options().probe(probe), || async {});
    }
    let health = builder.build().unwrap();
    for _ in 0..3 {
        let mut reports = vec![health.report().await];
        for probe in Probe::ALL {
            reports.push(health.probe(probe).await);
        }
        let names: Vec<Vec<&str>> = reports
            .iter()
            .map(|report| report.components().map(|(name, _)| name).collect())
            .collect();
        assert_eq!(
            names,
            [
                vec!["for_liveness", "for_none", "for_readiness", "for_startup"],
                vec!["for_liveness"],
                vec!["for_none", "for_readiness"],
                vec!["for_startup"],
            ]
        );
    }
}

/// Builds a service on real threads, with a blocking check that has timed out and still runs.
fn with_overrun_check(held: &Held, options: &CheckOptions) -> Panopticon {
    loop {
        let options = options.clone().timeout(Duration::from_millis(20));
        let builder = Panopticon::empty().check_blocking("disk", options, held.check_blocking());
        let health = builder.build().unwrap();
        assert!(!health.report_blocking().component("disk").unwrap().healthy());
        // Otherwise, no thread was free in time.
        if held.runs() > 0 {
            return health;
        }
    }
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "timed out waiting until {what}");
    }
}

#[test]
fn a_run_that_ends_late_makes_its_check_due_again() {
    let held = Held::new();
    let health = with_overrun_check(&held, &options().cache(Duration::from_secs(3600)));
    let _ = health.report_blocking();
    held.release();
    wait_until("the check runs again", || {
        let report = health.report_blocking();
        report.component("disk").unwrap().message().unwrap().starts_with("run ")
    });
}

#[test]
fn a_run_that_never_ends_counts_as_one_failure_after_another() {
    let held = Held::new();
    let health =
        with_overrun_check(&held, &options().cache(Duration::ZERO).failure_threshold(1_000));
    wait_until("there are five failures", || {
        let report = health.report_blocking();
        report.component("disk").unwrap().damped().unwrap().count >= 5
    });
    held.release();
}

#[test]
fn the_next_report_shows_an_override_despite_concurrent_callers() {
    let health = Panopticon::empty()
        .cache(Duration::from_secs(3600))
        .check("billing", options(), || async {})
        .build()
        .unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let _ = health.report_blocking();
                }
            });
        }
        let until = SystemTime::now() + Duration::from_secs(3600);
        let always_shown = (0..2_000).all(|number| {
            let reason = format!("reason {number}");
            health
                .set_override("billing", Override::new(Status::Degraded, &*reason).until(until))
                .unwrap();
            let report = health.report_blocking();
            let active = report.component("billing").unwrap().active_override();
            active.is_some_and(|active| active.reason() == reason)
        });
        is_over.store(true, Ordering::Relaxed);
        assert!(always_shown);
    });
}

/// A xorshift generator, so that a failure can be reproduced from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn time(&mut self) -> Duration {
        Duration::from_millis([0, 1, 300, 1_000, 1_700, 6_000, 60_000][self.index(7)])
    }

    fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }
}

const NAMES: [&str; 6] =
    ["a_cached", "b_longer", "c_scheduled", "d_dependent", "e_hanging", "f_scheduled_dependent"];

/// After any sequence of events, the report on everything, which is cached, equals a report that
/// selects the same components by name, which never is.
#[tokio::test(start_paused = true)]
async fn a_cached_report_equals_an_uncached_one_after_any_sequence_of_events() {
    for seed in 1..=60 {
        let mut random = Random(seed);
        let scripts = NAMES.map(|_| Scripted::healthy());
        let hangs = Arc::new(AtomicBool::new(false));
        let seconds = Duration::from_secs;
        let mut builder = Panopticon::empty().timeout(Duration::from_millis(1_500));
        let options = [
            options(),
            options().cache(seconds(5)).failure_threshold(2),
            options().interval(seconds(2)),
            options().cache(seconds(20)).depends_on("a_cached"),
            options(),
            options().interval(seconds(2)).depends_on("a_cached"),
        ];
        for ((name, options), script) in NAMES.into_iter().zip(options).zip(&scripts) {
            let run = script.check();
            let hangs = Arc::clone(&hangs);
            builder = builder.check(name, options, move || {
                let (result, hangs) = (run(), Arc::clone(&hangs));
                async move {
                    let may_hang = name == "c_scheduled" || name == "e_hanging";
                    if may_hang && hangs.load(Ordering::SeqCst) {
                        std::future::pending::<()>().await;
                    }
                    result.await
                }
            });
        }
        let health = builder.build().unwrap();
        for step in 0..120 {
            match random.below(8) {
                0 => {
                    let results = [
                        Health::healthy("yes"),
                        Health::degraded("so so"),
                        Health::unhealthy("no"),
                    ];
                    scripts[random.index(NAMES.len())].say(results[random.index(3)].clone());
                }
                1 => {
                    let until = SystemTime::now() + random.time() + seconds(60);
                    let name = NAMES[random.index(NAMES.len())];
                    let status = [Status::Healthy, Status::Unhealthy][random.index(2)];
                    let reason = format!("step {step}");
                    health.set_override(name, Override::new(status, reason).until(until)).unwrap();
                }
                2 => {
                    health.clear_override(NAMES[random.index(NAMES.len())]).unwrap();
                }
                3 => hangs.store(random.below(2) == 0, Ordering::SeqCst),
                4 => drop(health.check(NAMES[random.index(NAMES.len())]).await.unwrap()),
                _ => sleep(random.time()).await,
            }
            let (cached, uncached) = both_reports(&health, random.below(2) == 0).await;
            assert_eq!(components(&cached), components(&uncached), "seed {seed}, step {step}");
            assert_eq!(cached.status(), uncached.status(), "seed {seed}, step {step}");
        }
    }
}

/// Returns the cached and the uncached report of one instant, requested in either order.
async fn both_reports(health: &Panopticon, is_cached_first: bool) -> (Report, Report) {
    loop {
        // Lets background work that is due happen before the two, and not in between.
        for _ in 0..20 {
            yield_now().await;
        }
        let by_name = NAMES.into_iter().fold(Selection::all(), Selection::name);
        let start = Instant::now();
        let (cached, uncached) = if is_cached_first {
            let cached = health.report().await;
            (cached, health.report_for(by_name).await.unwrap())
        } else {
            let uncached = health.report_for(by_name).await.unwrap();
            (health.report().await, uncached)
        };
        // Otherwise, one of them waited for a run.
        if start.elapsed().is_zero() {
            return (cached, uncached);
        }
    }
}
