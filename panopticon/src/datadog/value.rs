/// The number that a metric takes: any of Rust's, by `Into`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A whole number.
    Signed(i64),
    /// A whole number that may be too large for the other.
    Unsigned(u64),
    /// A fraction. One that is infinite or not a number is refused, for no reader takes it.
    Float(f64),
}

impl Value {
    /// The nearest float; whole numbers are exact up to 2⁵³.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "it is what the method is for, and says so")]
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
