//! `application/health+json`, as
//! [draft-inadarei-api-health-check-06](https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06)
//! defines it.

use std::sync::Arc;

use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::format::{Format, RenderContext, Rendered, Renderer, ReportRenderer};
use super::json;
use crate::health::Status;
use crate::report::{Component, ComponentList, Report, Timestamp};
use crate::settings::ServiceInfo;

pub(crate) const FORMAT: Format = Format {
    name: "health+json",
    media_type: "application/health+json",
    renderer: Renderer::Reports(ReportRenderer { report, component }),
    content_security_policy: None,
    degraded_succeeds: true,
};

/// The keys that the draft defines for a check. A detail with the same key is left out, since its
/// meaning would be another.
const CHECK_KEYS: [&str; 9] = [
    "componentId",
    "componentType",
    "observedValue",
    "observedUnit",
    "status",
    "affectedEndpoints",
    "time",
    "output",
    "links",
];

/// More bytes than most services need.
const BYTES_FOR_HEAD: usize = 256;

const DRAINING: &str = "the service is draining";

/// Writes a report in two pieces. Reports of the same results share the second piece.
fn report(report: &Report, context: RenderContext<'_>) -> Rendered {
    let components = report.shared_components();
    let status = if context.passes(report) { report.status() } else { Status::Unhealthy };
    let optional = (report.status() != Status::Healthy).then(|| failing_optional(components));
    let mut notes = notes(context.service);
    notes.extend(report.is_draining().then_some(DRAINING));
    notes.extend(optional.as_ref().and_then(Option::as_deref));
    let summary = Summary { status, service: context.service, notes: &notes };
    if context.pretty {
        return json::to_vec(&Document { summary, checks: components.iter() }, true).into();
    }
    let rest = SharedChecks(Arc::clone(components));
    let mut head = Vec::with_capacity(BYTES_FOR_HEAD);
    json::write_before(&mut head, &summary, "checks");
    Rendered { head: head.into(), rest: Bytes::from_owner(rest) }
}

/// Writes a component as the document of a service with only this component.
fn component(component: &Component, context: RenderContext<'_>) -> Rendered {
    let notes = notes(context.service);
    let summary = Summary { status: component.status(), service: context.service, notes: &notes };
    let checks = [(component.name(), component)].into_iter();
    json::to_vec(&Document { summary, checks }, context.pretty).into()
}

fn notes(service: Option<&ServiceInfo>) -> Vec<&str> {
    service.into_iter().flat_map(|service| &service.notes).map(String::as_str).collect()
}

/// Returns a note about the optional components that are not healthy.
fn failing_optional(components: &ComponentList) -> Option<String> {
    let failing = components.iter().filter(|(_, it)| !it.critical() && !it.healthy());
    let names: Vec<&str> = failing.map(|(name, _)| name).collect();
    (!names.is_empty()).then(|| format!("unhealthy or unknown, but optional: {}", names.join(", ")))
}

/// The checks, and the brace that ends the document; written once for all reports that share them.
struct SharedChecks(Arc<ComponentList>);

impl AsRef<[u8]> for SharedChecks {
    fn as_ref(&self) -> &[u8] {
        self.0.health_json(|| {
            let mut checks = json::to_vec(&Checks(self.0.iter()), false);
            checks.push(b'}');
            checks
        })
    }
}

/// The document without its checks.
struct Summary<'a> {
    status: Status,
    service: Option<&'a ServiceInfo>,
    notes: &'a [&'a str],
}

impl Summary<'_> {
    fn write<M: SerializeMap>(&self, object: &mut M) -> Result<(), M::Error> {
        object.serialize_entry("status", word(self.status))?;
        if !self.notes.is_empty() {
            object.serialize_entry("notes", self.notes)?;
        }
        let Some(service) = self.service else { return Ok(()) };
        let texts = [
            ("serviceId", &service.name),
            ("version", &service.version),
            ("releaseId", &service.release_id),
            ("description", &service.description),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                object.serialize_entry(key, text)?;
            }
        }
        if !service.links.is_empty() {
            object.serialize_entry("links", &Links(&service.links))?;
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

struct Document<'a, I> {
    summary: Summary<'a>,
    checks: I,
}

impl<'a, I: Iterator<Item = (&'a str, &'a Component)> + Clone> Serialize for Document<'a, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        self.summary.write(&mut object)?;
        object.serialize_entry("checks", &Checks(self.checks.clone()))?;
        object.end()
    }
}

struct Links<'a>(&'a [(String, String)]);

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(relation, uri)| (relation, uri)))
    }
}

/// The checks under their keys, each an array, since a component may have several nodes.
struct Checks<I>(I);

impl<'a, I: Iterator<Item = (&'a str, &'a Component)> + Clone> Serialize for Checks<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The colon separates the two parts of the key, since a component's name has none.
        let check =
            |(name, component)| (format!("{name}:responseTime"), [Check { name, component }]);
        serializer.collect_map(self.0.clone().map(check))
    }
}

struct Check<'a> {
    name: &'a str,
    component: &'a Component,
}

impl Serialize for Check<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, component } = self;
        let status = component.status();
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("componentId", name)?;
        object.serialize_entry("componentType", "component")?;
        if component.checked_at().is_some() {
            let seconds = component.response_time().as_secs_f64();
            object.serialize_entry("observedValue", &seconds)?;
            object.serialize_entry("observedUnit", "s")?;
        }
        object.serialize_entry("status", word(status))?;
        if let Some(checked_at) = component.checked_at() {
            object.serialize_entry("time", &Timestamp(checked_at))?;
        }
        if let Some(message) = component.message().filter(|_| status != Status::Healthy) {
            object.serialize_entry("output", message)?;
        }
        component.serialize_further(&mut object, |detail| !CHECK_KEYS.contains(&detail))?;
        object.end()
    }
}

/// Returns the draft's word for a status.
fn word(status: Status) -> &'static str {
    match status {
        Status::Healthy => "pass",
        Status::Degraded => "warn",
        Status::Unknown | Status::Unhealthy => "fail",
    }
}
