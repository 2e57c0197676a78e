//! What can be configured: by the builder, else by the environment, else by default.

mod setting;

use std::time::Duration;

pub(crate) use self::setting::{Environment, Setting, SettingProblem};
use crate::check::duration;
use crate::report::MessageKey;

/// Settings as the builder was given them; `None` leaves a setting to the environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenSettings {
    pub(crate) timeout: Option<Duration>,
    pub(crate) cache: Option<Duration>,
    pub(crate) report_timeout: Option<Duration>,
    pub(crate) message_key: Option<MessageKey>,
    #[cfg(feature = "http")]
    pub(crate) path: Option<String>,
    #[cfg(feature = "http")]
    pub(crate) unhealthy_status: Option<u16>,
}

/// Settings that hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) cache: Duration,
    /// How long a whole report may take; 30 days where nothing is said.
    pub(crate) report_timeout: Duration,
    pub(crate) message_key: MessageKey,
    /// Where the report is served: begins with a slash, does not end with one.
    #[cfg(feature = "http")]
    pub(crate) path: String,
    /// The HTTP status of an unhealthy report, 400 to 599.
    #[cfg(feature = "http")]
    pub(crate) unhealthy_status: u16,
}

const TIMEOUT: Setting<Duration> = Setting {
    method: "timeout",
    variables: &["PANOPTICON_TIMEOUT"],
    accepted: duration::SYNTAX,
    read: duration::parse,
    accept: |timeout| Some(timeout).filter(|&timeout| duration::is_timeout(timeout)),
    default: || Duration::from_secs(2),
    is_secret: false,
};

const CACHE: Setting<Duration> = Setting {
    method: "cache",
    variables: &["PANOPTICON_CACHE"],
    accepted: duration::SYNTAX,
    read: duration::parse,
    accept: |cache| Some(cache).filter(|&cache| cache <= duration::MAX),
    default: || Duration::from_secs(1),
    is_secret: false,
};

const REPORT_TIMEOUT: Setting<Duration> = Setting {
    method: "report_timeout",
    variables: &["PANOPTICON_REPORT_TIMEOUT"],
    default: || duration::MAX,
    ..TIMEOUT
};

const MESSAGE_KEY: Setting<MessageKey> = Setting {
    method: "message_key",
    variables: &["PANOPTICON_MESSAGE_KEY"],
    accepted: "`friendly_status` or `status_message`",
    read: |text| {
        [MessageKey::FriendlyStatus, MessageKey::StatusMessage]
            .into_iter()
            .find(|key| key.as_str() == text)
    },
    accept: Some,
    default: MessageKey::default,
    is_secret: false,
};

#[cfg(feature = "http")]
const PATH: Setting<String> = Setting {
    method: "path",
    variables: &["PANOPTICON_PATH"],
    accepted: "a path below the root, of ASCII letters, digits and `_ . ~ -` between slashes, such \
               as `/healthcheck`",
    read: |text| Some(text.to_owned()),
    accept: |path| {
        let path = path.strip_suffix('/').unwrap_or(&path);
        let mut segments = path.strip_prefix('/')?.split('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '~' | '-');
        segments
            // Clients resolve `.` and `..`; such a path is never asked for.
            .all(|segment| !matches!(segment, "" | "." | "..") && segment.chars().all(is_plain))
            .then(|| path.to_owned())
    },
    default: || "/healthcheck".to_owned(),
    is_secret: false,
};

#[cfg(feature = "http")]
const UNHEALTHY_STATUS: Setting<u16> = Setting {
    method: "unhealthy_status",
    variables: &["PANOPTICON_UNHEALTHY_STATUS"],
    accepted: "an HTTP status from 400 to 599, such as 503, or 500 for monitors written against \
               python-panopticon",
    read: |text| text.parse().ok(),
    accept: |status| Some(status).filter(|status| (400..=599).contains(status)),
    default: || 503,
    is_secret: false,
};

impl GivenSettings {
    /// Settles every setting; what is not acceptable goes to `problems`.
    pub(crate) fn settle(
        self,
        environment: Environment<'_>,
        problems: &mut Vec<SettingProblem>,
    ) -> Settings {
        Settings {
            timeout: TIMEOUT.settle(self.timeout, environment, problems),
            cache: CACHE.settle(self.cache, environment, problems),
            report_timeout: REPORT_TIMEOUT.settle(self.report_timeout, environment, problems),
            message_key: MESSAGE_KEY.settle(self.message_key, environment, problems),
            #[cfg(feature = "http")]
            path: PATH.settle(self.path, environment, problems),
            #[cfg(feature = "http")]
            unhealthy_status: UNHEALTHY_STATUS.settle(self.unhealthy_status, environment, problems),
        }
    }
}
