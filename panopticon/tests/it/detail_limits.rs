//! The bounds on what a check says: whatever it adds, the report stays small, is read back, and
//! says what it left out.

use std::collections::BTreeMap;

use panopticon::{CheckOptions, Component, Health, Panopticon, Report};
use serde::ser::{Error, Serialize, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Value, json};

const TOO_DEEP: &str = "nested too deeply; at most 32 levels of arrays and objects are accepted";
const TOO_LARGE: &str = "too large; the JSON of a component's details may have at most 65536 bytes";

/// Returns the component that a health becomes. Its report can be read back.
async fn reported(health: Health) -> Component {
    let builder = Panopticon::empty()
        .check("one", CheckOptions::new(), move || std::future::ready(health.clone()));
    let report = builder.build().unwrap().report().await;
    let json = serde_json::to_string(&report).unwrap();
    let read: Report = serde_json::from_str(&json).expect("it can be read");
    // Not shown, since it is long.
    assert!(read.components().eq(report.components()), "it is the same");
    report.component("one").unwrap().clone()
}

fn errors(component: &Component) -> BTreeMap<&str, &str> {
    component.detail_errors().collect()
}

/// Returns a number inside as many arrays, or objects, or both in turn.
fn nested(levels: usize, is_object: impl Fn(usize) -> bool) -> Value {
    (0..levels).fold(json!(1), |inner, level| {
        // Not with `json!`, which serializes, and so recurses.
        if is_object(level) {
            Value::Object([("inner".to_owned(), inner)].into_iter().collect())
        } else {
            Value::Array(vec![inner])
        }
    })
}

#[tokio::test]
async fn a_detail_may_have_32_levels_and_not_one_more() {
    #[derive(serde::Serialize)]
    enum Shape {
        Newtype(Value),
        Tuple(Value, u8),
        Struct { inner: Value },
    }
    let arrays = |levels| nested(levels, |_| false);
    for is_object in [|_| false, |_| true, |level| level % 2 == 0] {
        let (deepest, too_deep) = (nested(32, is_object), nested(33, is_object));
        let health = Health::healthy("fine")
            .with("deepest", &deepest)
            .with("too_deep", too_deep)
            .with("next", 1);
        let component = reported(health).await;
        assert_eq!(component.detail("deepest"), Some(&deepest));
        assert_eq!(component.detail("next"), Some(&json!(1)));
        assert_eq!(errors(&component), BTreeMap::from([("too_deep", TOO_DEEP)]));
    }
    // The variant of an enum is the key of an object, which is one level, or two with its fields.
    let health = Health::healthy("")
        .with("newtype", Shape::Newtype(arrays(31)))
        .with("newtype_deep", Shape::Newtype(arrays(32)))
        .with("tuple", Shape::Tuple(arrays(30), 1))
        .with("tuple_deep", Shape::Tuple(arrays(31), 1))
        .with("struct", Shape::Struct { inner: arrays(30) })
        .with("struct_deep", Shape::Struct { inner: arrays(31) })
        .with("some", Some(Some(arrays(32))))
        .with("some_deep", Some(Some(arrays(33))));
    // A string until serde_json parses it.
    let raw = |levels| serde_json::value::to_raw_value(&nested(levels, |_| false)).unwrap();
    let health = health
        .with("raw", raw(32))
        .with("raw_deep", raw(33))
        .with("raw_deepest", raw(126))
        .with("raw_inside", [raw(31)])
        .with("raw_inside_deep", [raw(32)]);
    let component = reported(health).await;
    let found: Vec<_> = component.details().map(|(key, _)| key).collect();
    assert_eq!(found, ["newtype", "raw", "raw_inside", "some", "struct", "tuple"]);
    let deep = [
        "newtype_deep",
        "raw_deep",
        "raw_deepest",
        "raw_inside_deep",
        "some_deep",
        "struct_deep",
        "tuple_deep",
    ];
    assert_eq!(errors(&component), deep.map(|key| (key, TOO_DEEP)).into());
}

/// A value inside itself, in one of the ways that serde has.
#[derive(Clone, Copy)]
enum Endless {
    Array,
    Struct,
    Some,
    Newtype,
    NewtypeVariant,
    MapKey,
    MapValue,
}

