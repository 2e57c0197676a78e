//! Checks how much of the memory available to this process is in use.
//!
//! ```standalone_crate
//! use panopticon::checks::memory::check_memory;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(interval = "15s", critical = false)]
//! fn memory() -> Health {
//!     check_memory().check_blocking()
//! }
//! ```
//!
//! | what is found | the result |
//! | --- | --- |
//! | at most 90 % of the limit is in use | healthy, `412.3 MiB of 512.0 MiB are in use (80.5 %)` |
//! | more than 90 % of it | degraded, `486.4 MiB of 512.0 MiB are in use (95.0 %); at the limit, processes are killed` |
//! | the limit cannot be read | degraded, `memory cannot be measured: …` |
//! | a bound is invalid | unhealthy, `memory not checked: …` with every mistake |
//!
//! # What counts
//!
//! The limit is that of the cgroup that the process is in, of version 2 or 1, which is the limit of
//! its container or systemd unit; `MemTotal` of the host would be far too high. The cgroups around
//! it count as well, as far as they are visible: the limit of a pod or a slice includes what its
//! other containers or units use. Of all these, the one that is closest to its limit is reported.
//!
//! Used is the *working set*, as the kubelet and `kubectl top` calculate it: the usage of the cgroup
//! without `inactive_file`, since the kernel drops these cached files before it kills a process. If
//! several processes share the cgroup, it is what all of them use.
//!
//! In a container in which the cgroups are not mounted, the limit is unknown, and the check is
//! degraded, since the memory of the host says nothing about it.
//!
//! Without a limit, or if the limit is higher than the memory of the host, the memory of the host
//! counts: `MemTotal`, of which all but `MemAvailable` is used.
//!
//! The details are `used_bytes`, `limit_bytes` and `used_share` (from 0 to 1); `limited_by` is
//! `"cgroup"`, with its path in `cgroup`, or `"host"`.
//!
//! Swap is not considered, nor is `memory.high`, above which the kernel slows down the processes of a
//! cgroup.
//!
//! A check that is kept in a resource or a `LazyLock`, instead of created for each run, has
//! hysteresis and a forecast, like a [`Level`](super::Level). Once the share has been above a bound, it
//! must fall to 95 % of it. `used_bytes_per_second` is how fast the used memory grows, negative while it
//! falls, over the last one to two minutes; `used_bytes_trend` is the same for people:
//! `grows by 1.2 MiB/min, at the limit in 3 h`.
//!
//! ```standalone_crate
//! use std::sync::LazyLock;
//!
//! use panopticon::checks::memory::{MemoryCheck, check_memory};
//! use panopticon::{Health, healthcheck};
//!
//! static MEMORY: LazyLock<MemoryCheck> = LazyLock::new(check_memory);
//!
//! #[healthcheck(interval = "15s", critical = false)]
//! fn memory() -> Health {
//!     MEMORY.check_blocking()
//! }
//! ```
//!
//! # Default bounds
//!
//! Degraded above 90 %, which is the bound of `NodeMemoryHighUtilization` in Prometheus' [node mixin].
//! By default, the check is never unhealthy: taking a replica out of rotation frees no memory, and
//! a container that exceeds its limit is killed and restarted.
//!
//! # Other systems
//!
//! The check works on Linux. Elsewhere it is degraded, and says that it cannot measure; the service
//! is still served. It reads some small files of the kernel, which takes well under a millisecond.
//!
//! [node mixin]: https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/config.libsonnet

mod cgroups;
mod mount_info;
#[cfg(all(test, unix))]
mod tests;

use std::path::Path;

use self::cgroups::limited_cgroups;
use super::measurement::{
    Findings, Gauge, Unmeasured, as_f64, percentage, proc_file, rounded_share, share, size,
};
use super::mistakes::reject;
use crate::health::Health;

/// Checks that at most 90 % of the memory available to this process is in use. The methods of
/// [`MemoryCheck`] change the bounds.
///
/// ```
/// use panopticon::checks::memory::check_memory;
/// use panopticon::Status;
///
/// let health = check_memory().unhealthy_above_share(0.98).check_blocking();
/// # if cfg!(target_os = "linux") {
/// assert!(health.detail("used_share").is_some(), "{health:?}");
/// # }
/// ```
pub fn check_memory() -> MemoryCheck {
    MemoryCheck {
        used_share: Gauge::above("share").degraded(0.9),
        used_bytes: Gauge::above("bytes"),
    }
}

