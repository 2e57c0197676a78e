//! The hash of a metric's name and tags, by which its context is found.

use std::hash::{BuildHasherDefault, Hasher};

use super::context::ContextKey;
use crate::datadog::random::Random;

/// The hash function. It hashes eight bytes with one multiplication, since it runs at every call,
/// where the standard library's hasher would cost more than everything else. The seed differs
/// between processes, since tags may have values that somebody else chooses.
#[derive(Debug)]
pub(super) struct ContextHash {
    seed: u64,
}

/// An odd number without a pattern: the fraction of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl ContextHash {
    pub(super) fn new() -> Self {
        Self { seed: Random::new().next() }
    }

    /// Returns the hash. The order of the tags does not matter.
    pub(super) fn hash(&self, key: &ContextKey<'_>) -> u64 {
        let start = self.seed ^ key.rate.to_bits() ^ ((key.kind as u64) << 56);
        let name = hash_text(start, key.name);
        key.tags.iter().fold(name, |sum, (key, value)| {
            sum.wrapping_add(hash_text(hash_text(self.seed, key), value))
        })
    }
}

fn hash_text(start: u64, text: &str) -> u64 {
    let mut hash = start ^ text.len() as u64;
    let mut rest = text.as_bytes();
    while let Some((chunk, after)) = rest.split_first_chunk() {
        hash = mix(hash ^ u64::from_le_bytes(*chunk));
        rest = after;
    }
    let last = match (rest.first_chunk(), rest.last_chunk()) {
        // They overlap unless there are exactly eight bytes, which the loop has taken.
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | (u64::from(u32::from_le_bytes(*last)) << 32)
        }
        _ => rest.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    };
    mix(hash ^ last)
}

/// Returns the halves of a product, folded, so that every bit depends on all bits of the input.
#[allow(clippy::cast_possible_truncation, reason = "it takes the halves")]
fn mix(word: u64) -> u64 {
    let product = u128::from(word) * u128::from(FACTOR);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hasher of a map whose keys are hashes.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct KeyIsHash(u64);

pub(super) type BuildKeyIsHash = BuildHasherDefault<KeyIsHash>;

impl Hasher for KeyIsHash {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0 ^ u64::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::context::ContextKind;
    use super::*;
    use crate::datadog::metric::Tags;

    fn key<'a>(name: &'a str, tags: Tags<'a>) -> ContextKey<'a> {
        ContextKey { kind: ContextKind::Count, name, tags, rate: 1.0 }
    }

    #[test]
    fn hashes_differ_wherever_contexts_do() {
        let hash = ContextHash::new();
        let mut hashes = HashSet::new();
        let texts: Vec<String> = (0..20).map(|length| "x".repeat(length)).collect();
        for text in &texts {
            assert!(hashes.insert(hash.hash(&key(text, &[]))), "{text}");
            assert!(hashes.insert(hash.hash(&key("a", &[("k", text)]))), "{text}");
            assert!(hashes.insert(hash.hash(&key("a", &[(text, "1"), ("x", text)]))), "{text}");
        }
        for number in 0..10_000 {
            let number = number.to_string();
            assert!(hashes.insert(hash.hash(&key("orders", &[("id", &number)]))));
        }
        let gauge = ContextKey { kind: ContextKind::Gauge, ..key("a", &[]) };
        assert!(hashes.insert(hash.hash(&gauge)));
        assert!(hashes.insert(hash.hash(&ContextKey { rate: 0.5, ..key("a", &[]) })));
    }

    #[test]
    fn the_order_of_tags_does_not_matter() {
        let hash = ContextHash::new();
        let (one, two) = (("a", "1"), ("b", "2"));
        assert_eq!(hash.hash(&key("n", &[one, two])), hash.hash(&key("n", &[two, one])));
        assert_ne!(hash.hash(&key("n", &[one, one])), hash.hash(&key("n", &[two, two])));
    }
}
