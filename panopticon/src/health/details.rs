//! What a check adds with `Health::with`: JSON values under keys of its own choice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::finite_floats::Finite;

/// The keys of a component's object that are the report's own.
pub(crate) const RESERVED_KEYS: [&str; 11] = [
    "healthy",
    "status",
    "response_time",
    "friendly_status",
    "status_message",
    "checked_at",
    "collection",
    "critical",
    "damped",
    "override",
    "detail_errors",
];

/// A component's own keys, sorted, so that the same details give the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Details {
    /// Why a detail is missing, by its key. Absent from the report when nothing is missing.
    #[serde(default, rename = "detail_errors")]
    errors: BTreeMap<String, String>,
    #[serde(flatten)]
    values: BTreeMap<String, Value>,
}

impl Details {
    /// Puts a value under `key`, in place of an earlier one. A value that cannot be put there
    /// leaves its reason in `detail_errors` instead.
    pub(crate) fn insert(&mut self, key: String, value: &impl Serialize) {
        if RESERVED_KEYS.contains(&key.as_str()) {
            let reason = "the report itself uses this key; give the detail another one";
            self.errors.insert(key, reason.to_owned());
            return;
        }
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
