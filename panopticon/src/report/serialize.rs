//! Writes reports and components with serde.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Report;
use super::component::Component;
use super::components::ComponentList;
use super::keys;
use super::status_override::OverrideJson;
use super::timestamp::Timestamp;

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        Summary(self).write(&mut object)?;
        object.serialize_entry(keys::report::COMPONENTS, &*self.components)?;
        object.end()
    }
}

/// A report without its components.
pub(crate) struct Summary<'a>(pub(crate) &'a Report);

impl Summary<'_> {
    fn write<M: SerializeMap>(&self, object: &mut M) -> Result<(), M::Error> {
        let Self(report) = self;
        object.serialize_entry(keys::report::SERVICE_HEALTHY, &report.service_healthy())?;
        object.serialize_entry(keys::report::STATUS, &report.status)?;
        object.serialize_entry(keys::report::TIMESTAMP, &Timestamp(report.timestamp))?;
        if report.draining {
            object.serialize_entry(keys::report::DRAINING, &true)?;
        }
        Ok(())
    }
}

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        self.write(&mut object)?;
        object.end()
    }
}

impl Serialize for ComponentList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Serialize for Component {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry(keys::component::HEALTHY, &self.healthy())?;
        object.serialize_entry(keys::component::STATUS, &self.status())?;
        let response_time = self.response_time.as_secs_f64();
        object.serialize_entry(keys::component::RESPONSE_TIME, &response_time)?;
        if let Some(message) = &self.message {
            object.serialize_entry(message.form.key.as_str(), message.text.text())?;
        }
        if let Some(checked_at) = self.checked_at {
            object.serialize_entry(keys::component::CHECKED_AT, &Timestamp(checked_at))?;
        }
        self.serialize_further(&mut object, |_| true)?;
        object.end()
    }
}

impl Component {
    /// Writes everything but the health, the response time, the message and the time of the check,
    /// and only those details whose keys are wanted.
    pub(crate) fn serialize_further<M: SerializeMap>(
        &self,
        object: &mut M,
        wants_detail: impl Fn(&str) -> bool,
    ) -> Result<(), M::Error> {
        if !self.critical {
            object.serialize_entry(keys::component::CRITICAL, &false)?;
        }
        if let Some(damped) = &self.damped {
            object.serialize_entry(keys::component::DAMPED, damped)?;
        }
        if !self.hung_since.is_empty() {
            let hung_since: Vec<_> = self.hung_since.iter().copied().map(Timestamp).collect();
            object.serialize_entry(keys::component::HUNG_SINCE, &hung_since)?;
        }
        if let Some(active) = &self.active_override {
            let json = OverrideJson::new(active, self.check_status);
            object.serialize_entry(keys::component::OVERRIDE, &json)?;
        }
        if let Some(collection) = self.collection() {
            object.serialize_entry(keys::component::COLLECTION, collection)?;
        }
        if !self.tags.is_empty() {
            object.serialize_entry(keys::component::TAGS, &*self.tags)?;
        }
        for (key, value) in self.details.iter().filter(|(key, _)| wants_detail(key)) {
            object.serialize_entry(key, value)?;
        }
        if self.details.errors().len() > 0 {
            let errors: BTreeMap<_, _> = self.details.errors().collect();
            object.serialize_entry(keys::component::DETAIL_ERRORS, &errors)?;
        }
        Ok(())
    }
}
