//! Random numbers, good enough to choose samples and to spread retries.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// `SplitMix64`, by Guy L. Steele, Doug Lea and Christine H. Flood: the public-domain version of
/// <https://prng.di.unimi.it/splitmix64.c>. A crate would add a dependency on the operating
/// system's randomness, which is not needed here.
#[derive(Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// Creates a generator with another sequence in each process, so that processes do not retry in
    /// step.
    pub(super) fn new() -> Self {
        Self::seeded(RandomState::new().hash_one(0))
    }

    pub(super) fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 to below `end`, evenly distributed up to one part in 2⁶⁴/`end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(end);
        // The upper half of a product of two 64-bit numbers has 64 bits.
        u64::try_from(wide >> 64).unwrap_or(0)
    }
}
