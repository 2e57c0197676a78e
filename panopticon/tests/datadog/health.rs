//! The publisher of health results.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, SystemTime};

use panopticon::datadog::testing::Recorder;
use panopticon::datadog::{AlertType, Event, HealthPublisher, ServiceCheck, ServiceStatus, Tags};
use panopticon::{
    CheckOptions, Component, Health, Override, Panopticon, Publisher, Status, Transition,
};

/// A publisher whose channel closes when everything was published.
struct SignalsEnd {
    publisher: HealthPublisher,
    _end: Sender<()>,
}

impl Publisher for SignalsEnd {
    fn result(&mut self, name: &str, component: &Component) {
        self.publisher.result(name, component);
    }

    fn transition(&mut self, transition: &Transition) {
        self.publisher.transition(transition);
    }

    fn draining(&mut self, is_draining: bool) {
        self.publisher.draining(is_draining);
    }
}

/// Records what is published while a check returns these results, one per report.
fn record(
    results: &'static [fn() -> Health],
    options: CheckOptions,
    publisher: fn(HealthPublisher) -> HealthPublisher,
) -> Recorder {
    let recorder = Recorder::new();
    let (sender, end) = channel();
    let publisher = publisher(HealthPublisher::new(&recorder.stats()));
    let next = AtomicUsize::new(0);
    let health = Panopticon::empty()
        .check_blocking("database", options.cache(Duration::ZERO), move || {
            results[next.fetch_add(1, Ordering::Relaxed)]()
        })
        .publish(SignalsEnd { publisher, _end: sender })
        .build()
        .unwrap();
    for _ in results {
        let _ = health.report_blocking();
    }
    drop(health);
    // Fails when the sender is dropped.
    end.recv().unwrap_err();
    recorder
}

/// The tags of the check in these tests, which has no collection.
const TAGS: Tags<'static> = &[("check", "database"), ("critical", "true")];

const ORDERS: Tags<'static> = &[("check", "orders"), ("critical", "true")];

fn event(change: &str, text: &str, alert_type: AlertType) -> Event {
    Event::new(format!("Healthcheck database {change}"), text)
        .alert_type(alert_type)
        .aggregation_key("healthcheck.database")
        .tags(TAGS)
        .tag("application", "healthcheck")
}

fn check(status: ServiceStatus, message: &str) -> ServiceCheck {
    ServiceCheck::new("healthcheck", status).tags(TAGS).message(message)
}

#[test]
fn each_run_sends_a_service_check_a_gauge_and_a_timing() {
    let recorder = record(
        &[
            || Health::healthy("a"),
            || Health::degraded("b").response_time(Duration::from_millis(250)),
            || Health::unhealthy("é".repeat(600)),
            || panic!("a secret"),
        ],
        CheckOptions::new(),
        |publisher| publisher,
    );
    assert_eq!(
        recorder.service_checks(),
        [
            check(ServiceStatus::Ok, "a"),
            check(ServiceStatus::Warning, "b"),
            check(ServiceStatus::Critical, &"é".repeat(500)),
            check(ServiceStatus::Critical, "panicked"),
        ]
    );
    let tags = TAGS;
    assert_eq!(recorder.values("healthcheck.status", tags), [0.0, 1.0, 2.0, 2.0]);
    let times = recorder.values("healthcheck.response_time", tags);
    assert_eq!(times.len(), 4);
    assert!((times[1] - 250.0).abs() < 1e-9, "{times:?}");
}

#[test]
fn each_failure_and_recovery_sends_an_event() {
    let recorder = record(
        &[
            || Health::healthy("first"),
            || Health::unhealthy("no answer"),
            || Health::unhealthy("still none"),
            || Health::degraded("slow"),
            || Health::healthy("well"),
            || Health::healthy("well"),
        ],
        CheckOptions::new(),
        |publisher| publisher,
    );
    assert_eq!(
        recorder.events(),
        [
            event("failed", "no answer", AlertType::Error),
            event("degraded", "slow", AlertType::Warning),
            event("recovered", "well", AlertType::Success),
        ]
    );
}

