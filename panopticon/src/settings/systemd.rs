//! What systemd tells a service in its environment.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>,
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html>

use std::ffi::OsStr;
#[cfg(target_os = "android")]
use std::os::android::net::SocketAddrExt;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::process;
use std::time::Duration;

use super::environment::Environment;
use super::setting::{Setting, SettingProblems};
use super::value::SettingValue;
use super::warning::SettingWarning;
use crate::check::duration;

const METHOD: &str = "notify_systemd";

/// An optional text. An empty one counts as unset, as it does for other platform variables.
const NOTIFY_SOCKET: Setting<Option<String>> = Setting {
    method: METHOD,
    variables: &["NOTIFY_SOCKET"],
    accepted: if cfg!(any(target_os = "linux", target_os = "android")) {
        "the absolute path of a Unix datagram socket, or `@` and the name of an abstract one"
    } else {
        "the absolute path of a Unix datagram socket"
    },
    read: |text| Some(Some(text.to_owned()).filter(|text| !text.is_empty())),
    accept: |text| match text {
        Some(text) => socket_address(&text).map(|_| Some(text)),
        None => Some(None),
    },
    default: || None,
    syntax: None,
    is_secret: false,
};

const WATCHDOG_USEC: Setting<Option<u64>> = Setting {
    method: METHOD,
    variables: &["WATCHDOG_USEC"],
    accepted: "a positive number of microseconds",
    read: |text| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) },
    accept: |microseconds| Some(microseconds).filter(|&it| it != Some(0)),
    default: || None,
    syntax: None,
    is_secret: false,
};

const WATCHDOG_PID: Setting<Option<u64>> = Setting {
    variables: &["WATCHDOG_PID"],
    accepted: "the positive number of a process",
    ..WATCHDOG_USEC
};

impl SettingValue for u64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

/// What systemd tells a service.
#[derive(Debug)]
pub(crate) struct SystemdSettings {
    /// Where it receives notifications; `None` if this is not a unit that sends any.
    pub(crate) socket: Option<SocketAddr>,
    /// The time within which it expects the next sign of life, if it watches this process.
    pub(crate) watchdog: Option<Duration>,
}

impl SystemdSettings {
    /// Reads the environment of this process. Returns a warning for each variable that is skipped.
    pub(crate) fn of_process() -> (Self, Vec<SettingWarning>) {
        Self::read(&|variable| std::env::var(variable))
    }

    fn read(environment: Environment<'_>) -> (Self, Vec<SettingWarning>) {
        let mut problems = SettingProblems::default();
        let socket = NOTIFY_SOCKET.settle(None, environment, &mut problems);
        let socket = socket.as_deref().and_then(socket_address);
        let is_watched = {
            let process = WATCHDOG_PID.settle(None, environment, &mut problems);
            process.is_none_or(|it| it == u64::from(process::id()))
        };
        let watchdog = WATCHDOG_USEC.settle(None, environment, &mut problems);
        let watchdog = watchdog.filter(|_| is_watched).map(Duration::from_micros);
        let watchdog = watchdog.map(|watchdog| watchdog.min(duration::MAX));
        (Self { socket, watchdog }, problems.warnings)
    }
}

fn socket_address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix('@') {
        Some(name) => abstract_address(name),
        None if text.starts_with('/') => {
            SocketAddr::from_pathname(OsStr::from_bytes(text.as_bytes())).ok()
        }
        None => None,
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn abstract_address(name: &str) -> Option<SocketAddr> {
    // Without a name, the kernel would choose one.
    if name.is_empty() { None } else { SocketAddr::from_abstract_name(name).ok() }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn abstract_address(_: &str) -> Option<SocketAddr> {
    None
}

#[cfg(test)]
mod tests {
    use std::env::VarError;

    use super::*;

    fn read(variables: &[(&str, &str)]) -> (SystemdSettings, Vec<String>) {
        let (settings, warnings) = SystemdSettings::read(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        });
        (settings, warnings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn only_sockets_that_can_be_sent_to_are_accepted() {
        let (settings, warnings) = read(&[("NOTIFY_SOCKET", "/run/systemd/notify")]);
        let socket = settings.socket.unwrap();
        assert_eq!(socket.as_pathname().unwrap().to_str(), Some("/run/systemd/notify"));
        assert!(warnings.is_empty());
        let too_long = format!("/{}", "a".repeat(200));
        for text in
            ["run/notify", "vsock:2:1234", "@", &too_long, &too_long.replace('/', "@"), "/a\0"]
        {
            let (settings, warnings) = read(&[("NOTIFY_SOCKET", text)]);
            assert!(settings.socket.is_none(), "{text}");
            let [warning] = &warnings[..] else { panic!("{text}: {warnings:?}") };
            assert!(warning.contains("`NOTIFY_SOCKET` is skipped"), "{warning}");
            assert!(warning.contains("it takes the absolute path of a Unix datagram socket"));
        }
        for none in [&[][..], &[("NOTIFY_SOCKET", "")]] {
            let (settings, warnings) = read(none);
            assert!(settings.socket.is_none() && warnings.is_empty(), "{warnings:?}");
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn an_abstract_socket_is_accepted() {
        let (settings, warnings) = read(&[("NOTIFY_SOCKET", "@org/notify")]);
        assert_eq!(settings.socket.unwrap().as_abstract_name(), Some(&b"org/notify"[..]));
        assert!(warnings.is_empty());
    }

    #[test]
    fn the_watchdog_may_watch_another_process() {
        let (ours, other) = (process::id().to_string(), (process::id() + 1).to_string());
        for (pid, expected) in [(None, true), (Some(&ours), true), (Some(&other), false)] {
            let mut variables = vec![("WATCHDOG_USEC", "30000000")];
            variables.extend(pid.map(|pid| ("WATCHDOG_PID", &**pid)));
            let (settings, warnings) = read(&variables);
            let expected = expected.then_some(Duration::from_secs(30));
            assert_eq!(settings.watchdog, expected, "{pid:?}");
            assert!(warnings.is_empty());
        }
    }

    #[test]
    fn times_of_the_watchdog_are_positive_and_bounded() {
        for text in ["0", "-1", "30s", "99999999999999999999"] {
            let (settings, warnings) = read(&[("WATCHDOG_USEC", text)]);
            assert_eq!(settings.watchdog, None);
            assert!(warnings[0].contains("it takes a positive number of microseconds"));
        }
        let (settings, _) = read(&[("WATCHDOG_USEC", &u64::MAX.to_string())]);
        assert_eq!(settings.watchdog, Some(duration::MAX));
    }
}
