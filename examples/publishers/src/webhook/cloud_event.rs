//! Events, as [CloudEvents 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in
//! structured JSON.

use serde_json::{Value, json};

use super::incidents::Change;

/// The media type of an event.
pub const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// Something that has happened to a component.
#[derive(Debug)]
pub struct CloudEvent {
    /// The same for each attempt to send it, so that the receiver can tell that it has it already.
    pub id: String,
    change: Change,
    /// The components that are not checked because of this one.
    waiting: Vec<String>,
}

impl CloudEvent {
    /// Creates the event of a change.
    #[must_use]
    pub fn new(id: String, change: Change, waiting: Vec<String>) -> Self {
        Self { id, change, waiting }
    }

    /// Returns the event as JSON, with the number of events that were dropped before it, if any.
    #[must_use]
    pub fn to_json(&self, source: &str, dropped: u64) -> Value {
        let Change { component, time } = &self.change;
        let name = component.name();
        let kind = if component.healthy() { "recovered" } else { "failed" };
        let mut data = json!({
            "component": name,
            "status": component.status().as_str(),
            "critical": component.critical(),
        });
        if let Some(message) = component.message() {
            data["message"] = message.into();
        }
        if !self.waiting.is_empty() {
            data["waiting"] = self.waiting.as_slice().into();
        }
        let mut event = json!({
            "specversion": "1.0",
            "id": self.id,
            "source": source,
            "type": format!("io.panopticon.component.{kind}"),
            "subject": name,
            "time": time,
            "datacontenttype": "application/json",
            "data": data,
        });
        if dropped > 0 {
            // An extension attribute. Integers have 32 bits.
            event["dropped"] = i32::try_from(dropped).unwrap_or(i32::MAX).into();
        }
        event
    }
}