#[test]
fn the_text_of_an_event_has_the_message_and_the_details() {
    let failing: fn() -> Health = || {
        Health::unhealthy("no answer")
            .with("queued_jobs", 423)
            .with("hosts", ["a\nb", "c"])
            .with("forged\nline", "x".repeat(1_000))
    };
    let results: &[fn() -> Health] = Box::leak(Box::new([
        failing,
        || Health::healthy("").with("queued_jobs", 0),
        || Health::unhealthy("m".repeat(3_900)).with("long", "é".repeat(2_000)),
        || Health::degraded(""),
    ]));
    let recorder = record(results, CheckOptions::new(), |publisher| publisher);
    let events = recorder.events();
    let texts: Vec<_> = events.iter().map(Event::text).collect();
    let forged = format!("forged\\nline: \"{}…", "x".repeat(482));
    assert_eq!(
        texts[0],
        format!("no answer\n\n{forged}\nhosts: [\"a\\nb\",\"c\"]\nqueued_jobs: 423")
    );
    assert_eq!(texts[1], "queued_jobs: 0");
    assert!(texts[2].starts_with("mmm") && texts[2].contains("\n\nlong: \"é"), "{}", texts[2]);
    assert!((3_990..=4_000).contains(&texts[2].len()), "{}", texts[2].len());
    assert_eq!(texts[3], "the health check gave no reason");

    let recorder = record(&[|| Health::unhealthy("a").with("b", 1)], CheckOptions::new(), |it| {
        it.event_per_failed_run()
    });
    assert_eq!(recorder.events(), [event("failed", "a\n\nb: 1", AlertType::Error)]);
}

#[test]
fn a_check_that_fails_from_the_start_sends_an_event() {
    let recorder = record(
        &[|| Health::unhealthy("no answer"), || Health::healthy("well")],
        CheckOptions::new(),
        |publisher| publisher,
    );
    assert_eq!(
        recorder.events(),
        [
            event("failed", "no answer", AlertType::Error),
            event("recovered", "well", AlertType::Success)
        ]
    );
}

#[test]
fn failures_below_the_threshold_send_no_event() {
    let results: &[fn() -> Health] = &[
        || Health::healthy("first"),
        || Health::unhealthy("once"),
        || Health::healthy("again"),
        || Health::unhealthy("once"),
        || Health::unhealthy("twice"),
    ];
    let recorder = record(results, CheckOptions::new().failure_threshold(2), |publisher| publisher);
    assert_eq!(recorder.events(), [event("failed", "twice", AlertType::Error)]);
    let tags = TAGS;
    assert_eq!(recorder.values("healthcheck.status", tags), [0.0, 0.0, 0.0, 0.0, 2.0]);
}

#[test]
fn each_failed_run_sends_an_event_on_request() {
    let recorder = record(
        &[
            || Health::unhealthy("no answer"),
            || Health::unhealthy("still none"),
            || Health::healthy("well"),
        ],
        CheckOptions::new(),
        HealthPublisher::event_per_failed_run,
    );
    assert_eq!(
        recorder.events(),
        [
            event("failed", "no answer", AlertType::Error),
            event("failed", "still none", AlertType::Error),
            event("recovered", "well", AlertType::Success),
        ]
    );
}

#[test]
fn a_check_that_is_not_run_sends_no_timing_and_no_event() {
    let recorder = Recorder::new();
    let (sender, end) = channel();
    let publisher = HealthPublisher::new(&recorder.stats()).event_per_failed_run();
    let health = Panopticon::empty()
        .check_blocking("database", CheckOptions::new(), || Health::unhealthy("no answer"))
        .check_blocking("orders", CheckOptions::new().depends_on("database"), || {})
        .publish(SignalsEnd { publisher, _end: sender })
        .build()
        .unwrap();
    for _ in 0..3 {
        let _ = health.report_blocking();
    }
    drop(health);
    end.recv().unwrap_err();
    let orders = ServiceCheck::new("healthcheck", ServiceStatus::Critical).tags(ORDERS);
    assert_eq!(
        recorder.service_checks(),
        [
            check(ServiceStatus::Critical, "no answer"),
            orders.message("not checked: `database` is unhealthy")
        ]
    );
    assert_eq!(recorder.values("healthcheck.status", ORDERS), [2.0]);
    assert!(recorder.values("healthcheck.response_time", ORDERS).is_empty());
    assert_eq!(recorder.events(), [event("failed", "no answer", AlertType::Error)]);
}

#[test]
fn draining_sends_an_event_when_it_begins_and_when_it_ends() {
    let recorder = Recorder::new();
    let (sender, end) = channel();
    let publisher = SignalsEnd { publisher: HealthPublisher::new(&recorder.stats()), _end: sender };
    let health = Panopticon::empty()
        .check("database", CheckOptions::new(), || async {})
        .publish(publisher)
        .build()
        .unwrap();
    health.drain();
    health.drain();
    health.undrain();
    drop(health);
    end.recv().unwrap_err();
    let titles: Vec<_> = recorder.events().iter().map(|event| event.title().to_owned()).collect();
    assert_eq!(titles, ["Service is draining", "Service has stopped draining"]);
}

