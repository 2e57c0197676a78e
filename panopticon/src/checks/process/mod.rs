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
//! There are no default bounds, since how many threads and how much memory are too much depends on
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
use super::measurement::{Findings, Gauge, as_f64, size};
use super::mistakes::reject;
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
        threads: Gauge::above("threads"),
        resident_bytes: Gauge::above("resident_bytes"),
    }
}

/// A check of this process, from [`check_process`]: call [`check_blocking`](Self::check_blocking).
///
/// If you keep it, in a resource or a `LazyLock`, instead of creating it for each run, it has
/// hysteresis: once a number has been above a bound, it must fall to 95 % of it.
#[derive(Debug)]
#[must_use = "nothing is checked until `check_blocking` is called"]
pub struct ProcessCheck {
    threads: Gauge,
    resident_bytes: Gauge,
}

impl ProcessCheck {
    /// Sets the number of threads above which the check is degraded. Default: none.
    pub fn degraded_above_threads(mut self, threads: u64) -> Self {
        self.threads = self.threads.degraded(as_f64(threads));
        self
    }

    /// Sets the number of threads above which the check is unhealthy. Default: none.
    pub fn unhealthy_above_threads(mut self, threads: u64) -> Self {
        self.threads = self.threads.unhealthy(as_f64(threads));
        self
    }

    /// Sets the number of resident bytes above which the check is degraded. Default: none.
    pub fn degraded_above_resident_bytes(mut self, bytes: u64) -> Self {
        self.resident_bytes = self.resident_bytes.degraded(as_f64(bytes));
        self
    }

    /// Sets the number of resident bytes above which the check is unhealthy. Default: none.
    pub fn unhealthy_above_resident_bytes(mut self, bytes: u64) -> Self {
        self.resident_bytes = self.resident_bytes.unhealthy(as_f64(bytes));
        self
    }

    /// Runs the check on this thread, for a `fn` with `#[healthcheck]`.
    pub fn check_blocking(&self) -> Health {
        let mut mistakes = Vec::new();
        self.threads.validate(&mut mistakes);
        self.resident_bytes.validate(&mut mistakes);
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
        let reading = self.threads.read(as_f64(threads));
        findings
            .add(reading.status, || format!("{threads} threads, more than {}", reading.bound()));
        let reading = self.resident_bytes.read(as_f64(resident_bytes));
        findings.add(reading.status, || {
            let (resident, bound) = (size(resident_bytes), size(reading.bound()));
            format!("{resident} resident, more than {bound}")
        });
        findings
            .health(|| {
                let (resident, uptime) = (size(resident_bytes), uptime_text(uptime));
                format!("{threads} threads, {resident} resident, up for {uptime}")
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
