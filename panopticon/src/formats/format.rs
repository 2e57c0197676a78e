//! What a format is, and the table of all of them.

use bytes::Bytes;

use super::{json, verbose};
use crate::check::Probe;
use crate::report::{Component, Report};

/// All formats. Those that a reader likes equally well are preferred in this order, so the first
/// one is the default.
pub(crate) static ALL: &[Format] = &[json::FORMAT, verbose::FORMAT];

/// A way to write reports and components.
#[derive(Debug)]
pub(crate) struct Format {
    /// The short name, for a URL.
    pub(crate) name: &'static str,
    /// The media type with its parameters, of which a reader may ask for other values.
    pub(crate) media_type: &'static str,
    pub(crate) report: fn(&Report, RenderContext) -> Rendered,
    pub(crate) component: fn(&Component, RenderContext) -> Rendered,
}

/// What is rendered, apart from what is in the report or the component itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RenderContext {
    /// Whether a person reads it, in a format that otherwise has no line breaks.
    pub(crate) pretty: bool,
    /// The probe that the report answers.
    pub(crate) probe: Option<Probe>,
    /// Whether the report fails because the service drains.
    pub(crate) drain_fails: bool,
}

impl RenderContext {
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
