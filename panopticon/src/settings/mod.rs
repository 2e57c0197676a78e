//! The settings of a service: builder over environment over default.
//!
//! `setting.rs` has the mechanism, and a file for each wing has its table.

mod bearer_token;
pub(crate) mod boolean;
mod engine;
mod environment;
mod events;
mod heartbeat;
mod heartbeat_template;
mod http;
mod registry;
mod report;
mod secret_url;
mod service_info;
mod setting;
#[cfg(all(feature = "systemd", unix))]
mod systemd;
mod unknown_variables;
mod value;
mod warning;

use std::time::Duration;

pub use self::bearer_token::BearerToken;
pub(crate) use self::environment::Environment;
#[cfg(feature = "heartbeat")]
pub(crate) use self::heartbeat::MIN_INTERVAL as MIN_HEARTBEAT_INTERVAL;
#[cfg(feature = "heartbeat")]
pub(crate) use self::heartbeat_template::{Beat, HeartbeatTemplate};
#[cfg(feature = "exec-probe")]
pub(crate) use self::http::{PATH as REPORT_PATH, TOKEN};
pub(crate) use self::registry::WITHOUT_VARIABLE;
pub use self::secret_url::SecretUrl;
pub use self::service_info::ServiceInfo;
#[cfg(any(feature = "datadog", feature = "exec-probe"))]
pub(crate) use self::setting::Setting;
pub(crate) use self::setting::{InvalidSetting, SettingProblems};
#[cfg(all(feature = "systemd", unix))]
pub(crate) use self::systemd::SystemdSettings;
use self::unknown_variables::{KnownVariables, unknown_variables};
#[cfg(any(feature = "datadog", feature = "exec-probe"))]
pub(crate) use self::value::SettingValue;
#[cfg(any(feature = "_http-client", feature = "datadog"))]
pub(crate) use self::value::may_have_password;
pub use self::warning::SettingWarning;
use crate::report::MessageKey;

/// Defines two structs, of the settings given to the builder and of the settings in effect, and the
/// list of their variables. A setting with a feature is a field only if the feature is enabled.
macro_rules! settings {
    ($(
        $(#[feature = $feature:tt])?
        $(#[doc = $doc:literal])*
        $name:ident: $type:ty = $setting:path;
    )*) => {
        /// The settings that the builder was given; `None` leaves one to the environment.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct GivenSettings {
            $($(#[cfg(feature = $feature)])? pub(crate) $name: Option<$type>,)*
        }

        /// The settings in effect; from [`Panopticon::settings`](crate::Panopticon::settings).
        ///
        /// Each value is the builder's, or else the environment's, or else the default.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Settings {
            $($(#[cfg(feature = $feature)])? $(#[doc = $doc])* pub $name: $type,)*
        }

        const KNOWN_VARIABLES: &[KnownVariables] = &[$(KnownVariables {
            names: $setting.variables,
            // Without a feature, only `None` is in the list.
            disabled_feature: [
                $(if cfg!(feature = $feature) { None } else { Some($feature) },)?
                None,
            ][0],
        },)*];

        impl GivenSettings {
            /// Settles every setting, and adds what is wrong to `problems`.
            fn settle(
                self,
                environment: Environment<'_>,
                problems: &mut SettingProblems,
            ) -> Settings {
                Settings {
                    $(
                        $(#[cfg(feature = $feature)])?
                        $name: $setting.settle(self.$name, environment, problems),
                    )*
                }
            }
        }
    };
}

settings! {
    /// The timeout of checks that set none, if their collection sets none either.
    timeout: Duration = engine::TIMEOUT;
    /// How long a result is reused, for checks that do not set this themselves.
    cache: Duration = engine::CACHE;
    /// How long a whole report may take; `None` for as long as its checks may take.
    report_timeout: Option<Duration> = engine::REPORT_TIMEOUT;
    /// How long the watched runtime may run no task before it is unhealthy.
    runtime_bound: Duration = engine::RUNTIME_BOUND;
    /// Whether the [history](crate::Panopticon::history) is recorded.
    history: bool = events::HISTORY;
    /// The checks that are switched off, by the builder and by the environment.
    without: Vec<String> = registry::WITHOUT;
    #[feature = "heartbeat"]
    /// The URL that heartbeats call; `None` to send none.
    heartbeat_url: Option<SecretUrl> = heartbeat::URL;
    #[feature = "heartbeat"]
    /// The time between two heartbeats.
    heartbeat_interval: Duration = heartbeat::INTERVAL;
    #[feature = "heartbeat"]
    /// The bearer token that heartbeats send, if there is one.
    heartbeat_token: Option<BearerToken> = heartbeat::TOKEN;
    /// The key of a component's message.
    message_key: MessageKey = report::MESSAGE_KEY;
    /// The description of the service.
    service: ServiceInfo = service_info::SERVICE;
    #[feature = "http"]
    /// The path of the report. It begins with a slash and does not end with one.
    path: String = http::PATH;
    #[feature = "http"]
    /// The path below which the [z-pages](crate::Builder::z_pages) are served, such as `/`; `None`
    /// if they are switched off.
    z_pages: Option<String> = http::Z_PAGES;
    #[feature = "http"]
    /// The HTTP status of an unhealthy report, 400 to 599.
    unhealthy_status: u16 = http::UNHEALTHY_STATUS;
    #[feature = "http"]
    /// The HTTP status of a degraded report or component, 200 to 299 or 400 to 599.
    degraded_status: u16 = http::DEGRADED_STATUS;
    #[feature = "http"]
    /// Whether the path of the report answers with that status while the service drains.
    drain_fails_report: bool = http::DRAIN_FAILS_REPORT;
    #[feature = "http"]
    /// How much of a report an anonymous reader sees over HTTP; `None` for the default.
    disclosure: Option<crate::report::Disclosure> = http::DISCLOSURE;
    #[feature = "http"]
    /// The token that lets a reader see everything, if there is one.
    token: Option<BearerToken> = http::TOKEN;
}

impl GivenSettings {
    /// Settles every setting with the environment of this process.
    pub(crate) fn settle_in_process(self) -> (Settings, SettingProblems) {
        let mut problems = SettingProblems::default();
        let environment: Environment<'_> = &|variable| std::env::var(variable);
        let settings = self.settle(environment, &mut problems);
        #[cfg(feature = "http")]
        let settings = settings.without_overlap(&mut problems);
        problems.warnings.extend(unknown_variables(KNOWN_VARIABLES, std::env::vars_os()));
        (settings, problems)
    }
}

#[cfg(feature = "http")]
impl Settings {
    /// Switches the z-pages off, and adds a problem, if their paths overlap with the report's.
    fn without_overlap(self, problems: &mut SettingProblems) -> Self {
        let z_pages = self.z_pages.as_deref();
        match z_pages.and_then(|prefix| http::overlap(&self.path, prefix)) {
            Some(overlap) => {
                problems.invalid.push(overlap);
                Self { z_pages: None, ..self }
            }
            None => self,
        }
    }
}
