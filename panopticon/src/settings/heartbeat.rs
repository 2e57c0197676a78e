//! The settings of outgoing heartbeats.

use std::time::Duration;

use super::bearer_token::BearerToken;
use super::heartbeat_template::HeartbeatTemplate;
use super::secret_url::SecretUrl;
use super::setting::Setting;
use crate::check::duration;

/// The shortest time between two calls. healthchecks.io accepts five pings in a minute on average, and
/// a receiver learns nothing from more.
pub(crate) const MIN_INTERVAL: Duration = Duration::from_secs(10);

pub(super) const URL: Setting<Option<SecretUrl>> = Setting {
    method: "heartbeat_url",
    variables: &["PANOPTICON_HEARTBEAT_URL"],
    accepted: "an `http` or `https` URL without a user or a fragment, such as `https://hc-ping.com/<uuid>{|/fail|/start}`, \
               after `GET ` if it is not for POST; in braces, it has `message`, or what differs while the \
               service is healthy, unhealthy and starting, as `{up|down}`",
    read: |text| Some(Some(SecretUrl(text.to_owned()))),
    accept: |url| match url {
        Some(url) => HeartbeatTemplate::parse(&url.0).map(|_| Some(url)),
        None => Some(None),
    },
    default: || None,
    syntax: None,
    is_secret: true,
};

pub(super) const INTERVAL: Setting<Duration> = Setting {
    method: "heartbeat_interval",
    variables: &["PANOPTICON_HEARTBEAT_INTERVAL"],
    accepted: "a duration of at least 10 seconds, at most 30 days",
    read: duration::parse,
    accept: |it| Some(it).filter(|it| (MIN_INTERVAL..=duration::MAX).contains(it)),
    default: || Duration::from_secs(60),
    syntax: Some(duration::SYNTAX),
    is_secret: false,
};

pub(super) const TOKEN: Setting<Option<BearerToken>> = Setting {
    method: "heartbeat_token",
    variables: &["PANOPTICON_HEARTBEAT_TOKEN"],
    accepted: "visible ASCII characters without spaces",
    read: |text| Some(Some(BearerToken::new(text))),
    accept: |token| Some(token).filter(|it| it.as_ref().is_none_or(BearerToken::fits_header)),
    default: || None,
    syntax: None,
    is_secret: true,
};
