//! The aggregator, which rolls values up in buckets of ten seconds like Datadog's Python client
//! does. It has no clock; callers pass the time.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::histogram::{Histogram, clamp_to_finite};
use super::random::Random;
use crate::datadog::metric::{Kind, Sample};
use crate::datadog::sanitize::join_tag;

/// The length of a bucket in seconds.
pub(super) const PERIOD: u64 = 10;

/// The maximum number of series in a bucket.
const MAX_SERIES: usize = 10_000;

/// The maximum number of values of all distributions in a bucket together.
const MAX_DISTRIBUTION_VALUES: usize = 500_000;

/// How far ahead of the clock a bucket's time may be, in seconds. Datadog accepts ten minutes.
const MAX_LEAD: u64 = 60;

/// All values that were not collected yet.
#[derive(Debug)]
pub(super) struct Aggregator {
    /// By the time sent with them, in seconds since 1970.
    buckets: BTreeMap<u64, Bucket>,
    /// The first time not collected yet. Datadog keeps only the latest value per series and time,
    /// so no time may be sent twice.
    earliest: u64,
    random: Random,
}

#[derive(Debug, Default)]
struct Bucket {
    /// Indices into `series`, by their keys.
    indices: HashMap<String, usize>,
    series: Vec<Series>,
    distribution_values: usize,
}

/// The rolled-up series of a bucket, in the order of their first calls.
#[derive(Debug)]
pub(super) struct Rollup {
    /// In seconds since 1970.
    pub(super) time: u64,
    pub(super) series: Vec<Series>,
}

/// The values of one kind, name and set of tags.
#[derive(Debug)]
pub(super) struct Series {
    /// The name, without the prefix.
    pub(super) name: String,
    /// Tags as `key:value`, in the order of the first call, without the default tags.
    pub(super) tags: Vec<String>,
    /// The number of calls.
    pub(super) calls: u64,
    pub(super) values: Values,
}

#[derive(Debug)]
pub(super) enum Values {
    /// The sum.
    Count(f64),
    /// The latest value.
    Gauge(f64),
    Histogram(Box<Histogram>),
    /// All values.
    Distribution(Vec<f64>),
}

/// The limit that a value would have exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LimitExceeded {
    Series,
    DistributionValues,
}

impl Aggregator {
    pub(super) fn new(random: Random) -> Self {
        Self { buckets: BTreeMap::new(), earliest: 0, random }
    }

    /// Adds a value at `now`, in seconds since 1970.
    pub(super) fn add(&mut self, now: u64, sample: &Sample<'_>) -> Result<(), LimitExceeded> {
        // Flushes never run this far ahead, so the clock was set back.
        if self.earliest > now + MAX_LEAD + PERIOD {
            self.earliest = 0;
        }
        let bucket = self.buckets.entry(bucket_start(now).max(self.earliest)).or_default();
        let is_distribution = sample.kind == Kind::Distribution;
        if is_distribution && bucket.distribution_values >= MAX_DISTRIBUTION_VALUES {
            return Err(LimitExceeded::DistributionValues);
        }
        let (value, next) = (sample.value.as_f64(), bucket.series.len());
        match bucket.indices.entry(series_key(sample)) {
            Entry::Occupied(index) => bucket.series[*index.get()].add(value, &mut self.random),
            Entry::Vacant(_) if next >= MAX_SERIES => return Err(LimitExceeded::Series),
            Entry::Vacant(index) => {
                index.insert(next);
                bucket.series.push(Series::new(sample, value));
            }
        }
        bucket.distribution_values += usize::from(is_distribution);
        Ok(())
    }

    /// Collects the buckets whose period is over.
    pub(super) fn collect_past(&mut self, now: u64) -> Vec<Rollup> {
        let is_over = |time: u64| bucket_start(time) + PERIOD <= now;
        // From before the clock was set back.
        let is_in_future = |time: u64| time > now + MAX_LEAD + PERIOD;
        self.collect(|time| is_over(time) || is_in_future(time))
    }

