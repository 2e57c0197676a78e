//! Checks that a file system has room, and can be written to.
//!
//! ```standalone_crate
//! use panopticon::checks::disk::check_disk;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(interval = "30s")]
//! fn disk_space() -> Health {
//!     check_disk("/var/lib/orders").check_blocking()
//! }
//! ```
//!
//! | what is found | the result |
//! | --- | --- |
//! | enough space and inodes | healthy, `45.2 GiB of 98.3 GiB are free` |
//! | less than 5 % of the space is free | degraded, `only 3.1 GiB of 98.3 GiB are free (3.2 %)` |
//! | less than 5 % of the inodes are free | degraded, `only 12 of 6553600 inodes are free (0.0 %)` |
//! | less than 10 MiB are free | unhealthy, `only 3.0 MiB of 98.3 GiB are free (0.0 %)` |
//! | no inode is free | unhealthy, `no inode is free (of 6553600), so no file can be created` |
//! | it is mounted read-only, or was remounted so after an error | unhealthy, `the file system is mounted read-only` |
//! | it has no size, like `/proc` and a `tmpfs` without a limit | degraded, `free space cannot be measured: …` |
//! | the path does not exist, or cannot be read | unhealthy, ``the file system of `/var/lib/orders` cannot be read: …`` |
//! | a bound is invalid | unhealthy, `disk not checked: …` with every mistake |
//!
//! A file system that became read-only after an error is found if it says so: ext4 does, except with
//! Linux 6.12 to 6.14. XFS, which then fails all access, does not say so.
//!
//! What is free is what is available to users other than root, as `df` shows it in `Avail`. A quota
//! counts only if the file system reports it as its size, as XFS and ext4 do for project quotas.
//!
//! The details are `free_bytes`, `total_bytes`, `free_share` (from 0 to 1), `free_inodes`,
//! `total_inodes` and `free_inodes_share` (unless the file system has no fixed number of inodes, like
//! Btrfs), `read_only` and `path`.
//!
//! # Default bounds
//!
//! | bound | default | source |
//! | --- | --- | --- |
//! | degraded below, space and inodes | 5 % | `NodeFilesystemAlmostOutOfSpace` and `NodeFilesystemAlmostOutOfFiles` of Prometheus' [node mixin] |
//! | unhealthy below | 10 MiB | `DiskSpaceHealthIndicator` of [Spring Boot] |
//!
//! A share alone does not make the check unhealthy, since 1 % of a large disk is plenty for most
//! services. The kubelet [evicts pods] earlier by default: when less than 10 % of the node's file
//! system or 5 % of its inodes are free. For a path on the node's disk, `.degraded_below_share(0.15)`
//! warns before it does.
//!
//! # A check that is kept
//!
//! A check remembers what it has measured. Kept in a resource or a `LazyLock`, instead of created
//! for each run, it has hysteresis and a forecast, like a [`Level`](super::Level):
//!
//! ```standalone_crate
//! use panopticon::checks::disk::{DiskCheck, check_disk};
//! use panopticon::{Health, Panopticon, healthcheck};
//!
//! #[healthcheck(interval = "30s")]
//! fn disk_space(disk: &DiskCheck) -> Health {
//!     disk.check_blocking()
//! }
//!
//! # let data_folder = std::env::temp_dir();
//! let health = Panopticon::builder().provide(check_disk(data_folder)).build()?;
//! # drop(health);
//! # Ok::<(), panopticon::BuildError>(())
//! ```
//!
//! Once a value has been beyond a bound, it must come back by 5 % of it. `free_bytes_per_second` is how
//! fast the number of free bytes changes, negative while it falls, over the last one to two minutes;
//! `free_bytes_trend` is the same for people: `falls by 2.0 MiB/s, full in 2 min`.
//!
//! # Network file systems
//!
//! The system call, `statvfs`, cannot be interrupted while the server of an NFS mount does not
//! answer. Therefore, there is only the blocking form: in a plain `fn`, it runs on a thread of
//! panopticon's own. A call that hangs is reported as `timed out after 2s` and holds up nothing else;
//! at most two calls of one check hang at once.
//!
//! # Other systems
//!
//! The check works on Unix. Elsewhere, it is degraded and says that it cannot measure; the service
//! is still served.
//!
//! [node mixin]: https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/config.libsonnet
//! [Spring Boot]: https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.health.auto-configured-health-indicators
//! [evicts pods]: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#hard-eviction-thresholds

mod file_system;

use std::path::PathBuf;

use self::file_system::{FileSystem, ReadError};
use super::measurement::{
    Findings, Gauge, Systems, Unmeasured, as_f64, percentage, rounded_share, share, size,
};
use super::mistakes::reject;
use crate::health::{Health, Message, Status};

const SYSTEMS: Systems = Systems { names: "Unix", cfg: "unix" };

const MIB: f64 = 1024.0 * 1024.0;

/// Checks the file system that a file or folder is on: the space, the inodes, and whether it can be
/// written to. The methods of [`DiskCheck`] change the bounds.
///
/// ```
/// # #[cfg(unix)] {
/// use panopticon::checks::disk::check_disk;
/// use panopticon::Status;
///
/// let health = check_disk("/no/such/folder").check_blocking();
/// assert_eq!(health.status(), Status::Unhealthy);
/// assert!(health.message().unwrap().starts_with("the file system of `/no/such/folder`"));
/// # }
/// ```
pub fn check_disk(path: impl Into<PathBuf>) -> DiskCheck {
    DiskCheck {
        path: path.into(),
        free_bytes: Gauge::below("bytes").unhealthy(10.0 * MIB),
        free_share: Gauge::below("share").degraded(0.05),
        free_inodes_share: Gauge::below("share").degraded(0.05),
        allows_read_only: false,
    }
}

