//! Floats that JSON does not have, as strings.
//!
//! JSON has no NaN and no infinities. They become `"NaN"`, `"Infinity"` and `"-Infinity"` at any
//! depth, as in the JSON mapping of Protocol Buffers
//! (<https://protobuf.dev/programming-guides/json/>), since `serde_json` writes `null` for all
//! three, which loses what a check measured.
//!
//! This needs a serializer around `serde_json`'s: in a finished `Value`, and in the calls to a
//! `serde_json` formatter, a NaN is a `null` like any other.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// A value, a serializer or a half-written compound whose floats are written as above.
pub(crate) struct Finite<T>(pub(crate) T);

impl<T: Serialize + ?Sized> Serialize for Finite<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Finite(serializer))
    }
}

/// Methods for what holds no float.
macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
            self.0.$method($($argument),*)
        })*
    };
}

/// Methods for what holds one other value.
macro_rules! wrap {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $method<T: Serialize + ?Sized>(
            self,
            $($argument: $type,)*
            value: &T,
        ) -> Result<S::Ok, S::Error> {
            self.0.$method($($argument,)* &Finite(value))
        })*
    };
}

/// Methods that begin what holds several.
macro_rules! begin {
    ($($compound:ident = $method:ident($($argument:ident: $type:ty),*);)*) => {
        $(type $compound = Finite<S::$compound>;

        fn $method(self, $($argument: $type),*) -> Result<Self::$compound, S::Error> {
            self.0.$method($($argument),*).map(Finite)
        })*
    };
}

impl<S: Serializer> Serializer for Finite<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        // A JSON value holds an f64, and 0.1 as an f32 is 0.10000000149011612 as one. What the
        // check meant is the shortest decimal number, which always parses.
        self.serialize_f64(value.to_string().parse().unwrap_or(f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if value.is_nan() {
            self.0.serialize_str("NaN")
        } else if value == f64::INFINITY {
            self.0.serialize_str("Infinity")
        } else if value == f64::NEG_INFINITY {
            self.0.serialize_str("-Infinity")
        } else {
            self.0.serialize_f64(value)
        }
    }

    forward! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    wrap! {
        serialize_some();
        serialize_newtype_struct(name: &'static str);
        serialize_newtype_variant(name: &'static str, index: u32, variant: &'static str);
    }

    begin! {
        SerializeSeq = serialize_seq(length: Option<usize>);
        SerializeTuple = serialize_tuple(length: usize);
        SerializeTupleStruct = serialize_tuple_struct(name: &'static str, length: usize);
        SerializeTupleVariant = serialize_tuple_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        );
        SerializeMap = serialize_map(length: Option<usize>);
        SerializeStruct = serialize_struct(name: &'static str, length: usize);
        SerializeStructVariant = serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        );
    }
}

macro_rules! compound {
    ($($compound:ident: $method:ident($($key:ident)?);)*) => {
        $(impl<S: $compound> $compound for Finite<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), S::Error> {
                self.0.$method($($key,)? &Finite(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        })*
    };
}

compound! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(key);
    SerializeStructVariant: serialize_field(key);
}

impl<S: SerializeMap> SerializeMap for Finite<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        // Not wrapped: for a float as a key, serde_json's own error says what is wrong.
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Finite(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}
