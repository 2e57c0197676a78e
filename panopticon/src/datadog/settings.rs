//! The settings of a client: builder over environment over default.

use std::fmt;
use std::path::PathBuf;

use super::sanitize::{self, MAX_HOSTNAME, field, owned_tag};
use super::sink::CommonFields;
use crate::settings::{Environment, InvalidSetting, Setting};

/// The route by which statistics reach Datadog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Through the Datadog Agent, in its DogStatsD format.
    Dogstatsd,
    /// Straight to Datadog's API, without an Agent. Needs the feature `datadog-api`.
    ///
    /// Calls are rolled up in buckets of 10 seconds, like ThreadStats of Datadog's Python client
    /// does, and posted every 10 seconds:
    ///
    /// | calls | what is [posted](https://docs.datadoghq.com/api/latest/metrics/#submit-metrics), with the bucket's start time |
    /// | --- | --- |
    /// | counts | a rate: their sum divided by 10, with the interval 10 |
    /// | gauges | the latest value |
    /// | histograms and timings | the gauges `.min`, `.max`, `.avg`, `.75percentile`, `.85percentile`, `.95percentile` and `.99percentile`, and the rate `.count`; the percentiles are of at most 1,000 values, chosen at random |
    /// | distributions | [every value](https://docs.datadoghq.com/api/latest/metrics/#submit-distribution-points) |
    /// | events | [one post](https://docs.datadoghq.com/api/latest/events/#post-an-event) each; a title is cut to 500 characters, a text to 4,000 |
    /// | service checks | [one post](https://docs.datadoghq.com/api/latest/service-checks/#submit-a-service-check) for all; a message is cut to 500 characters |
    ///
    /// Everything has a host: the event's or check's own, the
    /// [client's](crate::datadog::StatsBuilder::hostname), or this machine's. Datadog keeps one
    /// value per metric, tags, host and time, so if several processes on a host send the same
    /// metric, give each a tag of its own, such as `pid`. A [flush](crate::datadog::Stats::flush)
    /// may end a bucket early; later calls then get a later time. With more than one flush a
    /// second, some wait until the clock catches up.
    ///
    /// No call waits for the network. If the API cannot accept a post (408, 429, 5xx, or no
    /// response within 10 seconds), it is retried after 1 second, then after up to a minute, or
    /// when the API says (`Retry-After`, `X-RateLimit-Reset`). In rare cases an event or the values
    /// of a distribution therefore arrive twice. Lost calls are
    /// [counted](crate::datadog::Delivery):
    ///
    /// - all further calls, once the API rejects the key (401, 403);
    /// - posts it rejects for another reason, and single items that are too large;
    /// - more than 10,000 series or 500,000 values of distributions in one bucket;
    /// - more than 1,000 waiting events or 10,000 waiting service checks;
    /// - the oldest posts, if more than 32 MiB wait;
    /// - posts that have waited for an hour, or 10 minutes for service checks, since
    ///   [Datadog](https://docs.datadoghq.com/metrics/custom_metrics/historical_metrics/) accepts
    ///   no older ones;
    /// - everything not sent 10 seconds after the last client is dropped.
    ///
    /// A post has at most 3,000,000 bytes; redirects are not followed. The first of `ALL_PROXY`,
    /// `HTTPS_PROXY` and `HTTP_PROXY` that is set is used, with the exceptions in `NO_PROXY`.
    /// Certificates are verified against Mozilla's built-in list, not the system's.
    Api,
}

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// The Agent's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AgentAddress {
    /// A name, or an IPv4 or IPv6 address without brackets.
    Udp { host: String, port: u16 },
    /// The path of a datagram socket.
    Unix(PathBuf),
}

type TagList = Vec<(String, String)>;

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
    pub(super) dogstatsd_url: Option<String>,
    pub(super) agent_host: Option<String>,
    pub(super) dogstatsd_port: Option<u16>,
    pub(super) api_key: Option<Secret>,
    pub(super) site: Option<String>,
    pub(super) api_host: Option<String>,
}

/// The effective settings.
#[derive(Debug)]
pub(super) struct StatsSettings {
    pub(super) enabled: bool,
    pub(super) common: CommonFields,
    pub(super) transport: Transport,
    pub(super) agent: AgentAddress,
    pub(super) api_key: Option<Secret>,
    /// The URL up to `/api/v1`, without a trailing slash.
    pub(super) api_url: String,
}

