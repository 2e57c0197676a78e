//! Compares posted metrics with those of ThreadStats, Datadog's Python client for its API, and
//! reads them back from VictoriaMetrics.
//!
//! VictoriaMetrics 1.79 accepts Datadog's series. It turns tags and host into labels, and ignores
//! types and intervals. It responds 400 to distributions and events, and accepts service checks
//! without reading them. <https://docs.victoriametrics.com/#how-to-send-data-from-datadog-agent>

use std::time::{SystemTime, UNIX_EPOCH};

use panopticon::datadog::{Event, ServiceCheck, ServiceStatus, Stats, StatsBuilder, Transport};
use serde_json::{Map, Value, json};

use super::{call, eventually, get, lines_of, python, variable};
use crate::agent::PATIENCE;
use crate::api::endpoint::Endpoint;

const HOST: &str = "web-1";

fn metric(call: &str, name: &str, value: impl Into<Value>, tags: &[(&str, &str)]) -> Value {
    json!({"call": call, "name": name, "value": value.into(), "tags": tags})
}

/// Returns calls whose values are eighths if they are added up, so that no sum depends on the
/// order.
fn calls() -> Vec<Value> {
    let book = &[("kind", "book")][..];
    let dvd = &[("größe", "a:b/c.d"), ("kind", "dvd")][..];
    let dvd_reversed = &[("kind", "dvd"), ("größe", "a:b/c.d")][..];
    let mut calls = vec![
        metric("increment", "orders.placed", 3, book),
        metric("increment", "orders.placed", 4, book),
        metric("decrement", "orders.placed", 1, book),
        metric("increment", "orders.placed", 0.5, &[]),
        metric("increment", "orders.placed", 2, dvd),
        metric("increment", "orders.placed", 5, dvd_reversed),
        metric("decrement", "orders.open", 7, &[]),
        metric("increment", "orders.none", 0, &[]),
        metric("increment", "bytes", 9_000_000_000_000_000_u64, &[]),
        metric("gauge", "queue.length", 11, &[]),
        metric("gauge", "queue.length", 12.25, &[]),
        metric("gauge", "balance", -4, &[]),
        metric("gauge", "tiny", 1e-9, &[]),
        metric("gauge", "large", 1e18, &[]),
        metric("histogram", "single", 2.5, &[]),
        metric("timing", "import", 1.5, book),
        metric("timing", "import", 90.125, book),
    ];
    let mut value = 1_u32;
    for (name, count) in [("few", 3), ("some", 20), ("many", 1_000)] {
        for _ in 0..count {
            // Lehmer's generator.
            value = value * 75 % 65_537;
            let eighths = (f64::from(value) - 32_768.0) / 8.0;
            calls.push(metric("histogram", name, eighths, book));
        }
    }
    calls
}

/// Makes the calls within a single rollup period. Returns the prefix, unique to the test and the
/// attempt, and the time.
fn make_all(calls: &[Value], test: &str, builder: impl Fn() -> StatsBuilder) -> (String, u64) {
    for attempt in 1..=10 {
        let prefix = format!("{test}{attempt}");
        let stats =
            builder().prefix(&prefix).hostname(HOST).default_tag("env", "test").build().unwrap();
        let start = period();
        for call in calls {
            call::make(&stats, call);
        }
        let end = period();
        stats.flush(PATIENCE).unwrap();
        let delivery = stats.delivery();
        assert_eq!(delivery.sent, calls.len() as u64, "{delivery:?}");
        if start == end {
            return (prefix, start);
        }
    }
    panic!("the calls take longer than a period");
}

/// Returns the start of the current ten seconds.
fn period() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    now - now % 10
}

/// Returns the metrics that ThreadStats makes of the calls.
fn thread_stats(calls: &[Value], prefix: &str, time: u64) -> Vec<Value> {
    let printed =
        python("thread_stats.py", &[&time.to_string(), prefix, "env:test"], &lines_of(calls));
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns values sorted, with all numbers as floats.
fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.iter_mut().for_each(make_floats);
    values.sort_by_key(Value::to_string);
    values
}

