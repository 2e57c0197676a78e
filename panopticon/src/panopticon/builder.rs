//! Builds the handle from resources, checks, publishers and settings.

mod checks;
#[cfg(feature = "http")]
mod http_settings;

use std::any::type_name;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::disclosure::{DisclosureRule, instead_of_error};
#[cfg(feature = "grpc")]
use super::grpc_names::{self, GrpcName};
use super::handle::{Panopticon, SurfaceOptions};
#[cfg(feature = "heartbeat")]
use super::heartbeat::Heartbeats;
#[cfg(feature = "http")]
use super::pending_handle::PendingHandle;
use super::watched_runtime::WatchedRuntime;
use super::weak_handle::WeakPanopticon;
use crate::check::{CheckFn, CheckOptions, Definition, Resources, SourceLocation};
use crate::engine::{CheckContext, MonitoredChecks, Runtimes, Schedule};
use crate::events::{EventHub, Publisher, PublisherThread, invalid_capacity};
use crate::health::IntoHealth;
#[cfg(any(feature = "check-url", feature = "heartbeat"))]
use crate::http_client::skipped_proxies;
use crate::registry::{BuildError, Declarations, Problem, ProblemKind, Resolved, provided_twice};
use crate::report::{MessageForm, MessageKey};
#[cfg(all(feature = "systemd", unix))]
use crate::settings::SystemdSettings;
use crate::settings::{GivenSettings, ServiceInfo, SettingWarning, Settings};

/// A publisher whose queue is created when this is called, once everything is known to be valid.
type PendingPublisher = Box<dyn FnOnce() -> PublisherThread + Send>;

/// A builder of [`Panopticon`]; from [`Panopticon::builder`] or [`Panopticon::empty`].
///
/// A setting that is not given here comes from the environment; without either, the default
/// applies. The variable of a setting is `PANOPTICON_` and the method's name in capitals.
#[must_use = "a builder does nothing until `build()`"]
pub struct Builder {
    declarations: Declarations,
    resources: Resources,
    pub(super) settings: GivenSettings,
    pub(super) disclosure: DisclosureRule,
    /// Created together with the first service that is created before `build()`.
    #[cfg(feature = "http")]
    pub(super) pending_handle: Option<Arc<PendingHandle>>,
    #[cfg(feature = "grpc")]
    pub(super) grpc_names: Vec<GrpcName>,
    publishers: Vec<PendingPublisher>,
    weak: WeakPanopticon,
    pub(super) runtime_watched_at: Option<SourceLocation>,
    problems: Vec<Problem>,
}

impl Panopticon {
    /// Returns a builder with every function annotated with `#[healthcheck]` in every crate that is
    /// linked into this process.
    pub fn builder() -> Builder {
        Builder::new(Declarations::discovered())
    }

    /// Returns a builder that discovers nothing, for tests and for programs that add their checks
    /// by hand.
    pub fn empty() -> Builder {
        Builder::new(Declarations::default())
    }
}

impl Builder {
    fn new(declarations: Declarations) -> Self {
        let builder = Self {
            declarations,
            resources: Resources::default(),
            settings: GivenSettings::default(),
            disclosure: DisclosureRule::default(),
            #[cfg(feature = "http")]
            pending_handle: None,
            #[cfg(feature = "grpc")]
            grpc_names: Vec::new(),
            publishers: Vec::new(),
            weak: WeakPanopticon::pending(),
            runtime_watched_at: None,
            problems: Vec::new(),
        };
        #[cfg(feature = "tracing")]
        let builder = {
            use crate::events::LogPublisher;

            builder.publish_if(LogPublisher::default(), LogPublisher::wants_results)
        };
        builder
    }