const ENABLED: Setting<bool> = Setting {
    method: "enabled",
    variables: &["DATADOG_STATS_ENABLED"],
    accepted: "`true` or `false`",
    read: |text| text.to_ascii_lowercase().parse().ok(),
    accept: Some,
    default: || false,
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
    is_secret: false,
};

const TAGS: Setting<TagList> = Setting {
    method: "default_tag",
    variables: &["DATADOG_DEFAULT_TAGS"],
    accepted: "tags that have a value, such as `env:production,team:orders`",
    read: |text| {
        // The Agent accepts both separators in `DD_TAGS`.
        let tags = text.split(|c: char| c == ',' || c.is_whitespace());
        tags.filter(|tag| !tag.is_empty())
            .map(|tag| tag.split_once(':').map(|(key, value)| (key.to_owned(), value.to_owned())))
            .collect()
    },
    accept: |tags| {
        let is_complete = |(key, value): &(_, String)| !String::is_empty(key) && !value.is_empty();
        tags.iter().all(is_complete).then_some(tags)
    },
    default: Vec::new,
    is_secret: false,
};

const DD_TAGS: Setting<TagList> = Setting { variables: &["DD_TAGS"], ..TAGS };

/// An optional text. An empty one counts as unset, like in Datadog's own clients.
const ENV: Setting<Option<String>> = Setting {
    method: "env",
    variables: &["DD_ENV"],
    accepted: "a text",
    read: |text| Some(Some(text.to_owned())),
    accept: |text| Some(text.filter(|text| !text.is_empty())),
    default: || None,
    is_secret: false,
};

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
    is_secret: false,
};

const DOGSTATSD_URL: Setting<Option<String>> = Setting {
    method: "dogstatsd_url",
    variables: &["DD_DOGSTATSD_URL"],
    accepted: "`udp://host:port`, with an IPv6 address in brackets, or on Unix `unix:///path` of a \
               datagram socket",
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
    is_secret: true,
};

const SITE: Setting<Option<String>> = Setting {
    method: "site",
    variables: &["DD_SITE"],
    accepted: "one of Datadog's sites, such as `datadoghq.com` or `datadoghq.eu`",
    accept: |site| accept_text(site, is_host),
    ..ENV
};

const API_HOST: Setting<Option<String>> = Setting {
    method: "api_host",
    variables: &["DATADOG_HOST"],
    accepted: "a URL up to `/api/v1`, such as `https://api.datadoghq.eu`, without user, query or \
               fragment",
    accept: |url| match url {
        Some(url) if !url.is_empty() => {
            let url = url.trim_end_matches('/');
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
            let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | '?' | '#');
            let is_base = !rest.is_empty() && !rest.ends_with("/api/v1");
            (is_base && rest.chars().all(is_plain)).then(|| Some(url.to_owned()))
        }
        _ => Some(None),
    },
    // A rejected URL may contain a password.
    is_secret: true,
    ..ENV
};

/// Accepts an empty text as unset, and any other text that is valid.
#[allow(clippy::option_option, reason = "an optional setting that may be invalid")]
fn accept_text(text: Option<String>, is_valid: fn(&str) -> bool) -> Option<Option<String>> {
    match text {
        Some(text) if !text.is_empty() => is_valid(&text).then_some(Some(text)),
        _ => Some(None),
    }
}

const DEFAULT_HOST: &str = "127.0.0.1";
const DEFAULT_PORT: u16 = 8125;
const DEFAULT_SITE: &str = "datadoghq.com";