/// A check of the memory, from [`check_memory`]: call [`check_blocking`](Self::check_blocking). It
/// remembers what it has measured if it is [kept](self#what-counts).
#[derive(Debug)]
#[must_use = "nothing is checked until `check_blocking` is called"]
pub struct MemoryCheck {
    used_share: Gauge,
    /// For its trend.
    used_bytes: Gauge,
}

impl MemoryCheck {
    /// Sets the share of the limit above which the check is degraded: from 0 to 1, instead of 0.9.
    /// 1 switches this bound off.
    pub fn degraded_above_share(mut self, share: f64) -> Self {
        self.used_share = self.used_share.degraded(share);
        self
    }

    /// Sets the share of the limit above which the check is unhealthy: from 0 to 1. Default: none.
    pub fn unhealthy_above_share(mut self, share: f64) -> Self {
        self.used_share = self.used_share.unhealthy(share);
        self
    }

    /// Runs the check on this thread, for a `fn` with `#[healthcheck]`.
    pub fn check_blocking(&self) -> Health {
        let mut mistakes = Vec::new();
        self.used_share.validate_shares(&mut mistakes);
        if let Err(invalid) = reject("memory", &mistakes) {
            return invalid;
        }
        if !proc_file::is_supported() {
            return Unmeasured::OtherSystem(proc_file::SYSTEMS).health("memory");
        }
        match Memory::read(Path::new("/")) {
            Ok(memory) => self.judge(&memory),
            Err(error) => Unmeasured::Failed(error).health("memory"),
        }
    }

    fn judge(&self, memory: &Memory) -> Health {
        let used_share = memory.used_share();
        let use_of_limit = || {
            let (used, limit) = (size(memory.used_bytes), size(memory.limit_bytes));
            format!("{used} of {limit} are in use ({})", percentage(used_share))
        };
        let mut findings = Findings::new();
        findings.add(self.used_share.read(used_share).status, || {
            format!("{}; at the limit, processes are killed", use_of_limit())
        });
        let health = findings
            .health(use_of_limit)
            .with("used_bytes", memory.used_bytes)
            .with("limit_bytes", memory.limit_bytes)
            .with("used_share", rounded_share(used_share));
        let health = self.used_bytes.read(as_f64(memory.used_bytes)).add_trend(
            health,
            "used_bytes",
            as_f64(memory.limit_bytes),
            "at the limit",
        );
        match &memory.limited_by {
            LimitedBy::Cgroup(path) => health.with("limited_by", "cgroup").with("cgroup", path),
            LimitedBy::Host => health.with("limited_by", "host"),
        }
    }
}

/// The memory that this process may use.
#[derive(Debug, PartialEq, Eq)]
struct Memory {
    used_bytes: u64,
    limit_bytes: u64,
    limited_by: LimitedBy,
}

#[derive(Debug, PartialEq, Eq)]
enum LimitedBy {
    /// The cgroup with this path in its hierarchy.
    Cgroup(String),
    Host,
}

impl Memory {
    /// Reads what `/proc` and `/sys` below a root say, which is `/` except in tests.
    fn read(root: &Path) -> Result<Self, String> {
        let path = root.join("proc/meminfo");
        let meminfo = proc_file::read(&path)?;
        let total = proc_file::number(&meminfo, &path, "MemTotal")?;
        let tightest = limited_cgroups(root)?
            .into_iter()
            // Also what means no limit in version 1.
            .filter(|it| it.limit_bytes < total)
            .map(|it| Self {
                used_bytes: it.working_set_bytes,
                limit_bytes: it.limit_bytes,
                limited_by: LimitedBy::Cgroup(it.cgroup),
            })
            // Of several that are equally full, the last is taken: the process's own.
            .rev()
            .max_by(|one, other| one.used_share().total_cmp(&other.used_share()));
        if let Some(tightest) = tightest {
            return Ok(tightest);
        }
        let available = proc_file::number(&meminfo, &path, "MemAvailable")?;
        Ok(Self {
            used_bytes: total.saturating_sub(available),
            limit_bytes: total,
            limited_by: LimitedBy::Host,
        })
    }

    fn used_share(&self) -> f64 {
        share(self.used_bytes, self.limit_bytes)
    }
}