    /// Collects all buckets. Later values in the same period get a later time.
    pub(super) fn collect_all(&mut self) -> Vec<Rollup> {
        self.collect(|_| true)
    }

    /// Returns whether buckets run so far ahead of the clock that the next flush must wait.
    pub(super) fn is_ahead(&self, now: u64) -> bool {
        let is_ahead = |time: u64| (now + MAX_LEAD + 1..=now + MAX_LEAD + PERIOD).contains(&time);
        self.buckets.keys().any(|time| is_ahead(*time))
    }

    fn collect(&mut self, is_due: impl Fn(u64) -> bool) -> Vec<Rollup> {
        let due: Vec<u64> = self.buckets.keys().copied().filter(|time| is_due(*time)).collect();
        due.into_iter()
            .filter_map(|time| {
                self.earliest = self.earliest.max(time + 1);
                let bucket = self.buckets.remove(&time)?;
                Some(Rollup { time, series: bucket.series })
            })
            .collect()
    }
}

impl Series {
    fn new(sample: &Sample<'_>, value: f64) -> Self {
        let values = match sample.kind {
            Kind::Count => Values::Count(value),
            Kind::Gauge => Values::Gauge(value),
            Kind::Histogram | Kind::Timing => Values::Histogram(Box::new(Histogram::new(value))),
            Kind::Distribution => Values::Distribution(vec![value]),
        };
        let tags = sample.tags.iter().map(|(key, value)| join_tag(key, value)).collect();
        Self { name: sample.name.to_owned(), tags, calls: 1, values }
    }

    fn add(&mut self, value: f64, random: &mut Random) {
        self.calls += 1;
        match &mut self.values {
            Values::Count(sum) => *sum = clamp_to_finite(*sum + value),
            Values::Gauge(latest) => *latest = value,
            Values::Histogram(histogram) => histogram.add(value, random),
            Values::Distribution(values) => values.push(value),
        }
    }
}

fn bucket_start(time: u64) -> u64 {
    time - time % PERIOD
}

