//! The settings of a client: builder over environment over default.

use std::time::Duration;

use super::agent_address::{
    AgentAddress, DEFAULT_HOST, DEFAULT_PORT, is_host, parse_host, parse_url,
};
use super::api_url::{completed, parse_base};
use super::default_tags::{DD_TAGS, DefaultTags, TagList, parse_tag, words};
use super::sanitize::{self, MAX_HOSTNAME, field};
use super::secret::{AddressText, Secret, SecretUrl};
use super::sink::CommonFields;
use super::transport::Transport;
use crate::check::duration;
use crate::settings::{
    Environment, Setting, SettingProblems, SettingValue, SettingWarning, boolean,
};

/// The settings given to the builder; `None` leaves a setting to the environment.
#[derive(Debug, Clone, Default)]
pub(super) struct BuilderSettings {
    pub(super) enabled: Option<bool>,
    pub(super) prefix: Option<String>,
    pub(super) tags: TagList,
    pub(super) env: Option<String>,
    pub(super) service: Option<String>,
    pub(super) version: Option<String>,
    pub(super) entity_id: Option<String>,
    pub(super) hostname: Option<String>,
    pub(super) transport: Option<Transport>,
    pub(super) dogstatsd_url: Option<AddressText>,
    pub(super) agent_host: Option<AddressText>,
    pub(super) dogstatsd_port: Option<u16>,
    pub(super) api_key: Option<Secret>,
    pub(super) site: Option<AddressText>,
    pub(super) api_host: Option<SecretUrl>,
    pub(super) aggregation: Option<bool>,
    pub(super) flush_interval: Option<Duration>,
    pub(super) rollup_interval: Option<Duration>,
}

/// The settings in effect, with their secrets.
#[derive(Debug)]
pub(super) struct ResolvedSettings {
    pub(super) enabled: bool,
    pub(super) common: CommonFields,
    pub(super) transport: Transport,
    pub(super) agent: AgentAddress,
    pub(super) api_key: Option<Secret>,
    /// The URL up to `/api/v1`, without a trailing slash.
    pub(super) api_url: SecretUrl,
    /// Whether calls are combined on the way to an Agent.
    pub(super) aggregation: bool,
    pub(super) flush_interval: Duration,
    /// In whole seconds.
    pub(super) rollup_interval: Duration,
}

const ENABLED: Setting<bool> = Setting {
    method: "enabled",
    variables: &["DATADOG_STATS_ENABLED"],
    accepted: boolean::SYNTAX,
    read: boolean::parse,
    accept: Some,
    default: || false,
    syntax: None,
    is_secret: false,
};

const PREFIX: Setting<String> = Setting {
    method: "prefix",
    variables: &["DATADOG_STATS_PREFIX"],
    accepted: "a letter, then at most 99 ASCII letters, digits, `_` and `.`, without a dot at the \
               end",
    read: |text| Some(text.to_owned()),
    accept: |prefix| sanitize::is_prefix(&prefix).then_some(prefix),
    default: || "panopticon".to_owned(),
    syntax: None,
    is_secret: false,
};

const TAGS: Setting<TagList> = Setting {
    method: "default_tag",
    variables: &["DATADOG_DEFAULT_TAGS"],
    accepted: "tags such as `team:orders`, or `canary` without a value, separated by commas",
    read: |text| words(text).map(parse_tag).collect(),
    accept: |tags| tags.iter().all(|(key, _)| !key.is_empty()).then_some(tags),
    default: Vec::new,
    syntax: None,
    is_secret: false,
};

/// An optional text. An empty one counts as unset, like in Datadog's own clients.
const ENV: Setting<Option<String>> = Setting {
    method: "env",
    variables: &["DD_ENV"],
    accepted: "a text",
    read: |text| Some(Some(text.to_owned())),
    accept: |text| Some(text.filter(|text| !text.is_empty())),
    default: || None,
    syntax: None,
    is_secret: false,
};

/// The platform's tags for everything, as one text, since each tag is accepted or skipped on its
/// own.
const PLATFORM_TAGS: Setting<Option<String>> =
    Setting { method: "default_tag", variables: &[DD_TAGS], ..ENV };
const SERVICE: Setting<Option<String>> =
    Setting { method: "service", variables: &["DD_SERVICE"], ..ENV };
const VERSION: Setting<Option<String>> =
    Setting { method: "version", variables: &["DD_VERSION"], ..ENV };
