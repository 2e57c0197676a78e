//! The JSON of a detail: within the limits, and with strings for the floats that JSON does not
//! have.
//!
//! JSON has no NaN and no infinities. They become `"NaN"`, `"Infinity"` and `"-Infinity"` at any
//! depth, as in the JSON mapping of Protocol Buffers
//! (<https://protobuf.dev/programming-guides/json/>), since `serde_json` writes `null` for all
//! three, which loses what a check measured.
//!
//! This needs a serializer around `serde_json`'s: in a finished `Value`, and in the calls to a
//! `serde_json` formatter, a NaN is a `null` like any other, and it is too late for the limits.

use std::io;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Value;

use super::Health;
use super::detail_limits::{Limit, Limits, Place, entry_length, integer_length, text_length};
use super::message::Message;

/// Returns a value's JSON and the number of its bytes, or the reason why there is none.
pub(super) fn to_json(value: &impl Serialize, max_bytes: usize) -> Result<(Value, usize), Message> {
    let limits = Limits::new(max_bytes);
    let json = serde_json::to_value(Limited { inner: value, place: limits.outermost() });
    match (limits.exceeded(), json) {
        // Even if the value has ignored the error.
        (Some(limit), _) => Err(Message::authored(limit.to_string())),
        // serde_json's `RawValue` is a string here, and is parsed later.
        (None, Ok(json)) if is_deeper(&json, Health::MAX_DETAIL_DEPTH) => {
            Err(Message::authored(Limit::Depth.to_string()))
        }
        (None, Ok(json)) => Ok((json, max_bytes - limits.bytes_left())),
        (None, Err(error)) => {
            const SUMMARY: &str = "cannot be written as JSON";
            // The text may come from the author's own `Serialize`.
            Err(Message::with_error(format!("{SUMMARY}: {error}"), SUMMARY.to_owned()))
        }
    }
}

/// Returns whether a value has more levels of arrays and objects.
fn is_deeper(json: &Value, max_levels: usize) -> bool {
    let Some(levels) = max_levels.checked_sub(1) else {
        return json.is_array() || json.is_object();
    };
    match json {
        Value::Array(elements) => elements.iter().any(|element| is_deeper(element, levels)),
        Value::Object(object) => object.values().any(|value| is_deeper(value, levels)),
        _ => false,
    }
}

/// A value, a serializer or a half-written compound, whose contents are counted and whose floats
/// are written as above.
struct Limited<'a, T> {
    inner: T,
    place: Place<'a>,
}

impl<T: Serialize + ?Sized> Serialize for Limited<'_, &T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.serialize(Limited { inner: serializer, place: self.place.in_call()? })
    }
}

/// Methods for what holds no other value and no float, with the length of its JSON.
macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*) = $length:expr;)*) => {
        $(fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
            self.place.count($length)?;
            self.inner.$method($($argument),*)
        })*
    };
}

/// Methods for what holds one other value and is written like it.
macro_rules! wrap {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $method<T: Serialize + ?Sized>(
            self,
            $($argument: $type,)*
            value: &T,
        ) -> Result<S::Ok, S::Error> {
            self.inner.$method($($argument,)* &Limited { inner: value, place: self.place })
        })*
    };
}

/// Methods that begin what holds several. Those of an enum's variant are an object that holds an
/// array or another object.
macro_rules! begin {
    ($(
        $compound:ident = $method:ident(
            $length:ident: $length_type:ty $(, $argument:ident: $type:ty)*
        ) $(in $variant:ident)?;
    )*) => {
        $(type $compound = Limited<'a, S::$compound>;

        fn $method(
            self,
            $($argument: $type,)*
            $length: $length_type,
        ) -> Result<Self::$compound, S::Error> {
            let place = self.place$(.in_variant($variant)?)?.in_compound()?;
            // serde_json reserves room for that many.
            let length = $length.min(place.bytes_left().into());
            Ok(Limited { inner: self.inner.$method($($argument,)* length)?, place })
        })*
    };
}

