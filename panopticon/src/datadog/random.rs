//! Random numbers, good enough to choose samples and to spread retries.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

/// `SplitMix64`, by Guy L. Steele, Doug Lea and Christine H. Flood: the public-domain version of
/// <https://prng.di.unimi.it/splitmix64.c>. A crate would add a dependency on the operating
/// system's randomness, which is not needed here. Threads can share it.
#[derive(Debug)]
pub(super) struct Random {
    state: AtomicU64,
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// Creates a generator with another sequence in each process, so that processes do not retry in
    /// step.
    pub(super) fn new() -> Self {
        Self::seeded(RandomState::new().hash_one(0))
    }

    pub(super) fn seeded(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    pub(super) fn next(&self) -> u64 {
        let mut z = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 to below `end`, evenly distributed up to one part in 2⁶⁴/`end`.
    #[cfg(feature = "datadog-api")]
    pub(super) fn below(&self, end: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(end);
        // The upper half of a product of two 64-bit numbers has 64 bits.
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Returns true with this probability.
    #[allow(clippy::cast_precision_loss, reason = "a float holds 53 bits exactly")]
    pub(super) fn chance(&self, probability: f64) -> bool {
        const END: f64 = (1_u64 << 53) as f64;
        ((self.next() >> 11) as f64) < probability * END
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_kept() {
        let random = Random::seeded(1);
        for (probability, expected) in [(1.0, 10_000..=10_000), (0.1, 900..=1_100)] {
            let hits = (0..10_000).filter(|_| random.chance(probability)).count();
            assert!(expected.contains(&hits), "{hits} for {probability}");
        }
    }
}