const ENTITY_ID: Setting<Option<String>> =
    Setting { method: "entity_id", variables: &["DD_ENTITY_ID"], ..ENV };
const HOSTNAME: Setting<Option<String>> = Setting {
    method: "hostname",
    variables: &["DD_HOSTNAME"],
    accept: |name| Some(name.and_then(|name| field(&name, MAX_HOSTNAME))),
    ..ENV
};

const TRANSPORT: Setting<Option<Transport>> = Setting {
    method: "transport",
    variables: &["DATADOG_STATS_TRANSPORT"],
    accepted: "`dogstatsd` or `api`",
    read: |text| match text {
        "dogstatsd" => Some(Some(Transport::Dogstatsd)),
        "api" => Some(Some(Transport::Api)),
        "" => Some(None),
        _ => None,
    },
    accept: Some,
    default: || None,
    syntax: None,
    is_secret: false,
};

impl SettingValue for Transport {
    fn shown(&self) -> String {
        match self {
            Self::Dogstatsd => "dogstatsd",
            Self::Api => "api",
        }
        .to_owned()
    }
}

const DOGSTATSD_URL: Setting<Option<String>> = Setting {
    method: "dogstatsd_url",
    variables: &["DD_DOGSTATSD_URL"],
    accepted: "`udp://host:port`, with an IPv6 address in brackets, or on Unix `unix:///path` of a \
               datagram socket or `unixstream:///path` of a stream socket",
    accept: |url| accept_text(url, |url| parse_url(url).is_some()),
    ..ENV
};

const AGENT_HOST: Setting<Option<String>> = Setting {
    method: "agent_host",
    variables: &["DD_AGENT_HOST"],
    accepted: "a hostname, an IPv4 or IPv6 address, or on Unix `unix:///path`",
    accept: |host| accept_text(host, |host| parse_host(host, DEFAULT_PORT).is_some()),
    ..ENV
};

const DOGSTATSD_PORT: Setting<Option<u16>> = Setting {
    method: "dogstatsd_port",
    variables: &["DD_DOGSTATSD_PORT"],
    accepted: "a port from 1 to 65535",
    read: |text| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) },
    accept: |port| Some(port).filter(|port| *port != Some(0)),
    default: || None,
    syntax: None,
    is_secret: false,
};

const API_KEY: Setting<Option<Secret>> = Setting {
    method: "api_key",
    variables: &["DATADOG_API_KEY", "DD_API_KEY"],
    accepted: "a key of ASCII letters, digits, `_` and `-`",
    read: |text| Some(Some(Secret(text.to_owned()))),
    accept: |key| match key {
        Some(Secret(key)) if !key.is_empty() => {
            let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            key.chars().all(is_key).then_some(Some(Secret(key)))
        }
        _ => Some(None),
    },
    default: || None,
    syntax: None,
    is_secret: true,
};

const SITE: Setting<Option<String>> = Setting {
    method: "site",
    variables: &["DD_SITE"],
    accepted: "one of Datadog's sites, such as `datadoghq.com` or `datadoghq.eu`",
    read: |text| Some(Some(text.trim_start_matches("https://").trim_end_matches('/').to_owned())),
    accept: |site| accept_text(site.as_deref().map(without_subdomain), is_host),
    ..ENV
};

const API_HOST: Setting<Option<SecretUrl>> = Setting {
    method: "api_host",
    variables: &["DATADOG_HOST"],
    accepted: "a URL up to `/api/v1`, such as `https://api.datadoghq.eu`, without user, query or \
               fragment, with a port from 1 to 65535 if any",
    read: |text| Some(Some(SecretUrl(completed(text)))),
    accept: |url| match url {
        Some(SecretUrl(url)) if !url.is_empty() => {
            parse_base(&url).map(|base| Some(SecretUrl(base.to_owned())))
        }
        _ => Some(None),
    },
    default: || None,
    // A rejected URL may contain a password.
    syntax: None,
    is_secret: true,
};

const AGGREGATION: Setting<bool> = Setting {
    method: "aggregation",
    variables: &["DATADOG_STATS_AGGREGATION"],
    default: || true,
    ..ENABLED
};

