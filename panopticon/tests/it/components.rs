//! Components that are listed without running their checks, and their tags.

use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Probe, Status};

use crate::scripted::Scripted;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test(start_paused = true)]
async fn all_that_is_known_about_a_component_is_listed_without_running_it() {
    let check = Scripted::healthy();
    let line = line!() + 2;
    let health = Panopticon::empty()
        .check("database", CheckOptions::new(), check.check())
        .check(
            "orders",
            CheckOptions::new()
                .collection("shop")
                .tag("sql")
                .tag("team:shop")
                .probe(Probe::Startup)
                .probe(Probe::Readiness)
                .critical(false)
                .timeout(seconds(5))
                .interval(seconds(60))
                .retry_interval(seconds(10))
                .initial_delay(seconds(3))
                .failure_threshold(2)
                .success_threshold(3)
                .depends_on("storage")
                .depends_on("database"),
            check.check(),
        )
        .check("storage", CheckOptions::new().no_probe().cache(seconds(7)), check.check())
        .timeout(seconds(4))
        .build()
        .unwrap();
    let components = health.components();
    assert_eq!(components.len(), 3);
    let [database, orders, storage] = components.collect::<Vec<_>>()[..] else { panic!() };

    assert_eq!((database.name(), database.collection()), ("database", None));
    assert!(database.tags().is_empty() && database.critical());
    assert!(database.probes().eq([Probe::Readiness]));
    assert_eq!((database.timeout(), database.cache()), (seconds(4), Some(seconds(1))));
    assert_eq!((database.interval(), database.retry_interval()), (None, None));
    assert_eq!(database.initial_delay(), None);
    assert_eq!((database.failure_threshold(), database.success_threshold()), (1, 1));
    assert_eq!(database.dependencies().len(), 0);
    assert_eq!((database.place().file(), database.place().line()), (file!(), line));

    assert_eq!((orders.name(), orders.collection()), ("orders", Some("shop")));
    assert_eq!(orders.tags(), ["sql", "team:shop"]);
    assert!(orders.probes().eq([Probe::Readiness, Probe::Startup]));
    assert!(!orders.critical());
    assert_eq!((orders.timeout(), orders.cache()), (seconds(5), None));
    assert_eq!(orders.interval(), Some(seconds(60)));
    assert_eq!(orders.retry_interval(), Some(seconds(10)));
    assert_eq!(orders.initial_delay(), Some(seconds(3)));
    assert_eq!((orders.failure_threshold(), orders.success_threshold()), (2, 3));
    assert!(orders.dependencies().eq(["storage", "database"]));
    assert!(format!("{orders:?}").contains("tags: [\"sql\", \"team:shop\"]"));

    assert_eq!(storage.cache(), Some(seconds(7)));
    assert_eq!(storage.probes().count(), 0);
    assert_eq!(check.runs(), 0);
}

#[tokio::test]
async fn a_dependency_on_a_check_that_is_left_out_is_not_listed() {
    let health = Panopticon::empty()
        .check("database", CheckOptions::new(), || async {})
        .check("orders", CheckOptions::new().depends_on("database"), || async {})
        .without("database")
        .build()
        .unwrap();
    let orders = health.components().next().unwrap();
    assert_eq!((orders.name(), orders.dependencies().len()), ("orders", 0));
}

#[tokio::test]
async fn components_and_transitions_know_their_tags() {
    let check = Scripted::new(Health::unhealthy("down"));
    let options = CheckOptions::new().tag("sql").tag("team:shop").cache(Duration::ZERO);
    let health = Panopticon::empty()
        .check("database", options, check.check())
        .check("plain", CheckOptions::new(), || async {})
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    let report = health.report().await;
    assert_eq!(report.component("database").unwrap().tags(), ["sql", "team:shop"]);
    assert!(report.component("plain").unwrap().tags().is_empty());
    for _ in 0..2 {
        let transition = transitions.next().await.unwrap().unwrap();
        let is_tagged = transition.name() == "database";
        assert_eq!(transition.tags().len(), if is_tagged { 2 } else { 0 });
        assert_eq!(transition.to() == Status::Unhealthy, is_tagged);
    }
}

#[tokio::test(start_paused = true)]
async fn a_component_without_a_result_has_its_tags() {
    let options = CheckOptions::new().tag("sql").interval(seconds(60)).initial_delay(seconds(5));
    let health = Panopticon::empty().check("database", options, || async {}).build().unwrap();
    let report = health.report().await;
    let database = report.component("database").unwrap();
    assert_eq!((database.status(), database.tags()), (Status::Unknown, &["sql".to_owned()][..]));
}
