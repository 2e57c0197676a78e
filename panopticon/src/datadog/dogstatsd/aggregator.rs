//! The aggregator: it combines the calls on a metric between two flushes into one line, like
//! Datadog's own clients do.
//!
//! A call takes a lock that only a new metric and the removal of idle ones take exclusively, so
//! calls do not wait for each other. Nothing is ever lost here: what cannot be combined is sent on
//! its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::context::{Added, Context, ContextKey};
use super::context_hash::{BuildKeyIsHash, ContextHash};
use super::metric_line::MetricEncoder;

/// The maximum number of contexts. Calls on further ones are sent on their own.
pub(super) const MAX_CONTEXTS: usize = 10_000;

/// The number of flushes without a call after which a context is forgotten.
const MAX_IDLE: u32 = 5;

/// The number of maps, so that new contexts delay few calls. A power of two.
const SHARDS: usize = 16;

/// The maximum number of different values of all sets together. Further ones are sent on their own.
pub(super) const MAX_SET_VALUES: usize = 100_000;

#[derive(Debug)]
pub(super) struct Aggregator {
    encoder: Arc<MetricEncoder>,
    max_line: usize,
    max_contexts: usize,
    hash: ContextHash,
    /// Contexts by their hash. Two with the same hash do not occur in practice; the second one is
    /// not combined.
    shards: [RwLock<Shard>; SHARDS],
    contexts: AtomicUsize,
    /// The number of different values of all sets.
    set_values: AtomicUsize,
}

type Shard = HashMap<u64, Arc<Context>, BuildKeyIsHash>;

impl Aggregator {
    pub(super) fn new(encoder: Arc<MetricEncoder>, max_line: usize, max_contexts: usize) -> Self {
        Self {
            encoder,
            max_line,
            max_contexts,
            hash: ContextHash::new(),
            shards: Default::default(),
            contexts: AtomicUsize::new(0),
            set_values: AtomicUsize::new(0),
        }
    }

    /// Adds a call to its context with `add`.
    #[inline]
    pub(super) fn add(&self, key: &ContextKey<'_>, add: impl Fn(&Context) -> Added) -> Added {
        let hash = self.hash.hash(key);
        let shard = &self.shards[shard_index(hash)];
        if let Some(context) = read(shard).get(&hash) {
            return if context.is_of(key) { add(context) } else { Added::No };
        }
        self.add_first(shard, hash, key, add)
    }

    /// Adds a value to a set.
    pub(super) fn add_to_set(&self, key: &ContextKey<'_>, value: &str) -> Added {
        self.add(key, |context| context.add_to_set(value, &self.set_values))
    }

    /// Adds a call to a context that did not exist.
    #[cold]
    fn add_first(
        &self,
        shard: &RwLock<Shard>,
        hash: u64,
        key: &ContextKey<'_>,
        add: impl Fn(&Context) -> Added,
    ) -> Added {
        // Before the lock, so that calls on too many contexts do not delay the others.
        if self.contexts.load(Ordering::Relaxed) >= self.max_contexts {
            return Added::No;
        }
        let frame = self.encoder.frame(key);
        if frame.len() + key.kind.max_number() > self.max_line {
            return Added::No;
        }
        let mut contexts = shard.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = contexts.get(&hash) {
            return if context.is_of(key) { add(context) } else { Added::No };
        }
        if self.contexts.load(Ordering::Relaxed) >= self.max_contexts {
            return Added::No;
        }
        let context = Context::new(key, frame);
        let added = add(&context);
        contexts.insert(hash, Arc::new(context));
        self.contexts.fetch_add(1, Ordering::Relaxed);
        added
    }

    pub(super) fn max_line(&self) -> usize {
        self.max_line
    }

