//! What a health check is once it is declared: by `#[healthcheck]`, as one static struct, or by a
//! closure given to the builder.

mod collection;
mod definition;
pub(crate) mod duration;
pub(crate) mod name;
mod probe;
mod resources;

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use self::collection::{Collection, ListedCrate};
pub(crate) use self::definition::{Body, Check, CheckFn, Definition, Freshness, Thresholds};
pub use self::probe::Probe;
pub use self::resources::{ResourceType, Resources};
use crate::health::Health;

/// What `#[healthcheck]` writes: one struct of literals and one function pointer.
#[derive(Debug, Clone, Copy)]
pub struct HealthCheck {
    /// The component's name.
    pub name: &'static str,
    /// The options as written, where they were.
    pub options: Options,
    /// Where the function stands.
    pub origin: Origin,
    /// The types of the function's parameters, without their `&`.
    pub resources: &'static [ResourceType],
    /// What tells the function from all others, as the dependencies of others name it: its type.
    pub function: fn() -> TypeId,
    /// The checks without which this one is not run.
    pub depends_on: &'static [Dependency],
    /// Calls the function.
    pub call: Call,
}

/// A check on which another depends.
#[derive(Debug, Clone, Copy)]
pub struct Dependency {
    /// The check's function.
    pub function: fn() -> TypeId,
    /// Its path, as written.
    pub path: &'static str,
}

/// Where a macro of panopticon stands.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// What it has in common with the others of its module. Behind a reference, for the compiler
    /// keeps equal constants once, and each pointer takes the linker's note beside it.
    pub module: &'static Module,
    /// `line!()`.
    pub line: u32,
}

/// A module in which macros of panopticon stand.
#[derive(Debug, Clone, Copy)]
pub struct Module {
    /// `module_path!()`.
    pub path: &'static str,
    /// The name of the package, which only cargo tells; without cargo, nothing.
    pub package: &'static str,
    /// The version of the package; without cargo, nothing.
    pub version: &'static str,
    /// Whether the crate is none that others depend on: a package's binary often has the name of
    /// its library, and an integration test may.
    pub is_program: bool,
    /// `file!()`.
    pub file: &'static str,
}

impl Module {
    /// The crate's name.
    pub(crate) fn krate(&self) -> &'static str {
        self.path.split("::").next().unwrap_or(self.path)
    }

    /// The name of the crate's package, or its own where that is not known.
    pub(crate) fn package(&self) -> &'static str {
        if self.package.is_empty() { self.krate() } else { self.package }
    }

    /// What tells the crate from others of its name: a package's library and its binary, or two
    /// versions of one.
    pub(crate) fn target(&self) -> impl Ord + use<> {
        (self.package, self.version, self.is_program)
    }

    /// Whether this is the other module, or one below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.target() == other.target()
            && self
                .path
                .strip_prefix(other.path)
                .is_some_and(|below| below.is_empty() || below.starts_with("::"))
    }
}

/// The options of `#[healthcheck(…)]` and of `collection!(…)`; `None` where it does not say.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// `timeout = "2s"`.
    pub timeout: Option<Duration>,
    /// `cache = "1s"`.
    pub cache: Option<Duration>,
    /// `interval = "30s"`.
    pub interval: Option<Duration>,
    /// `initial_delay = "5s"`.
    pub initial_delay: Option<Duration>,
    /// `failure_threshold = 3`.
    pub failure_threshold: Option<u32>,
    /// `success_threshold = 1`.
    pub success_threshold: Option<u32>,
    /// `critical = false`.
    pub critical: Option<bool>,
    /// `tags = ["…"]`.
    pub tags: Option<&'static [&'static str]>,
    /// One of the words `liveness`, `readiness` and `startup`.
    pub probe: Option<Probe>,
}

impl Options {
    /// No option written.
    pub const NONE: Self = Self {
        timeout: None,
        cache: None,
        interval: None,
        initial_delay: None,
        failure_threshold: None,
        success_threshold: None,
        critical: None,
        tags: None,
        probe: None,
    };
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
/// [`Builder::check`](crate::Builder::check). What is not set is inherited from the
/// collection, if one is set, else from the builder.
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
    pub(crate) collection: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) cache: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) initial_delay: Option<Duration>,
    pub(crate) failure_threshold: Option<u32>,
    pub(crate) success_threshold: Option<u32>,
    pub(crate) critical: Option<bool>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) probe: Option<Probe>,
    pub(crate) depends_on: Vec<String>,
}

impl CheckOptions {
    /// No option set.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a run may take: more than zero, at most 30 days, or `build()` says no. Default:
    /// that of the builder.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long a result is reused: at most 30 days, or `build()` says no. Default: that of the
    /// builder.
    pub fn cache(mut self, cache: Duration) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Runs the check in the background, once in this time, so that a question only reads the last
    /// result: more than zero, at most 30 days, or `build()` says no. Default: it is run when it is
    /// asked.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// How long a check with an [interval](Self::interval) waits before its first run: at most 30
    /// days, or `build()` says no. Default: zero.
    pub fn initial_delay(mut self, initial_delay: Duration) -> Self {
        self.initial_delay = Some(initial_delay);
        self
    }

    /// How many failures in a row make the component unhealthy: at least 1, or `build()` says no.
    /// Default: 1.
    pub fn failure_threshold(mut self, results: u32) -> Self {
        self.failure_threshold = Some(results);
        self
    }

    /// How many successes in a row make it healthy again: at least 1, or `build()` says no.
    /// Default: 1.
    pub fn success_threshold(mut self, results: u32) -> Self {
        self.success_threshold = Some(results);
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
        self.tags.get_or_insert_default().push(tag.into());
        self
    }

    /// The probe that the check answers. Default: readiness.
    pub fn probe(mut self, probe: Probe) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Adds a component without which this one is not checked: while it is unhealthy, so is this
    /// one. `build()` says no where there is none of this name, or they depend on each other.
    pub fn depends_on(mut self, component: impl Into<String>) -> Self {
        self.depends_on.push(component.into());
        self
    }

    /// The collection that the check belongs to. Default: none. Where
    /// [`collection!`](crate::collection) declares one of this name, the options that are not set
    /// here are that one's.
    pub fn collection(mut self, name: impl Into<String>) -> Self {
        self.collection = Some(name.into());
        self
    }
}

impl From<Options> for CheckOptions {
    fn from(options: Options) -> Self {
        Self {
            timeout: options.timeout,
            cache: options.cache,
            interval: options.interval,
            initial_delay: options.initial_delay,
            failure_threshold: options.failure_threshold,
            success_threshold: options.success_threshold,
            critical: options.critical,
            tags: options.tags.map(|tags| tags.iter().map(|&tag| tag.to_owned()).collect()),
            probe: options.probe,
            ..Self::default()
        }
    }
}
