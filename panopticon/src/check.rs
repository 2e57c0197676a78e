//! What a health check is once it is declared: by `#[healthcheck]`, as one static struct, or by a
//! closure given to the builder.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::health::Health;
use crate::resources::{ResourceType, Resources};

/// What `#[healthcheck]` writes: one struct of literals and one function pointer.
#[derive(Debug, Clone, Copy)]
pub struct HealthCheck {
    /// The component's name.
    pub name: &'static str,
    /// The options as written, where they were.
    pub options: Options,
    /// `module_path!()` of the function.
    pub module_path: &'static str,
    /// `file!()` of the function.
    pub file: &'static str,
    /// `line!()` of the function.
    pub line: u32,
    /// The types of the function's parameters, without their `&`.
    pub resources: &'static [ResourceType],
    /// Calls the function.
    pub call: Call,
}

/// The options of `#[healthcheck(…)]`; `None` where the attribute does not say.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// `timeout = "2s"`.
    pub timeout: Option<Duration>,
    /// `critical = false`.
    pub critical: Option<bool>,
    /// `tags = ["…"]`.
    pub tags: &'static [&'static str],
}

impl Options {
    /// No option written.
    pub const NONE: Self = Self { timeout: None, critical: None, tags: &[] };
}

/// How to call an annotated function with its resources.
#[derive(Debug, Clone, Copy)]
pub enum Call {
    /// An `async fn`, which runs as a task of its own.
    Async(fn(Arc<Resources>) -> HealthFuture),
    /// A `fn`, which runs on a thread where blocking is allowed.
    Blocking(fn(&Resources) -> Health),
}

/// A run of an async check.
pub(crate) type HealthFuture = Pin<Box<dyn Future<Output = Health> + Send>>;

/// The options of a check that is declared at run time; see
/// [`Builder::check`](crate::Builder::check). What is not set is inherited from the builder.
///
/// ```
/// use panopticon::CheckOptions;
/// use std::time::Duration;
///
/// let options = CheckOptions::new().timeout(Duration::from_millis(500)).critical(false).tag("shard");
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct CheckOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) critical: Option<bool>,
    pub(crate) tags: Vec<String>,
}

impl CheckOptions {
    /// No option set.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a run may take: more than zero, at most 30 days, or `build()` says no.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether the service is unhealthy when this component is. Default: true. An optional
    /// component that fails makes the service degraded.
    pub fn critical(mut self, critical: bool) -> Self {
        self.critical = Some(critical);
        self
    }

    /// Adds a tag to select by: 1 to 64 ASCII letters, digits and `_ . - : /`, or `build()` says
    /// no.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }
}

impl From<Options> for CheckOptions {
    fn from(options: Options) -> Self {
        Self {
            timeout: options.timeout,
            critical: options.critical,
            tags: options.tags.iter().map(|&tag| tag.to_owned()).collect(),
        }
    }
}
