//! Random numbers from a seed, the same in each run: Marsaglia's xorshift.

pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % bound
    }

    /// Returns a number from -1,000 to 1,000, with two decimals.
    pub(crate) fn number(&mut self) -> f64 {
        let hundredths = i32::try_from(self.below(200_001)).unwrap() - 100_000;
        f64::from(hundredths) / 100.0
    }
}
