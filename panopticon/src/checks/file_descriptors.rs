//! Checks how many files, sockets and pipes this process has open, compared with the limit.
//!
//! ```standalone_crate
//! use panopticon::checks::file_descriptors::check_file_descriptors;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(interval = "15s")]
//! fn file_descriptors() -> Health {
//!     check_file_descriptors().check_blocking()
//! }
//! ```
//!
//! | what is found | the result |
//! | --- | --- |
//! | at most 70 % of the limit | healthy, `212 of 1024 file descriptors are open (20.7 %)` |
//! | more than 70 % | degraded, with the same text |
//! | more than 90 %, or the limit is reached | unhealthy, with the same text |
//! | no limit | healthy, `212 file descriptors are open, without a limit` |
//! | a bound is invalid | unhealthy, `file descriptors not checked: …` with every mistake |
//!
//! The limit is the soft limit `RLIMIT_NOFILE` (`ulimit -Sn`), often 1,024, beyond which `open`,
//! `accept` and `connect` fail with "Too many open files (os error 24)". A program can raise it to
//! the hard limit, `ulimit -Hn`.
//!
//! The details are `open`, `limit` and `used_share` (from 0 to 1); the last two only with a limit.
//!
//! # Default bounds
//!
//! Degraded above 70 % and unhealthy above 90 %, the bounds of the warning and the critical alert
//! `NodeFileDescriptorLimit` of Prometheus' [node mixin]. A service that is about to fail every
//! connection is not ready for more of them. It is again once it has less to do, or a restart has
//! closed what it leaked.
//!
//! # Other systems
//!
//! The check works on Linux and macOS, where `/proc/self/fd` or `/dev/fd` lists what is open. On
//! Linux 6.2 and newer, the kernel returns their number at once; on older ones, the check reads the
//! list, which takes some milliseconds for ten thousand. Elsewhere it is degraded, and says that it
//! cannot measure; the service is still served.
//!
//! [node mixin]: https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/alerts/alerts.libsonnet

use super::measurement::{Findings, Gauge, Systems, Unmeasured, percentage, rounded_share, share};
use super::mistakes::reject;
use crate::health::Health;

const SYSTEMS: Systems =
    Systems { names: "Linux and macOS", cfg: "any(target_os = \"linux\", target_os = \"macos\")" };

/// Checks that this process has at most 70 % of its limit of file descriptors open. The
/// methods of [`FileDescriptorsCheck`] change the bounds.
///
/// ```
/// use panopticon::checks::file_descriptors::check_file_descriptors;
///
/// let health = check_file_descriptors().degraded_above_share(0.5).check_blocking();
/// # if cfg!(target_os = "linux") {
/// assert!(health.detail("open").is_some(), "{health:?}");
/// # }
/// ```
pub fn check_file_descriptors() -> FileDescriptorsCheck {
    FileDescriptorsCheck { used_share: Gauge::above("share").degraded(0.7).unhealthy(0.9) }
}

/// A check of the open file descriptors, from [`check_file_descriptors`]: call
/// [`check_blocking`](Self::check_blocking).
///
/// If you keep it, in a resource or a `LazyLock`, instead of creating it for each run, it has
/// hysteresis: once the share has been above a bound, it must fall to 95 % of it.
#[derive(Debug)]
#[must_use = "nothing is checked until `check_blocking` is called"]
pub struct FileDescriptorsCheck {
    used_share: Gauge,
}

impl FileDescriptorsCheck {
    /// Sets the share of the limit above which the check is degraded: from 0 to 1, instead of 0.7.
    pub fn degraded_above_share(mut self, share: f64) -> Self {
        self.used_share = self.used_share.degraded(share);
        self
    }

    /// Sets the share of the limit above which the check is unhealthy: from 0 to 1, instead of 0.9.
    /// With 1, it is never unhealthy.
    pub fn unhealthy_above_share(mut self, share: f64) -> Self {
        self.used_share = self.used_share.unhealthy(share);
        self
    }

    /// Runs the check on this thread, for a `fn` with `#[healthcheck]`.
    pub fn check_blocking(&self) -> Health {
        let mut mistakes = Vec::new();
        self.used_share.validate_shares(&mut mistakes);
        if let Err(invalid) = reject("file descriptors", &mistakes) {
            return invalid;
        }
        match descriptors::read() {
            Ok(descriptors) => self.judge(&descriptors),
            Err(unmeasured) => unmeasured.health("open file descriptors"),
        }
    }

    fn judge(&self, descriptors: &Descriptors) -> Health {
        let Descriptors { open, limit } = *descriptors;
        let Some(limit) = limit else {
            let message = format!("{open} file descriptors are open, without a limit");
            return Health::healthy(message).with("open", open);
        };
        // More are open than may be if the limit was lowered after they were opened.
        let used_share = share(open, limit).min(1.0);
        let text =
            || format!("{open} of {limit} file descriptors are open ({})", percentage(used_share));
        let mut findings = Findings::new();
        findings.add(self.used_share.read(used_share).status, text);
        let health = findings.health(text);
        health.with("open", open).with("limit", limit).with("used_share", rounded_share(used_share))
    }
}

struct Descriptors {
    open: u64,
    /// The soft limit, if there is one.
    limit: Option<u64>,
}

#[cfg(unix)]
mod descriptors {
    use std::{fs, io};

    use rustix::io::Errno;
    use rustix::process::{Resource, getrlimit};

    use super::{Descriptors, SYSTEMS, Unmeasured};

    pub(super) fn read() -> Result<Descriptors, Unmeasured> {
        let limit = getrlimit(Resource::Nofile).current;
        let Some(folder) = folder() else { return Err(Unmeasured::OtherSystem(SYSTEMS)) };
        match (count(folder), limit) {
            (Ok(open), _) => Ok(Descriptors { open, limit }),
            // None is left with which to read the list.
            (Err(error), Some(all))
                if error.raw_os_error() == Some(Errno::MFILE.raw_os_error()) =>
            {
                Ok(Descriptors { open: all, limit })
            }
            (Err(error), _) => Err(Unmeasured::Failed(format!("{folder}: {error}"))),
        }
    }

    /// Returns the folder that lists the descriptors, on the systems where it lists all of them.
    fn folder() -> Option<&'static str> {
        if cfg!(any(target_os = "linux", target_os = "android")) {
            Some("/proc/self/fd")
        } else {
            cfg!(target_vendor = "apple").then_some("/dev/fd")
        }
    }

    fn count(folder: &str) -> io::Result<u64> {
        // The size of `/proc/self/fd` is their number, since Linux 6.2. It was 0 before.
        if cfg!(any(target_os = "linux", target_os = "android")) {
            let count = fs::metadata(folder)?.len();
            if count > 0 {
                return Ok(count);
            }
        }
        let mut count = 0_u64;
        for entry in fs::read_dir(folder)? {
            entry?;
            count += 1;
        }
        // One of them is open only for the list.
        Ok(count.saturating_sub(1))
    }
}

#[cfg(not(unix))]
mod descriptors {
    use super::{Descriptors, SYSTEMS, Unmeasured};

    pub(super) fn read() -> Result<Descriptors, Unmeasured> {
        Err(Unmeasured::OtherSystem(SYSTEMS))
    }
}