/// The upper limit lets no sum of integers overflow; see `dogstatsd/context.rs`.
const FLUSH_INTERVAL: Setting<Option<Duration>> = Setting {
    method: "flush_interval",
    variables: &["DATADOG_STATS_FLUSH_INTERVAL"],
    accepted: "a duration of at least 100 ms, at most 1 minute",
    read: |text| if text.is_empty() { Some(None) } else { duration::parse(text).map(Some) },
    accept: |interval| {
        let range = Duration::from_millis(100)..=Duration::from_secs(60);
        interval.is_none_or(|interval| range.contains(&interval)).then_some(interval)
    },
    default: || None,
    syntax: Some(duration::SYNTAX),
    is_secret: false,
};

const ROLLUP_INTERVAL: Setting<Duration> = Setting {
    method: "rollup_interval",
    variables: &["DATADOG_STATS_ROLLUP_INTERVAL"],
    accepted: "a duration of whole seconds, at least 1 second, at most 1 minute",
    read: duration::parse,
    accept: |interval| {
        let is_whole = interval.subsec_nanos() == 0 && (1..=60).contains(&interval.as_secs());
        is_whole.then_some(interval)
    },
    default: || Duration::from_secs(10),
    syntax: Some(duration::SYNTAX),
    is_secret: false,
};

/// Returns how often statistics are sent by default: to an Agent as often as Datadog's client for Go
/// sends them, to the API as often as its client for Python does.
fn default_flush_interval(transport: Transport) -> Duration {
    match transport {
        Transport::Dogstatsd => Duration::from_secs(2),
        Transport::Api => Duration::from_secs(10),
    }
}

/// Accepts an empty text as unset, and any other text that is valid.
#[allow(clippy::option_option, reason = "an optional setting that may be invalid")]
fn accept_text(text: Option<String>, is_valid: fn(&str) -> bool) -> Option<Option<String>> {
    match text {
        Some(text) if !text.is_empty() => is_valid(&text).then_some(Some(text)),
        _ => Some(None),
    }
}

/// Returns a site without the subdomain of its pages, which a browser shows, or of its API.
fn without_subdomain(site: &str) -> String {
    let domain = site.strip_prefix("app.").or_else(|| site.strip_prefix("api."));
    domain.unwrap_or(site).to_owned()
}

const DEFAULT_SITE: &str = "datadoghq.com";

impl BuilderSettings {
    /// Resolves every setting with the environment of this process.
    pub(super) fn resolve_in_process(self) -> (ResolvedSettings, SettingProblems) {
        let mut problems = SettingProblems::default();
        let environment: Environment<'_> = &|variable| std::env::var(variable);
        let settings = self.resolve(environment, &mut problems);
        (settings, problems)
    }

    /// Resolves every setting, and adds what is wrong to `problems`.
    fn resolve(
        self,
        environment: Environment<'_>,
        problems: &mut SettingProblems,
    ) -> ResolvedSettings {
        let mut settle = Settle { environment, problems };
        let enabled = settle.by(&ENABLED, self.enabled);
        let (agent, is_agent_set) =
            settle.agent(self.dogstatsd_url, self.agent_host, self.dogstatsd_port);
        let given_api_host =
            self.api_host.or_else(|| self.site.as_ref().map(|_| SecretUrl(String::new())));
        let api_host = settle.by(&API_HOST, given_api_host.map(Some));
        let site = settle.by(&SITE, self.site.map(|site| Some(site.0)));
        let site = site.as_deref().unwrap_or(DEFAULT_SITE);
        let api_url = api_host.unwrap_or_else(|| SecretUrl(format!("https://api.{site}")));
        let (transport, api_key) =
            settle.transport(enabled, self.transport, self.api_key, is_agent_set);

        let unified_tags = [
            (ENV, self.env, "env"),
            (SERVICE, self.service, "service"),
            (VERSION, self.version, "version"),
            // https://docs.datadoghq.com/developers/dogstatsd/#origin-detection
            (ENTITY_ID, self.entity_id, "dd.internal.entity_id"),
        ];
        let mut tags = settle.tags(unified_tags, self.tags);
        if enabled && transport == Transport::Dogstatsd {
            tags.limit(agent.max_default_tags());
        }
        settle.problems.warnings.extend(tags.warnings());
        let common = CommonFields {
            prefix: settle.by(&PREFIX, self.prefix),
            tags: tags.into_list(),
            hostname: settle.by(&HOSTNAME, self.hostname.map(Some)),
        };
        let flush_interval = settle.by(&FLUSH_INTERVAL, self.flush_interval.map(Some));
        ResolvedSettings {
            enabled,
            common,
            transport,
            agent,
            api_key,
            api_url,
            aggregation: settle.by(&AGGREGATION, self.aggregation),
            flush_interval: flush_interval.unwrap_or_else(|| default_flush_interval(transport)),
            rollup_interval: settle.by(&ROLLUP_INTERVAL, self.rollup_interval),
        }
    }
}