/// Returns a text that identifies a series. Sanitized names and tags have no line breaks.
fn series_key(sample: &Sample<'_>) -> String {
    // A timing is sent as the same metrics as a histogram.
    let kind = match sample.kind {
        Kind::Count => 'c',
        Kind::Gauge => 'g',
        Kind::Histogram | Kind::Timing => 'h',
        Kind::Distribution => 'd',
    };
    let mut tags = sample.tags.to_vec();
    tags.sort_unstable();
    let start = format!("{kind}{}", sample.name);
    tags.iter().fold(start, |key, (name, value)| key + "\n" + name + ":" + value)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::datadog::metric::Tags;

    const START: u64 = 1_700_000_000;

    fn count<'a>(name: &'a str, tags: Tags<'a>) -> Sample<'a> {
        Sample { kind: Kind::Count, name, value: 1.into(), tags }
    }

    fn new() -> Aggregator {
        Aggregator::new(Random::seeded(1))
    }

    fn times(rollups: &[Rollup]) -> Vec<u64> {
        rollups.iter().map(|bucket| bucket.time - START).collect()
    }

    #[test]
    fn values_after_a_flush_get_a_later_time() {
        let mut aggregate = new();
        let mut flush_at = |second| {
            aggregate.add(START + second, &count("a", &[])).unwrap();
            times(&aggregate.collect_all())
        };
        assert_eq!(flush_at(3), [0]);
        assert_eq!(flush_at(3), [1]);
        assert_eq!(flush_at(9), [2]);
        assert_eq!(flush_at(10), [10]);
        aggregate.add(START + 12, &count("a", &[])).unwrap();
        aggregate.add(START + 19, &count("a", &[])).unwrap();
        assert!(aggregate.collect_past(START + 19).is_empty());
        assert_eq!(times(&aggregate.collect_past(START + 20)), [11]);
    }

    #[test]
    fn frequent_flushes_wait_for_the_clock() {
        let mut aggregate = new();
        let add = |aggregate: &mut Aggregator, second| {
            aggregate.add(START + second, &count("a", &[])).unwrap();
            aggregate.is_ahead(START + second)
        };
        for second in 0..=MAX_LEAD {
            assert!(!add(&mut aggregate, 0), "{second}");
            assert_eq!(times(&aggregate.collect_all()), [second]);
        }
        assert!(add(&mut aggregate, 0));
        assert!(!add(&mut aggregate, 1));
        assert_eq!(times(&aggregate.collect_all()), [MAX_LEAD + 1]);
    }

    #[test]
    fn a_clock_set_back_delays_nothing() {
        let mut aggregate = new();
        aggregate.add(START + 5_000, &count("a", &[])).unwrap();
        assert_eq!(times(&aggregate.collect_past(START)), [5_000]);
        aggregate.add(START, &count("a", &[])).unwrap();
        assert!(!aggregate.is_ahead(START));
        assert_eq!(times(&aggregate.collect_past(START + 10)), [0]);
    }

    #[test]
    fn the_order_of_tags_does_not_matter() {
        let mut aggregate = new();
        aggregate.add(START, &count("a", &[("k", "2"), ("k", "1")])).unwrap();
        aggregate.add(START, &count("a", &[("k", "1"), ("k", "2")])).unwrap();
        aggregate.add(START, &count("a", &[("k", "1")])).unwrap();
        aggregate.add(START, &Sample { kind: Kind::Gauge, ..count("a", &[("k", "1")]) }).unwrap();
        let series = aggregate.collect_all().remove(0).series;
        let calls: Vec<_> = series.iter().map(|series| series.calls).collect();
        assert_eq!(calls, [2, 1, 1]);
        assert_eq!(series[0].tags, ["k:2", "k:1"]);
    }

    #[test]
    fn series_and_distribution_values_are_limited() {
        let mut aggregate = new();
        for number in 0..MAX_SERIES {
            aggregate.add(START, &count(&format!("a{number}"), &[])).unwrap();
        }
        assert_eq!(aggregate.add(START, &count("b", &[])), Err(LimitExceeded::Series));
        aggregate.add(START, &count("a0", &[])).unwrap();
        aggregate.add(START + 10, &count("b", &[])).unwrap();

        let value = Sample { kind: Kind::Distribution, ..count("d", &[]) };
        for _ in 0..MAX_DISTRIBUTION_VALUES {
            aggregate.add(START + 20, &value).unwrap();
        }
        assert_eq!(aggregate.add(START + 20, &value), Err(LimitExceeded::DistributionValues));
        aggregate.add(START + 30, &value).unwrap();
    }

    /// Each call is collected once, and each time of a series at most once, in any order of calls.
    #[test]
    fn no_call_is_lost_or_overwritten() {
        for seed in 0..200 {
            let mut random = Random::seeded(seed);
            let mut aggregate = new();
            let (mut now, mut added, mut collected) = (START, 0, 0);
            let mut points = HashSet::new();
            for _ in 0..500 {
                now += random.below(30) / 20;
                if random.below(20) < 14 {
                    let name = ["a", "b", "c"][usize::try_from(random.below(3)).unwrap()];
                    aggregate.add(now, &count(name, &[])).unwrap();
                    added += 1;
                    continue;
                }
                let rollups = match random.below(2) {
                    0 if !aggregate.is_ahead(now) => aggregate.collect_all(),
                    _ => aggregate.collect_past(now),
                };
                for bucket in rollups {
                    assert!(bucket.time <= now + MAX_LEAD);
                    for series in bucket.series {
                        collected += series.calls;
                        let Values::Count(sum) = series.values else { panic!() };
                        assert_eq!(sum.to_string(), series.calls.to_string());
                        assert!(points.insert((series.name, bucket.time)));
                    }
                }
            }
            collected += aggregate
                .collect_all()
                .iter()
                .flat_map(|b| &b.series)
                .map(|s| s.calls)
                .sum::<u64>();
            assert_eq!(collected, added);
        }
    }
}
