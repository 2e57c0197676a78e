//! The settings of a service: builder over environment over default.
//!
//! `setting.rs` has the mechanism, and a file for each wing has its table.

mod engine;
mod environment;
#[cfg(feature = "http")]
mod http;
mod registry;
mod report;
mod setting;

use std::time::Duration;

pub(crate) use self::environment::Environment;
pub(crate) use self::registry::{WITHOUT_VARIABLE, switched_off};
pub(crate) use self::setting::InvalidSetting;
#[cfg(feature = "datadog")]
pub(crate) use self::setting::Setting;
use crate::report::MessageKey;

/// Makes the two structs of settings: as the builder is given them, and in effect.
macro_rules! settings {
    ($(
        $(#[cfg($cfg:meta)])?
        $(#[doc = $doc:literal])*
        $name:ident: $type:ty = $setting:path;
    )*) => {
        /// The settings that the builder was given; `None` leaves one to the environment.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct GivenSettings {
            $($(#[cfg($cfg)])? pub(crate) $name: Option<$type>,)*
        }

        /// The settings in effect.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct Settings {
            $($(#[cfg($cfg)])? $(#[doc = $doc])* pub(crate) $name: $type,)*
        }

        impl GivenSettings {
            /// Settles every setting, and adds those that are invalid to `invalid`.
            pub(crate) fn settle(
                self,
                environment: Environment<'_>,
                invalid: &mut Vec<InvalidSetting>,
            ) -> Settings {
                Settings {
                    $($(#[cfg($cfg)])? $name: $setting.settle(self.$name, environment, invalid),)*
                }
            }
        }
    };
}

settings! {
    timeout: Duration = engine::TIMEOUT;
    cache: Duration = engine::CACHE;
    /// How long a whole report may take; 30 days by default.
    report_timeout: Duration = engine::REPORT_TIMEOUT;
    message_key: MessageKey = report::MESSAGE_KEY;
    #[cfg(feature = "http")]
    /// Where the report is served: begins with a slash, does not end with one.
    path: String = http::PATH;
    #[cfg(feature = "http")]
    /// The HTTP status of an unhealthy report, 400 to 599.
    unhealthy_status: u16 = http::UNHEALTHY_STATUS;
    #[cfg(feature = "http")]
    /// Whether the path of the report has that status too while the service drains.
    drain_fails_report: bool = http::DRAIN_FAILS_REPORT;
}
