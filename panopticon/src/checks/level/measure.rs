//! What a level can be: any number, or a duration.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::checks::number_text::{exact, rounded};

/// A value that [`Level::health`](super::Level::health) judges: an integer of up to 64 bits, a float
/// or a [`Duration`], which counts in seconds. No other type can implement it.
pub trait Measure: private::Sealed {}

impl<T: private::Sealed> Measure for T {}

mod private {
    pub trait Sealed {
        #[doc(hidden)]
        fn measured(self) -> super::Measured;
    }
}

/// A value that was measured. Integers stay what they are, so that they are shown as such.
#[derive(Debug, Clone, Copy)]
pub enum Measured {
    Integer(i128),
    Float(f64),
}

impl Measured {
    pub(super) fn of(value: impl Measure) -> Self {
        value.measured()
    }

    pub(super) fn number(self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss, reason = "the bounds are floats as well")]
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// Returns the text of the value, with as many digits as it takes to see on which side of this
    /// bound it is.
    pub(super) fn text_beside(self, bound: Option<f64>) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => {
                let text = rounded(value);
                let is_misleading = bound.is_some_and(|bound| {
                    let shown: f64 = text.parse().unwrap_or(value);
                    shown.partial_cmp(&bound) != value.partial_cmp(&bound)
                });
                if is_misleading { exact(value) } else { text }
            }
        }
    }
}

impl Serialize for Measured {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Integer(value) => serializer.serialize_i128(value),
            Self::Float(value) => serializer.serialize_f64(value),
        }
    }
}

macro_rules! measured {
    ($($type:ty: $value:ident => $measured:expr;)*) => {
        $(impl private::Sealed for $type {
            fn measured(self) -> Measured {
                let $value = self;
                $measured
            }
        })*
    };
}

measured! {
    u8: value => Measured::Integer(value.into());
    u16: value => Measured::Integer(value.into());
    u32: value => Measured::Integer(value.into());
    u64: value => Measured::Integer(value.into());
    usize: value => Measured::Integer(value as i128);
    i8: value => Measured::Integer(value.into());
    i16: value => Measured::Integer(value.into());
    i32: value => Measured::Integer(value.into());
    i64: value => Measured::Integer(value.into());
    isize: value => Measured::Integer(value as i128);
    f32: value => Measured::Float(value.into());
    f64: value => Measured::Float(value);
    Duration: value => Measured::Float(value.as_secs_f64());
}
