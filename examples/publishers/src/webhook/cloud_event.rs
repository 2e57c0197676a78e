//! Events, as [CloudEvents 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in
//! structured JSON.

use serde_json::{Value, json};

use super::incidents::Change;

/// The media type of an event.
pub const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// Something that has happened to a component, or to the service.
#[derive(Debug)]
pub struct CloudEvent {
    /// The same for each attempt to send it, so that the receiver can tell that it has it already.
    pub id: String,
    kind: &'static str,
    /// `None` for the service.
    component: Option<String>,
    /// As RFC 3339.
    time: String,
    data: Value,
}

impl CloudEvent {
    /// Creates the event of an incident's beginning or end, with the components that are not checked
    /// because of it.
    #[must_use]
    pub fn incident(id: String, change: &Change, waiting: &[String]) -> Self {
        let Change { component, is_failing, time } = change;
        let name = component.name().to_owned();
        let mut data = json!({
            "component": name,
            "status": component.status().as_str(),
            "critical": component.critical(),
        });
        if let Some(message) = component.message() {
            data["message"] = message.into();
        }
        if !waiting.is_empty() {
            data["waiting"] = waiting.into();
        }
        let kind = if *is_failing { "component.failed" } else { "component.recovered" };
        Self { id, kind, component: Some(name), time: time.clone(), data }
    }

    /// Creates the event of the service's start, at this time.
    #[must_use]
    pub fn started(id: String, time: String) -> Self {
        Self { id, kind: "service.started", component: None, time, data: json!({}) }
    }

    /// Returns whether this says what has become of the same component as an earlier event does, so
    /// that the earlier one can be spared.
    #[must_use]
    pub fn supersedes(&self, earlier: &Self) -> bool {
        self.component.is_some() && self.component == earlier.component
    }

    /// Returns the event as JSON, with the number of events that were dropped before it, if any.
    #[must_use]
    pub fn to_json(&self, source: &str, dropped: u64) -> Value {
        let mut event = json!({
            "specversion": "1.0",
            "id": self.id,
            "source": source,
            "type": format!("io.panopticon.{}", self.kind),
            "time": self.time,
            "datacontenttype": "application/json",
            "data": self.data,
        });
        if let Some(component) = &self.component {
            event["subject"] = component.as_str().into();
        }
        if dropped > 0 {
            // An extension attribute. Integers have 32 bits.
            event["dropped"] = i32::try_from(dropped).unwrap_or(i32::MAX).into();
        }
        event
    }
}
