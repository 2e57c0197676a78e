//! What a URL check expects of the JSON in a response.

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::escaped::Escaped;
use crate::health::truncate;

/// How much of a value a message shows, in bytes.
const MAX_SHOWN: usize = 200;

/// What a URL check expects at a path of the response's JSON; for
/// [`json_path`](super::UrlCheck::json_path).
///
/// Anything that converts to a [`serde_json::Value`], such as a string, a number or a boolean, is
/// the value to [equal](Self::equals).
///
/// ```
/// use panopticon::checks::url::{JsonExpectation, check_url};
///
/// let check = check_url("http://search:9200/_cluster/health")
///     .json_path("$.timed_out", false)
///     .json_path("$.number_of_nodes", 3)
///     .json_path("$.status", JsonExpectation::one_of(["green", "yellow"]))
///     .json_path("$.cluster_name", JsonExpectation::exists());
/// # let _ = check;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct JsonExpectation(Expected);

#[derive(Debug, Clone, PartialEq)]
enum Expected {
    Exists,
    OneOf(Vec<Value>),
}

impl JsonExpectation {
    /// Expects a value at the path, whatever it is, even `null`.
    #[must_use]
    pub fn exists() -> Self {
        Self(Expected::Exists)
    }

    /// Expects this value at the path. Numbers are equal if their values are, such as `1` and `1.0`.
    #[must_use]
    pub fn equals(value: impl Into<Value>) -> Self {
        Self::one_of([value])
    }

    /// Expects one of these values at the path.
    #[must_use]
    pub fn one_of<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        Self(Expected::OneOf(values.into_iter().map(Into::into).collect()))
    }
}

impl<V: Into<Value>> From<V> for JsonExpectation {
    fn from(value: V) -> Self {
        Self::equals(value)
    }
}

/// A path in JSON, and what is expected there.
pub(super) struct JsonPathExpectation {
    text: String,
    path: JsonPath,
    expected: Expected,
}

/// Why the JSON of a response is not as expected.
pub(super) struct Mismatch {
    /// The path, the value there, and what is expected.
    pub(super) full: String,
    /// The same without the value.
    pub(super) without_value: String,
}

impl JsonPathExpectation {
    /// Parses a path. The error completes "`json_path` 1 …".
    pub(super) fn parse(text: String, expected: JsonExpectation) -> Result<Self, String> {
        let JsonExpectation(expected) = expected;
        if matches!(&expected, Expected::OneOf(values) if values.is_empty()) {
            return Err("must expect at least one value".to_owned());
        }
        match JsonPath::parse(&text) {
            Ok(path) => Ok(Self { text, path, expected }),
            Err(error) => Err(format!(
                "must have a path such as `$.status` or `$.nodes[*].state`, according to RFC 9535, not \
                 {:?} ({} at character {})",
                shown(text),
                error.message(),
                error.position()
            )),
        }
    }

    /// Returns why the JSON is not as expected, if it is not.
    pub(super) fn mismatch(&self, json: &Value) -> Option<Mismatch> {
        let found = self.path.query(json).all();
        let path = &self.text;
        let expected = match &self.expected {
            Expected::Exists => "a value".to_owned(),
            Expected::OneOf(values) => {
                let values: Vec<_> = values.iter().map(|it| shown(it.to_string())).collect();
                values.join(" or ")
            }
        };
        if found.is_empty() {
            let full = format!("`{path}` is missing (expected {expected})");
            return Some(Mismatch { without_value: full.clone(), full });
        }
        let Expected::OneOf(values) = &self.expected else { return None };
        let is_expected = |found: &Value| values.iter().any(|value| are_equal(value, found));
        let others: Vec<_> = found.iter().filter(|&found| !is_expected(found)).collect();
        let wrong = others.first()?;
        let place = match (found.len(), others.len()) {
            (1, _) => String::new(),
            (all, others) => format!(" in {others} of {all} places"),
        };
        // JSON need not escape all of the characters that would break a line.
        let value = shown(Escaped(wrong.to_string()).to_string());
        Some(Mismatch {
            full: format!("`{path}` is {value}{place} (expected {expected})"),
            without_value: format!("`{path}` is another value{place} (expected {expected})"),
        })
    }
}

fn shown(mut text: String) -> String {
    truncate(&mut text, MAX_SHOWN);
    text
}

/// Returns whether two values are equal as in RFC 9535, which compares numbers by their values.
fn are_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| are_equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| are_equal(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_equal_by_their_values() {
        for (a, b, expected) in [
            (json!(1), json!(1.0), true),
            (json!(1), json!(2.0), false),
            (json!(u64::MAX), json!(u64::MAX - 1), false),
            (json!([1, {"a": 2.0}]), json!([1.0, {"a": 2}]), true),
            (json!([1]), json!([1, 2]), false),
            (json!({"a": 1}), json!({"b": 1}), false),
            (json!({"a": 1}), json!({"a": 1, "b": 1}), false),
            (json!("1"), json!(1), false),
            (json!(null), json!(false), false),
            (json!(null), json!(null), true),
        ] {
            assert_eq!(are_equal(&a, &b), expected, "{a} {b}");
            assert_eq!(are_equal(&b, &a), expected, "{b} {a}");
        }
    }
}
