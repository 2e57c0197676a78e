//! The aggregator, which rolls values up in buckets of a period like Datadog's Python client does. It has no clock; callers pass the time.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::histogram::{Histogram, clamp_to_finite};
use crate::datadog::metric::{Kind, Sample, Tags};
use crate::datadog::random::Random;
use crate::datadog::sanitize::join_tag;

/// The maximum number of series in a bucket.
const MAX_SERIES: usize = 10_000;

/// The maximum number of values of all distributions in a bucket together.
const MAX_DISTRIBUTION_VALUES: usize = 500_000;

/// The maximum number of different values of all sets in a bucket together.
const MAX_SET_VALUES: usize = 100_000;

/// How far ahead of the clock a bucket's time may be, in seconds. Datadog accepts ten minutes.
const MAX_LEAD: u64 = 60;

/// All values that were not collected yet.
#[derive(Debug)]
pub(super) struct Aggregator {
    /// The length of a bucket in seconds.
    period: u64,
    /// By the time sent with them, in seconds since 1970.
    buckets: BTreeMap<u64, Bucket>,
    /// The first time not collected yet. Datadog keeps only the latest value per series and time,
    /// so no time may be sent twice.
    earliest: u64,
    /// The values with a time of their own, by that time.
    dated: BTreeMap<u64, Bucket>,
    /// The number of series in them.
    dated_series: usize,
    random: Random,
}

#[derive(Debug, Default)]
struct Bucket {
    /// Indices into `series`, by their keys.
    indices: HashMap<String, usize>,
    series: Vec<Series>,
    distribution_values: usize,
    set_values: usize,
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
    /// The different values.
    Set(HashSet<String>),
}

/// The limit that a value would have exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LimitExceeded {
    Series,
    DistributionValues,
    SetValues,
}

impl Aggregator {
    pub(super) fn new(period: u64, random: Random) -> Self {
        Self {
            period,
            buckets: BTreeMap::new(),
            earliest: 0,
            dated: BTreeMap::new(),
            dated_series: 0,
            random,
        }
    }

    /// Adds a value at `now`, in seconds since 1970, or at its own time.
    pub(super) fn add(&mut self, now: u64, sample: &Sample<'_>) -> Result<(), LimitExceeded> {
        if let Some(time) = sample.timestamp {
            return self.add_dated(time, sample);
        }
        let time = self.next_time(now);
        let bucket = self.buckets.entry(time).or_default();
        let is_distribution = sample.kind == Kind::Distribution;
        if is_distribution && bucket.distribution_values >= MAX_DISTRIBUTION_VALUES {
            return Err(LimitExceeded::DistributionValues);
        }
        bucket.add(sample, MAX_SERIES, &self.random)?;
        bucket.distribution_values += usize::from(is_distribution);
        Ok(())
    }

    /// Adds a count or gauge with a time of its own.
    fn add_dated(&mut self, time: u64, sample: &Sample<'_>) -> Result<(), LimitExceeded> {
        let others = self.dated_series - self.dated.get(&time).map_or(0, |it| it.series.len());
        if !self.dated.contains_key(&time) && others >= MAX_SERIES {
            return Err(LimitExceeded::Series);
        }
        let bucket = self.dated.entry(time).or_default();
        let result = bucket.add(sample, MAX_SERIES.saturating_sub(others), &self.random);
        self.dated_series = others + bucket.series.len();
        result
    }

    /// Adds a value to a set.
    pub(super) fn add_set_value(
        &mut self,
        now: u64,
        name: &str,
        value: &str,
        tags: Tags<'_>,
    ) -> Result<(), LimitExceeded> {
        let time = self.next_time(now);
        let bucket = self.buckets.entry(time).or_default();
        let index = bucket.index(series_key('s', name, tags), MAX_SERIES, || Series {
            name: name.to_owned(),
            tags: joined(tags),
            calls: 0,
            values: Values::Set(HashSet::new()),
        })?;
        let series = &mut bucket.series[index];
        if let Values::Set(values) = &mut series.values {
            if !values.contains(value) {
                if bucket.set_values >= MAX_SET_VALUES {
                    return Err(LimitExceeded::SetValues);
                }
                values.insert(value.to_owned());
                bucket.set_values += 1;
            }
        }
        series.calls += 1;
        Ok(())
    }

    /// Returns the time of the bucket of values without a time of their own.
    fn next_time(&mut self, now: u64) -> u64 {
        // Flushes never run this far ahead, so the clock was set back.
        if self.earliest > now + MAX_LEAD + self.period {
            self.earliest = 0;
        }
        self.start(now).max(self.earliest)
    }

