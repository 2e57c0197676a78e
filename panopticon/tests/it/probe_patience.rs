//! What a probe waits for, and what it takes to fail liveness.

use std::future::pending;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Probe, Report, Selection, Status};
use tokio::time::{Instant, advance, sleep};

use crate::scripted::Scripted;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn optional() -> CheckOptions {
    options().critical(false)
}

async fn probe(health: &Panopticon, probe: Probe) -> Report {
    health.report_for(Selection::all().probe(probe)).await.unwrap()
}

#[track_caller]
fn assert_component(report: &Report, name: &str, status: Status, message: Option<&str>) {
    let component = report.component(name).unwrap();
    assert_eq!((component.status(), component.message()), (status, message), "{name}");
}

#[tokio::test(start_paused = true)]
async fn an_optional_check_that_hangs_costs_readiness_nothing() {
    let health = Panopticon::empty()
        .check("database", options(), || sleep(100 * MILLISECOND))
        .check("quick", optional(), || sleep(140 * MILLISECOND))
        .check("recommendations", optional(), pending::<()>)
        .build()
        .unwrap();
    let start = Instant::now();
    let report = probe(&health, Probe::Readiness).await;
    assert_eq!(start.elapsed(), 150 * MILLISECOND, "the critical one and the grace");
    assert_eq!((report.status(), report.service_healthy()), (Status::Degraded, true));
    assert_component(&report, "quick", Status::Healthy, None);
    assert_component(&report, "recommendations", Status::Unknown, Some("not waited for"));

    // The run goes on, and the full report waits for it.
    let report = health.report().await;
    assert_eq!(start.elapsed(), 2 * SECOND);
    let timed_out = Some("timed out after 2s");
    assert_component(&report, "recommendations", Status::Unhealthy, timed_out);
    assert_component(
        &probe(&health, Probe::Readiness).await,
        "recommendations",
        Status::Unhealthy,
        timed_out,
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_quick_is_shown_although_another_optional_check_hangs() {
    let health = Panopticon::empty()
        .cache(Duration::ZERO)
        .check("hangs", optional(), pending::<()>)
        .check("quick", optional(), || sleep(10 * MILLISECOND))
        .build()
        .unwrap();
    let report = probe(&health, Probe::Readiness).await;
    assert_component(&report, "hangs", Status::Unknown, Some("not waited for"));
    assert_component(&report, "quick", Status::Healthy, None);
}

#[tokio::test(start_paused = true)]
async fn a_probe_of_optional_checks_alone_ends_after_the_grace() {
    let health = Panopticon::empty().check("mail", optional(), pending::<()>).build().unwrap();
    let start = Instant::now();
    assert!(probe(&health, Probe::Readiness).await.service_healthy());
    assert_eq!(start.elapsed(), 50 * MILLISECOND);
}

#[tokio::test(start_paused = true)]
async fn an_optional_component_that_a_critical_one_depends_on_is_waited_for() {
    let health = Panopticon::empty()
        .check("network", optional(), || sleep(SECOND))
        .check("database", options().depends_on("network"), || sleep(100 * MILLISECOND))
        .check("slow", optional().depends_on("network"), || sleep(SECOND))
        .build()
        .unwrap();
    let start = Instant::now();
    let report = probe(&health, Probe::Readiness).await;
    assert_eq!(start.elapsed(), 1150 * MILLISECOND);
    assert_component(&report, "network", Status::Healthy, None);
    assert_component(&report, "database", Status::Healthy, None);
    assert_component(&report, "slow", Status::Unknown, Some("not waited for"));
}

#[tokio::test(start_paused = true)]
async fn a_critical_check_that_hangs_is_waited_for_and_fails_readiness() {
    let health = Panopticon::empty().check("database", options(), pending::<()>).build().unwrap();
    let start = Instant::now();
    let report = probe(&health, Probe::Readiness).await;
    assert_eq!((start.elapsed(), report.status()), (2 * SECOND, Status::Unhealthy));
}

#[tokio::test(start_paused = true)]
async fn liveness_passes_before_the_first_result() {
    let every_hour = options().probe(Probe::Liveness).interval(3600 * SECOND);
    let health = Panopticon::empty()
        .check("state", every_hour.clone().initial_delay(60 * SECOND), || async {
            Health::unhealthy("poisoned")
        })
        .build()
        .unwrap();
    let report = probe(&health, Probe::Liveness).await;
    assert_component(&report, "state", Status::Unknown, Some("not checked yet"));
    assert_eq!((report.status(), report.service_healthy()), (Status::Degraded, true));
    // Every other report fails until it is known to pass.
    assert!(!health.report().await.service_healthy());

    health.first_results().await;
    assert!(!probe(&health, Probe::Liveness).await.service_healthy());
}

#[tokio::test]
async fn liveness_passes_while_failures_do_not_count_yet() {
    let state = Scripted::new(Health::unhealthy("poisoned"));
    let counts = options().probe(Probe::Liveness).failure_threshold(3).cache(Duration::ZERO);
    let health = Panopticon::empty().check("state", counts, state.check()).build().unwrap();
    for is_live in [true, true, false, false] {
        assert_eq!(probe(&health, Probe::Liveness).await.service_healthy(), is_live);
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_frozen_answers_with_a_new_result() {
    let state = Scripted::healthy();
    let every_second = options().probe(Probe::Liveness).interval(SECOND);
    let check = state.check();
    let health = Panopticon::empty()
        .check("state", every_second, move || {
            let result = check();
            async {
                sleep(100 * MILLISECOND).await;
                result.await
            }
        })
        .build()
        .unwrap();
    health.first_results().await;
    let mut transitions = health.subscribe();
    // All timers are late, as after a freeze: nothing has run meanwhile.
    advance(3600 * SECOND).await;
    let start = Instant::now();
    let report = probe(&health, Probe::Liveness).await;
    assert_component(&report, "state", Status::Healthy, None);
    assert!(start.elapsed() <= 100 * MILLISECOND);
    drop(health);
    assert!(transitions.next().await.is_none(), "nothing has changed");
}

#[tokio::test(start_paused = true)]
async fn results_that_stop_coming_fail_liveness() {
    // The check's second run hangs, which its failure threshold would cover up.
    let runs = std::sync::atomic::AtomicUsize::new(0);
    let options = options()
        .probe(Probe::Liveness)
        .interval(10 * SECOND)
        .failure_threshold(100)
        .timeout(5 * SECOND);
    let health = Panopticon::empty()
        .check("state", options, move || {
            let is_first = runs.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            async move { if is_first { Health::healthy("") } else { pending().await } }
        })
        .build()
        .unwrap();
    health.first_results().await;
    assert!(probe(&health, Probe::Liveness).await.service_healthy());
    // Each timeout is a result, so it is the threshold that decides.
    sleep(60 * SECOND).await;
    assert!(probe(&health, Probe::Liveness).await.service_healthy());
    // As if the schedule had stopped.
    advance(3600 * SECOND).await;
    let asked = probe(&health, Probe::Liveness).await;
    let state = asked.component("state").unwrap();
    assert_eq!(state.status(), Status::Unknown, "the old result is not shown as healthy");
    assert!(!asked.service_healthy());
}

#[tokio::test(start_paused = true)]
async fn a_liveness_check_that_hangs_fails_although_reports_do_not_wait_for_it() {
    let health = Panopticon::empty()
        .report_timeout(500 * MILLISECOND)
        .check("state", options().probe(Probe::Liveness), pending::<()>)
        .build()
        .unwrap();
    // Nothing is known yet.
    assert!(probe(&health, Probe::Liveness).await.service_healthy());
    for _ in 0..5 {
        sleep(10 * SECOND).await;
        assert!(!probe(&health, Probe::Liveness).await.service_healthy());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_a_gap_that_does_not_count_yet_does_not_fail_liveness() {
    let state = Scripted::healthy();
    let every_second = options().probe(Probe::Liveness).interval(SECOND).failure_threshold(3);
    let health = Panopticon::empty().check("state", every_second, state.check()).build().unwrap();
    health.first_results().await;
    state.say(Health::unhealthy("a connection was lost"));
    advance(3600 * SECOND).await;
    let report = probe(&health, Probe::Liveness).await;
    let component = report.component("state").unwrap();
    assert_eq!(component.status(), Status::Unknown, "the old result is not shown as healthy");
    assert_eq!(component.damped().map(|damped| damped.count), Some(1));
    assert!(report.service_healthy());
}