    /// Takes all calls that were added, and writes their lines with the number of calls in each.
    /// Forgets contexts that are no longer called.
    pub(super) fn drain(&self, mut write: impl FnMut(&str, u64)) {
        for shard in &self.shards {
            // Calls do not wait while lines are written.
            let contexts: Vec<_> = read(shard).values().map(Arc::clone).collect();
            let mut has_idle = false;
            for context in contexts {
                has_idle |= context.drain(&self.set_values, &mut write) >= MAX_IDLE;
            }
            if has_idle {
                self.forget_idle(shard);
            }
        }
    }

    fn forget_idle(&self, shard: &RwLock<Shard>) {
        // No call is being added meanwhile.
        let mut contexts = shard.write().unwrap_or_else(PoisonError::into_inner);
        let before = contexts.len();
        contexts.retain(|_, context| !context.is_idle(MAX_IDLE));
        self.contexts.fetch_sub(before - contexts.len(), Ordering::Relaxed);
    }
}

fn read(shard: &RwLock<Shard>) -> RwLockReadGuard<'_, Shard> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the shard of a hash. Uses other bits than the map does.
#[allow(clippy::cast_possible_truncation, reason = "only some bits are used")]
fn shard_index(hash: u64) -> usize {
    (hash >> 32) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::thread;

    use super::super::context::ContextKind;
    use super::*;
    use crate::datadog::metric::Value;
    use crate::datadog::sink::CommonFields;

    fn aggregator(max_contexts: usize) -> Aggregator {
        let common = CommonFields { prefix: "a".to_owned(), ..CommonFields::default() };
        Aggregator::new(Arc::new(MetricEncoder::new(&common)), 1_431, max_contexts)
    }

    fn key(kind: ContextKind, name: &str) -> ContextKey<'_> {
        ContextKey { kind, name, tags: &[], rate: 1.0 }
    }

    fn add(aggregator: &Aggregator, kind: ContextKind, name: &str, value: Value) -> Added {
        aggregator.add(&key(kind, name), |context| context.add(value, aggregator.max_line()))
    }

    fn count(aggregator: &Aggregator, name: &str) -> Added {
        add(aggregator, ContextKind::Count, name, 1.into())
    }

    /// Returns the lines with the number of calls in each.
    fn drained(aggregator: &Aggregator) -> BTreeMap<String, u64> {
        let mut lines = BTreeMap::new();
        aggregator.drain(|line, calls| {
            assert_eq!(lines.insert(line.to_owned(), calls), None);
        });
        lines
    }

    #[test]
    fn the_number_of_contexts_is_limited_and_known_ones_still_count() {
        let aggregator = aggregator(3);
        let added: Vec<_> =
            ["a", "b", "c", "d", "a", "e"].iter().map(|name| count(&aggregator, name)).collect();
        assert_eq!(added, [Added::Yes, Added::Yes, Added::Yes, Added::No, Added::Yes, Added::No]);
        let lines = [("a.a:2|c", 2), ("a.b:1|c", 1), ("a.c:1|c", 1)];
        assert!(drained(&aggregator).into_iter().eq(lines.map(|(line, it)| (line.to_owned(), it))));
    }

    #[test]
    fn idle_contexts_make_room() {
        let aggregator = aggregator(2);
        assert_eq!(count(&aggregator, "a"), Added::Yes);
        assert_eq!(count(&aggregator, "b"), Added::Yes);
        // The flush with the calls, and then idle ones for `b`.
        for _ in 0..MAX_IDLE {
            assert!(drained(&aggregator).contains_key("a.a:1|c"));
            assert_eq!(count(&aggregator, "c"), Added::No);
            assert_eq!(count(&aggregator, "a"), Added::Yes);
        }
        drained(&aggregator);
        assert_eq!(count(&aggregator, "c"), Added::Yes);
        assert_eq!(count(&aggregator, "b"), Added::No);
        assert_eq!(count(&aggregator, "a"), Added::Yes);
    }

    #[test]
    fn a_line_without_room_for_a_number_is_not_combined() {
        let aggregator = aggregator(2);
        let value = "v".repeat(1_420);
        let key = ContextKey { tags: &[("k", &value)], ..key(ContextKind::Gauge, "a") };
        let added = aggregator.add(&key, |context| context.add(1.into(), aggregator.max_line()));
        assert_eq!(added, Added::No);
        assert!(drained(&aggregator).is_empty());
    }

    #[test]
    fn a_set_has_a_limited_number_of_values() {
        let aggregator = aggregator(1);
        let mut alone = 0;
        for value in (0..1_500).chain(0..1_500) {
            let value = value.to_string();
            let key = key(ContextKind::Set, "a");
            alone += u64::from(aggregator.add_to_set(&key, &value) == Added::No);
        }
        let lines = drained(&aggregator);
        assert_eq!((lines.len(), lines.values().sum::<u64>(), alone), (1_000, 2_000, 1_000));
    }

    #[test]
    fn all_sets_together_have_a_limited_number_of_values() {
        let aggregator = aggregator(MAX_CONTEXTS);
        let fill = || {
            let mut alone = 0;
            for set in 0..110 {
                let name = format!("a{set}");
                for value in 0..1_000 {
                    let key = key(ContextKind::Set, &name);
                    let added = aggregator.add_to_set(&key, &value.to_string());
                    alone += usize::from(added == Added::No);
                }
            }
            alone
        };
        // Draining makes room.
        for _ in 0..2 {
            assert_eq!(fill(), 10_000);
            assert_eq!(drained(&aggregator).len(), MAX_SET_VALUES);
        }
    }

    /// A sum without a room for it would be lost with all calls that are part of it.
    #[test]
    fn the_longest_sums_fit() {
        let tags = ["t".repeat(190), "u".repeat(190), "v".repeat(190), "w".repeat(190)];
        for length in 300..600 {
            let aggregator = aggregator(2);
            let name = "n".repeat(length);
            let tags = tags.each_ref().map(|tag| ("k", &**tag));
            let kind = ContextKind::FractionalCount;
            let key = ContextKey { tags: &tags, ..key(kind, &name) };
            for value in [-f64::MAX, -f64::MIN_POSITIVE, -1.5] {
                let added = aggregator
                    .add(&key, |context| context.add(value.into(), aggregator.max_line()));
                let lines = drained(&aggregator);
                assert_eq!(added == Added::Yes, lines.len() == 1);
                assert!(lines.keys().all(|line| line.len() <= aggregator.max_line()));
            }
        }
    }

    /// Threads add to contexts that are drained and forgotten at the same time.
    #[test]
    fn nothing_is_lost_or_counted_twice() {
        const THREADS: usize = 4;
        const ROUNDS: usize = 20_000;
        let aggregator = aggregator(20);
        let names: Vec<_> = (0..40).map(|number| format!("n{number}")).collect();
        let (mut sum, mut calls) = (0, 0);
        let mut drain = || {
            aggregator.drain(|line, lines_calls| {
                let value = line.split([':', '|']).nth(1).unwrap();
                sum += value.parse::<u64>().unwrap();
                calls += lines_calls;
            });
        };
        let alone: u64 = thread::scope(|scope| {
            let start = |thread: usize| {
                let (aggregator, names) = (&aggregator, &names);
                scope.spawn(move || {
                    let mut alone = 0;
                    for round in 0..ROUNDS {
                        // Each name is called for a while, so that idle ones are forgotten.
                        let name = (thread + round / 500) % names.len();
                        alone += u64::from(count(aggregator, &names[name]) == Added::No);
                    }
                    alone
                })
            };
            let threads: Vec<_> = (0..THREADS).map(start).collect();
            while !threads.iter().all(thread::ScopedJoinHandle::is_finished) {
                drain();
            }
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        drain();
        let all = (THREADS * ROUNDS) as u64;
        assert_eq!((sum + alone, calls + alone), (all, all));
    }
}
