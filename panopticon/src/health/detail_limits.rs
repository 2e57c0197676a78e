//! How deep and how large a detail may be, counted while it is serialized: a value may be nested
//! deeper than the stack allows, or have no end.

use std::cell::Cell;
use std::fmt;

use serde::ser::Error;

use super::Health;

/// The maximum depth of serializers, some of which add nothing to the JSON: those of `Some` and of
/// newtype structs.
const MAX_CALLS: u8 = 4 * MAX_LEVELS;

#[allow(clippy::cast_possible_truncation, reason = "it is small")]
const MAX_LEVELS: u8 = Health::MAX_DETAIL_DEPTH as u8;

/// A limit that a detail exceeds. Its `Display` says so.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    Depth,
    Size,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth => write!(
                f,
                "nested too deeply; at most {} levels of arrays and objects are accepted",
                Health::MAX_DETAIL_DEPTH
            ),
            Self::Size => write!(
                f,
                "too large; the JSON of a component's details may have at most {} bytes",
                Health::MAX_DETAILS_BYTES
            ),
        }
    }
}

/// What is left for a value.
pub(super) struct Limits {
    bytes_left: Cell<usize>,
    exceeded: Cell<Option<Limit>>,
}

impl Limits {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { bytes_left: Cell::new(max_bytes), exceeded: Cell::new(None) }
    }

    pub(super) fn bytes_left(&self) -> usize {
        self.bytes_left.get()
    }

    /// Returns the first limit that was exceeded, even if the value hid the error.
    pub(super) fn exceeded(&self) -> Option<Limit> {
        self.exceeded.get()
    }

    pub(super) fn outermost(&self) -> Place<'_> {
        Place { limits: self, levels_left: MAX_LEVELS, calls_left: MAX_CALLS, is_key: false }
    }
}

/// A place in a value that is being serialized.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    limits: &'a Limits,
    levels_left: u8,
    calls_left: u8,
    is_key: bool,
}

impl Place<'_> {
    pub(super) fn bytes_left(self) -> usize {
        self.limits.bytes_left()
    }

    /// Counts bytes of JSON.
    pub(super) fn count<E: Error>(self, bytes: usize) -> Result<(), E> {
        match self.limits.bytes_left.get().checked_sub(bytes) {
            Some(left) if self.limits.exceeded.get().is_none() => {
                self.limits.bytes_left.set(left);
                Ok(())
            }
            _ => Err(self.exceed(Limit::Size)),
        }
    }

    /// Returns the place inside an array or an object, and counts the brackets.
    pub(super) fn in_compound<E: Error>(self) -> Result<Self, E> {
        self.count("[]".len())?;
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left, ..self }),
            None => Err(self.exceed(Limit::Depth)),
        }
    }

    /// Returns the place inside the object of an enum's variant.
    pub(super) fn in_variant<E: Error>(self, variant: &str) -> Result<Self, E> {
        self.count(entry_length(variant))?;
        self.in_compound()
    }

    /// Returns the place inside one more serializer.
    pub(super) fn in_call<E: Error>(self) -> Result<Self, E> {
        match self.calls_left.checked_sub(1) {
            Some(calls_left) => Ok(Self { calls_left, ..self }),
            None => Err(self.exceed(Limit::Depth)),
        }
    }

    /// Returns the place in a key of a map.
    pub(super) fn in_key(self) -> Self {
        Self { is_key: true, ..self }
    }

    pub(super) fn is_key(self) -> bool {
        self.is_key
    }

    #[cold]
    fn exceed<E: Error>(self, limit: Limit) -> E {
        let limit = self.limits.exceeded.get().unwrap_or(limit);
        self.limits.exceeded.set(Some(limit));
        E::custom(limit)
    }
}

/// Returns the length of an object's key with its colon, and of the comma after its value.
pub(super) fn entry_length(key: &str) -> usize {
    text_length(key) + ":,".len()
}

/// Returns the length of a text in JSON.
pub(super) fn text_length(text: &str) -> usize {
    let escapes: usize = text.bytes().map(|byte| usize::from(ESCAPES[usize::from(byte)])).sum();
    "\"\"".len() + text.len() + escapes
}

/// The number of bytes that JSON's escape adds to each byte. A table, since every byte of every
/// text is looked up.
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = 5;
        control += 1;
    }
    let short = b"\"\\\n\r\t\x08\x0c";
    let mut index = 0;
    while index < short.len() {
        escapes[short[index] as usize] = 1;
        index += 1;
    }
    escapes
};

/// Returns the length of an integer in JSON. A larger magnitude does not fit into a JSON value.
pub(super) fn integer_length(is_negative: bool, magnitude: u64) -> usize {
    let digits = magnitude.checked_ilog10().map_or(1, |power| power as usize + 1);
    digits + usize::from(is_negative)
}
