//! The builder of a client, with the documentation of each setting.

use std::sync::Arc;
use std::time::Duration;

use super::client::{FlushGuard, Stats};
use super::delivery::Tally;
use super::dogstatsd::Dogstatsd;
use super::error::{StatsError, StatsProblem};
use super::global;
use super::secret::{AddressText, Secret, SecretUrl};
use super::settings::BuilderSettings;
use super::stats_settings::Configuration;
use super::transport::Transport;
#[cfg(feature = "datadog-api")]
use crate::http_client::skipped_proxies;
use crate::settings::SettingWarning;

/// A builder of a [`Stats`] client, from [`Stats::builder`].
///
/// A setting given here overrides its environment variable, which is then not read; without either,
/// the default applies. An empty variable counts as unset, except for `DATADOG_STATS_ENABLED` and
/// `DATADOG_STATS_PREFIX`, which must not be empty.
///
/// A value that is not accepted, here or in `DATADOG_DEFAULT_TAGS` or a variable that begins with
/// `DATADOG_STATS_`, makes [`build`](Self::build) fail, even if statistics are disabled. All other
/// variables are the platform's and never stop a service: they are used as far as possible, and the
/// rest is skipped with a [warning](Stats::setting_warnings).
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `build()` or `install()`"]
pub struct StatsBuilder {
    settings: BuilderSettings,
}

impl Stats {
    /// Returns a builder that reads the environment for what it is not given.
    pub fn builder() -> StatsBuilder {
        StatsBuilder::default()
    }
}

