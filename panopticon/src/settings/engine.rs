//! The settings of running checks.

use std::time::Duration;

use super::setting::Setting;
use crate::check::duration;

pub(super) const TIMEOUT: Setting<Duration> = Setting {
    method: "timeout",
    variables: &["PANOPTICON_TIMEOUT"],
    accepted: duration::TIMEOUT,
    read: duration::parse,
    accept: |timeout| Some(timeout).filter(|&timeout| duration::is_timeout(timeout)),
    default: || Duration::from_secs(2),
    syntax: Some(duration::SYNTAX),
    is_secret: false,
};

pub(super) const CACHE: Setting<Duration> = Setting {
    method: "cache",
    variables: &["PANOPTICON_CACHE"],
    accepted: "a duration of at most 30 days",
    read: duration::parse,
    accept: |cache| Some(cache).filter(|&cache| cache <= duration::MAX),
    default: || Duration::from_secs(1),
    syntax: Some(duration::SYNTAX),
    is_secret: false,
};

pub(super) const RUNTIME_BOUND: Setting<Duration> = Setting {
    method: "runtime_bound",
    variables: &["PANOPTICON_RUNTIME_BOUND"],
    accepted: "a duration of at least 1 second, at most 30 days",
    read: duration::parse,
    // A shorter bound would restart services that are only busy.
    accept: |bound| Some(bound).filter(|it| (Duration::from_secs(1)..=duration::MAX).contains(it)),
    default: || Duration::from_secs(10),
    syntax: Some(duration::SYNTAX),
    is_secret: false,
};

pub(super) const REPORT_TIMEOUT: Setting<Option<Duration>> = Setting {
    method: "report_timeout",
    variables: &["PANOPTICON_REPORT_TIMEOUT"],
    accepted: duration::TIMEOUT,
    read: |text| duration::parse(text).map(Some),
    accept: |timeout| Some(timeout).filter(|&it| it.is_none_or(duration::is_timeout)),
    default: || None,
    syntax: Some(duration::SYNTAX),
    is_secret: false,
};
