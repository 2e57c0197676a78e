//! What a format is, and the table of all of them.

#[cfg(feature = "prometheus")]
use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "page")]
use super::page;
#[cfg(feature = "prometheus")]
use super::prometheus;
use super::{health_json, json, verbose};
use crate::check::Probe;
#[cfg(feature = "prometheus")]
use crate::panopticon::Latest;
#[cfg(feature = "page")]
use crate::panopticon::Panopticon;
#[cfg(feature = "page")]
use crate::report::Disclosure;
use crate::report::{Component, Report};
use crate::settings::ServiceInfo;

/// All formats. Of those that a reader accepts with equal weight, the first one here is preferred,
/// so the first of all is the default.
pub(crate) static ALL: &[Format] = &[
    json::FORMAT,
    health_json::FORMAT,
    verbose::FORMAT,
    #[cfg(feature = "prometheus")]
    prometheus::TEXT,
    #[cfg(feature = "prometheus")]
    prometheus::OPEN_METRICS,
    #[cfg(feature = "page")]
    page::FORMAT,
];

/// A way to write reports and components, or the last results.
#[derive(Debug)]
pub(crate) struct Format {
    /// The short name, for `?format=`.
    pub(crate) name: &'static str,
    /// The media type with its parameters.
    pub(crate) media_type: &'static str,
    pub(crate) renderer: Renderer,
    /// What the page may load and do, for a format that browsers render.
    pub(crate) content_security_policy: Option<&'static str>,
    /// Whether the format itself requires a successful HTTP status for a degraded service.
    pub(crate) degraded_succeeds: bool,
}

#[cfg(feature = "page")]
impl Format {
    /// Returns whether browsers render it, so that it has links to other answers.
    pub(crate) fn is_page(&self) -> bool {
        self.content_security_policy.is_some()
    }
}

/// The functions of a format.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Renderer {
    Reports(ReportRenderer),
    #[cfg(feature = "prometheus")]
    Metrics(MetricsRenderer),
}

/// Writes reports and components.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReportRenderer {
    pub(crate) report: fn(&Report, RenderContext<'_>) -> Rendered,
    pub(crate) component: fn(&Component, RenderContext<'_>) -> Rendered,
}

/// Writes metrics of the last results of all checks.
#[cfg(feature = "prometheus")]
pub(crate) type MetricsRenderer = fn(&Arc<Latest>, Option<&ServiceInfo>) -> Rendered;

/// What is rendered in addition to the report or the component.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RenderContext<'a> {
    /// Whether JSON is indented, for people.
    pub(crate) pretty: bool,
    /// The probe that the report answers.
    pub(crate) probe: Option<Probe>,
    /// Whether the report fails because the service drains.
    pub(crate) drain_fails: bool,
    /// The description of the service, if the reader may see it.
    pub(crate) service: Option<&'a ServiceInfo>,
    /// `None` before `build()`.
    #[cfg(feature = "page")]
    pub(crate) page: Option<PageContext<'a>>,
}

/// What a page shows in addition to the report or component, as far as its reader may see it.
#[cfg(feature = "page")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageContext<'a> {
    pub(crate) health: &'a Panopticon,
    pub(crate) disclosure: Disclosure,
    /// The parameters of the query that select a part of the report, such as `tag=sql`.
    pub(crate) selection: &'a str,
    /// The relative URL of the whole report, unless the page shows that.
    pub(crate) report_url: Option<&'static str>,
    /// The versions of the page that the client has, as `If-None-Match` lists them.
    pub(crate) known_versions: Option<&'a str>,
}

impl RenderContext<'_> {
    /// Returns the context of a report on this probe.
    pub(crate) fn of_probe(self, probe: Probe, report: &Report) -> Self {
        let drain_fails = report.is_draining() && probe == Probe::Readiness;
        Self { probe: Some(probe), drain_fails, ..self }
    }

    /// Returns whether the report passes, so that the service may get requests.
    pub(crate) fn passes(self, report: &Report) -> bool {
        report.service_healthy() && !self.drain_fails
    }
}

/// A report or a component as bytes, in two pieces, since reports of the same results may share the
/// second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rendered {
    pub(crate) head: Bytes,
    pub(crate) rest: Bytes,
}

impl<T: Into<Bytes>> From<T> for Rendered {
    fn from(whole: T) -> Self {
        Self { head: whole.into(), rest: Bytes::new() }
    }
}
