//! Checks that depend on others do not run while these are unhealthy.

use std::time::{Duration, SystemTime};

use panopticon::{
    BuildError, CheckOptions, Health, Override, Panopticon, ProblemKind, Report, Status,
};
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
    // The order of the names makes no difference.
    for dependency in ["database", "storage"] {
        the_time_does_not_make_a_result_too_old(dependency).await;
    }
}

async fn the_time_does_not_make_a_result_too_old(dependency: &str) {
    // Each run of the dependency takes almost its whole timeout, before the dependent's run.
    let slow = || sleep(Duration::from_millis(9900));
    let health = Panopticon::empty()
        .check(dependency, options().timeout(10 * SECOND), slow)
        .check(
            "orders",
            CheckOptions::new().interval(SECOND).timeout(SECOND).depends_on(dependency),
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
             2. health checks depend on each other in a cycle:\n     health check `a` at {}\n     \
             health check `b` at {}\n     health check `c` at {}\n   each depends on the one below \
             it, and the last on the first; remove one `depends_on`\n\
             3. health checks depend on each other in a cycle:\n     health check `itself` at \
             {}\n   each depends on the one below it, and the last on the first; remove one `depends_on`",
            at(0),
            at(1),
            at(2),
            at(3),
            at(4),
        )
    );
}

/// Builds checks that depend on those with these numbers, on a thread with a small stack.
fn build(dependencies: Vec<Vec<usize>>) -> Result<Panopticon, BuildError> {
    let build = move || {
        let mut builder = Panopticon::empty();
        for (number, dependencies) in dependencies.into_iter().enumerate() {
            let options = dependencies
                .into_iter()
                .fold(options(), |options, number| options.depends_on(format!("c-{number:06}")));
            builder = builder.check(format!("c-{number:06}"), options, || async {});
        }
        builder.build()
    };
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    thread.spawn(build).unwrap().join().unwrap()
}

const LONG: usize = 20_000;

#[test]
fn chains_and_diamonds_may_be_long() {
    let upward = (0..LONG).map(|number| (number + 1..LONG).take(1).collect());
    let downward = (0..LONG).map(|number| (0..number).rev().take(1).collect());
    // Each of two checks depends on both of the next layer: as many paths as powers of two.
    let diamonds = (0..LONG).map(|number| {
        let next = (number / 2 + 1) * 2;
        (next..LONG).take(2).collect()
    });
    // Each check that is not the first depends on all before it that are a power of two away.
    let many = (0..LONG)
        .map(|number| (0..15).filter_map(|power| number.checked_sub(1 << power)).collect());
    let star = (0..LONG).map(|number| if number == 0 { (1..LONG).collect() } else { Vec::new() });
    let graphs: [Vec<Vec<usize>>; 5] =
        [upward.collect(), downward.collect(), diamonds.collect(), many.collect(), star.collect()];
    for graph in graphs {
        build(graph).unwrap();
    }
}

#[test]
fn a_long_circle_is_one_error_of_which_a_part_is_shown() {
    for length in [20, 21, LONG] {
        let circle = (0..length).map(|number| vec![(number + 1) % length]);
        let error = build(circle.collect()).unwrap_err();
        let [problem] = error.problems() else { panic!("{} problems", error.problems().len()) };
        assert_eq!(problem.kind(), ProblemKind::CircularDependency);
        assert_eq!(problem.places().len(), 20);
        let message = problem.to_string();
        let shown: Vec<&str> =
            message.lines().map(|line| line.split(" at ").next().unwrap()).collect();
        let name = |number: usize| format!("     health check `c-{number:06}`");
        assert_eq!(shown[1..20], (0..19).map(name).collect::<Vec<_>>());
        if length == 20 {
            assert_eq!(shown[20], name(19));
        } else {
            assert_eq!(shown[20], format!("     … {} more …", length - 20));
            assert_eq!(shown[21], name(length - 1));
        }
    }
}

#[test]
fn circles_that_share_a_long_way_are_each_an_error() {
    // Each check but the last depends on the next one, and each but the first also on the first.
    let graph = (0..2_000_usize).map(|number| {
        let first = (number > 0).then_some(0);
        (number + 1..2_000).take(1).chain(first).collect()
    });
    let error = build(graph.collect()).unwrap_err();
    assert_eq!(error.problems().len(), 1_999);
    assert!(error.problems().iter().all(|problem| problem.places().len() <= 20));
}