    fn start(&self, time: u64) -> u64 {
        time - time % self.period
    }

    /// Collects the buckets whose period is over.
    pub(super) fn collect_past(&mut self, now: u64) -> Vec<Rollup> {
        let period = self.period;
        let is_over = |time: u64| time - time % period + period <= now;
        // From before the clock was set back.
        let is_in_future = |time: u64| time > now + MAX_LEAD + period;
        self.collect(|time| is_over(time) || is_in_future(time))
    }

    /// Collects all buckets. Later values in the same period get a later time.
    pub(super) fn collect_all(&mut self) -> Vec<Rollup> {
        self.collect(|_| true)
    }

    /// Returns whether buckets run so far ahead of the clock that the next flush must wait.
    pub(super) fn is_ahead(&self, now: u64) -> bool {
        let is_ahead =
            |time: u64| (now + MAX_LEAD + 1..=now + MAX_LEAD + self.period).contains(&time);
        self.buckets.keys().any(|time| is_ahead(*time))
    }

    fn collect(&mut self, is_due: impl Fn(u64) -> bool) -> Vec<Rollup> {
        let due: Vec<u64> = self.buckets.keys().copied().filter(|time| is_due(*time)).collect();
        let collected = due.into_iter().filter_map(|time| {
            self.earliest = self.earliest.max(time + 1);
            self.buckets.remove(&time).map(|bucket| (time, bucket))
        });
        self.dated_series = 0;
        collected
            .chain(std::mem::take(&mut self.dated))
            .map(|(time, bucket)| Rollup { time, series: bucket.series })
            .collect()
    }
}

impl Bucket {
    fn add(
        &mut self,
        sample: &Sample<'_>,
        max_series: usize,
        random: &Random,
    ) -> Result<(), LimitExceeded> {
        let (value, known) = (sample.value.as_f64(), self.series.len());
        let key = series_key(kind_letter(sample.kind), sample.name, sample.tags);
        let index = self.index(key, max_series, || Series::new(sample, value))?;
        if index < known {
            self.series[index].add(value, random);
        }
        Ok(())
    }

    /// Returns the index of a series, which is created if it does not exist.
    fn index(
        &mut self,
        key: String,
        max_series: usize,
        create: impl FnOnce() -> Series,
    ) -> Result<usize, LimitExceeded> {
        let next = self.series.len();
        match self.indices.entry(key) {
            Entry::Occupied(index) => Ok(*index.get()),
            Entry::Vacant(_) if next >= max_series => Err(LimitExceeded::Series),
            Entry::Vacant(index) => {
                index.insert(next);
                self.series.push(create());
                Ok(next)
            }
        }
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
        Self { name: sample.name.to_owned(), tags: joined(sample.tags), calls: 1, values }
    }

    fn add(&mut self, value: f64, random: &Random) {
        self.calls += 1;
        match &mut self.values {
            Values::Count(sum) => *sum = clamp_to_finite(*sum + value),
            Values::Gauge(latest) => *latest = value,
            Values::Histogram(histogram) => histogram.add(value, random),
            Values::Distribution(values) => values.push(value),
            // The values of sets are texts.
            Values::Set(_) => {}
        }
    }
}

fn joined(tags: Tags<'_>) -> Vec<String> {
    tags.iter().map(|(key, value)| join_tag(key, value)).collect()
}

fn kind_letter(kind: Kind) -> char {
    match kind {
        Kind::Count => 'c',
        Kind::Gauge => 'g',
        // A timing is sent as the same metrics as a histogram.
        Kind::Histogram | Kind::Timing => 'h',
        Kind::Distribution => 'd',
    }
}

/// Returns a text that identifies a series. Sanitized names and tags have no line breaks.
fn series_key(kind: char, name: &str, tags: Tags<'_>) -> String {
    let mut tags = tags.to_vec();
    tags.sort_unstable();
    let start = format!("{kind}{name}");
    tags.iter().fold(start, |key, (name, value)| key + "\n" + name + ":" + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_700_000_000;
    const PERIOD: u64 = 10;

    fn count<'a>(name: &'a str, tags: Tags<'a>) -> Sample<'a> {
        Sample::new(Kind::Count, name, 1.into(), tags)
    }

    fn new() -> Aggregator {
        Aggregator::new(PERIOD, Random::seeded(1))
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
            let random = Random::seeded(seed);
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
