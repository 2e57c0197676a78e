//! Compares the metrics of the same calls with those of ThreadStats in Datadog's Python client.
//!
//! `threadstats_tests.jsonl` has the metrics that ThreadStats of `datadogpy` 0.56.0 under `CPython`
//! 3.11 reported for the calls below, with `namespace="shop"`, `constant_tags=["env:test"]`,
//! `flush_in_thread=False` and `flush(float("inf"))`. Each line has the keys `metric`, `type`,
//! `points` and `tags` of a metric. The values are eighths, so that no sum depends on the order of
//! addition.

use serde_json::{Value as Json, json};

use super::aggregator::Aggregator;
use super::encode::Encoder;
use crate::datadog::metric::{Kind, Sample, Tags};
use crate::datadog::random::Random;
use crate::datadog::sink::CommonFields;

const TIME: u64 = 1_700_000_005;

/// Lehmer's generator, with the constants of `minstd_rand`.
struct Lehmer(i64);

impl Lehmer {
    /// Returns a number from 0 to below `end`.
    fn below(&mut self, end: i64) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        i32::try_from(self.0 % end).unwrap().into()
    }
}

fn calls(mut call: impl FnMut(Kind, &str, f64, Tags<'_>, u64)) {
    let mut numbers = Lehmer(1);
    for count in [1, 2, 3, 4, 5, 7, 10, 20, 39, 100, 101, 999, 1_000] {
        for _ in 0..count {
            let value = (numbers.below(20_001) - 10_000.0) / 8.0;
            call(Kind::Histogram, &format!("h{count}"), value, &[], TIME);
        }
    }
    for _ in 0..5 {
        let value = (numbers.below(101) - 50.0) / 4.0;
        call(Kind::Count, "c", value, &[("b", "2"), ("a", "1")], TIME);
    }
    call(Kind::Count, "c", -3.0, &[("a", "1"), ("b", "2")], TIME);
    call(Kind::Gauge, "g", 1.0, &[], TIME);
    call(Kind::Gauge, "g", 2.5, &[], TIME + 3);
    call(Kind::Gauge, "g", -7.0, &[], TIME + 5);
    for _ in 0..3 {
        call(Kind::Distribution, "d", numbers.below(1_001) / 8.0, &[("a", "1")], TIME);
    }
    call(Kind::Timing, "t", 1.5, &[], TIME);
}

#[test]
fn rolls_up_like_threadstats() {
    let mut aggregate = Aggregator::new(10, Random::seeded(1));
    calls(|kind, name, value, tags, time| {
        let sample = Sample::new(kind, name, value.into(), tags);
        aggregate.add(time, &sample).unwrap();
    });
    let tags = vec![("env".to_owned(), "test".to_owned())];
    let common = CommonFields { prefix: "shop".to_owned(), tags, hostname: None };
    let encoder = Encoder::new(common, "web-1".to_owned(), 10);
    let items =
        aggregate.collect_all().into_iter().flat_map(|bucket| encoder.encode_rollup(bucket));
    let ours = items
        .flat_map(|(_, item)| {
            let list = format!("[{}]", item.json);
            serde_json::from_str::<Vec<Json>>(&list).unwrap()
        })
        .map(|series| {
            assert_eq!(series["host"], "web-1");
            let interval = (series["type"] == "rate").then(|| json!(10));
            assert_eq!(series.get("interval"), interval.as_ref());
            comparable(&series)
        });
    let theirs = include_str!("threadstats_tests.jsonl")
        .lines()
        .map(|line| comparable(&serde_json::from_str(line).unwrap()));
    let (mut ours, mut theirs): (Vec<_>, Vec<_>) = (ours.collect(), theirs.collect());
    // ThreadStats reports distributions last.
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
}

/// Returns everything ThreadStats sends of a metric, with all numbers as floats.
fn comparable(series: &Json) -> String {
    let point = &series["points"][0];
    let values: Vec<f64> = match &point[1] {
        Json::Array(values) => values.iter().map(|value| value.as_f64().unwrap()).collect(),
        value => vec![value.as_f64().unwrap()],
    };
    let [metric, kind, time, tags] =
        [&series["metric"], &series["type"], &point[0], &series["tags"]];
    format!("{metric} {kind} {time} {values:?} {tags}")
}