fn make_floats(value: &mut Value) {
    match value {
        Value::Number(_) => *value = json!(value.as_f64()),
        Value::Array(values) => values.iter_mut().for_each(make_floats),
        Value::Object(values) => values.values_mut().for_each(make_floats),
        _ => (),
    }
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn posts_have_the_metrics_of_thread_stats() {
    let mut calls = calls();
    for weight in [0.25, 3.0, -1.5] {
        calls.push(metric("distribution", "weight", weight, &[]));
    }
    let endpoint = Endpoint::accepting_all();
    let (prefix, time) = make_all(&calls, "posted", || endpoint.builder());
    let bodies = [endpoint.bodies("series"), endpoint.bodies("distribution_points")].concat();
    let start = format!("{prefix}.");
    let is_of_prefix = |series: &Value| series["metric"].as_str().unwrap().starts_with(&start);
    let ours = bodies.iter().flat_map(|body| body["series"].as_array().unwrap().clone());
    let ours: Vec<_> = ours.filter(is_of_prefix).collect();

    let mut theirs = thread_stats(&calls, &prefix, time);
    for metric in &mut theirs {
        // ThreadStats adds the host while posting, and a null device.
        metric["host"] = HOST.into();
        metric.as_object_mut().unwrap().remove("device");
        // This client only sends the interval of rates, since others do not use it.
        if metric["type"] != "rate" {
            metric.as_object_mut().unwrap().remove("interval");
        }
    }
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in sorted(ours).iter().zip(sorted(theirs)) {
        assert_eq!(*ours, theirs);
    }
}

/// Returns a series the way VictoriaMetrics exports it.
fn exported(series: &Value) -> Value {
    let mut labels = Map::new();
    labels.insert("__name__".to_owned(), series["metric"].clone());
    labels.insert("host".to_owned(), HOST.into());
    for tag in series["tags"].as_array().unwrap() {
        let (key, value) = tag.as_str().unwrap().split_once(':').unwrap();
        labels.insert(key.to_owned(), value.into());
    }
    let point = &series["points"][0];
    let milliseconds = point[0].as_u64().unwrap() * 1_000;
    json!({"metric": labels, "values": [point[1]], "timestamps": [milliseconds]})
}

fn victoria_metrics() -> StatsBuilder {
    let url = variable("VICTORIA_METRICS_URL") + "/datadog";
    Stats::builder().enabled(true).transport(Transport::Api).api_key("key").api_host(url)
}

/// Returns everything VictoriaMetrics has for a prefix.
fn export(prefix: &str) -> Vec<Value> {
    let url = variable("VICTORIA_METRICS_URL");
    // Otherwise new data shows up only after about a second.
    get(&format!("{url}/internal/force_flush"));
    let query = format!("match%5B%5D=%7B__name__%3D~%22{prefix}%5B.%5D.*%22%7D");
    let lines = get(&format!("{url}/api/v1/export?{query}"));
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn victoria_metrics_has_the_metrics_of_thread_stats() {
    let calls = calls();
    let (prefix, time) = make_all(&calls, "stored", victoria_metrics);
    let theirs: Vec<_> = thread_stats(&calls, &prefix, time).iter().map(exported).collect();
    let theirs = sorted(theirs);
    eventually(|| {
        let ours = sorted(export(&prefix));
        if ours == theirs { Ok(()) } else { Err(format!("{ours:#?}\nnot {theirs:#?}")) }
    });
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn victoria_metrics_refuses_distributions_and_events() {
    let stats = victoria_metrics().prefix("refused").build().unwrap();
    stats.distribution("weight", 1.5, &[]);
    stats.event(Event::new("a", "b"));
    stats.service_check(ServiceCheck::new("supplier", ServiceStatus::Ok));
    stats.gauge("queue.length", 1, &[]);
    stats.flush(PATIENCE).unwrap();
    let delivery = stats.delivery();
    assert_eq!((delivery.sent, delivery.dropped), (2, 2), "{delivery:?}");
    assert!(delivery.problem.unwrap().ends_with(" responded 400"));
    eventually(|| match export("refused").len() {
        1 => Ok(()),
        other => Err(format!("{other} series")),
    });
}
