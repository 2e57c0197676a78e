//! The settings of running checks.

use std::time::Duration;

use super::setting::Setting;
use crate::check::duration;

pub(super) const TIMEOUT: Setting<Duration> = Setting {
    method: "timeout",
    variables: &["PANOPTICON_TIMEOUT"],
    accepted: duration::SYNTAX,
    read: duration::parse,
    accept: |timeout| Some(timeout).filter(|&timeout| duration::is_timeout(timeout)),
    default: || Duration::from_secs(2),
    is_secret: false,
};

pub(super) const CACHE: Setting<Duration> = Setting {
    method: "cache",
    variables: &["PANOPTICON_CACHE"],
    accepted: duration::SYNTAX,
    read: duration::parse,
    accept: |cache| Some(cache).filter(|&cache| cache <= duration::MAX),
    default: || Duration::from_secs(1),
    is_secret: false,
};

pub(super) const REPORT_TIMEOUT: Setting<Duration> = Setting {
    method: "report_timeout",
    variables: &["PANOPTICON_REPORT_TIMEOUT"],
    default: || duration::MAX,
    ..TIMEOUT
};