    /// Provides a resource: every `&T` parameter of a health check gets this value.
    ///
    /// There is one value for each type. If you need two of one type, such as two database pools,
    /// wrap each in a type of its own.
    #[track_caller]
    pub fn provide<T: Send + Sync + 'static>(self, resource: T) -> Self {
        self.provide_arc(Arc::new(resource))
    }

    /// Provides a resource that is already in an `Arc`. An `Arc<dyn Trait>` is for `&dyn Trait`
    /// parameters.
    #[track_caller]
    pub fn provide_arc<T: ?Sized + Send + Sync + 'static>(mut self, resource: Arc<T>) -> Self {
        let place = SourceLocation::of_caller();
        if let Err(first) = self.resources.insert(resource, place) {
            self.problems.push(provided_twice(type_name::<T>(), first, place));
        }
        self
    }

    /// Provides what is in an `Option`, if it is `Some`, for checks that take an `Option<&T>`, or
    /// that are [`if_provided`](macro@crate::healthcheck#if_provided). `provide` would provide the
    /// `Option` itself, which no check can take.
    ///
    /// ```standalone_crate
    /// use panopticon::{Health, Panopticon, healthcheck};
    ///
    /// struct Cache(&'static str);
    ///
    /// #[healthcheck]
    /// fn sessions(cache: Option<&Cache>) -> Health {
    ///     Health::healthy(cache.map_or("in memory", |cache| cache.0))
    /// }
    ///
    /// for (cache, expected) in [(Some(Cache("in redis")), "in redis"), (None, "in memory")] {
    ///     let health = Panopticon::builder().provide_option(cache).build()?;
    ///     let report = health.report_blocking();
    ///     assert_eq!(report.component("sessions").unwrap().message(), Some(expected));
    /// }
    /// # Ok::<(), panopticon::BuildError>(())
    /// ```
    #[track_caller]
    pub fn provide_option<T: Send + Sync + 'static>(self, resource: Option<T>) -> Self {
        match resource {
            Some(resource) => self.provide(resource),
            None => self,
        }
    }

    // Here and not in `checks`, since the compiler's errors about a closure would name that module.

    /// Adds an async check that exists only at run time, such as one for each shard. The closure is
    /// called once for each run.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Health, Panopticon};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let mut builder = Panopticon::empty();
    /// for shard in 0..4 {
    ///     builder = builder.check(
    ///         format!("shard-{shard}"),
    ///         CheckOptions::new().tag("shard"),
    ///         move || async move { Health::healthy("open").with("shard", shard) },
    ///     );
    /// }
    /// let report = builder.build()?.report().await;
    /// assert_eq!(report.components().len(), 4);
    /// # Ok::<(), panopticon::BuildError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// An error is shown with its sources. It must be `Send`, `Sync` and `'static`; [`IntoHealth`]
    /// lists what is accepted. If `Health` is the type of the error, `?` converts any other.
    ///
    /// ```
    /// # use panopticon::{CheckOptions, Health, Panopticon};
    /// # async fn ping() -> std::io::Result<()> { Ok(()) }
    /// let builder = Panopticon::empty()
    ///     .check("cache", CheckOptions::new(), ping)
    ///     .check("queue", CheckOptions::new(), || async {
    ///         ping().await?;
    ///         Ok::<_, Health>(Health::healthy("answers"))
    ///     });
    /// # builder.build().unwrap();
    /// ```
    #[track_caller]
    pub fn check<C, F>(self, name: impl Into<String>, options: CheckOptions, check: C) -> Self
    where
        C: Fn() -> F + Send + Sync + 'static,
        F: IntoFuture<Output: IntoHealth, IntoFuture: Send + 'static>,
    {
        let function = CheckFn::AsyncClosure(Arc::new(move || {
            let future = check().into_future();
            Box::pin(async move { future.await.into_health() })
        }));
        let name = (name.into(), "check");
        self.declare(name, options, function, SourceLocation::of_caller(), Vec::new())
    }

    /// Adds a blocking check that exists only at run time. The closure is called once for each run,
    /// on a thread that it may block.
    #[track_caller]
    pub fn check_blocking<C, R>(
        self,
        name: impl Into<String>,
        options: CheckOptions,
        check: C,
    ) -> Self
    where
        C: Fn() -> R + Send + Sync + 'static,
        R: IntoHealth,
    {
        let function = CheckFn::BlockingClosure(Arc::new(move || check().into_health()));
        let name = (name.into(), "check_blocking");
        self.declare(name, options, function, SourceLocation::of_caller(), Vec::new())
    }

    /// Sets the timeout of checks that do not set one: more than zero and at most 30 days. In the
    /// environment, a whole number with a unit, such as `PANOPTICON_TIMEOUT=500ms`. Default: 2
    /// seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Sets how long a result is reused, for checks that do not set that: at most 30 days. With
    /// zero, every request runs the check, unless it is already running. In the environment, a
    /// whole number with a unit, such as `PANOPTICON_CACHE=5s`. Default: 1 second.
    pub fn cache(mut self, cache: Duration) -> Self {
        self.settings.cache = Some(cache);
        self
    }

    /// Sets how long a whole report may take: more than zero and at most 30 days. Components that
    /// have not answered by then are `unknown` in it. In the environment, a whole number with a
    /// unit, such as `PANOPTICON_REPORT_TIMEOUT=5s`. Default: as long as the slowest check, or the
    /// slowest chain of checks that depend on each other, may take.
    pub fn report_timeout(mut self, timeout: Duration) -> Self {
        self.settings.report_timeout = Some(Some(timeout));
        self
    }

    /// Notifies a publisher of every result, every transition and draining, on a thread of its own.
    #[track_caller]
    pub fn publish(self, publisher: impl Publisher) -> Self {
        self.publish_if(publisher, || true)
    }

    /// Notifies a publisher like [`publish`](Self::publish). It is created by `build()`, if that finds
    /// no problems, and gets a handle with which it can read
    /// [the last results of all components](WeakPanopticon::latest_report), also of those that it was
    /// not notified of.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Panopticon, Publisher, Transition, WeakPanopticon};
    ///
    /// struct Pager(WeakPanopticon);
    ///
    /// impl Publisher for Pager {
    ///     fn transition(&mut self, transition: &Transition) {
    ///         if let Some(report) = self.0.latest_report().filter(|it| !it.service_healthy()) {
    ///             eprintln!("wake somebody up: {transition}\n{report:#}");
    ///         }
    ///     }
    /// }
    ///
    /// let health = Panopticon::empty()
    ///     .check("database", CheckOptions::new(), || async {})
    ///     .publish_with(Pager)
    ///     .build()?;
    /// # Ok::<(), panopticon::BuildError>(())
    /// ```
    #[track_caller]
    pub fn publish_with<P: Publisher>(
        mut self,
        create: impl FnOnce(WeakPanopticon) -> P + Send + 'static,
    ) -> Self {
        self.problems.extend(invalid_capacity::<P>(SourceLocation::of_caller()));
        let weak = self.weak.clone();
        self.publishers.push(Box::new(move || PublisherThread::new(create(weak), || true)));
        self
    }

    #[track_caller]
    fn publish_if<P: Publisher>(mut self, publisher: P, wants_results: fn() -> bool) -> Self {
        self.problems.extend(invalid_capacity::<P>(SourceLocation::of_caller()));
        let create = move || PublisherThread::new(publisher, wants_results);
        self.publishers.push(Box::new(create));
        self
    }

    /// Sets the key of a component's message. In the environment, the key itself, such as
    /// `PANOPTICON_MESSAGE_KEY=status_message`. Default: `friendly_status`.
    pub fn message_key(mut self, key: MessageKey) -> Self {
        self.settings.message_key = Some(key);
        self
    }

    /// Sets the description of the service, which `application/health+json` and metrics include. In
    /// the environment, only its name: `PANOPTICON_SERVICE=orders`, or else `OTEL_SERVICE_NAME` or
    /// `DD_SERVICE`, which platforms set. Default: none.
    pub fn service(mut self, service: ServiceInfo) -> Self {
        self.settings.service = Some(service);
        self
    }

    /// Checks that everything fits together, without running any check. With the feature `tracing`,
    /// logs what it has set up, and what is [left out](Panopticon::left_out).
    ///
    /// If this is called on a tokio runtime, async health checks run on that runtime, whichever one
    /// a report is requested on. A process that forks must call this after forking.
    ///
    /// # Errors
    ///
    /// Returns everything that is wrong with the health checks, the collections, the listed crates,
    /// the resources, the settings and the publishers in one error, each
    /// [problem](crate::Problem) with its places and the fix. [`ProblemKind`](crate::ProblemKind)
    /// lists the kinds. If all of that is right, fails if a thread cannot be started.
    ///
    /// An unknown variable that begins with `PANOPTICON_`, or a proxy that cannot be used, is not
    /// an error but a [warning](Panopticon::setting_warnings).
    #[track_caller]
    pub fn build(self) -> Result<Panopticon, BuildError> {
        let mut problems = self.problems;
        let (mut settings, found) = self.settings.settle_in_process();
        found.warnings.iter().for_each(SettingWarning::log);
        problems.extend(found.invalid.into_iter().map(Problem::from));
        #[cfg(feature = "http")]
        problems.extend(self.pending_handle.iter().flat_map(|made| made.path_problems(&settings)));
        let mut declarations = self.declarations;
        let watched =
            self.runtime_watched_at.map(|at| WatchedRuntime::new(at, settings.runtime_bound));
        declarations.checks.extend(watched.iter().map(|it| Box::new(it.declaration())));
        #[cfg(feature = "heartbeat")]
        let heartbeats = Heartbeats::new(&settings, SourceLocation::of_caller());
        #[cfg(feature = "heartbeat")]
        declarations.checks.extend(heartbeats.iter().map(|it| Box::new(it.declaration())));
        declarations.switch_off_by_environment(&mut settings.without);
        let resolved = declarations.resolve(&self.resources, &settings, &mut problems);
        problems.extend(watched.as_ref().and_then(|it| it.problem(&resolved.left_out)));
        #[cfg(feature = "grpc")]
        let resolved = {
            let Resolved { definitions, order, left_out } = resolved;
            let definitions: Vec<Definition> = definitions.collect();
            grpc_names::find_problems(&self.grpc_names, &definitions, &left_out, &mut problems);
            Resolved { definitions: definitions.into_iter(), order, left_out }
        };
        BuildError::check(problems)?;

        let warnings = with_platform_warnings(found.warnings, &settings);
        let settings = (settings, warnings);
        let surfaces = SurfaceOptions {
            disclosure: self.disclosure,
            #[cfg(feature = "grpc")]
            grpc_names: self.grpc_names,
        };
        let no_thread = |reason: String| Problem::new(ProblemKind::ThreadNotStarted, [], reason);
        let health = start(resolved, self.resources, settings, surfaces, self.publishers, watched)
            .map_err(no_thread)?;
        self.weak.resolve(&health);
        health.shared.checks.context.hub.start_publishers();
        #[cfg(feature = "heartbeat")]
        if let Some(heartbeats) = heartbeats {
            heartbeats.start(&health).map_err(no_thread)?;
        }
        #[cfg(feature = "tracing")]
        super::build_log::log(&health);
        #[cfg(feature = "http")]
        if let Some(pending) = self.pending_handle {
            pending.resolve(health.clone());
        }
        Ok(health)
    }
}