impl StatsBuilder {
    /// Enables or disables the client. `DATADOG_STATS_ENABLED=true` or `1`, `false` or `0`. Default:
    /// disabled.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.settings.enabled = Some(enabled);
        self
    }

    /// Sets the prefix of all metrics and service checks, followed by a dot: a letter, then at most
    /// 99 ASCII letters, digits, `_` and `.`. `DATADOG_STATS_PREFIX`. Default: `panopticon`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = Some(prefix.into());
        self
    }

    /// Adds a tag to everything that is sent. With an empty value, the tag has no value.
    /// `DATADOG_DEFAULT_TAGS` or `DD_TAGS`, as `k:v,k:v,k`.
    ///
    /// Each key has one default tag: a tag given here replaces those of `DD_ENV`, `DD_SERVICE` and
    /// `DD_VERSION`, which replace those of `DATADOG_DEFAULT_TAGS`, which replace those of
    /// `DD_TAGS`. If a call has a tag with the same key, Datadog receives and keeps both.
    pub fn default_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.tags.push((key.into(), value.into()));
        self
    }

    /// Sets the tag `env`, the environment. `DD_ENV`.
    pub fn env(mut self, env: impl Into<String>) -> Self {
        self.settings.env = Some(env.into());
        self
    }

    /// Sets the tag `service`, the service's name. `DD_SERVICE`.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.settings.service = Some(service.into());
        self
    }

    /// Sets the tag `version`, the service's version. `DD_VERSION`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.settings.version = Some(version.into());
        self
    }

    /// Sets the tag `dd.internal.entity_id`, the pod's UID, from which the Agent adds the pod's
    /// tags. `DD_ENTITY_ID`.
    pub fn entity_id(mut self, id: impl Into<String>) -> Self {
        self.settings.entity_id = Some(id.into());
        self
    }

    /// Sets the host of events and service checks, and of metrics sent to the API. `DD_HOSTNAME`.
    /// Default: the Agent's host; for the API, this machine's hostname.
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.settings.hostname = Some(name.into());
        self
    }

    /// Chooses between the Agent and the API. `DATADOG_STATS_TRANSPORT=dogstatsd` or `api`.
    /// Default: the API if a key is set and no address of an Agent, not even one that cannot be
    /// used; otherwise the Agent.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.settings.transport = Some(transport);
        self
    }

    /// Sets the Agent's address: `udp://host:port`, with packets of at most 1,432 bytes, or on Unix
    /// `unix:///path` of a datagram socket or `unixstream:///path` of a stream socket, with packets
    /// of at most 8,192 bytes. `DD_DOGSTATSD_URL`. Without a scheme, a path means a datagram socket,
    /// and `host:port` means UDP. Default: the host and port below.
    pub fn dogstatsd_url(mut self, url: impl Into<String>) -> Self {
        self.settings.dogstatsd_url = Some(AddressText(url.into()));
        self
    }

    /// Sets the Agent's host: a name, or an IPv4 or IPv6 address. `DD_AGENT_HOST`. Default:
    /// 127.0.0.1.
    pub fn agent_host(mut self, host: impl Into<String>) -> Self {
        self.settings.agent_host = Some(AddressText(host.into()));
        self
    }

    /// Sets the Agent's UDP port. `DD_DOGSTATSD_PORT`. Default: 8125.
    pub fn dogstatsd_port(mut self, port: u16) -> Self {
        self.settings.dogstatsd_port = Some(port);
        self
    }

    /// Sets the API key. It never appears in an error, and in a log only if a server echoes it; see
    /// the [module](super#secrets). `DATADOG_API_KEY` or `DD_API_KEY`.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.settings.api_key = Some(Secret(key.into()));
        self
    }

    /// Sets Datadog's site. `DD_SITE`. `app.` or `api.` before it is ignored. Default:
    /// `datadoghq.com`.
    pub fn site(mut self, site: impl Into<String>) -> Self {
        self.settings.site = Some(AddressText(site.into()));
        self
    }

    /// Sets the API's URL up to `/api/v1`, such as that of a proxy. Only its scheme, host and port
    /// are ever shown, since the path may contain a token. `DATADOG_HOST`, the name that Datadog's
    /// Python client uses. Default: `https://api.` and the site.
    pub fn api_host(mut self, url: impl Into<String>) -> Self {
        self.settings.api_host = Some(SecretUrl(url.into()));
        self
    }

    /// Chooses whether calls on the same metric with the same tags are combined on the way to an
    /// Agent, which makes them cheap; see the [module](super#aggregation).
    /// `DATADOG_STATS_AGGREGATION=true` or `1`, `false` or `0`. Default: they are. Without it, every
    /// call is a line of its own, which servers of plain statsd need. Calls to the API are always
    /// combined.
    pub fn aggregation(mut self, aggregation: bool) -> Self {
        self.settings.aggregation = Some(aggregation);
        self
    }

    /// Sets how often combined calls are sent: at least 100 ms, at most 1 minute.
    /// `DATADOG_STATS_FLUSH_INTERVAL`, such as `500ms`. Default: 2 seconds to an Agent, 10 seconds to
    /// the API.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.settings.flush_interval = Some(interval);
        self
    }

    /// Sets the length of the periods that calls to the [API](Transport::Api) are combined in: whole
    /// seconds, from 1 to 60. `DATADOG_STATS_ROLLUP_INTERVAL`, such as `20s`. Default: 10 seconds. An
    /// Agent has periods of its own.
    pub fn rollup_interval(mut self, interval: Duration) -> Self {
        self.settings.rollup_interval = Some(interval);
        self
    }

    /// Builds a client without installing it. If statistics are disabled, the client does nothing.
    ///
    /// An absent Agent or API is not an error, neither here nor later.
    ///
    /// # Errors
    ///
    /// If values are not accepted, here or in `DATADOG_DEFAULT_TAGS` or variables that begin with
    /// `DATADOG_STATS_` (all of them in one error); if the transport `api` lacks its key or its
    /// feature; if the default tags that are not the platform's fill more than half of a packet; or
    /// if the sending thread cannot be started.
    pub fn build(self) -> Result<Stats, StatsError> {
        let (settings, problems) = self.settings.resolve_in_process();
        problems.warnings.iter().for_each(SettingWarning::log);
        if !problems.invalid.is_empty() {
            return Err(problems.invalid.into());
        }
        let warnings = problems.warnings;
        #[cfg(feature = "datadog-api")]
        let warnings = if settings.enabled && settings.transport == Transport::Api {
            // The HTTP client logs them, once for all of its users.
            [warnings, skipped_proxies()].concat()
        } else {
            warnings
        };
        let configuration = Configuration { settings: (&settings).into(), warnings };
        if !settings.enabled {
            return Ok(Stats::configured_disabled(configuration));
        }
        let tally = Arc::new(Tally::default());
        match settings.transport {
            Transport::Dogstatsd => {
                let interval = settings.aggregation.then_some(settings.flush_interval);
                let (common, agent) = (settings.common, settings.agent);
                let sink = Dogstatsd::start(common, agent, interval, Arc::clone(&tally))?;
                Ok(Stats::new(sink, tally, Some(configuration)))
            }
            Transport::Api => {
                let key = settings.api_key.ok_or(StatsProblem::NoApiKey)?;
                #[cfg(feature = "datadog-api")]
                {
                    let (common, url) = (settings.common, settings.api_url);
                    let intervals = super::api::Intervals {
                        flush: settings.flush_interval,
                        rollup: settings.rollup_interval.as_secs(),
                    };
                    let sink =
                        super::api::Api::start(common, key, url, intervals, Arc::clone(&tally))?;
                    Ok(Stats::new(sink, tally, Some(configuration)))
                }
                #[cfg(not(feature = "datadog-api"))]
                {
                    drop((key, settings.api_url));
                    Err(StatsProblem::NoApiFeature.into())
                }
            }
        }
    }

    /// Builds a client and installs it process-wide, for the functions of the module. The returned
    /// guard flushes it at the end of `main`:
    ///
    /// ```
    /// use panopticon::datadog::{self, Stats};
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let _stats = Stats::builder().prefix("shop").service("shop").install()?;
    ///     datadog::increment("started", 1, &[]);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If [`build`](Self::build) fails, or a client is already installed.
    pub fn install(self) -> Result<FlushGuard, StatsError> {
        let stats = self.build()?;
        global::install(&stats)?;
        Ok(stats.flush_on_drop())
    }
}
