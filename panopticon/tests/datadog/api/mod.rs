//! Posts to the API.

mod counts;
pub(crate) mod endpoint;
mod rejections;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use panopticon::datadog::{AlertType, Event, Priority, ServiceCheck, ServiceStatus, Stats};
use serde_json::{Value as Json, json};

use self::counts::counts;
use self::endpoint::{Endpoint, KEY};
use crate::agent::PATIENCE;

/// Returns all series in all bodies posted to a path.
fn series(endpoint: &Endpoint, path: &str) -> Vec<Json> {
    let bodies = endpoint.bodies(path).into_iter();
    bodies.flat_map(|body| body["series"].as_array().unwrap().clone()).collect()
}

/// Replaces a time by null, and checks that it is the current one.
fn take_time(value: &mut Json) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let time = value.take().as_u64().unwrap();
    assert!((now - 60..=now + 60).contains(&time), "{time} at {now}");
}

/// Returns a client that has sent one of each metric, all within one period.
fn metrics_of_one_period() -> (Endpoint, Stats) {
    let period = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 10;
    loop {
        let before = period();
        let endpoint = Endpoint::accepting_all();
        let stats = endpoint
            .builder()
            .prefix("shop")
            .default_tag("env", "test")
            .hostname("web-1")
            .build()
            .unwrap();
        stats.gauge("queue.length", 11, &[]);
        stats.gauge("queue.length", 12, &[]);
        stats.increment("orders.placed", 4, &[("kind", "book"), ("a", "b")]);
        stats.increment("orders.placed", 1, &[("a", "b"), ("kind", "book")]);
        stats.decrement("orders.open", 2, &[]);
        stats.distribution("order.weight", 0.25, &[("k", "v")]);
        stats.distribution("order.weight", 3, &[("k", "v")]);
        if period() == before {
            return (endpoint, stats);
        }
    }
}

#[test]
fn counts_gauges_and_distributions_are_posted() {
    let (endpoint, stats) = metrics_of_one_period();
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (7, 0, 0));

    let mut metrics = series(&endpoint, "series");
    for series in &mut metrics {
        take_time(&mut series["points"][0][0]);
    }
    let (host, env) = ("web-1", json!(["env:test"]));
    assert_eq!(
        metrics,
        [
            json!({"metric": "shop.queue.length", "points": [[null, 12.0]], "type": "gauge",
                "host": host, "tags": env}),
            json!({"metric": "shop.orders.placed", "points": [[null, 0.5]], "type": "rate",
                "interval": 10, "host": host, "tags": ["kind:book", "a:b", "env:test"]}),
            json!({"metric": "shop.orders.open", "points": [[null, -0.2]], "type": "rate",
                "interval": 10, "host": host, "tags": env}),
        ]
    );
    let mut distributions = series(&endpoint, "distribution_points");
    take_time(&mut distributions[0]["points"][0][0]);
    assert_eq!(
        distributions,
        [json!({"metric": "shop.order.weight", "points": [[null, [0.25, 3.0]]],
            "type": "distribution", "host": host, "tags": ["k:v", "env:test"]})]
    );
}

#[test]
fn events_and_service_checks_are_posted() {
    let (endpoint, stats) = metrics_of_one_period();
    let event = Event::new("Import finished", "a\nb")
        .alert_type(AlertType::Error)
        .priority(Priority::Low)
        .aggregation_key("import")
        .source_type_name("my_apps")
        .tag("k", "v");
    stats.event(event);
    let at = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    stats.event(Event::new("Another", "").timestamp(at).hostname("db-1"));
    stats.service_check(ServiceCheck::new("supplier", ServiceStatus::Critical).message("m: x|y"));
    stats
        .service_check(ServiceCheck::new("disk", ServiceStatus::Ok).hostname("db-1").tag("k", "v"));
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (11, 0, 0));

    let mut events = endpoint.bodies("events");
    take_time(&mut events[0]["date_happened"]);
    assert_eq!(
        events,
        [
            json!({"title": "Import finished", "text": "a\nb", "date_happened": null,
                "alert_type": "error", "priority": "low", "aggregation_key": "import",
                "source_type_name": "my_apps", "host": "web-1", "tags": ["k:v", "env:test"]}),
            json!({"title": "Another", "text": "Another", "date_happened": 1_700_000_000,
                "alert_type": "info", "priority": "normal", "host": "db-1", "tags": ["env:test"]}),
        ]
    );
    let mut checks = endpoint.bodies("check_run");
    assert_eq!(checks.len(), 1);
    take_time(&mut checks[0][0]["timestamp"]);
    take_time(&mut checks[0][1]["timestamp"]);
    assert_eq!(
        checks[0],
        json!([
            {"check": "shop.supplier", "status": 2, "timestamp": null, "host_name": "web-1",
                "message": "m: x|y", "tags": ["env:test"]},
            {"check": "shop.disk", "status": 0, "timestamp": null, "host_name": "db-1",
                "tags": ["k:v", "env:test"]},
        ])
    );
    let lines: BTreeSet<_> = endpoint.requests().into_iter().map(|request| request.line).collect();
    let paths = ["check_run", "distribution_points", "events", "series"];
    assert!(lines.into_iter().eq(paths.map(|path| format!("POST /api/v1/{path}"))));
    for request in endpoint.requests() {
        assert_eq!(request.header("dd-api-key"), KEY);
        assert_eq!(request.header("content-type"), "application/json");
        let agent = concat!("panopticon/", env!("CARGO_PKG_VERSION"));
        assert_eq!(request.header("user-agent"), agent);
    }
}

