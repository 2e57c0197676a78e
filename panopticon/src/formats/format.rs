//! What a format is, and the table of all of them.

#[cfg(feature = "prometheus")]
use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "prometheus")]
use super::prometheus;
use super::{health_json, json, verbose};
use crate::check::Probe;
#[cfg(feature = "prometheus")]
use crate::panopticon::Latest;
use crate::report::{Component, Report};
use crate::settings::ServiceInfo;

/// All formats. Those that a reader likes equally well are preferred in this order, so the first
/// one is the default.
pub(crate) static ALL: &[Format] = &[
    json::FORMAT,
    health_json::FORMAT,
    verbose::FORMAT,
    #[cfg(feature = "prometheus")]
    prometheus::TEXT,
    #[cfg(feature = "prometheus")]
    prometheus::OPEN_METRICS,
];

/// A way to write reports and components, or the last results.
#[derive(Debug)]
pub(crate) struct Format {
    /// The short name, for a URL.
    pub(crate) name: &'static str,
    /// The media type with its parameters, of which a reader may ask for other values.
    pub(crate) media_type: &'static str,
    pub(crate) renderer: Renderer,
    /// Whether the format itself demands that a degraded service is answered with a success.
    pub(crate) degraded_succeeds: bool,
}

/// The functions of a format.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Renderer {
    Reports {
        report: fn(&Report, RenderContext<'_>) -> Rendered,
        component: fn(&Component, RenderContext<'_>) -> Rendered,
    },
    /// Metrics, which are of the last results of all checks.
    #[cfg(feature = "prometheus")]
    Metrics(fn(&Arc<Latest>, Option<&ServiceInfo>) -> Rendered),
}

/// What is rendered, apart from what is in the report or the component itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RenderContext<'a> {
    /// Whether a person reads it, in a format that otherwise has no line breaks.
    pub(crate) pretty: bool,
    /// The probe that the report answers.
    pub(crate) probe: Option<Probe>,
    /// Whether the report fails because the service drains.
    pub(crate) drain_fails: bool,
    /// What the service says about itself, if the reader may know it.
    pub(crate) service: Option<&'a ServiceInfo>,
}

impl RenderContext<'_> {
    /// Returns whether the report says that the service may get requests.
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