impl BuilderSettings {
    /// Resolves every setting, and adds the invalid ones to `problems`.
    pub(super) fn resolve(
        self,
        environment: Environment<'_>,
        problems: &mut Vec<InvalidSetting>,
    ) -> StatsSettings {
        // A host or port of the builder overrides a URL of the environment.
        let given_url = self.dogstatsd_url.or_else(|| {
            (self.agent_host.is_some() || self.dogstatsd_port.is_some()).then(String::new)
        });
        let url = DOGSTATSD_URL.settle(given_url.map(Some), environment, problems);
        let host = AGENT_HOST.settle(self.agent_host.map(Some), environment, problems);
        let port = DOGSTATSD_PORT.settle(self.dogstatsd_port.map(Some), environment, problems);
        let is_agent_set = url.is_some() || host.is_some() || port.is_some();
        let agent = url.as_deref().and_then(parse_url).or_else(|| {
            parse_host(host.as_deref().unwrap_or(DEFAULT_HOST), port.unwrap_or(DEFAULT_PORT))
        });

        let api_key = API_KEY.settle(self.api_key.map(Some), environment, problems);
        let given_api_host = self.api_host.or_else(|| self.site.as_ref().map(|_| String::new()));
        let api_host = API_HOST.settle(given_api_host.map(Some), environment, problems);
        let site = SITE.settle(self.site.map(Some), environment, problems);
        let site = site.as_deref().unwrap_or(DEFAULT_SITE);
        let api_url = api_host.unwrap_or_else(|| format!("https://api.{site}"));

        let transport = TRANSPORT.settle(self.transport.map(Some), environment, problems);
        let default_transport =
            if api_key.is_some() && !is_agent_set { Transport::Api } else { Transport::Dogstatsd };

        let unified_tags = [
            (ENV, self.env, "env"),
            (SERVICE, self.service, "service"),
            (VERSION, self.version, "version"),
            // https://docs.datadoghq.com/developers/dogstatsd/#origin-detection
            (ENTITY_ID, self.entity_id, "dd.internal.entity_id"),
        ];
        let mut tags = DD_TAGS.settle(None, environment, problems);
        merge_tags(&mut tags, TAGS.settle(None, environment, problems));
        for (setting, given, key) in unified_tags {
            let value = setting.settle(given.map(Some), environment, problems);
            merge_tags(&mut tags, value.map(|value| (key.to_owned(), value)));
        }
        if !self.tags.is_empty() {
            merge_tags(&mut tags, TAGS.settle(Some(self.tags), environment, problems));
        }

        StatsSettings {
            enabled: ENABLED.settle(self.enabled, environment, problems),
            common: CommonFields {
                prefix: PREFIX.settle(self.prefix, environment, problems),
                tags: tags.iter().map(|(key, value)| owned_tag(key, value)).collect(),
                hostname: HOSTNAME.settle(self.hostname.map(Some), environment, problems),
            },
            transport: transport.unwrap_or(default_transport),
            agent: agent
                .unwrap_or(AgentAddress::Udp { host: DEFAULT_HOST.to_owned(), port: DEFAULT_PORT }),
            api_key,
            api_url,
        }
    }
}

/// Adds tags; each replaces an earlier one with the same key.
fn merge_tags(tags: &mut TagList, others: impl IntoIterator<Item = (String, String)>) {
    for (key, value) in others {
        tags.retain(|(other, _)| *other != key);
        tags.push((key, value));
    }
}

fn parse_url(url: &str) -> Option<AgentAddress> {
    let Some(rest) = url.strip_prefix("udp://") else { return parse_unix(url) };
    // IPv6 addresses contain colons themselves.
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host, port.parse().ok().filter(|port| *port != 0)?)
        }
        _ => (rest, DEFAULT_PORT),
    };
    if host.contains(':') && !host.starts_with('[') {
        return None;
    }
    parse_host(host, port)
}

fn parse_host(host: &str, port: u16) -> Option<AgentAddress> {
    if host.contains("://") {
        return parse_unix(host);
    }
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|address| address.contains(':'))?,
        None => host,
    };
    let is_address = bare.parse::<std::net::IpAddr>().is_ok();
    (is_address || is_host(bare)).then(|| AgentAddress::Udp { host: bare.to_owned(), port })
}

fn parse_unix(url: &str) -> Option<AgentAddress> {
    // Datadog accepts both schemes for a datagram socket.
    let path = url.strip_prefix("unix://").or_else(|| url.strip_prefix("unixgram://"))?;
    (cfg!(unix) && path.starts_with('/')).then(|| AgentAddress::Unix(PathBuf::from(path)))
}

/// Returns whether the text can be a hostname (RFC 1123, section 2.1), or a name in Docker, which
/// may have `_`.
fn is_host(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() <= MAX_HOSTNAME && text.chars().all(is_plain)
}
