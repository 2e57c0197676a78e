//! Sends metrics over UDP, and reads them back from netdata's statsd server.
//!
//! The server of netdata 1.37 receives plain statsd, which Datadog extends by tags and types:
//! - It ignores tags: values with different tags belong to the same metric.
//! - `c` accepts integers, and the integer part of fractions.
//! - `g` with a sign changes the gauge by that amount; Datadog's Agent sets it.
//! - `h` and `ms` mean the same as for Datadog; netdata keeps them for one second.
//! - `d` is not a distribution but a "dictionary", which counts the occurrences of each text.
//! - Of several values in a line, it reads the first one only, so the client sends each value of a
//!   histogram or timing on its own.
//! - Events and service checks are unknown; netdata logs and skips them.
//!
//! <https://github.com/netdata/netdata/tree/v1.37.1/collectors/statsd.plugin>

use std::collections::BTreeMap;
use std::time::Duration;

use panopticon::datadog::{Event, ServiceCheck, ServiceStatus, Stats, StatsBuilder};

use super::{eventually, get, variable};
use crate::agent::PATIENCE;

/// Returns a client with a prefix that no other test uses.
fn client(prefix: &str) -> Stats {
    builder(prefix).build().unwrap()
}

fn builder(prefix: &str) -> StatsBuilder {
    let url = format!("udp://{}", variable("STATSD_ADDRESS"));
    let builder = Stats::builder().enabled(true).dogstatsd_url(url).prefix(prefix);
    builder.default_tag("env", "test")
}

/// Returns what netdata collected for a prefix, by `<name>_<type> <dimension>` with `_` for dots:
/// the sums of counters and dictionaries, and the latest second of the others, in thousandths.
fn collected(prefix: &str) -> BTreeMap<String, i64> {
    let url = variable("NETDATA_URL") + "/api/v1/allmetrics?format=prometheus&source=as-collected";
    let start = format!("netdata_statsd_{prefix}_");
    let mut metrics = BTreeMap::new();
    for line in get(&url).lines().filter_map(|line| line.strip_prefix(&start)) {
        // name{chart="…",family="…",dimension="…"} value time
        let (name, rest) = line.split_once('{').unwrap();
        let (labels, rest) = rest.split_once("\"} ").unwrap();
        let (_, dimension) = labels.rsplit_once('"').unwrap();
        let value = rest.split(' ').next().unwrap().parse().unwrap();
        // netdata computes this percentile in its own way.
        if dimension != "95.0%" {
            metrics.insert(format!("{name} {dimension}"), value);
        }
    }
    metrics
}

/// Waits until netdata has exactly these metrics of a prefix. Calls `again` before each poll.
fn expect(prefix: &str, expected: &[(&str, i64)], again: impl Fn()) {
    let expected = expected.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
    eventually(|| {
        again();
        let metrics = collected(prefix);
        if metrics == expected { Ok(()) } else { Err(format!("{metrics:#?}\nnot {expected:#?}")) }
    });
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn netdata_sums_counts() {
    let stats = client("counts");
    stats.increment("orders.placed", 3, &[("kind", "book")]);
    stats.increment("orders.placed", 4_000_000_000_u64, &[("kind", "größe|c,d")]);
    stats.decrement("orders.placed", 2, &[]);
    stats.decrement("orders.open", 5, &[]);
    stats.increment("orders.weight", 2.5, &[]);
    stats.flush(PATIENCE).unwrap();
    let sums = [
        ("orders_placed_counter_total counter", 4_000_000_001),
        ("orders_open_counter_total counter", -5),
        ("orders_weight_counter_total counter", 2),
    ];
    expect("counts", &sums, || ());
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn netdata_receives_the_sum_of_a_million_increments() {
    let stats = client("million");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..250_000 {
                    stats.increment("orders.placed", 1, &[("kind", "book")]);
                }
            });
        }
    });
    stats.flush(PATIENCE).unwrap();
    expect("million", &[("orders_placed_counter_total counter", 1_000_000)], || ());
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn netdata_counts_the_values_of_a_set_in_a_second() {
    let stats = client("sets");
    expect("sets", &[("users_set unique", 3)], || {
        for user in ["ada", "bob", "ada", "a:b"] {
            stats.set("users", user, &[]);
        }
        stats.flush(PATIENCE).unwrap();
    });
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn netdata_keeps_the_latest_value_of_a_gauge() {
    let stats = client("gauges");
    stats.gauge("queue.length", 30, &[("queue", "invoices")]);
    stats.gauge("queue.length", 12.25, &[("queue", "invoices")]);
    stats.gauge("tiny", 0.001, &[]);
    stats.gauge("large", 1e12, &[]);
    // netdata subtracts 4 twice; Datadog's Agent would have −4.
    stats.gauge("balance", -4, &[]);
    stats.flush(PATIENCE).unwrap();
    stats.gauge("balance", -4, &[]);
    stats.flush(PATIENCE).unwrap();
    let latest = [
        ("queue_length_gauge gauge", 12_250),
        ("tiny_gauge gauge", 1),
        ("large_gauge gauge", 1_000_000_000_000_000),
        ("balance_gauge gauge", -8_000),
    ];
    expect("gauges", &latest, || ());
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn netdata_summarizes_a_second_of_histograms_and_timings() {
    let stats = builder("times").aggregation(false).build().unwrap();
    let seconds = [
        ("order_size_histogram min", 1_000),
        ("order_size_histogram max", 12_500),
        ("order_size_histogram average", 4_500),
        ("order_size_histogram median", 3_000),
        ("order_size_histogram stddev", 4_123),
        ("import_timer min", 500),
        ("import_timer max", 90_125),
        ("import_timer average", 30_500),
        ("import_timer median", 875),
        ("import_timer stddev", 42_162),
    ];
    // None of these depends on how often the values are sent within a second.
    expect("times", &seconds, || {
        for size in [3.0, 1.0, 12.5, 2.0, 4.0] {
            stats.histogram("order.size", size, &[("kind", "book")]);
        }
        for microseconds in [500, 90_125, 875] {
            stats.timing("import", Duration::from_micros(microseconds), &[]);
        }
        stats.flush(PATIENCE).unwrap();
    });
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn netdata_counts_the_texts_of_distributions() {
    let stats = builder("distributions").aggregation(false).build().unwrap();
    for weight in [1.5, 1.5, 2.0] {
        stats.distribution("order.weight", weight, &[("kind", "book")]);
    }
    stats.flush(PATIENCE).unwrap();
    let counts = [("order_weight_dictionary_total 1.5", 2), ("order_weight_dictionary_total 2", 1)];
    expect("distributions", &counts, || ());
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn netdata_skips_events_and_service_checks() {
    let stats = client("unknown");
    stats.event(Event::new("unknown.a", "b\nunknown.c:1|c").tag("kind", "book"));
    let check = ServiceCheck::new("supplier", ServiceStatus::Critical);
    stats.service_check(check.message("down\nunknown.d:1|c").tag("kind", "book"));
    stats.increment("orders.placed", 1, &[]);
    stats.flush(PATIENCE).unwrap();
    expect("unknown", &[("orders_placed_counter_total counter", 1)], || ());
}
