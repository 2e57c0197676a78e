//! A health check that can run.

use std::sync::Arc;
use std::time::Duration;

use super::{HealthFuture, Probe, Resources};
use crate::health::Health;

/// How to start a run: [`Call`], or its counterpart for closures.
#[derive(Clone)]
pub(crate) enum Body {
    Async(Arc<dyn Fn(Arc<Resources>) -> HealthFuture + Send + Sync>),
    Blocking(Arc<dyn Fn(&Resources) -> Health + Send + Sync>),
}

/// A health check that can run: valid, its options resolved.
pub(crate) struct Check {
    pub(crate) name: Arc<str>,
    /// The collection that it belongs to; a closure may belong to none.
    pub(crate) collection: Option<Arc<str>>,
    pub(crate) timeout: Duration,
    pub(crate) freshness: Freshness,
    pub(crate) thresholds: Thresholds,
    pub(crate) critical: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) probe: Probe,
    /// The positions of the checks without which this one is not run.
    pub(crate) dependencies: Vec<usize>,
    pub(crate) function: Body,
}

/// When a check is run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Freshness {
    /// When it is asked, unless its last result is younger than this.
    OnDemand { cache: Duration },
    /// In the background.
    Scheduled { initial_delay: Duration, interval: Duration },
}

impl Check {
    /// Whether it runs as a task, and not on a thread of its own.
    pub(crate) fn is_async(&self) -> bool {
        matches!(self.function, Body::Async(_))
    }
}

/// How many consecutive results of a kind change what is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// Unhealthy results until the component is reported as unhealthy, from 1.
    pub(crate) failure: u32,
    /// Healthy or degraded results until it is reported as one of these again, from 1.
    pub(crate) success: u32,
}

// TEMP
pub(crate) type Definition = Check;
pub(crate) use Body as CheckFn;
impl Body {
    pub(crate) fn is_async(&self) -> bool {
        matches!(self, Body::Async(_))
    }
}