/// The setting of a tag's value, the builder's value, and the tag's key.
type UnifiedTag = (Setting<Option<String>>, Option<String>, &'static str);

/// Settles one setting after another.
struct Settle<'a> {
    environment: Environment<'a>,
    problems: &'a mut SettingProblems,
}

impl Settle<'_> {
    fn by<T: SettingValue>(&mut self, setting: &Setting<T>, given: Option<T>) -> T {
        setting.settle(given, self.environment, self.problems)
    }

    /// Returns the Agent's address, and whether it is set. One that is skipped is: what is meant for
    /// an Agent must not go elsewhere.
    fn agent(
        &mut self,
        url: Option<AddressText>,
        host: Option<AddressText>,
        port: Option<u16>,
    ) -> (AgentAddress, bool) {
        let text = |address: AddressText| address.0;
        // A host or port of the builder overrides a URL of the environment.
        let overrides_url = host.is_some() || port.is_some();
        let url = url.map(text).or_else(|| overrides_url.then(String::new));
        let host = host.map(text);
        let is_text_set = |setting: &Setting<Option<String>>, given: &Option<String>| {
            given.as_ref().map_or_else(|| setting.is_in(self.environment), |it| !it.is_empty())
        };
        let is_set = is_text_set(&DOGSTATSD_URL, &url)
            || is_text_set(&AGENT_HOST, &host)
            || port.is_some()
            || DOGSTATSD_PORT.is_in(self.environment);
        let url = self.by(&DOGSTATSD_URL, url.map(Some));
        let host = self.by(&AGENT_HOST, host.map(Some));
        let port = self.by(&DOGSTATSD_PORT, port.map(Some));
        let address = url.as_deref().and_then(parse_url).or_else(|| {
            parse_host(host.as_deref().unwrap_or(DEFAULT_HOST), port.unwrap_or(DEFAULT_PORT))
        });
        let default = || AgentAddress::Udp { host: DEFAULT_HOST.to_owned(), port: DEFAULT_PORT };
        (address.unwrap_or_else(default), is_set)
    }

    fn transport(
        &mut self,
        enabled: bool,
        transport: Option<Transport>,
        key: Option<Secret>,
        is_agent_set: bool,
    ) -> (Transport, Option<Secret>) {
        let (key, key_variable) =
            API_KEY.settle_with_variable(key.map(Some), self.environment, self.problems);
        let transport = self.by(&TRANSPORT, transport.map(Some));
        let transport = transport.unwrap_or_else(|| match (&key, key_variable) {
            (None, _) => Transport::Dogstatsd,
            (Some(_), _) if is_agent_set => Transport::Dogstatsd,
            // It is set for other programs, so the missing feature must not stop this one.
            (Some(_), Some(variable)) if !cfg!(feature = "datadog-api") => {
                if enabled {
                    self.problems.warnings.push(SettingWarning::new(
                        variable,
                        "is skipped, since sending to the API needs panopticon's feature \
                         `datadog-api`; statistics go to an Agent",
                    ));
                }
                Transport::Dogstatsd
            }
            (Some(_), _) => Transport::Api,
        });
        (transport, key)
    }

    fn tags(&mut self, unified: [UnifiedTag; 4], given: TagList) -> DefaultTags {
        let mut tags = DefaultTags::default();
        if let Some(text) = self.by(&PLATFORM_TAGS, None) {
            tags.merge_text(DD_TAGS, &text);
        }
        tags.merge(None, self.by(&TAGS, None));
        for (setting, given, key) in unified {
            let variable = if given.is_some() { None } else { setting.variables.first().copied() };
            if let Some(value) = self.by(&setting, given.map(Some)) {
                tags.merge(variable, vec![(key.to_owned(), value)]);
            }
        }
        if !given.is_empty() {
            tags.merge(None, self.by(&TAGS, Some(given)));
        }
        tags
    }
}
