//! The builder of a client.

use std::sync::Arc;

use super::client::{FlushGuard, Stats};
use super::delivery::Tally;
use super::dogstatsd::Dogstatsd;
use super::error::{Problem, StatsError};
use super::global;
use super::settings::{GivenSettings, Secret, Transport};
use super::sink::CommonFields;

/// Puts a client of statistics together; from [`Stats::builder`].
///
/// Each setting holds as given here, else as the environment says, else by default. What does not
/// parse, in either, is an error of [`build`](Self::build), also where statistics are disabled; a
/// variable that is overruled here is not read. A variable that is empty is not set, but for
/// `DATADOG_STATS_ENABLED` and `DATADOG_STATS_PREFIX`, where that is an error.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `build()` or `install()`"]
pub struct StatsBuilder {
    settings: GivenSettings,
}

impl Stats {
    /// Returns a builder that reads the environment for what it is not given.
    pub fn builder() -> StatsBuilder {
        StatsBuilder::default()
    }
}

impl StatsBuilder {
    /// Whether anything is sent. `DATADOG_STATS_ENABLED=true` or `false`. Default: false.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.settings.enabled = Some(enabled);
        self
    }

    /// Stands before the name of each metric and service check, with a dot between: a letter, then
    /// at most 99 ASCII letters, digits, `_` and `.`. `DATADOG_STATS_PREFIX`. Default:
    /// `panopticon`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = Some(prefix.into());
        self
    }

    /// Adds a tag to everything that is sent. `DD_TAGS` and `DATADOG_DEFAULT_TAGS` hold such tags
    /// too, as `k:v,k:v`. There is one of a key: what is given here takes the place of `DD_ENV`,
    /// `DD_SERVICE` and `DD_VERSION`, these of `DATADOG_DEFAULT_TAGS`, and that of `DD_TAGS`. A
    /// call's own tag of the same key is sent beside it; Datadog keeps both.
    pub fn default_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.tags.push((key.into(), value.into()));
        self
    }

    /// The environment, sent as the tag `env`. `DD_ENV`.
    pub fn env(mut self, env: impl Into<String>) -> Self {
        self.settings.env = Some(env.into());
        self
    }

    /// The service's name, sent as the tag `service`. `DD_SERVICE`.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.settings.service = Some(service.into());
        self
    }

    /// The service's version, sent as the tag `version`. `DD_VERSION`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.settings.version = Some(version.into());
        self
    }

    /// The pod's UID, by which the Agent adds the pod's tags; sent as the tag
    /// `dd.internal.entity_id`. `DD_ENTITY_ID`.
    pub fn entity_id(mut self, id: impl Into<String>) -> Self {
        self.settings.entity_id = Some(id.into());
        self
    }

    /// The host that events and service checks are of, and to the API metrics as well.
    /// `DD_HOSTNAME`. Default: the Agent's; to the API this machine's.
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.settings.hostname = Some(name.into());
        self
    }

    /// How statistics travel. `DATADOG_STATS_TRANSPORT=dogstatsd` or `api`. Default: to the API
    /// where a key is set and no address of an Agent is, else to the Agent.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.settings.transport = Some(transport);
        self
    }

    /// Where the Agent listens: `udp://host:port`, where packets are at most 1,432 bytes, or on
    /// Unix `unix:///path` of a datagram socket, where they are at most 8,192. `DD_DOGSTATSD_URL`.
    /// Default: what host and port say.
    pub fn dogstatsd_url(mut self, url: impl Into<String>) -> Self {
        self.settings.dogstatsd_url = Some(url.into());
        self
    }

    /// The Agent's host: a name or an address of IPv4 or IPv6. `DD_AGENT_HOST`. Default: 127.0.0.1.
    pub fn agent_host(mut self, host: impl Into<String>) -> Self {
        self.settings.agent_host = Some(host.into());
        self
    }

    /// The Agent's UDP port. `DD_DOGSTATSD_PORT`. Default: 8125.
    pub fn dogstatsd_port(mut self, port: u16) -> Self {
        self.settings.dogstatsd_port = Some(port);
        self
    }

    /// The key to the API. It is shown nowhere. `DATADOG_API_KEY` or `DD_API_KEY`.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.settings.api_key = Some(Secret(key.into()));
        self
    }

    /// Datadog's site. `DD_SITE`. Default: `datadoghq.com`.
    pub fn site(mut self, site: impl Into<String>) -> Self {
        self.settings.site = Some(site.into());
        self
    }

    /// The API's URL, of a proxy say: what stands before `/api/v1/series`. `DATADOG_HOST`, as
    /// Datadog's client in Python calls it. Default: `https://api.` and the site.
    pub fn api_host(mut self, url: impl Into<String>) -> Self {
        self.settings.api_host = Some(url.into());
        self
    }

    /// A client of its own. Where statistics are disabled it does nothing.
    ///
    /// That the Agent or the API is not there is no error, here or later.
    ///
    /// # Errors
    ///
    /// All of these at once: a setting, here or in the environment, that does not parse; a
    /// transport without its key or its feature. Or that no thread can be started.
    pub fn build(self) -> Result<Stats, StatsError> {
        let mut refused = Vec::new();
        let settings = self.settings.settle(&|variable| std::env::var(variable), &mut refused);
        StatsError::unless_none(refused.into_iter().map(Problem::Setting).collect())?;
        if !settings.enabled {
            return Ok(Stats::disabled());
        }
        let tally = Arc::new(Tally::default());
        let prefix = settings.common.prefix.clone();
        match settings.transport {
            Transport::Dogstatsd => {
                let sink = Dogstatsd::start(settings.common, settings.agent, Arc::clone(&tally))?;
                Ok(Stats::new(sink, tally, &prefix))
            }
            Transport::Api => {
                let key = settings.api_key.ok_or(Problem::NoApiKey)?;
                let sink = start_api(settings.common, key, settings.api_url, Arc::clone(&tally))?;
                Ok(Stats::new(sink, tally, &prefix))
            }
        }
    }

    /// Makes it the client that the functions of the module use. The guard flushes at the end:
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
    /// As [`build`](Self::build), and if one is installed already.
    pub fn install(self) -> Result<FlushGuard, StatsError> {
        let stats = self.build()?;
        global::install(&stats)?;
        Ok(stats.flush_on_drop())
    }
}

#[cfg(feature = "datadog-api")]
fn start_api(
    common: CommonFields,
    key: Secret,
    url: String,
    tally: Arc<Tally>,
) -> Result<super::api::Api, Problem> {
    super::api::Api::start(common, key, url, tally)
}

#[cfg(not(feature = "datadog-api"))]
fn start_api(_: CommonFields, _: Secret, _: String, _: Arc<Tally>) -> Result<Dogstatsd, Problem> {
    Err(Problem::NoApiFeature)
}
