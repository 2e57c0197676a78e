//! The settings of a service: builder over environment over default.
//!
//! `setting.rs` has the mechanism, and a file for each wing has its table.

mod engine;
mod environment;
#[cfg(feature = "http")]
mod http;
mod report;
mod setting;

use std::time::Duration;

pub(crate) use self::environment::Environment;
pub(crate) use self::setting::InvalidSetting;
#[cfg(feature = "datadog")]
pub(crate) use self::setting::Setting;
use crate::report::MessageKey;

/// The settings that the builder was given; `None` leaves one to the environment.
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

/// The settings in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) cache: Duration,
    /// How long a whole report may take; 30 days by default.
    pub(crate) report_timeout: Duration,
    pub(crate) message_key: MessageKey,
    /// Where the report is served: begins with a slash, does not end with one.
    #[cfg(feature = "http")]
    pub(crate) path: String,
    /// The HTTP status of an unhealthy report, 400 to 599.
    #[cfg(feature = "http")]
    pub(crate) unhealthy_status: u16,
}

impl GivenSettings {
    /// Settles every setting, and adds those that are invalid to `invalid`.
    pub(crate) fn settle(
        self,
        environment: Environment<'_>,
        invalid: &mut Vec<InvalidSetting>,
    ) -> Settings {
        Settings {
            timeout: engine::TIMEOUT.settle(self.timeout, environment, invalid),
            cache: engine::CACHE.settle(self.cache, environment, invalid),
            report_timeout: engine::REPORT_TIMEOUT.settle(
                self.report_timeout,
                environment,
                invalid,
            ),
            message_key: report::MESSAGE_KEY.settle(self.message_key, environment, invalid),
            #[cfg(feature = "http")]
            path: http::PATH.settle(self.path, environment, invalid),
            #[cfg(feature = "http")]
            unhealthy_status: http::UNHEALTHY_STATUS.settle(
                self.unhealthy_status,
                environment,
                invalid,
            ),
        }
    }
}