#[test]
fn histograms_and_timings_have_eight_series_each() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().build().unwrap();
    stats.histogram("size", 3, &[("k", "v")]);
    stats.timing("time", Duration::from_micros(1_500), &[]);
    let long = "x".repeat(300);
    stats.histogram(&long, 1, &[]);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (3, 0, 0));
    let series = series(&endpoint, "series");
    let names: Vec<_> = series.iter().map(|series| series["metric"].as_str().unwrap()).collect();
    let suffixes = [
        "min",
        "max",
        "count",
        "avg",
        "75percentile",
        "85percentile",
        "95percentile",
        "99percentile",
    ];
    assert_eq!(names.len(), 24);
    for (position, suffix) in suffixes.into_iter().enumerate() {
        assert_eq!(names[position], format!("panopticon.size.{suffix}"));
        assert_eq!(names[position + 8], format!("panopticon.time.{suffix}"));
        assert!(names[position + 16].ends_with(&format!("xx.{suffix}")));
        assert!(names[position + 16].len() <= 200);
        let (value, kind) = if suffix == "count" { (0.1, "rate") } else { (1.5, "gauge") };
        assert_eq!(series[position + 8]["points"][0][1], value);
        assert_eq!(series[position + 8]["type"], kind);
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 24);
}

#[test]
fn everything_has_a_host() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().hostname("").build().unwrap();
    stats.gauge("a", 1, &[]);
    stats.event(Event::new("a", "b").hostname(""));
    stats.service_check(ServiceCheck::new("a", ServiceStatus::Ok));
    stats.flush(PATIENCE).unwrap();
    let host = |value: &Json| value.as_str().unwrap().to_owned();
    let hosts = [
        host(&series(&endpoint, "series")[0]["host"]),
        host(&endpoint.bodies("events")[0]["host"]),
        host(&endpoint.bodies("check_run")[0][0]["host_name"]),
    ];
    assert!(!hosts[0].is_empty());
    assert!(hosts.iter().all(|host| *host == hosts[0]), "{hosts:?}");
}

#[test]
fn long_texts_are_cut() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().build().unwrap();
    let long = "ü".repeat(5_000);
    stats.event(Event::new(&long, &long).aggregation_key(&long));
    stats.service_check(ServiceCheck::new("a", ServiceStatus::Warning).message(&long));
    stats.flush(PATIENCE).unwrap();
    let event = &endpoint.bodies("events")[0];
    let check = &endpoint.bodies("check_run")[0][0];
    for (text, length, end) in [
        (&event["title"], 500, "ü…"),
        (&event["text"], 4_000, "ü…"),
        // 100 bytes.
        (&event["aggregation_key"], 50, "ü"),
        (&check["message"], 500, "ü…"),
    ] {
        let text = text.as_str().unwrap();
        assert_eq!(text.chars().count(), length);
        assert!(text.ends_with(end));
    }
}