/// Records what is published before, during and after an override of a check, one run each. Also
/// returns the text of the end of the override.
fn record_override(
    result: fn() -> Health,
    status: Status,
    publisher: fn(HealthPublisher) -> HealthPublisher,
) -> (Recorder, String) {
    let recorder = Recorder::new();
    let (sender, end) = channel();
    let publisher = publisher(HealthPublisher::new(&recorder.stats()));
    let health = Panopticon::empty()
        .check_blocking("database", CheckOptions::new().cache(Duration::ZERO), result)
        .publish(SignalsEnd { publisher, _end: sender })
        .build()
        .unwrap();
    let until = SystemTime::now() + Duration::from_secs(3600);
    let _ = health.report_blocking();
    health.set_override("database", Override::new(status, "maintenance").until(until)).unwrap();
    let _ = health.report_blocking();
    health.clear_override("database").unwrap();
    let _ = health.report_blocking();
    drop(health);
    end.recv().unwrap_err();
    let until = chrono::DateTime::<chrono::Utc>::from(until);
    (recorder, until.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

#[test]
fn an_override_sends_its_status_at_once_and_with_each_run_and_events_when_set_and_ended() {
    let (recorder, until) =
        record_override(|| Health::unhealthy("no answer"), Status::Degraded, |it| it);
    let failed = || check(ServiceStatus::Critical, "no answer");
    let overridden = || check(ServiceStatus::Warning, "maintenance");
    assert_eq!(
        recorder.service_checks(),
        [failed(), overridden(), overridden(), failed(), failed()]
    );
    let tags = TAGS;
    assert_eq!(recorder.values("healthcheck.status", tags), [2.0, 1.0, 1.0, 2.0, 2.0]);
    assert_eq!(recorder.values("healthcheck.response_time", tags).len(), 3, "one for each run");
    let set = format!("database: unhealthy → degraded (override until {until}: maintenance)");
    let ended = "database: degraded → unhealthy (no answer; override ended: maintenance)";
    assert_eq!(
        recorder.events(),
        [
            event("failed", "no answer", AlertType::Error),
            event("overridden", &set, AlertType::Warning),
            event("no longer overridden", ended, AlertType::Error),
        ]
    );
}

#[test]
fn failed_runs_send_no_events_while_an_override_lasts() {
    let (recorder, until) = record_override(
        || Health::unhealthy("no answer"),
        Status::Healthy,
        HealthPublisher::event_per_failed_run,
    );
    let set = format!("database: unhealthy → healthy (override until {until}: maintenance)");
    let ended = "database: healthy → unhealthy (no answer; override ended: maintenance)";
    assert_eq!(
        recorder.events(),
        [
            event("failed", "no answer", AlertType::Error),
            event("overridden", &set, AlertType::Success),
            event("no longer overridden", ended, AlertType::Error),
            event("failed", "no answer", AlertType::Error),
        ]
    );
}

#[test]
fn a_drill_that_overrides_a_healthy_check_is_an_alarm_that_ends() {
    let (recorder, until) = record_override(|| Health::healthy("well"), Status::Unhealthy, |it| it);
    let set = format!("database: healthy → unhealthy (override until {until}: maintenance)");
    let ended = "database: unhealthy → healthy (well; override ended: maintenance)";
    assert_eq!(
        recorder.events(),
        [
            event("overridden", &set, AlertType::Error),
            event("no longer overridden", ended, AlertType::Success),
        ]
    );
}

#[test]
fn everything_has_the_tags_of_the_check() {
    let recorder = record(
        &[|| Health::unhealthy("no answer").with("queued_jobs", 423)],
        (0..30).fold(
            CheckOptions::new().critical(false).tag("queue").tag("team:orders"),
            |options, number| options.tag(format!("t{number}")),
        ),
        |publisher| publisher,
    );
    let numbered: Vec<_> = (0..18).map(|number| format!("t{number}")).collect();
    let mut tags =
        vec![("check", "database"), ("critical", "false"), ("queue", ""), ("team", "orders")];
    tags.extend(numbered.iter().map(|tag| (&**tag, "")));
    let check = ServiceCheck::new("healthcheck", ServiceStatus::Critical).message("no answer");
    assert_eq!(recorder.service_checks(), [check.tags(&tags)]);
    for metric in recorder.metrics() {
        assert_eq!(recorder.values(&metric.name, &tags).len(), 1, "{metric:?}");
    }
    let event = Event::new("Healthcheck database failed", "no answer\n\nqueued_jobs: 423")
        .alert_type(AlertType::Error)
        .aggregation_key("healthcheck.database")
        .tags(&tags)
        .tag("application", "healthcheck");
    assert_eq!(recorder.events(), [event]);
}

panopticon::collection!(name = "payments");

#[panopticon::healthcheck(tags = ["card"])]
async fn card_terminal() -> Health {
    Health::healthy("connected")
}

#[tokio::test]
async fn a_collection_is_a_tag() {
    let recorder = Recorder::new();
    let health =
        Panopticon::builder().publish(HealthPublisher::new(&recorder.stats())).build().unwrap();
    let _ = health.check("card_terminal").await;
    health.shutdown().await;
    let tags = [
        ("check", "card_terminal"),
        ("critical", "true"),
        ("collection", "payments"),
        ("card", ""),
    ];
    assert_eq!(recorder.values("healthcheck.status", &tags), [0.0]);
}
