//! The options of a check: what `#[healthcheck(…)]` and `collection!(…)` write, and what the
//! builder takes.

use std::time::Duration;

use super::probe::Probe;
use super::probes::Probes;

/// Declares [`CheckOptions`]: each option is a field, `None` unless set, and the method that sets
/// it, which is also what the macros write for the key of that name. Lists and sets have methods of
/// their own.
macro_rules! check_options {
    (
        $(#[$documentation:meta])*
        pub struct $name:ident;
        $($(#[$of_option:meta])* $option:ident: $value:ty,)*
    ) => {
        $(#[$documentation])*
        pub struct $name {
            $(pub(crate) $option: Option<$value>,)*
            pub(crate) probes: Probes,
            pub(crate) no_probe: bool,
            pub(crate) if_provided: bool,
            static_tags: Option<&'static [&'static str]>,
            // Boxed, since every static of a macro has room for it.
            at_run_time: Option<Box<RunTimeOptions>>,
        }

        impl $name {
            /// Returns options with nothing set.
            pub const fn new() -> Self {
                Self {
                    $($option: None,)*
                    probes: Probes::NONE,
                    no_probe: false,
                    if_provided: false,
                    static_tags: None,
                    at_run_time: None,
                }
            }

            $(
                $(#[$of_option])*
                pub const fn $option(mut self, $option: $value) -> Self {
                    self.$option = Some($option);
                    self
                }
            )*
        }
    };
}

check_options! {
    /// The options of a health check that is added at run time; see
    /// [`Builder::check`](crate::Builder::check).
    ///
    /// An option that is not set is inherited from the check's collection or, if that does not set
    /// it either, from the builder.
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
    pub struct CheckOptions;

    /// Sets how long a run may take: more than zero and at most 30 days, or `build()` fails.
    /// Default: the builder's [`timeout`](crate::Builder::timeout).
    timeout: Duration,

    /// Sets how long a result is reused: at most 30 days, or `build()` fails. Default: the
    /// builder's [`cache`](crate::Builder::cache).
    cache: Duration,

    /// Runs the check in the background, so that a report only reads its last result, and sets the
    /// time from the end of a run to the start of the next: more than zero and at most 30 days, or
    /// `build()` fails. Default: the check runs when a report needs it.
    interval: Duration,

    /// Sets how long a check with an [interval](Self::interval) waits before its first run: at most
    /// 30 days, or `build()` fails. Default: zero.
    initial_delay: Duration,

    /// Replaces the [interval](Self::interval) of a check with this shorter one while its component
    /// is unhealthy or unknown, or while a result does not count yet because of a threshold: more
    /// than zero and shorter than the interval, or `build()` fails. Default: the interval.
    retry_interval: Duration,

    /// Sets how many results in a row it takes to change the component's status to a worse one, all
    /// of them at least that bad: at least 1, or `build()` fails. Default: 1.
    failure_threshold: u32,

    /// Sets how many results in a row it takes to change the component's status to a better one,
    /// all of them at least that good: at least 1, or `build()` fails. Default: 1.
    success_threshold: u32,

    /// Sets whether the service is unhealthy while this component is. An optional component that
    /// fails makes the service degraded. Default: true.
    critical: bool,
}

impl CheckOptions {
    /// Adds a probe that the check answers. Default: readiness only.
    ///
    /// A check that answers the liveness probe cannot depend on another one, or `build()` fails.
    pub const fn probe(mut self, probe: Probe) -> Self {
        self.probes = self.probes.with(probe);
        self
    }

    /// Makes the check answer no probe. It is still in the whole report, and its transitions are
    /// published. `build()` fails if a [probe](Self::probe) is set too.
    pub const fn no_probe(mut self) -> Self {
        self.no_probe = true;
        self
    }

    /// Adds a tag to select by: 1 to 64 ASCII letters, digits and `_ . - : /`, or `build()` fails.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.at_run_time.get_or_insert_default().tags.push(tag.into());
        self
    }

    /// Adds a component that this one depends on: while that component is unhealthy, this one is
    /// too, and is not checked. `build()` fails if there is no component with this name, or if
    /// components depend on each other in a cycle.
    pub fn depends_on(mut self, component: impl Into<String>) -> Self {
        self.at_run_time.get_or_insert_default().depends_on.push(component.into());
        self
    }

    /// Sets the collection that the check belongs to. Default: none. If
    /// [`collection!`](crate::collection) declares a collection with this name, the check inherits
    /// the options that are not set here.
    pub fn collection(mut self, name: impl Into<String>) -> Self {
        self.at_run_time.get_or_insert_default().collection = Some(name.into());
        self
    }

    /// Leaves the check out if a resource that it needs was not provided. The macros write this; a
    /// closure takes no resources.
    #[doc(hidden)]
    pub const fn if_provided(mut self) -> Self {
        self.if_provided = true;
        self
    }

    /// Sets the tags, possibly to none. The macros write this, since a static cannot hold a `Vec`
    /// with elements.
    #[doc(hidden)]
    pub const fn static_tags(mut self, tags: &'static [&'static str]) -> Self {
        self.static_tags = Some(tags);
        self
    }

    /// Returns the probes, possibly none, or `None` if they are not set.
    pub(crate) fn answered_probes(&self) -> Option<Probes> {
        (self.no_probe || !self.probes.is_empty()).then_some(self.probes)
    }

    /// Returns the tags, or `None` if they are not set.
    pub(crate) fn tags(&self) -> Option<Vec<String>> {
        let added = self.at_run_time.iter().flat_map(|options| &options.tags).cloned();
        let static_tags = self.static_tags.unwrap_or_default().iter().copied();
        let tags: Vec<String> = static_tags.map(str::to_owned).chain(added).collect();
        (self.static_tags.is_some() || !tags.is_empty()).then_some(tags)
    }

    /// Returns the name given to [`collection`](Self::collection).
    pub(crate) fn collection_name(&self) -> Option<&str> {
        self.at_run_time.as_ref()?.collection.as_deref()
    }

    /// Returns the names given to [`depends_on`](Self::depends_on).
    pub(crate) fn dependencies(&self) -> &[String] {
        self.at_run_time.as_ref().map_or(&[], |options| &options.depends_on)
    }
}

/// The options that no macro sets.
#[derive(Debug, Clone, Default)]
struct RunTimeOptions {
    collection: Option<String>,
    depends_on: Vec<String>,
    tags: Vec<String>,
}
