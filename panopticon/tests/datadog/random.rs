//! Random inputs from a seed, the same in each run.

use std::ops::Range;

pub(crate) struct Random {
    state: u64,
}

/// Texts that could break out of their field, and harmless ones.
const PIECES: [&str; 24] = [
    "|", ":", ",", "#", "@", "\n", "\\n", "m:", "m\\:", "\\", "|#a:b", "_e{1,1}:", "_sc|x|0", "\r",
    "\0", "é", "日本", "🦀", " ", "a", "Z9", "_", "../", "}",
];

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// Returns the next number of Marsaglia's xorshift.
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// Returns a text of about this many characters.
    pub(crate) fn text(&mut self, length: Range<usize>) -> String {
        let length = length.start + self.below(length.end - length.start);
        let mut text = String::new();
        while text.chars().count() < length {
            text.push_str(PIECES[self.below(PIECES.len())]);
        }
        text
    }

    pub(crate) fn tags(&mut self) -> Vec<(String, String)> {
        (0..self.below(5)).map(|_| (self.text(0..8), self.text(0..12))).collect()
    }

    /// Returns any finite number.
    pub(crate) fn number(&mut self) -> f64 {
        loop {
            let number = f64::from_bits(self.next());
            if number.is_finite() {
                return number;
            }
        }
    }
}
