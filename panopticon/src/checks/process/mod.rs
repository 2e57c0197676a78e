//! Shows how long this process has been running, its threads and its memory.
//!
//! ```standalone_crate
//! use panopticon::checks::process::check_process;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(no_probe)]
//! fn process() -> Health {
//!     check_process().check_blocking()
//! }
//! ```
//!
//! It is healthy, `5 threads, 48.2 MiB resident, up for 3h 12m`, unless a bound is set and exceeded:
//!
//! ```standalone_crate
//! use panopticon::checks::process::check_process;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(critical = false)]
//! fn process() -> Health {
//!     check_process()
//!         .degraded_above_threads(500)
//!         .degraded_above_resident_bytes(2 << 30) // 2 GiB
//!         .check_blocking()
//! }
//! ```
//!
//! | what is found | the result |
//! | --- | --- |
//! | more threads than a bound | degraded or unhealthy, `512 threads, more than 500` |
//! | more resident memory than a bound | degraded or unhealthy, `2.1 GiB resident, more than 2.0 GiB` |
//! | a bound is invalid | unhealthy, `process not checked: …` with every mistake |
//!
//! There are no default bounds, since how many threads and how much memory are too many depends on
//! the service. `check_memory`, of the feature `memory`, compares the memory with what the container
//! may use.
//!
//! The details are `uptime_seconds`, `threads` and `resident_bytes`, which is the part of the
//! process's memory that is in RAM (`VmRSS`).
//!
//! # Other systems
//!
//! The check works on Linux, where it reads two small files in `/proc/self`. Elsewhere it is degraded,
//! and says that it cannot measure; the service is still served.

mod stat;

use std::time::Duration;

use self::stat::Process;
use super::measurement::{Bounds, Findings, reject, size};
use crate::health::Health;

/// Shows this process's uptime, threads and memory. The methods of [`ProcessCheck`] set bounds.
///
/// ```
/// use panopticon::checks::process::check_process;
///
/// let health = check_process().check_blocking();
/// # if cfg!(target_os = "linux") {
/// assert!(health.detail("threads").unwrap().as_u64() >= Some(1), "{health:?}");
/// # }
/// ```
pub fn check_process() -> ProcessCheck {
    ProcessCheck {
        threads: Bounds::above("threads", None, None),
        resident_bytes: Bounds::above("resident_bytes", None, None),
    }
}

/// A check of this process, from [`check_process`]: call [`check_blocking`](Self::check_blocking).
#[derive(Debug, Clone)]
#[must_use = "nothing is checked until `check_blocking` is called"]
pub struct ProcessCheck {
    threads: Bounds<u64>,
    resident_bytes: Bounds<u64>,
}

impl ProcessCheck {
    /// Sets the number of threads above which the check is degraded. Default: none.
    pub fn degraded_above_threads(mut self, threads: u64) -> Self {
        self.threads.degraded = Some(threads);
        self
    }

    /// Sets the number of threads above which the check is unhealthy. Default: none.
    pub fn unhealthy_above_threads(mut self, threads: u64) -> Self {
        self.threads.unhealthy = Some(threads);
        self
    }

    /// Sets the number of resident bytes above which the check is degraded. Default: none.
    pub fn degraded_above_resident_bytes(mut self, bytes: u64) -> Self {
        self.resident_bytes.degraded = Some(bytes);
        self
    }

    /// Sets the number of resident bytes above which the check is unhealthy. Default: none.
    pub fn unhealthy_above_resident_bytes(mut self, bytes: u64) -> Self {
        self.resident_bytes.unhealthy = Some(bytes);
        self
    }

    /// Runs the check on this thread, for a `fn` with `#[healthcheck]`.
    pub fn check_blocking(self) -> Health {
        let mut mistakes = Vec::new();
        self.threads.validate_order(&mut mistakes);
        self.resident_bytes.validate_order(&mut mistakes);
        if let Err(invalid) = reject("process", &mistakes) {
            return invalid;
        }
        match Process::read() {
            Ok(process) => self.judge(&process),
            Err(unmeasured) => unmeasured.health("the process"),
        }
    }

    fn judge(&self, process: &Process) -> Health {
        let Process { uptime, threads, resident_bytes } = *process;
        let mut findings = Findings::new();
        let (status, bound) = self.threads.judge(threads);
        let bound = bound.unwrap_or_default();
        findings.add(status, || format!("{threads} threads, more than {bound}"));
        let (status, bound) = self.resident_bytes.judge(resident_bytes);
        let (resident, bound) = (size(resident_bytes), size(bound.unwrap_or_default()));
        findings.add(status, || format!("{resident} resident, more than {bound}"));
        findings
            .health(|| {
                format!("{threads} threads, {resident} resident, up for {}", uptime_text(uptime))
            })
            .with("uptime_seconds", uptime.as_secs())
            .with("threads", threads)
            .with("resident_bytes", resident_bytes)
    }
}

/// Shows the two largest units.
fn uptime_text(uptime: Duration) -> String {
    let seconds = uptime.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if days > 0 {
        format!("{days}d {}h", hours % 24)
    } else if hours > 0 {
        format!("{hours}h {}m", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes}m {}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uptime_has_its_two_largest_units() {
        for (seconds, expected) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 0s"),
            (3_599, "59m 59s"),
            (11_520, "3h 12m"),
            (86_400, "1d 0h"),
            (8_690_399, "100d 13h"),
        ] {
            assert_eq!(uptime_text(Duration::from_secs(seconds)), expected);
        }
    }
}
