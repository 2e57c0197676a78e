//! Reads reports and components with serde.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::component::{Component, MessageKey};
use super::components::Components;
use super::status_override::OverrideJson;
use super::{Report, keys};
use crate::health::{Details, Status};

/// An object in which no key appears twice.
struct Object<T>(BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Object<T> {
    fn read_value<A: MapAccess<'de>>(&mut self, key: String, map: &mut A) -> Result<(), A::Error> {
        if self.0.contains_key(&key) {
            return Err(duplicate(&key));
        }
        self.0.insert(key, map.next_value()?);
        Ok(())
    }
}

fn duplicate<E: Error>(key: &str) -> E {
    E::custom(format_args!("duplicate key `{key}`"))
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<T>, A::Error> {
                let mut object = Object(BTreeMap::new());
                while let Some(key) = map.next_key()? {
                    object.read_value(key, &mut map)?;
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

impl Object<Value> {
    /// Removes the value of a key.
    fn required<T: DeserializeOwned, E: Error>(&mut self, key: &'static str) -> Result<T, E> {
        let value = self.0.remove(key).ok_or_else(|| E::missing_field(key))?;
        serde_json::from_value(value)
            .map_err(|error| E::custom(format_args!("`{key}` cannot be read: {error}")))
    }

    /// Removes the value of a key that may be missing or `null`.
    fn optional<T: DeserializeOwned, E: Error>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<T>, E> {
        if self.0.contains_key(key) { self.required::<Option<T>, E>(key) } else { Ok(None) }
    }

    /// Removes the status, which is a boolean and a word; the older format has only the boolean.
    fn status<E: Error>(&mut self, healthy_key: &'static str) -> Result<Status, E> {
        let healthy = self.required(healthy_key)?;
        match self.optional::<Status, E>(keys::component::STATUS)? {
            Some(status) if status.is_healthy() == healthy => Ok(status),
            Some(status) => Err(E::custom(format_args!(
                "`{healthy_key}` is {healthy}, but `status` is \"{status}\""
            ))),
            None if healthy => Ok(Status::Healthy),
            None => Ok(Status::Unhealthy),
        }
    }

    /// Removes the message, under either of its two keys.
    fn message<E: Error>(&mut self) -> Result<(Option<String>, MessageKey), E> {
        let [friendly_status, status_message] =
            [MessageKey::FriendlyStatus, MessageKey::StatusMessage];
        match (self.optional(friendly_status.as_str())?, self.optional(status_message.as_str())?) {
            (Some(_), Some::<String>(_)) => Err(E::custom(format_args!(
                "a component has `{}` and `{}`, which mean the same",
                friendly_status.as_str(),
                status_message.as_str(),
            ))),
            (None, Some(message)) => Ok((Some(message), status_message)),
            (message, None) => Ok((message, friendly_status)),
        }
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReportVisitor;

        impl<'de> Visitor<'de> for ReportVisitor {
            type Value = Report;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a report, which is an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Report, A::Error> {
                let mut object = Object(BTreeMap::new());
                // As a `Value`, they would lose the keys that appear twice in them.
                let mut components = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != keys::report::COMPONENTS {
                        object.read_value(key, &mut map)?;
                    } else if components.replace(map.next_value()?).is_some() {
                        return Err(duplicate(&key));
                    }
                }
                let missing = || A::Error::missing_field(keys::report::COMPONENTS);
                Ok(Report {
                    status: object.status(keys::report::SERVICE_HEALTHY)?,
                    timestamp: object.required(keys::report::TIMESTAMP)?,
                    draining: object.optional(keys::report::DRAINING)?.unwrap_or(false),
                    components: Arc::new(components.ok_or_else(missing)?),
                })
            }
        }

        deserializer.deserialize_map(ReportVisitor)
    }
}

impl<'de> Deserialize<'de> for Components {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(by_name) = Object::<Component>::deserialize(deserializer)?;
        let named = |(name, component): (String, Component)| {
            Arc::new(Component { name: name.into(), ..component })
        };
        Ok(Self::sorted(by_name.into_iter().map(named).collect()))
    }
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Object::deserialize(deserializer)?;
        let status = object.status(keys::component::HEALTHY)?;
        let seconds = object.required(keys::component::RESPONSE_TIME)?;
        let response_time = Duration::try_from_secs_f64(seconds).map_err(|error| {
            D::Error::custom(format_args!(
                "`{}` {seconds}: {error}",
                keys::component::RESPONSE_TIME
            ))
        })?;
        let (message, message_key) = object.message()?;
        let (active_override, check_status) = object
            .optional::<OverrideJson, D::Error>(keys::component::OVERRIDE)?
            .map(|json| json.read(status))
            .unzip();
        Ok(Self {
            name: Arc::default(),
            check_status: check_status.unwrap_or(status),
            response_time,
            message,
            message_key,
            checked_at: object.optional(keys::component::CHECKED_AT)?,
            critical: object.optional(keys::component::CRITICAL)?.unwrap_or(true),
            damped: object.optional(keys::component::DAMPED)?,
            active_override,
            collection: object.optional::<String, _>(keys::component::COLLECTION)?.map(Into::into),
            details: {
                let errors = object.optional(keys::component::DETAIL_ERRORS)?;
                Details::new(object.0, errors.unwrap_or_default())
            },
        })
    }
}
