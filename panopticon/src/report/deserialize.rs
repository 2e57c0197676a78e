//! Reads reports and components with serde.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::component::{Component, MessageKey};
use super::components::Components;
use super::status_override::OverrideJson;
use super::{Report, keys};
use crate::health::{Details, Status};

/// The value of a key that may appear once.
struct Field<T> {
    key: &'static str,
    value: Option<T>,
}

impl<'de, T: Deserialize<'de>> Field<T> {
    fn new(key: &'static str) -> Self {
        Self { key, value: None }
    }

    fn read<A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<(), A::Error> {
        if self.value.is_some() {
            return Err(A::Error::duplicate_field(self.key));
        }
        self.value = Some(object.next_value()?);
        Ok(())
    }

    fn required<E: Error>(self) -> Result<T, E> {
        self.value.ok_or_else(|| E::missing_field(self.key))
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Report", keys::report::ALL, ReportVisitor)
    }
}

struct ReportVisitor;

impl<'de> Visitor<'de> for ReportVisitor {
    type Value = Report;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Report, A::Error> {
        let mut service_healthy = Field::new(keys::report::SERVICE_HEALTHY);
        let mut status = Field::<Option<Status>>::new(keys::report::STATUS);
        let mut timestamp = Field::<DateTime<Utc>>::new(keys::report::TIMESTAMP);
        let mut draining = Field::new(keys::report::DRAINING);
        let mut components = Field::<Components>::new(keys::report::COMPONENTS);
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                keys::report::SERVICE_HEALTHY => service_healthy.read(&mut object)?,
                keys::report::STATUS => status.read(&mut object)?,
                keys::report::TIMESTAMP => timestamp.read(&mut object)?,
                keys::report::DRAINING => draining.read(&mut object)?,
                keys::report::COMPONENTS => components.read(&mut object)?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Report {
            status: agreed_status(service_healthy, status.value.flatten())?,
            timestamp: timestamp.required()?,
            draining: draining.value.unwrap_or(false),
            components: Arc::new(components.required()?),
        })
    }
}

impl<'de> Deserialize<'de> for Components {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ComponentsVisitor)
    }
}

struct ComponentsVisitor;

impl<'de> Visitor<'de> for ComponentsVisitor {
    type Value = Components;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of components by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Components, A::Error> {
        let mut components = Vec::new();
        while let Some((name, component)) = object.next_entry::<String, Component>()? {
            components.push(Arc::new(Component { name: name.into(), ..component }));
        }
        components.sort_by(|a, b| a.name().cmp(b.name()));
        match components.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
            Some(pair) => {
                let name = pair[0].name();
                Err(A::Error::custom(format_args!("two components named `{name}`")))
            }
            None => Ok(Components::sorted(components)),
        }
    }
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ComponentVisitor)
    }
}

struct ComponentVisitor;

impl<'de> Visitor<'de> for ComponentVisitor {
    type Value = Component;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a component, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Component, A::Error> {
        let mut healthy = Field::new(keys::component::HEALTHY);
        let mut status = Field::<Option<Status>>::new(keys::component::STATUS);
        let mut response_time = Field::<f64>::new(keys::component::RESPONSE_TIME);
        let mut friendly_status = Field::<Option<String>>::new(keys::component::FRIENDLY_STATUS);
        let mut status_message = Field::<Option<String>>::new(keys::component::STATUS_MESSAGE);
        let mut checked_at = Field::<Option<_>>::new(keys::component::CHECKED_AT);
        let mut critical = Field::<Option<bool>>::new(keys::component::CRITICAL);
        let mut damped = Field::<Option<_>>::new(keys::component::DAMPED);
        let mut active_override = Field::<Option<OverrideJson>>::new(keys::component::OVERRIDE);
        let mut collection = Field::<Option<String>>::new(keys::component::COLLECTION);
        let mut detail_errors = Field::new(keys::component::DETAIL_ERRORS);
        let mut details = Details::default();
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                keys::component::HEALTHY => healthy.read(&mut object)?,
                keys::component::STATUS => status.read(&mut object)?,
                keys::component::RESPONSE_TIME => response_time.read(&mut object)?,
                keys::component::FRIENDLY_STATUS => friendly_status.read(&mut object)?,
                keys::component::STATUS_MESSAGE => status_message.read(&mut object)?,
                keys::component::CHECKED_AT => checked_at.read(&mut object)?,
                keys::component::CRITICAL => critical.read(&mut object)?,
                keys::component::DAMPED => damped.read(&mut object)?,
                keys::component::OVERRIDE => active_override.read(&mut object)?,
                keys::component::COLLECTION => collection.read(&mut object)?,
                keys::component::DETAIL_ERRORS => detail_errors.read(&mut object)?,
                _ => details.set(key, object.next_value()?),
            }
        }
        details.set_errors(detail_errors.value.unwrap_or_default());

        let (message, message_key) =
            message(friendly_status.value.flatten(), status_message.value.flatten())?;
        let status = agreed_status(healthy, status.value.flatten())?;
        let (active_override, check_status) =
            active_override.value.flatten().map(|json| json.read(status)).unzip();
        Ok(Component {
            name: Arc::default(),
            check_status: check_status.unwrap_or(status),
            response_time: duration(response_time)?,
            message,
            message_key,
            checked_at: checked_at.value.flatten(),
            critical: critical.value.flatten().unwrap_or(true),
            damped: damped.value.flatten(),
            active_override,
            collection: collection.value.flatten().map(Into::into),
            details,
        })
    }
}

/// The status given by a boolean and a word, of which a report in the older format has only the
/// boolean.
fn agreed_status<E: Error>(healthy: Field<bool>, status: Option<Status>) -> Result<Status, E> {
    let key = healthy.key;
    let healthy = healthy.required()?;
    match status {
        Some(status) if status.is_healthy() == healthy => Ok(status),
        Some(status) => {
            Err(E::custom(format_args!("`{key}` is {healthy}, but `status` is \"{status}\"")))
        }
        None if healthy => Ok(Status::Healthy),
        None => Ok(Status::Unhealthy),
    }
}

/// The message, under whichever of its two keys.
fn message<E: Error>(
    friendly_status: Option<String>,
    status_message: Option<String>,
) -> Result<(Option<String>, MessageKey), E> {
    match (friendly_status, status_message) {
        (Some(_), Some(_)) => Err(E::custom(format_args!(
            "a component has `{}` and `{}`, which mean the same",
            keys::component::FRIENDLY_STATUS,
            keys::component::STATUS_MESSAGE,
        ))),
        (None, Some(message)) => Ok((Some(message), MessageKey::StatusMessage)),
        (message, None) => Ok((message, MessageKey::FriendlyStatus)),
    }
}

fn duration<E: Error>(seconds: Field<f64>) -> Result<Duration, E> {
    let key = seconds.key;
    let seconds = seconds.required()?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|error| E::custom(format_args!("`{key}` {seconds}: {error}")))
}
