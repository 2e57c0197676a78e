//! What a check adds with `Health::with`: JSON values under keys of its own choice.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::finite_floats::Finite;

/// A component's own keys, sorted, so that the same details give the same bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Details {
    values: BTreeMap<String, Value>,
    /// Why a detail is missing, by its key.
    errors: BTreeMap<String, String>,
}

impl Details {
    pub(crate) fn new(values: BTreeMap<String, Value>, errors: BTreeMap<String, String>) -> Self {
        Self { values, errors }
    }

    /// Puts a value under `key`, replacing an earlier one. If JSON cannot hold the value, the
    /// reason goes into the errors instead.
    pub(crate) fn insert(&mut self, key: String, value: &impl Serialize) {
        match serde_json::to_value(Finite(value)) {
            Ok(value) => {
                self.errors.remove(&key);
                self.values.insert(key, value);
            }
            Err(error) => {
                self.values.remove(&key);
                self.errors.insert(key, format!("cannot be written as JSON: {error}"));
            }
        }
    }

    /// Removes the details under these keys, and gives this reason for each.
    pub(crate) fn refuse(&mut self, keys: &[&str], reason: &str) {
        for &key in keys {
            if self.values.remove(key).is_some() || self.errors.contains_key(key) {
                self.errors.insert(key.to_owned(), reason.to_owned());
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub(crate) fn errors(&self) -> &BTreeMap<String, String> {
        &self.errors
    }
}
