//! The parts of a metric: its kind, value and tags.

use std::fmt;

/// Tags as keys and values, such as `&[("kind", "book")]`; `&[]` for none. A tag with an empty
/// value is sent without a value: `&[("canary", "")]` becomes `canary`.
///
/// Letters, digits and `_ - : . /` are sent as they are, any other character as `_`, following
/// [Datadog's rules](https://docs.datadoghq.com/getting_started/tagging/#define-tags). A tag has at
/// most 200 characters, including its key and the colon. A call takes at most 100 tags.
pub type Tags<'a> = &'a [(&'a str, &'a str)];

/// The way Datadog combines the values of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A sum, from [`increment`](crate::datadog::increment) and
    /// [`decrement`](crate::datadog::decrement).
    Count,
    /// The latest value.
    Gauge,
    /// The minimum, maximum, average, count and percentiles of one host.
    Histogram,
    /// The same across all hosts, computed by Datadog.
    Distribution,
    /// A histogram of milliseconds.
    Timing,
}

/// One value of a metric. Its name and tags are sanitized, without the prefix and the default tags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) value: Value,
    pub(super) tags: Tags<'a>,
    /// The share of calls that are sent: more than 0, at most 1.
    pub(super) rate: f64,
    /// The time of the value, in seconds since 1970, if it is not that of the call.
    pub(super) timestamp: Option<u64>,
}

#[cfg(all(test, feature = "datadog-api"))]
impl<'a> Sample<'a> {
    /// Creates a sample of the current time that is always sent.
    pub(super) fn new(kind: Kind, name: &'a str, value: Value, tags: Tags<'a>) -> Self {
        Self { kind, name, value, tags, rate: 1.0, timestamp: None }
    }
}

/// The value of a metric, converted from any of Rust's numbers by `Into`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// An integer.
    Signed(i64),
    /// A non-negative integer, possibly too large for an `i64`.
    Unsigned(u64),
    /// A fraction. Infinities and NaN are refused, since no receiver accepts them.
    Float(f64),
}

impl Value {
    /// Returns the nearest float; integers are exact up to 2⁵³.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "documented")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Signed(value) => value as f64,
            Self::Unsigned(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    pub(super) fn is_finite(self) -> bool {
        !matches!(self, Self::Float(value) if !value.is_finite())
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Signed(value) => {
                value.checked_neg().map_or(Self::Unsigned(value.unsigned_abs()), Self::Signed)
            }
            Self::Unsigned(value) => {
                0_i64.checked_sub_unsigned(value).map_or(Self::Float(-self.as_f64()), Self::Signed)
            }
            Self::Float(value) => Self::Float(-value),
        }
    }
}

/// Writes the shortest decimal number that is read as the same value, without an exponent.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
        }
    }
}

macro_rules! from_numbers {
    ($($number:ty => $variant:ident as $widest:ty),+ $(,)?) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::$variant(<$widest>::from(number))
            }
        }
    )+};
}

from_numbers! {
    i8 => Signed as i64,
    i16 => Signed as i64,
    i32 => Signed as i64,
    i64 => Signed as i64,
    u8 => Unsigned as u64,
    u16 => Unsigned as u64,
    u32 => Unsigned as u64,
    u64 => Unsigned as u64,
    f32 => Float as f64,
    f64 => Float as f64,
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        // No platform has more than 64 bits.
        Self::Unsigned(number as u64)
    }
}

impl From<isize> for Value {
    fn from(number: isize) -> Self {
        Self::Signed(number as i64)
    }
}
