//! The settings in effect, for services to read and log.

use std::time::Duration;

use super::settings::ResolvedSettings;
use super::transport::Transport;
use crate::settings::SettingWarning;

/// The settings of a client that are in effect; from
/// [`Stats::settings`](crate::datadog::Stats::settings). They contain no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatsSettings {
    /// Whether anything is sent.
    pub enabled: bool,
    /// The prefix of names, without the dot that follows it.
    pub prefix: String,
    /// The tags of everything that is sent, as keys and values. The value is empty for a tag
    /// without one.
    pub default_tags: Vec<(String, String)>,
    /// The host of events and service checks, if it is set.
    pub hostname: Option<String>,
    /// The route to Datadog.
    pub transport: Transport,
    /// Where statistics are sent: the URL of the Agent, or the scheme, host and port of the API.
    pub destination: String,
    /// Whether there is an API key.
    pub has_api_key: bool,
    /// Whether calls on the same metric are combined on the way to an Agent. To the API, they always
    /// are.
    pub aggregation: bool,
    /// How often combined calls are sent.
    pub flush_interval: Duration,
    /// The length of the periods that calls to the API are combined in.
    pub rollup_interval: Duration,
}

/// What the client was configured with.
#[derive(Debug)]
pub(super) struct Configuration {
    pub(super) settings: StatsSettings,
    pub(super) warnings: Vec<SettingWarning>,
}

impl From<&ResolvedSettings> for StatsSettings {
    fn from(settings: &ResolvedSettings) -> Self {
        let common = settings.common.clone();
        let destination = match settings.transport {
            Transport::Dogstatsd => settings.agent.to_string(),
            Transport::Api => settings.api_url.to_string(),
        };
        Self {
            enabled: settings.enabled,
            prefix: common.prefix,
            default_tags: common.tags,
            hostname: common.hostname,
            transport: settings.transport,
            destination,
            has_api_key: settings.api_key.is_some(),
            aggregation: settings.aggregation,
            flush_interval: settings.flush_interval,
            rollup_interval: settings.rollup_interval,
        }
    }
}
