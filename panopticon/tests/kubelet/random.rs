//! Random numbers from a seed.

pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// Returns a number from 0 to 1, by Marsaglia's xorshift.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        f64::from(u32::try_from(self.state >> 32).unwrap()) / f64::from(u32::MAX)
    }

    pub(crate) fn shuffled<T>(&mut self, items: impl IntoIterator<Item = T>) -> Vec<T> {
        let mut keyed: Vec<_> = items.into_iter().map(|item| (self.fraction(), item)).collect();
        keyed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        keyed.into_iter().map(|(_, item)| item).collect()
    }
}
