//! Checks that depend on others do not run while these are unhealthy.

use std::time::{Duration, SystemTime};

use panopticon::{CheckOptions, Health, Override, Panopticon, Report, Status};
use tokio::time::{Instant, sleep};

use crate::scripted::Scripted;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

#[track_caller]
fn assert_not_checked(report: &Report, name: &str, message: &str) {
    let component = report.component(name).unwrap();
    assert_eq!(
        (component.status(), component.message(), component.checked_at()),
        (Status::Unhealthy, Some(message), None)
    );
}

#[tokio::test]
async fn a_dependent_of_something_unhealthy_does_not_run_and_causes_no_transition() {
    let (database, orders, invoices) =
        (Scripted::healthy(), Scripted::healthy(), Scripted::healthy());
    let health = Panopticon::empty()
        // A dependent comes first in the report.
        .check("invoices", options().depends_on("orders"), invoices.check())
        .check("orders", options().depends_on("postgres"), orders.check())
        .check("postgres", options(), database.check())
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    assert!(health.report().await.service_healthy());
    assert_eq!((database.runs(), orders.runs(), invoices.runs()), (1, 1, 1));

    database.say(Health::unhealthy("no answer"));
    let report = health.report().await;
    assert_not_checked(&report, "orders", "not checked: `postgres` is unhealthy");
    assert_not_checked(&report, "invoices", "not checked: `orders` is unhealthy");
    assert_eq!((database.runs(), orders.runs(), invoices.runs()), (2, 1, 1));
    // Also if only this one is requested.
    let component = health.check("invoices").await.unwrap();
    assert_eq!(component.message(), Some("not checked: `orders` is unhealthy"));
    assert_eq!((database.runs(), orders.runs(), invoices.runs()), (3, 1, 1));

    database.say(Health::degraded("slow"));
    let report = health.report().await;
    assert!(report.service_healthy(), "degraded is served");
    assert_eq!((orders.runs(), invoices.runs()), (2, 2));
    drop(health);
    let mut told = Vec::new();
    while let Some(transition) = transitions.next().await {
        told.push(transition.unwrap().to_string());
    }
    assert_eq!(
        told,
        [
            "postgres: unknown → healthy",
            "orders: unknown → healthy",
            "invoices: unknown → healthy",
            "postgres: healthy → unhealthy (no answer)",
            "postgres: unhealthy → degraded (slow)",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn dependencies_run_concurrently_and_each_only_once() {
    // Each of three layers depends on all of the one below: 27 paths from the top to the bottom.
    let runs = Scripted::healthy();
    let mut builder = Panopticon::empty();
    for layer in 0..4 {
        for number in 0..3 {
            let below = (0..3).filter(|_| layer > 0);
            let options = below.fold(options(), |options, below| {
                options.depends_on(format!("layer-{}-{below}", layer - 1))
            });
            let count = runs.check();
            builder = builder.check(format!("layer-{layer}-{number}"), options, move || {
                let counted = count();
                async move {
                    sleep(SECOND).await;
                    counted.await
                }
            });
        }
    }
    let health = builder.build().unwrap();
    let start = Instant::now();
    assert!(health.report().await.service_healthy());
    assert_eq!((start.elapsed(), runs.runs()), (4 * SECOND, 12));
    let start = Instant::now();
    assert!(health.check("layer-3-0").await.unwrap().healthy());
    assert_eq!((start.elapsed(), runs.runs()), (4 * SECOND, 22));
}

#[tokio::test(start_paused = true)]
async fn a_dependent_waits_only_for_its_dependencies() {
    let health = Panopticon::empty()
        .check("dependent", options().depends_on("fast"), || sleep(SECOND))
        .check("fast", options(), || async {})
        .check("hangs", options(), std::future::pending::<()>)
        .build()
        .unwrap();
    let start = Instant::now();
    let report = health.report().await;
    assert_eq!(start.elapsed(), 2 * SECOND, "not a second after that");
    assert!(report.component("dependent").unwrap().healthy());
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_hangs_is_reported_as_the_cause() {
    let orders = Scripted::healthy();
    let health = Panopticon::empty()
        .check("database", options(), std::future::pending::<()>)
        .check("orders", options().depends_on("database"), orders.check())
        .build()
        .unwrap();
    let report = health.report().await;
    assert_not_checked(&report, "orders", "not checked: `database` is unhealthy");
    assert_eq!(orders.runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_override_of_the_dependency_decides() {
    let (database, orders) = (Scripted::new(Health::unhealthy("")), Scripted::healthy());
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("orders", options().depends_on("database"), orders.check())
        .build()
        .unwrap();
    let until = SystemTime::now() + Duration::from_secs(60);
    health
        .set_override("database", Override::new(Status::Healthy, "a bad check").until(until))
        .unwrap();
    assert!(health.report().await.service_healthy());
    assert_eq!(orders.runs(), 1);
    database.say(Health::healthy(""));
    health
        .set_override("database", Override::new(Status::Unhealthy, "to be replaced").until(until))
        .unwrap();
    let report = health.report().await;
    assert_not_checked(&report, "orders", "not checked: `database` is unhealthy");
    // The dependent's own override takes precedence.
    health
        .set_override("orders", Override::new(Status::Degraded, "read-only").until(until))
        .unwrap();
    let report = health.report().await;
    let orders = report.component("orders").unwrap();
    assert_eq!(orders.status(), Status::Degraded);
    assert_eq!(orders.check_status(), Status::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_dependent_is_skipped_and_runs_when_a_report_needs_it_after_the_recovery() {
    let (database, orders) = (Scripted::healthy(), Scripted::healthy());
    let scheduled = CheckOptions::new().interval(60 * SECOND).depends_on("database");
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("orders", scheduled, orders.check())
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    sleep(2 * SECOND).await;
    assert!(health.report().await.service_healthy());
    assert_eq!(orders.runs(), 1);

    database.say(Health::unhealthy("no answer"));
    // Longer than its last result stays valid.
    for _ in 0..600 {
        sleep(SECOND).await;
        let report = health.report().await;
        assert_not_checked(&report, "orders", "not checked: `database` is unhealthy");
    }
    assert_eq!(orders.runs(), 1);

    database.say(Health::healthy("back"));
    let report = health.report().await;
    assert!(report.service_healthy(), "{report:#}");
    assert_eq!(orders.runs(), 2);
    for _ in 0..50 {
        assert!(health.report().await.service_healthy());
    }
    assert_eq!(orders.runs(), 2, "and then it is only read again");
    drop(health);
    let mut told = Vec::new();
    while let Some(transition) = transitions.next().await {
        told.push(transition.unwrap().to_string());
    }
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().filter(|told| told.starts_with("orders")).count() == 1, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn the_time_of_dependencies_does_not_make_a_result_too_old() {
    // Each run of the dependency takes almost its whole timeout, before the dependent's run.
    let slow = || sleep(Duration::from_millis(9900));
    let health = Panopticon::empty()
        .check("database", options().timeout(10 * SECOND), slow)
        .check(
            "orders",
            CheckOptions::new().interval(SECOND).timeout(SECOND).depends_on("database"),
            || async {},
        )
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    sleep(600 * SECOND).await;
    let until = Instant::now() + 600 * SECOND;
    while Instant::now() < until {
        assert!(health.check("orders").await.unwrap().healthy());
    }
    drop(health);
    let mut of_orders = 0;
    while let Some(transition) = transitions.next().await {
        of_orders += usize::from(transition.unwrap().name() == "orders");
    }
    assert_eq!(of_orders, 1);
}

#[test]
fn unknown_dependencies_and_circles_are_refused() {
    let file = file!();
    let line = line!() + 2;
    let error = Panopticon::empty()
        .check("orders", options().depends_on("databse"), || async {})
        .check("a", options().depends_on("b"), || async {})
        .check("b", options().depends_on("c"), || async {})
        .check("c", options().depends_on("a"), || async {})
        .check("itself", options().depends_on("itself"), || async {})
        .check("z-outside", options().depends_on("a"), || async {})
        .build()
        .unwrap_err();
    let at = |offset| format!("{file}:{}", line + offset);
    assert_eq!(
        error.to_string(),
        format!(
            "the health report cannot be served: 3 problems\n\
             1. health check `orders` at {} depends on `databse`, which is not a health check; add \
             a check of this name, or depend on another one\n\
             2. health checks depend on each other in a circle:\n     health check `a` at {}\n     \
             health check `b` at {}\n     health check `c` at {}\n   each depends on the one below \
             it, and the last on the first; remove one `depends_on`\n\
             3. health checks depend on each other in a circle:\n     health check `itself` at \
             {}\n   each depends on the one below it, and the last on the first; remove one `depends_on`",
            at(0),
            at(1),
            at(2),
            at(3),
            at(4),
        )
    );
}