impl Serialize for Endless {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Array => serializer.collect_seq([self]),
            Self::Struct => {
                let mut object = serializer.serialize_struct("Endless", 1)?;
                object.serialize_field("inner", self)?;
                object.end()
            }
            Self::Some => serializer.serialize_some(self),
            Self::Newtype => serializer.serialize_newtype_struct("Endless", self),
            Self::NewtypeVariant => {
                serializer.serialize_newtype_variant("Endless", 0, "Inner", self)
            }
            Self::MapKey => serializer.collect_map([(Self::Newtype, 1)]),
            Self::MapValue => serializer.collect_map([("inner", self)]),
        }
    }
}

#[test]
fn a_value_inside_itself_overflows_no_stack() {
    let add_all = || {
        let all = [
            Endless::Array,
            Endless::Struct,
            Endless::Some,
            Endless::Newtype,
            Endless::NewtypeVariant,
            Endless::MapKey,
            Endless::MapValue,
        ];
        let health =
            (0_u8..).zip(all).fold(Health::healthy("fine"), |health, (number, endless)| {
                health.with(number.to_string(), endless)
            });
        let clone = health.clone();
        assert_eq!(clone, health);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let component = runtime.block_on(reported(clone.with("deep", nested(1_000, |_| false))));
        assert_eq!(component.details().count(), 0);
        assert_eq!(component.detail_errors().count(), all.len() + 1);
        assert!(component.detail_errors().all(|(_, reason)| reason == TOO_DEEP));
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    thread.spawn(add_all).unwrap().join().unwrap();
}

#[tokio::test]
async fn a_value_without_an_end_is_left_out() {
    struct EndlessArray;
    impl Serialize for EndlessArray {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(0..u64::MAX)
        }
    }
    struct EndlessMap;
    impl Serialize for EndlessMap {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map((0..u64::MAX).map(|key| (key, ())))
        }
    }
    let health = Health::healthy("").with("array", EndlessArray).with("map", EndlessMap);
    let component = reported(health).await;
    assert_eq!(errors(&component), [("array", TOO_LARGE), ("map", TOO_LARGE)].into());
}

#[tokio::test]
async fn a_limit_holds_even_if_the_value_ignores_the_error() {
    struct Ignores;
    impl Serialize for Ignores {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut array = serializer.serialize_seq(None)?;
            let _ = array.serialize_element(&Endless::Array);
            let _ = array.serialize_element(&1);
            array.end()
        }
    }
    let component = reported(Health::healthy("").with("ignores", Ignores)).await;
    assert_eq!(errors(&component), [("ignores", TOO_DEEP)].into());
}

#[tokio::test]
async fn all_details_together_have_a_bounded_length() {
    let half = "x".repeat(Health::MAX_DETAILS_BYTES / 2);
    let health = Health::healthy("").with("a", &half).with("b", &half);
    let component = reported(health.clone()).await;
    assert_eq!(errors(&component), [("b", TOO_LARGE)].into());
    // What is smaller still fits, and a detail that is replaced makes room.
    let health = health.with("c", 1).with("a", "small").with("b", &half);
    let component = reported(health).await;
    assert_eq!(component.details().map(|(key, _)| key).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(errors(&component), BTreeMap::new());

    // `"a":"",` has seven bytes.
    let fits = "x".repeat(Health::MAX_DETAILS_BYTES - 7);
    for (text, is_kept) in [(fits.clone(), true), (format!("{fits}x"), false)] {
        let component = reported(Health::healthy("").with("a", &text)).await;
        assert_eq!(component.detail("a").is_some(), is_kept);
    }
    // What JSON escapes is longer there.
    for character in ["\"", "\\", "\n", "\u{1b}"] {
        let text = character.repeat(Health::MAX_DETAILS_BYTES * 2 / 3);
        let map = BTreeMap::from([(&text, 1)]);
        let health = Health::healthy("").with("a", &text).with("b", map).with("c", text.as_bytes());
        let component = reported(health).await;
        assert_eq!(component.details().count(), 0);
    }
}

#[tokio::test]
async fn the_number_of_details_is_bounded() {
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("no"))
        }
    }
    let add = |health: Health, number: usize| health.with(format!("{number:04}"), number);
    let health = (0..10_000).fold(Health::healthy(""), add);
    let component = reported(health.clone()).await;
    let kept: Vec<_> = component.details().map(|(_, value)| value.clone()).collect();
    assert_eq!(kept, (0..Health::MAX_DETAILS).map(Value::from).collect::<Vec<_>>());
    let too_many = "too many; a component may have at most 256";
    assert_eq!(errors(&component), [("…", too_many)].into());
    // One that is there can be replaced.
    let component = reported(health.with("0007", "new")).await;
    assert_eq!(component.detail("0007"), Some(&json!("new")));
    // Those that are left out count too.
    let health = (0..10_000)
        .fold(Health::healthy(""), |health, number| health.with(format!("{number:04}"), Refuses));
    let component = reported(add(health, 10_000)).await;
    assert_eq!(component.details().count(), 0);
    assert_eq!(component.detail_errors().count(), Health::MAX_DETAILS + 1);
    assert_eq!(errors(&component)["…"], too_many);
}

