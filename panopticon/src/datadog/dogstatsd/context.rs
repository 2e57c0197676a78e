//! A context: one metric with its tags, and the calls on it that were not sent yet.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::mem;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::aggregator::MAX_SET_VALUES;
use super::metric_line::LineFrame;
use crate::datadog::metric::{Kind, Sample, Tags, Value};

/// The largest number that is added to an integer sum. More than 2³² calls with it would overflow,
/// which no process makes between two flushes; a larger number is sent on its own.
const MAX_ADDEND: u64 = 1 << 31;

/// The number of different values of a set that are kept; further ones are sent on their own.
const MAX_UNIQUE: usize = 1_000;

/// What identifies a context.
#[derive(Debug, Clone, Copy)]
pub(super) struct ContextKey<'a> {
    pub(super) kind: ContextKind,
    pub(super) name: &'a str,
    pub(super) tags: Tags<'a>,
    /// The sample rate that is sent.
    pub(super) rate: f64,
}

/// The way the calls on a context are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum ContextKind {
    Count,
    FractionalCount,
    Gauge,
    Set,
    Histogram,
    Distribution,
    Timing,
}

impl ContextKind {
    pub(super) fn of(sample: &Sample<'_>) -> Self {
        match (sample.kind, sample.value) {
            (Kind::Count, Value::Float(_)) => Self::FractionalCount,
            (Kind::Count, _) => Self::Count,
            (Kind::Gauge, _) => Self::Gauge,
            (Kind::Histogram, _) => Self::Histogram,
            (Kind::Distribution, _) => Self::Distribution,
            (Kind::Timing, _) => Self::Timing,
        }
    }

    /// Returns the room that a combined number needs in a line, with its colon.
    pub(super) fn max_number(self) -> usize {
        match self {
            // A sum of calls is one number, which may be longer than those of the calls. No finite
            // float is longer than the smallest normal ones.
            Self::FractionalCount => ":-0.".len() + 307 + f64::DIGITS as usize + 2,
            _ => ":-9223372036854775808".len(),
        }
    }

    /// Returns the word of the format.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Count | Self::FractionalCount => "c",
            Self::Gauge => "g",
            Self::Set => "s",
            Self::Histogram => "h",
            Self::Distribution => "d",
            Self::Timing => "ms",
        }
    }
}

/// One metric with its tags, and the calls on it that were not sent yet.
#[derive(Debug)]
pub(super) struct Context {
    kind: ContextKind,
    name: Box<str>,
    tags: Box<[(Box<str>, Box<str>)]>,
    rate: f64,
    frame: LineFrame,
    pending: Pending,
    /// How often in a row there was nothing to send.
    idle: AtomicU32,
}

#[derive(Debug)]
enum Pending {
    /// Counts without fractions, the most frequent calls, take no lock.
    Sum {
        calls: AtomicU64,
        sum: AtomicI64,
    },
    Combined(Mutex<Combined>),
}

/// The calls that were combined.
#[derive(Debug, Default)]
struct Combined {
    calls: u64,
    values: CombinedValues,
}

#[derive(Debug, Default)]
enum CombinedValues {
    #[default]
    None,
    Sum(f64),
    Latest(Value),
    /// The different values of a set.
    Unique(HashSet<String>),
    /// Values with a colon before each, as they are written.
    Packed(String),
}

/// What became of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added {
    Yes,
    /// The call must be sent on its own.
    No,
    /// It was added; there was no room, so a line with earlier calls is to be sent.
    WithFullLine {
        line: String,
        calls: u64,
    },
}

impl Context {
    pub(super) fn new(key: &ContextKey<'_>, frame: LineFrame) -> Self {
        let boxed = |(key, value): &(&str, &str)| (Box::from(*key), Box::from(*value));
        let pending = match key.kind {
            ContextKind::Count => Pending::Sum { calls: AtomicU64::new(0), sum: AtomicI64::new(0) },
            _ => Pending::Combined(Mutex::default()),
        };
        Self {
            kind: key.kind,
            name: Box::from(key.name),
            tags: key.tags.iter().map(boxed).collect(),
            rate: key.rate,
            frame,
            pending,
            idle: AtomicU32::new(0),
        }
    }

    /// Returns whether this is the key's context. The order of the tags does not matter.
    pub(super) fn is_of(&self, key: &ContextKey<'_>) -> bool {
        let tags = self.tags.iter().map(|(key, value)| (&**key, &**value));
        self.kind == key.kind
            && *self.name == *key.name
            && self.rate.to_bits() == key.rate.to_bits()
            && self.tags.len() == key.tags.len()
            && (tags.eq(key.tags.iter().copied()) || self.has_same_tags(key.tags))
    }

    fn has_same_tags(&self, tags: Tags<'_>) -> bool {
        let mut own: Vec<_> = self.tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        let mut others = tags.to_vec();
        own.sort_unstable();
        others.sort_unstable();
        own == others
    }

