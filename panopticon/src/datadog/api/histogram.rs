//! A histogram: the values of one series in one bucket.

use crate::datadog::random::Random;

/// The number of samples kept for the percentiles, the same as in Datadog's Python client.
const MAX_SAMPLES: usize = 1_000;

const PERCENTILES: [(f64, &str); 4] = [
    (0.75, ".75percentile"),
    (0.85, ".85percentile"),
    (0.95, ".95percentile"),
    (0.99, ".99percentile"),
];

/// The length of the longest suffix of a [`Statistic`].
pub(super) const MAX_SUFFIX: usize = ".75percentile".len();

/// One of the metrics a histogram is sent as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Statistic {
    pub(super) suffix: &'static str,
    pub(super) value: f64,
    /// Whether it is the count, which is sent as a rate.
    pub(super) is_count: bool,
}

#[derive(Debug)]
pub(super) struct Histogram {
    min: f64,
    max: f64,
    sum: f64,
    count: u64,
    samples: Vec<f64>,
}

impl Histogram {
    pub(super) fn new(value: f64) -> Self {
        Self { min: value, max: value, sum: value, count: 1, samples: vec![value] }
    }

    pub(super) fn add(&mut self, value: f64, random: &Random) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum = clamp_to_finite(self.sum + value);
        self.count += 1;
        if self.samples.len() < MAX_SAMPLES {
            self.samples.push(value);
            return;
        }
        // Algorithm R (Vitter 1985), which samples all values with the same probability. Datadog's
        // Python client lets every value replace a sample, and so prefers the latest values.
        let index = usize::try_from(random.below(self.count)).unwrap_or(usize::MAX);
        if let Some(sample) = self.samples.get_mut(index) {
            *sample = value;
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "no count reaches 2⁵³ in ten seconds")]
    pub(super) fn statistics(&self) -> impl Iterator<Item = Statistic> + use<> {
        let gauge = |suffix, value| Statistic { suffix, value, is_count: false };
        let count = self.count as f64;
        let mut samples = self.samples.clone();
        samples.sort_unstable_by(f64::total_cmp);
        let percentiles = PERCENTILES
            .map(|(share, suffix)| gauge(suffix, samples[percentile_index(share, samples.len())]));
        [
            gauge(".min", self.min),
            gauge(".max", self.max),
            Statistic { suffix: ".count", value: count, is_count: true },
            gauge(".avg", self.sum / count),
        ]
        .into_iter()
        .chain(percentiles)
    }
}

/// Returns the index of a percentile in `len` sorted samples, at least one. Rounds halves to even,
/// like Python's `round` in Datadog's client.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from −0.25, which is cast to 0, to 999"
)]
fn percentile_index(share: f64, len: usize) -> usize {
    (share * len as f64 - 1.0).round_ties_even() as usize
}

/// Clamps an overflowed sum to the finite numbers, since JSON has no infinities.
pub(super) fn clamp_to_finite(sum: f64) -> f64 {
    sum.clamp(f64::MIN, f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_percentile_has_an_index() {
        for len in 1..=MAX_SAMPLES {
            for (share, _) in PERCENTILES {
                assert!(percentile_index(share, len) < len, "{share} of {len}");
            }
        }
    }

    #[test]
    fn samples_are_spread_over_all_values() {
        let random = Random::seeded(1);
        let mut histogram = Histogram::new(0.0);
        for value in 1..10_000 {
            histogram.add(f64::from(value), &random);
        }
        assert_eq!(histogram.samples.len(), MAX_SAMPLES);
        assert_eq!(histogram.count, 10_000);
        // 100 of each tenth are expected, and this seed stays close to that. Datadog's client would
        // keep 0.4 of the first tenth on average.
        for tenth in 0..10 {
            let range = f64::from(tenth * 1_000)..f64::from((tenth + 1) * 1_000);
            let samples = histogram.samples.iter().filter(|sample| range.contains(sample)).count();
            assert!((70..130).contains(&samples), "{samples} samples of tenth {tenth}");
        }
    }

    #[test]
    fn sums_stay_finite() {
        let mut histogram = Histogram::new(f64::MAX);
        histogram.add(f64::MAX, &Random::seeded(1));
        assert!(histogram.statistics().all(|statistic| statistic.value.is_finite()));
    }
}