#[tokio::test]
async fn a_key_and_the_reason_of_a_missing_detail_have_a_bounded_length() {
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("é".repeat(1_000_000)))
        }
    }
    let (fits, long) = ("k".repeat(Health::MAX_DETAIL_KEY_BYTES), "界".repeat(1_000));
    let health =
        Health::healthy("").with(fits.clone(), 1).with(long.clone(), 2).with("refuses", Refuses);
    let component = reported(health).await;
    assert_eq!(component.detail(&fits), Some(&json!(1)));
    let errors = errors(&component);
    let cut = format!("{}…", "界".repeat(84));
    assert_eq!(errors[&*cut], "its key has more than 256 bytes");
    let reason = errors["refuses"];
    assert!(reason.starts_with("cannot be written as JSON: éé") && reason.ends_with("é…"));
    assert!((Health::MAX_MESSAGE_BYTES - 1..=Health::MAX_MESSAGE_BYTES).contains(&reason.len()));
}

/// A value made of random numbers.
struct AnyValue(u64);

impl AnyValue {
    /// Returns the next number of Marsaglia's xorshift.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 8] = ["a", "é", "🦀", "\"", "\\", "\n", "\u{0}", "\u{7f}"];
        (0..self.below(20)).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }

    /// Returns a value that is about this deep.
    fn value(&mut self, depth: usize) -> Value {
        let length = if depth > 3 { 1 } else { self.below(5) };
        match self.below(if depth == 0 { 5 } else { 30 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            // Few enough digits for serde_json to read the same number.
            2 => json!(f64::from(u32::try_from(self.below(1 << 32)).unwrap()) / -8.0),
            3 => json!(self.next() >> self.below(64)),
            4 => json!(self.text().repeat(self.below(200))),
            number if number % 2 == 0 => (0..length).map(|_| self.value(depth - 1)).collect(),
            _ => (0..length).map(|_| (self.text(), self.value(depth - 1))).collect(),
        }
    }
}

#[tokio::test]
async fn whatever_is_added_is_small_and_can_be_read_and_nothing_is_missing_silently() {
    let mut random = AnyValue(0x9E37_79B9_7F4A_7C15);
    let (mut kept, mut left_out) = (0, 0);
    for _ in 0..60 {
        let mut health = Health::healthy("");
        let mut keys = Vec::new();
        for number in 0..random.below(300) {
            let depth = random.below(45);
            let key = format!("{number} {}", random.text().repeat(random.below(12)));
            health = health.with(key.clone(), random.value(depth));
            keys.push(key);
        }
        let component = reported(health).await;
        let details: BTreeMap<_, _> = component.details().collect();
        let length = serde_json::to_string(&details).unwrap().len();
        assert!(length <= Health::MAX_DETAILS_BYTES + "{}".len(), "{length}");
        assert!(details.len() <= Health::MAX_DETAILS);
        let errors = errors(&component);
        for key in &keys {
            let is_explained = errors.contains_key(&**key)
                || (key.len() > Health::MAX_DETAIL_KEY_BYTES)
                || errors.contains_key("…");
            assert!(details.contains_key(&**key) || is_explained, "{key}");
        }
        kept += details.len();
        left_out += errors.len();
    }
    assert!(kept > 1_000 && left_out > 1_000, "{kept} {left_out}");
}