#[test]
fn a_flush_within_a_period_overwrites_nothing() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().build().unwrap();
    for _ in 0..5 {
        stats.increment("a", 1, &[]);
        stats.flush(PATIENCE).unwrap();
    }
    let points: Vec<_> =
        series(&endpoint, "series").iter().map(|series| series["points"][0].clone()).collect();
    assert_eq!(points.len(), 5);
    let times: BTreeSet<_> = points.iter().map(|point| point[0].as_u64().unwrap()).collect();
    assert_eq!(times.len(), 5, "{points:?}");
    assert!(points.iter().all(|point| point[1] == 0.1));
    // Nothing is sent twice.
    stats.flush(PATIENCE).unwrap();
    assert_eq!(endpoint.requests().len(), 5);
}

#[test]
fn many_series_are_split_into_posts() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().build().unwrap();
    let values: Vec<_> = (0..10).map(|_| "v".repeat(180)).collect();
    let tags: Vec<_> = values.iter().map(|value| ("k", value.as_str())).collect();
    for number in 0..3_000 {
        stats.gauge(&format!("a{number}"), number, &tags);
    }
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (3_000, 0, 0));
    let requests = endpoint.requests();
    assert!(requests.len() >= 2);
    for request in &requests {
        assert!(request.header("content-length").parse::<usize>().unwrap() <= 3_200_000);
    }
    assert_eq!(series(&endpoint, "series").len(), 3_000);
}

#[test]
fn dropping_the_last_client_sends_the_rest() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().build().unwrap();
    let clone = stats.clone();
    stats.increment("a", 1, &[]);
    drop(stats);
    clone.event(Event::new("a", "b"));
    drop(clone);
    let requests = endpoint.wait_for(2);
    assert_eq!(requests.len(), 2);
}

/// A point of a series: its metric, type, time and value.
fn points(endpoint: &Endpoint) -> Vec<(String, String, u64, f64)> {
    let point = |series: &Json| {
        let text = |key: &str| series[key].as_str().unwrap().to_owned();
        let [time, value] = [0, 1].map(|position| series["points"][0][position].clone());
        (text("metric"), text("type"), time.as_u64().unwrap(), value.as_f64().unwrap())
    };
    series(endpoint, "series").iter().map(point).collect()
}

#[test]
fn a_set_is_a_gauge_of_the_number_of_its_values() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().build().unwrap();
    for user in ["ada", "bob", "ada"] {
        stats.set("users", user, &[("page", "orders")]);
    }
    stats.set("users", "ada", &[]);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (4, 0, 0));
    // A new period may begin between two calls.
    let mut total = 0.0;
    for (metric, kind, _, value) in points(&endpoint) {
        assert_eq!((&*metric, &*kind), ("panopticon.users", "gauge"));
        total += value;
    }
    assert!((3.0..=4.0).contains(&total), "{total}");
}

#[test]
fn values_with_a_time_are_posted_with_it() {
    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().build().unwrap();
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    stats.increment_with_timestamp("count", 3, &[], at(1_700_000_007));
    stats.increment_with_timestamp("count", 4, &[], at(1_700_000_007));
    stats.increment_with_timestamp("count", 5, &[], at(1_700_000_008));
    stats.gauge_with_timestamp("gauge", 1, &[], at(4_000_000_000));
    stats.gauge_with_timestamp("gauge", 2, &[], at(4_000_000_000));
    stats.flush(PATIENCE).unwrap();
    assert_eq!(counts(&stats), (5, 0, 0));
    let (count, gauge) = ("panopticon.count", "panopticon.gauge");
    let expected = [
        (count, "rate", 1_700_000_007, 0.7),
        (count, "rate", 1_700_000_008, 0.5),
        (gauge, "gauge", 4_000_000_000, 2.0),
    ];
    let expected = expected.map(|(name, kind, at, value)| (name.into(), kind.into(), at, value));
    assert_eq!(points(&endpoint), expected);
    // The clock is not ahead, so later flushes do not wait.
    stats.increment("count", 1, &[]);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(points(&endpoint).len(), 4);
}

#[test]
fn intervals_can_be_set() {
    let endpoint = Endpoint::accepting_all();
    let builder = endpoint.builder().flush_interval(Duration::from_millis(100));
    let stats = builder.rollup_interval(Duration::from_secs(1)).build().unwrap();
    stats.increment("a", 4, &[]);
    // Without a flush, once the second is over.
    endpoint.wait_for(1);
    let series = series(&endpoint, "series");
    assert_eq!(series[0]["interval"], 1);
    assert_eq!(series[0]["points"][0][1], 4.0);
}
