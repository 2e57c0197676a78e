//! The history of results and transitions as JSON.

use chrono::{DateTime, Utc};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::json;
use crate::events::{ComponentHistory, History, PastResult, Transition};
use crate::report::{Disclosure, Override, Timestamp};

/// Returns the history as a reader with this disclosure sees it.
pub(crate) fn history(
    history: &History,
    now: DateTime<Utc>,
    disclosure: Disclosure,
    pretty: bool,
) -> Vec<u8> {
    json::to_vec(&HistoryJson { history, now, disclosure }, pretty)
}

struct HistoryJson<'a> {
    history: &'a History,
    now: DateTime<Utc>,
    disclosure: Disclosure,
}

impl Serialize for HistoryJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { history, now, disclosure } = *self;
        let components = history.components().map(|it| (it.name(), ComponentJson(it))).collect();
        let transitions =
            history.transitions().map(|it| TransitionJson(it.disclosed(disclosure))).collect();
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("timestamp", &Timestamp(now))?;
        object.serialize_entry("components", &Map(components))?;
        object.serialize_entry::<_, Vec<_>>("transitions", &transitions)?;
        object.end()
    }
}

/// Entries of an object, in order.
struct Map<'a, V>(Vec<(&'a str, V)>);

impl<V: Serialize> Serialize for Map<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

struct ComponentJson<'a>(&'a ComponentHistory);

impl Serialize for ComponentJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(history) = self;
        let mut object = serializer.serialize_map(None)?;
        if let Some(status_since) = history.status_since() {
            object.serialize_entry("status_since", &Timestamp(status_since))?;
        }
        if let Some(last_good) = history.last_good() {
            object.serialize_entry("last_good", &ResultJson(last_good))?;
        }
        let results: Vec<_> = history.results().iter().copied().map(ResultJson).collect();
        object.serialize_entry("results", &results)?;
        object.end()
    }
}

struct ResultJson(PastResult);

impl Serialize for ResultJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(result) = self;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("checked_at", &Timestamp(result.ended_at()))?;
        object.serialize_entry("status", &result.status())?;
        object.serialize_entry("response_time", &result.response_time().as_secs_f64())?;
        object.end()
    }
}

struct TransitionJson(Transition);

impl Serialize for TransitionJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(transition) = self;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("component", transition.name())?;
        object.serialize_entry("at", &Timestamp(transition.at()))?;
        object.serialize_entry("from", &transition.from())?;
        object.serialize_entry("to", &transition.to())?;
        if let Some(message) = transition.message() {
            object.serialize_entry("message", message)?;
        }
        if let Some(active) = transition.active_override() {
            object.serialize_entry("override", &OverrideJson(active))?;
        }
        if let Some(ended) = transition.ended_override() {
            object.serialize_entry("ended_override", &OverrideJson(ended))?;
        }
        object.end()
    }
}

struct OverrideJson<'a>(&'a Override);

impl Serialize for OverrideJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(set) = self;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("status", &set.status())?;
        if !set.reason().is_empty() {
            object.serialize_entry("reason", set.reason())?;
        }
        if let Some(until) = set.ends_at() {
            object.serialize_entry("until", &Timestamp(until))?;
        }
        object.end()
    }
}