    /// Adds a number; lines have at most `max_line` bytes.
    pub(super) fn add(&self, value: Value, max_line: usize) -> Added {
        let pending = match &self.pending {
            Pending::Sum { calls, sum } => {
                let Some(addend) = addend(value) else { return Added::No };
                sum.fetch_add(addend, Ordering::Relaxed);
                // Afterwards, so that the sum of every counted call is complete.
                calls.fetch_add(1, Ordering::Release);
                return Added::Yes;
            }
            Pending::Combined(pending) => pending,
        };
        let mut combined = lock(pending);
        match self.kind {
            ContextKind::FractionalCount | ContextKind::Count => {
                let before = match combined.values {
                    CombinedValues::Sum(sum) => sum,
                    // The neutral element of addition; 0 would change −0.
                    _ => -0.0,
                };
                let sum = before + value.as_f64();
                if !sum.is_finite() {
                    return Added::No;
                }
                combined.values = CombinedValues::Sum(sum);
            }
            ContextKind::Gauge => combined.values = CombinedValues::Latest(value),
            ContextKind::Set => return Added::No,
            ContextKind::Histogram | ContextKind::Distribution | ContextKind::Timing => {
                return self.pack(&mut combined, value, max_line);
            }
        }
        combined.calls += 1;
        Added::Yes
    }

    fn pack(&self, combined: &mut Combined, value: Value, max_line: usize) -> Added {
        if !matches!(combined.values, CombinedValues::Packed(_)) {
            combined.values = CombinedValues::Packed(String::new());
        }
        let CombinedValues::Packed(packed) = &mut combined.values else { return Added::No };
        let before = packed.len();
        // Writing to a string does not fail.
        let _ = write!(packed, ":{value}");
        combined.calls += 1;
        if before == 0 || self.frame.len() + packed.len() <= max_line {
            return Added::Yes;
        }
        let last = packed.split_off(before);
        let full = mem::replace(packed, last);
        let calls = mem::replace(&mut combined.calls, 1) - 1;
        Added::WithFullLine { line: self.frame.around(&full), calls }
    }

    /// Adds a value to a set. `all` is the number of values of all sets.
    pub(super) fn add_to_set(&self, value: &str, all: &AtomicUsize) -> Added {
        let Pending::Combined(pending) = &self.pending else { return Added::No };
        let mut combined = lock(pending);
        if !matches!(combined.values, CombinedValues::Unique(_)) {
            combined.values = CombinedValues::Unique(HashSet::new());
        }
        let CombinedValues::Unique(unique) = &mut combined.values else { return Added::No };
        if !unique.contains(value) {
            // Several sets at once may exceed the limit by a value each.
            if unique.len() >= MAX_UNIQUE || all.load(Ordering::Relaxed) >= MAX_SET_VALUES {
                return Added::No;
            }
            all.fetch_add(1, Ordering::Relaxed);
            unique.insert(value.to_owned());
        }
        combined.calls += 1;
        Added::Yes
    }

    /// Takes the calls, and writes their lines with the number of calls in each. Returns how often
    /// in a row there were none. Takes a set's values from `set_values`, the number of all.
    pub(super) fn drain(&self, set_values: &AtomicUsize, mut write: impl FnMut(&str, u64)) -> u32 {
        let has_calls = match &self.pending {
            Pending::Sum { calls, sum } => {
                let calls = calls.swap(0, Ordering::Acquire);
                if calls > 0 {
                    let sum = sum.swap(0, Ordering::Relaxed);
                    write(&self.frame.around(&format!(":{sum}")), calls);
                }
                calls > 0
            }
            Pending::Combined(pending) => {
                let Combined { calls, values } = mem::take(&mut *lock(pending));
                let mut write = |values: &str, calls| write(&self.frame.around(values), calls);
                match values {
                    CombinedValues::None => {}
                    CombinedValues::Sum(sum) => write(&format!(":{sum}"), calls),
                    CombinedValues::Latest(value) => write(&format!(":{value}"), calls),
                    CombinedValues::Packed(packed) => write(&packed, calls),
                    CombinedValues::Unique(unique) => {
                        set_values.fetch_sub(unique.len(), Ordering::Relaxed);
                        // The first line also stands for the calls with a value that was known.
                        let mut known = calls.saturating_sub(unique.len() as u64);
                        for value in unique {
                            write(&format!(":{value}"), 1 + mem::take(&mut known));
                        }
                    }
                }
                calls > 0
            }
        };
        if has_calls {
            self.idle.store(0, Ordering::Relaxed);
            return 0;
        }
        self.idle.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Returns whether the calls were all taken, at least this often in a row.
    pub(super) fn is_idle(&self, times: u32) -> bool {
        let has_calls = match &self.pending {
            Pending::Sum { calls, .. } => calls.load(Ordering::Acquire) > 0,
            Pending::Combined(pending) => lock(pending).calls > 0,
        };
        !has_calls && self.idle.load(Ordering::Relaxed) >= times
    }
}

fn lock(pending: &Mutex<Combined>) -> MutexGuard<'_, Combined> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a number that can be added to an integer sum.
fn addend(value: Value) -> Option<i64> {
    let addend = match value {
        Value::Signed(value) => value,
        Value::Unsigned(value) => i64::try_from(value).ok()?,
        Value::Float(_) => return None,
    };
    (addend.unsigned_abs() <= MAX_ADDEND).then_some(addend)
}
