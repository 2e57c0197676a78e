//! Reads reports and components with serde.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::Report;
use super::component::{Component, ComponentMessage, MessageForm, MessageKey};
use super::components::ComponentList;
use super::damped::Damped;
use super::keys::{component, component_keys, report, report_keys};
use super::origin::Origin;
use super::status_override::OverrideJson;
use crate::escaped::Escaped;
use crate::health::{Details, Message, Status};

/// Declares a struct of the fields of an object, and of those under other keys.
macro_rules! fields {
    (
        $struct:ident
        $($name:ident $field:ident: $type:ty = $key:literal, $value:literal, $present:literal;)*
    ) => {
        #[derive(serde::Deserialize)]
        #[serde(expecting = "a report or a component, which is an object")]
        struct $struct {
            $(#[serde(rename = $key)] $field: $type,)*
            #[allow(dead_code, reason = "a report ignores other keys")]
            #[serde(flatten)]
            others: BTreeMap<String, Value>,
        }
    };
}

report_keys!(fields ReportFields);
component_keys!(fields ComponentFields);

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = ReportFields::deserialize(deserializer)?;
        Ok(Self {
            status: status(report::SERVICE_HEALTHY, fields.service_healthy, fields.status)?,
            timestamp: fields.timestamp,
            draining: fields.draining.unwrap_or(false),
            components: Arc::new(fields.components),
        })
    }
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = ComponentFields::deserialize(deserializer)?;
        let status = status(component::HEALTHY, fields.healthy, fields.status)?;
        let (active_override, check_status) =
            fields.active_override.map(|json| json.read(status)).unzip();
        let (text, key) = match (fields.friendly_status, fields.status_message) {
            (Some(_), Some(_)) => {
                return Err(D::Error::custom(format_args!(
                    "a component has `{}` and `{}`, which mean the same",
                    component::FRIENDLY_STATUS,
                    component::STATUS_MESSAGE,
                )));
            }
            (None, Some(text)) => (Some(text), MessageKey::StatusMessage),
            (text, None) => (text, MessageKey::FriendlyStatus),
        };
        let seconds = fields.response_time;
        let response_time = Duration::try_from_secs_f64(seconds).map_err(|error| {
            D::Error::custom(format_args!("`{}` {seconds}: {error}", component::RESPONSE_TIME))
        })?;
        let check_status = check_status.unwrap_or(status);
        let latest = fields.damped.map_or(check_status, |damped| damped.status);
        let origin = fields.checked_at.map(|_| Origin::deserialized(latest));
        Ok(Self {
            name: Arc::default(),
            check_status,
            response_time,
            // It may be the text of an error.
            message: text.map(|text| ComponentMessage {
                form: MessageForm { key, withheld: None },
                text: Message::of_error(text),
            }),
            checked_at: fields.checked_at,
            critical: fields.critical.unwrap_or(true),
            damped: fields.damped,
            hung_since: fields.hung_since.unwrap_or_default(),
            active_override,
            collection: fields.collection.map(Into::into),
            tags: fields.tags.unwrap_or_default().into(),
            details: Details::new(fields.others, fields.detail_errors.unwrap_or_default()),
            origin: origin.unwrap_or_default(),
        })
    }
}

/// Returns the status that a boolean and a word give together. A report in the older format has
/// only the boolean.
fn status<E: Error>(key: &str, healthy: bool, status: Option<Status>) -> Result<Status, E> {
    match status {
        Some(status) if status.is_healthy() == healthy => Ok(status),
        Some(status) => {
            Err(E::custom(format_args!("`{key}` is {healthy}, but `status` is \"{status}\"")))
        }
        None if healthy => Ok(Status::Healthy),
        None => Ok(Status::Unhealthy),
    }
}

impl<'de> Deserialize<'de> for ComponentList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ComponentsVisitor)
    }
}

struct ComponentsVisitor;

impl<'de> Visitor<'de> for ComponentsVisitor {
    type Value = ComponentList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of components by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<ComponentList, A::Error> {
        let mut components = Vec::new();
        while let Some((name, component)) = object.next_entry::<String, Component>()? {
            components.push(Arc::new(Component { name: name.into(), ..component }));
        }
        components.sort_by(|a, b| a.name().cmp(b.name()));
        match components.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
            Some(pair) => {
                let name = pair[0].name();
                Err(A::Error::custom(format_args!("two components named `{}`", Escaped(name))))
            }
            None => Ok(ComponentList::sorted(components)),
        }
    }
}
