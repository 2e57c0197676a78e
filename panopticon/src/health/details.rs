//! What a check adds with `Health::with`: JSON values under keys of its own choice.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Health;
use super::detail_limits::entry_length;
use super::detail_value::to_json;
use super::message::Message;
use super::truncation::truncate;

/// The key in the errors that stands for all details beyond the maximum number.
const MORE: &str = "…";

/// A component's own keys, sorted, so that the same details give the same bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Details {
    values: BTreeMap<String, Detail>,
    /// Why a detail is missing, by its key.
    errors: BTreeMap<String, Message>,
}

#[derive(Debug, Clone)]
struct Detail {
    value: Value,
    /// The length in JSON of the value and its key; 0 for details that were read, to which none are
    /// added.
    bytes: usize,
}

impl PartialEq for Detail {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Details {
    /// Creates details that were read.
    pub(crate) fn new(values: BTreeMap<String, Value>, errors: BTreeMap<String, String>) -> Self {
        let values = values.into_iter().map(|(key, value)| (key, Detail { value, bytes: 0 }));
        let errors = errors.into_iter().map(|(key, reason)| (key, Message::of_error(reason)));
        Self { values: values.collect(), errors: errors.collect() }
    }

    /// Puts a value under `key`, replacing an earlier one. If JSON cannot hold the value, or if it
    /// exceeds a limit, the reason goes into the errors instead.
    pub(crate) fn insert(&mut self, mut key: String, value: &impl Serialize) {
        let is_key_too_long = truncate(&mut key, Health::MAX_DETAIL_KEY_BYTES);
        let is_new = self.values.remove(&key).is_none() & self.errors.remove(&key).is_none();
        if is_new && self.values.len() + self.errors.len() >= Health::MAX_DETAILS {
            let reason = format!("too many; a component may have at most {}", Health::MAX_DETAILS);
            self.errors.insert(MORE.to_owned(), Message::authored(reason));
            return;
        }
        let result = if is_key_too_long {
            let reason = format!("its key has more than {} bytes", Health::MAX_DETAIL_KEY_BYTES);
            Err(Message::authored(reason))
        } else {
            self.detail(&key, value)
        };
        match result {
            Ok(detail) => drop(self.values.insert(key, detail)),
            Err(reason) => drop(self.errors.insert(key, reason)),
        }
    }

    /// Removes the details under these keys, and gives this reason for each.
    pub(crate) fn refuse(&mut self, keys: &[&str], reason: &str) {
        // Most checks have none, and this is called for each result.
        if self.is_empty() {
            return;
        }
        for &key in keys {
            if self.values.remove(key).is_some() || self.errors.contains_key(key) {
                self.errors.insert(key.to_owned(), Message::authored(reason));
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key).map(|detail| &detail.value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, detail)| (key.as_str(), &detail.value))
    }

    pub(crate) fn errors(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.errors.iter().map(|(key, reason)| (key.as_str(), reason.text()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.errors.is_empty()
    }

    /// Returns whether the reasons contain no text of an error.
    pub(crate) fn is_authored(&self) -> bool {
        self.errors.values().all(Message::is_authored)
    }

    /// Returns the same details, without the texts of errors in the reasons.
    pub(crate) fn authored(&self) -> Self {
        let authored = |(key, reason): (&String, &Message)| {
            let reason = reason.authored_text().unwrap_or("the reason is not shown");
            (key.clone(), Message::authored(reason))
        };
        Self { values: self.values.clone(), errors: self.errors.iter().map(authored).collect() }
    }

    /// Returns a detail that fits next to the others.
    fn detail(&self, key: &str, value: &impl Serialize) -> Result<Detail, Message> {
        let others: usize = self.values.values().map(|detail| detail.bytes).sum();
        let key = entry_length(key);
        let (value, bytes) =
            to_json(value, Health::MAX_DETAILS_BYTES.saturating_sub(others + key))?;
        Ok(Detail { value, bytes: key + bytes })
    }
}