impl<'a, S: Serializer> Serializer for Limited<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        // A JSON value holds an f64, and 0.1 as an f32 is 0.10000000149011612 as one. What the
        // check meant is the shortest decimal number, which always parses.
        self.serialize_f64(value.to_string().parse().unwrap_or(f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if self.place.is_key() {
            // For one that is not finite, serde_json's own error says what is wrong.
            self.place.count(float_length(value)?)?;
            return self.inner.serialize_f64(value);
        }
        if value.is_nan() {
            self.serialize_str("NaN")
        } else if value == f64::INFINITY {
            self.serialize_str("Infinity")
        } else if value == f64::NEG_INFINITY {
            self.serialize_str("-Infinity")
        } else {
            self.place.count(float_length(value)?)?;
            self.inner.serialize_f64(value)
        }
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        // They become an array of numbers.
        let place = self.place.in_compound()?;
        place.count(
            value.iter().map(|&byte| integer_length(false, byte.into()) + ",".len()).sum(),
        )?;
        self.inner.serialize_bytes(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = Limited { inner: value, place: self.place.in_variant(variant)? };
        self.inner.serialize_newtype_variant(name, index, variant, &value)
    }

    forward! {
        serialize_bool(value: bool) = if value { "true".len() } else { "false".len() };
        serialize_i8(value: i8) = integer_length(value < 0, value.unsigned_abs().into());
        serialize_i16(value: i16) = integer_length(value < 0, value.unsigned_abs().into());
        serialize_i32(value: i32) = integer_length(value < 0, value.unsigned_abs().into());
        serialize_i64(value: i64) = integer_length(value < 0, value.unsigned_abs());
        serialize_i128(value: i128) = integer_length(
            value < 0, value.unsigned_abs().try_into().unwrap_or(u64::MAX)
        );
        serialize_u8(value: u8) = integer_length(false, value.into());
        serialize_u16(value: u16) = integer_length(false, value.into());
        serialize_u32(value: u32) = integer_length(false, value.into());
        serialize_u64(value: u64) = integer_length(false, value);
        serialize_u128(value: u128) = integer_length(false, value.try_into().unwrap_or(u64::MAX));
        serialize_char(value: char) = text_length(value.encode_utf8(&mut [0; 4]));
        serialize_str(value: &str) = text_length(value);
        serialize_none() = "null".len();
        serialize_unit() = "null".len();
        serialize_unit_struct(name: &'static str) = "null".len();
        serialize_unit_variant(
            name: &'static str, index: u32, variant: &'static str
        ) = text_length(variant);
    }

    wrap! {
        serialize_some();
        serialize_newtype_struct(name: &'static str);
    }

    begin! {
        SerializeSeq = serialize_seq(length: Option<usize>);
        SerializeTuple = serialize_tuple(length: usize);
        SerializeTupleStruct = serialize_tuple_struct(length: usize, name: &'static str);
        SerializeTupleVariant = serialize_tuple_variant(
            length: usize, name: &'static str, index: u32, variant: &'static str
        ) in variant;
        SerializeMap = serialize_map(length: Option<usize>);
        SerializeStruct = serialize_struct(length: usize, name: &'static str);
        SerializeStructVariant = serialize_struct_variant(
            length: usize, name: &'static str, index: u32, variant: &'static str
        ) in variant;
    }
}

/// The compounds, with what precedes each of their values.
macro_rules! compound {
    ($($compound:ident: $method:ident($($key:ident)?) = $length:expr;)*) => {
        $(impl<S: $compound> $compound for Limited<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), S::Error> {
                self.place.count($length)?;
                self.inner.$method($($key,)? &Limited { inner: value, place: self.place })
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        })*
    };
}

compound! {
    SerializeSeq: serialize_element() = ",".len();
    SerializeTuple: serialize_element() = ",".len();
    SerializeTupleStruct: serialize_field() = ",".len();
    SerializeTupleVariant: serialize_field() = ",".len();
    SerializeStruct: serialize_field(key) = entry_length(key);
    SerializeStructVariant: serialize_field(key) = entry_length(key);
}

impl<S: SerializeMap> SerializeMap for Limited<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        // A key that is a number gets quotes.
        self.place.count("\"\":,".len())?;
        self.inner.serialize_key(&Limited { inner: key, place: self.place.in_key() })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_value(&Limited { inner: value, place: self.place })
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

/// Returns the length of a float in JSON.
fn float_length<E: Error>(value: f64) -> Result<usize, E> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, &value).map_err(E::custom)?;
    Ok(length.0)
}

/// A writer that only counts.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Serialize)]
    enum Shape {
        Unit,
        Newtype(char),
        Tuple(bool, Option<u8>),
        Struct { a: f32, b: Option<u8> },
    }

    struct Bytes;

    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&[0, 9, 10, 99, 100, 255])
        }
    }

    /// Asserts that at most this many bytes are counted that are not written: a comma for each
    /// array or object, and quotes for each key of a map that already has quotes.
    #[track_caller]
    fn assert_counted(value: &impl Serialize, more: usize) {
        let (json, counted) = to_json(value, usize::MAX).unwrap();
        let written = json.to_string().len();
        assert!((written..=written + more).contains(&counted), "{json}: {counted}");
    }

    #[test]
    fn no_fewer_bytes_are_counted_than_are_written() {
        for number in [0, 1, 9, 10, 99, 100, u64::MAX] {
            assert_counted(&number, 0);
        }
        for number in [i64::MIN, -10, -9, -1, i64::MAX] {
            assert_counted(&number, 0);
        }
        assert_counted(&(i8::MIN, i16::MIN, i32::MIN, i128::from(i64::MIN)), 1);
        assert_counted(&(u8::MAX, u16::MAX, u32::MAX, u128::from(u64::MAX)), 1);
        for number in [0.0, -0.1, 1e300, f64::MIN, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY] {
            assert_counted(&number, 0);
        }
        for code in 0..300 {
            let character = char::from_u32(code).unwrap();
            assert_counted(&character, 0);
            assert_counted(&format!("a{character}b"), 0);
            assert_counted(&BTreeMap::from([(character, 1)]), 3);
        }
        assert_counted(&serde_json::json!([null, true, false, [], {}, "🦀"]), 1);
        assert_counted(&[Shape::Unit, Shape::Newtype('"')], 2);
        assert_counted(&[Shape::Tuple(true, None), Shape::Struct { a: 0.1, b: Some(1) }], 5);
        assert_counted(&BTreeMap::from([(-1, "a"), (2, "b")]), 1);
        assert_counted(&Bytes, 1);
    }
}