/// Adds warnings about variables of the platform that what uses them logs.
fn with_platform_warnings(
    warnings: Vec<SettingWarning>,
    #[cfg_attr(
        not(all(feature = "heartbeat", not(feature = "check-url"))),
        allow(unused_variables, reason = "it says only whether heartbeats are sent")
    )]
    settings: &Settings,
) -> Vec<SettingWarning> {
    #[cfg(feature = "check-url")]
    let warnings = [warnings, skipped_proxies()].concat();
    #[cfg(all(feature = "heartbeat", not(feature = "check-url")))]
    let warnings = match settings.heartbeat_url {
        Some(_) => [warnings, skipped_proxies()].concat(),
        None => warnings,
    };
    #[cfg(all(feature = "systemd", unix))]
    let warnings = [warnings, SystemdSettings::of_process().1].concat();
    warnings
}

/// Starts background work. An error says which thread cannot be started.
fn start(
    resolved: Resolved<impl Iterator<Item = Definition>>,
    resources: Resources,
    (settings, warnings): (Settings, Vec<SettingWarning>),
    surfaces: SurfaceOptions,
    publishers: Vec<PendingPublisher>,
    watched: Option<WatchedRuntime>,
) -> Result<Panopticon, String> {
    let publishers = publishers.into_iter().map(|create| create()).collect();
    let hub = Arc::new(EventHub::new(publishers, settings.history));
    let withheld = Some(instead_of_error(&settings));
    let form = MessageForm { key: settings.message_key, withheld };
    let context = CheckContext::new(resources, form, hub);
    let Resolved { definitions, order, left_out } = resolved;
    let checks = Arc::new(MonitoredChecks::new(definitions, &order, context));
    let runtimes = Runtimes::around_build()?;
    if runtimes.has_service() {
        checks.context.bind_to_process();
    }
    let mut schedule = Schedule::start(&checks, &runtimes)?;
    if let Some(watched) = watched {
        if let Some(position) = watched.position(&checks) {
            schedule.watch_runtime(watched.watch, &checks, position, &runtimes);
        }
    }
    Ok(Panopticon::new(checks, left_out, schedule, (settings, warnings), surfaces, runtimes))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let declared: Vec<&str> =
            self.declarations.checks.iter().map(|declaration| &*declaration.name).collect();
        f.debug_struct("Builder")
            .field("components", &declared)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
