//! What a run found next to what is reported, and which component another one waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use panopticon::{CheckOptions, Component, Health, Override, Panopticon, Report, Status};
use tokio::time::{advance, sleep};

use crate::scripted::Scripted;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

/// What was found, after thresholds, and after overrides.
fn statuses(component: &Component) -> (Option<Status>, Status, Status) {
    (component.run_status(), component.check_status(), component.status())
}

#[tokio::test(start_paused = true)]
async fn a_component_has_the_status_of_its_run_next_to_what_is_reported() {
    let check = Scripted::healthy();
    let health = Panopticon::empty()
        .check("database", options().failure_threshold(2), check.check())
        .check("hangs", options().timeout(SECOND), std::future::pending::<()>)
        .build()
        .unwrap();
    let none = health.latest_report();
    assert_eq!(none.component("database").unwrap().run_status(), None);

    let component = health.check("hangs").await.unwrap();
    let unhealthy = Some(Status::Unhealthy);
    assert_eq!(statuses(&component), (unhealthy, Status::Unhealthy, Status::Unhealthy));

    let component = health.check("database").await.unwrap();
    assert_eq!(statuses(&component), (Some(Status::Healthy), Status::Healthy, Status::Healthy));

    check.say(Health::unhealthy("no answer"));
    let component = health.check("database").await.unwrap();
    assert_eq!(statuses(&component), (unhealthy, Status::Healthy, Status::Healthy));
    let json = serde_json::to_string(&component).unwrap();
    let read: Component = serde_json::from_str(&json).unwrap();
    assert_eq!(statuses(&read), statuses(&component));

    let maintenance = Override::new(Status::Degraded, "maintenance").lasting(60 * SECOND);
    health.set_override("database", maintenance).unwrap();
    let component = health.check("database").await.unwrap();
    assert_eq!(statuses(&component), (unhealthy, Status::Unhealthy, Status::Degraded));

    // It is overridden until it is unknown, so nothing is left of its run.
    advance(120 * SECOND).await;
    let report = health.latest_report();
    let component = report.component("database").unwrap();
    assert_eq!(statuses(component), (None, Status::Unknown, Status::Unknown));
}

#[tokio::test(start_paused = true)]
async fn a_run_without_an_answer_is_found_to_be_unhealthy_before_it_counts() {
    let check = Scripted::healthy();
    let hangs = Arc::new(AtomicBool::new(false));
    let (script, is_hanging) = (check.check(), Arc::clone(&hangs));
    let health = Panopticon::empty()
        .check("database", options().timeout(SECOND).failure_threshold(3), move || {
            let (answer, is_hanging) = (script(), is_hanging.load(Ordering::SeqCst));
            async move {
                if is_hanging {
                    sleep(60 * SECOND).await;
                }
                answer.await
            }
        })
        .build()
        .unwrap();
    health.report().await;
    hangs.store(true, Ordering::SeqCst);
    let component = health.check("database").await.unwrap();
    let found = (component.run_status(), component.status());
    assert_eq!(found, (Some(Status::Unhealthy), Status::Healthy));
}

/// What each component waits for, and its root cause.
fn causes(report: &Report) -> Vec<(&str, Option<&str>, Option<&str>)> {
    let causes = report
        .components()
        .map(|(name, component)| (name, component.waits_for(), component.root_cause()));
    causes.collect()
}

/// Returns a service whose invoices wait for orders, which wait for two others.
fn chain(database: &Scripted, queue: &Scripted) -> Panopticon {
    Panopticon::empty()
        .check("database", options(), database.check())
        .check("invoices", options().depends_on("orders"), || async {})
        .check("orders", options().depends_on("queue").depends_on("database"), || async {})
        .check("queue", options(), queue.check())
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_root_cause_is_the_end_of_the_chain_in_every_report() {
    let (database, queue) = (Scripted::healthy(), Scripted::healthy());
    let health = chain(&database, &queue);
    let nothing = ["database", "invoices", "orders", "queue"].map(|name| (name, None, None));
    assert_eq!(causes(&health.report().await), nothing);

    database.say(Health::unhealthy("no answer"));
    let waiting = |root| {
        let orders = ("orders", Some(root), Some(root));
        let invoices = ("invoices", Some("orders"), Some(root));
        [("database", None, None), invoices, orders, ("queue", None, None)]
    };
    assert_eq!(causes(&health.report().await), waiting("database"));
    assert_eq!(causes(&health.latest_report()), waiting("database"));

    // The one that is declared first, if there are several.
    queue.say(Health::unhealthy("full"));
    assert_eq!(causes(&health.report().await), waiting("queue"));
    assert_eq!(causes(&health.latest_report()), waiting("queue"));

    database.say(Health::healthy(""));
    queue.say(Health::healthy(""));
    assert_eq!(causes(&health.report().await), nothing);
    assert_eq!(causes(&health.latest_report()), nothing);
}

#[tokio::test]
async fn an_overridden_component_waits_for_nothing_and_is_a_root_cause() {
    let (database, queue) = (Scripted::new(Health::unhealthy("no answer")), Scripted::healthy());
    let health = chain(&database, &queue);
    let closed = Override::new(Status::Unhealthy, "closed").lasting(60 * SECOND);
    health.set_override("orders", closed).unwrap();
    let report = health.report().await;
    assert_eq!(
        causes(&report)[1..3],
        [("invoices", Some("orders"), Some("orders")), ("orders", None, None)]
    );
    assert_eq!(causes(&report), causes(&health.latest_report()));

    // The transition at its end says what it waits for from then on.
    let mut transitions = health.subscribe();
    health.clear_override("orders").unwrap();
    let transition = transitions.next().await.unwrap().unwrap();
    assert_eq!(transition.to(), Status::Unhealthy);
    assert_eq!(transition.component().root_cause(), Some("database"));
}

#[tokio::test(start_paused = true)]
async fn what_was_skipped_waits_until_it_is_known_whether_it_still_has_to() {
    let (database, queue) = (Scripted::new(Health::unhealthy("no answer")), Scripted::healthy());
    let health = chain(&database, &queue);
    health.report().await;
    // Results without an interval are known for a minute.
    advance(61 * SECOND).await;
    let report = health.latest_report();
    let orders = report.component("orders").unwrap();
    assert_eq!((orders.status(), orders.waits_for()), (Status::Unknown, Some("queue")));
    assert_eq!(orders.run_status(), None);
}