/// A check of a file system, from [`check_disk`]: call [`check_blocking`](Self::check_blocking). It
/// remembers what it has measured if it is [kept](self#a-check-that-is-kept).
#[derive(Debug)]
#[must_use = "nothing is checked until `check_blocking` is called"]
pub struct DiskCheck {
    path: PathBuf,
    free_bytes: Gauge,
    free_share: Gauge,
    free_inodes_share: Gauge,
    allows_read_only: bool,
}

impl DiskCheck {
    /// Sets the share of the space, and of the inodes, below which the check is degraded: from 0 to
    /// 1, instead of 0.05. 0 switches this bound off.
    ///
    /// ```
    /// # use panopticon::checks::disk::check_disk;
    /// let check = check_disk("/var/lib/orders")
    ///     .degraded_below_share(0.15)
    ///     .unhealthy_below_share(0.01);
    /// # let _ = check;
    /// ```
    pub fn degraded_below_share(mut self, share: f64) -> Self {
        self.free_share = self.free_share.degraded(share);
        self.free_inodes_share = self.free_inodes_share.degraded(share);
        self
    }

    /// Sets the share of the space, and of the inodes, below which the check is unhealthy: from 0
    /// to 1. Default: none, but without a free inode the check is unhealthy.
    pub fn unhealthy_below_share(mut self, share: f64) -> Self {
        self.free_share = self.free_share.unhealthy(share);
        self.free_inodes_share = self.free_inodes_share.unhealthy(share);
        self
    }

    /// Sets the number of free bytes below which the check is degraded. Default: none, only the
    /// share.
    pub fn degraded_below_bytes(mut self, bytes: u64) -> Self {
        self.free_bytes = self.free_bytes.degraded(as_f64(bytes));
        self
    }

    /// Sets the number of free bytes below which the check is unhealthy, instead of 10 MiB
    /// (10,485,760). 0 switches this bound off, for example for a small `tmpfs`.
    pub fn unhealthy_below_bytes(mut self, bytes: u64) -> Self {
        self.free_bytes = self.free_bytes.unhealthy(as_f64(bytes));
        self
    }

    /// Accepts a file system that is mounted read-only, such as one with the data of a model. Its
    /// space and inodes are not judged then, since nothing can use them.
    pub fn allow_read_only(mut self) -> Self {
        self.allows_read_only = true;
        self
    }

    /// Runs the check on this thread, for a `fn` with `#[healthcheck]`. It may
    /// [hang](self#network-file-systems), so do not call it in an `async fn`.
    pub fn check_blocking(&self) -> Health {
        let mut mistakes = Vec::new();
        self.free_share.validate_shares(&mut mistakes);
        self.free_bytes.validate(&mut mistakes);
        if let Err(invalid) = reject("disk", &mistakes) {
            return invalid;
        }
        match file_system::read(&self.path) {
            Ok(file_system) if file_system.total_bytes == 0 => {
                let error = "the file system says that it has no size, like `/proc` or a `tmpfs` \
                             without a limit; check the folder that data is written to";
                Unmeasured::Failed(error.to_owned()).health("free space")
            }
            Ok(file_system) => self.judge(&file_system),
            Err(ReadError::OtherSystem) => Unmeasured::OtherSystem(SYSTEMS).health("free space"),
            Err(ReadError::Failed(error)) => self.unreadable(&error),
        }
        .with("path", self.path.display().to_string())
    }

    fn judge(&self, found: &FileSystem) -> Health {
        let free_share = share(found.free_bytes, found.total_bytes);
        let space = || {
            let FileSystem { free_bytes, total_bytes, .. } = *found;
            format!("{} of {} are free", size(free_bytes), size(total_bytes))
        };
        let free_bytes = self.free_bytes.read(as_f64(found.free_bytes));
        let mut findings = Findings::new();
        if found.is_read_only {
            let status = if self.allows_read_only { Status::Healthy } else { Status::Unhealthy };
            findings.add(status, || "the file system is mounted read-only".to_owned());
        } else {
            let status = free_bytes.status.max(self.free_share.read(free_share).status);
            findings.add(status, || format!("only {} ({})", space(), percentage(free_share)));
            self.judge_inodes(found, &mut findings);
        }
        let mut health = findings
            .health(|| {
                let read_only = || "mounted read-only, as allowed".to_owned();
                if found.is_read_only { read_only() } else { space() }
            })
            .with("free_bytes", found.free_bytes)
            .with("total_bytes", found.total_bytes)
            .with("free_share", rounded_share(free_share))
            .with("read_only", found.is_read_only);
        health = free_bytes.add_trend(health, "free_bytes", 0.0, "full");
        if let Some(inodes) = found.inodes {
            health = health
                .with("free_inodes", inodes.free)
                .with("total_inodes", inodes.total)
                .with("free_inodes_share", rounded_share(share(inodes.free, inodes.total)));
        }
        health
    }

    fn judge_inodes(&self, found: &FileSystem, findings: &mut Findings) {
        let Some(inodes) = found.inodes else { return };
        if inodes.free == 0 {
            findings.add(Status::Unhealthy, || {
                format!("no inode is free (of {}), so no file can be created", inodes.total)
            });
            return;
        }
        let free_share = share(inodes.free, inodes.total);
        findings.add(self.free_inodes_share.read(free_share).status, || {
            let percentage = percentage(free_share);
            format!("only {} of {} inodes are free ({percentage})", inodes.free, inodes.total)
        });
    }

    fn unreadable(&self, error: &str) -> Health {
        let summary = format!("the file system of `{}` cannot be read", self.path.display());
        Health::from_message(Message::with_error(format!("{summary}: {error}"), summary))
    }
}
