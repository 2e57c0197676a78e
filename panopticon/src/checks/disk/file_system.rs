//! What the system knows about a file system.

use std::path::Path;

/// A file system.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileSystem {
    /// Available to users other than root.
    pub(super) free_bytes: u64,
    pub(super) total_bytes: u64,
    /// `None` if their number is not limited.
    pub(super) inodes: Option<Inodes>,
    pub(super) is_read_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inodes {
    /// Available to users other than root.
    pub(super) free: u64,
    pub(super) total: u64,
}

#[allow(dead_code, reason = "each system has only one of them")]
pub(super) enum ReadError {
    /// This system has no `statvfs`.
    OtherSystem,
    /// The error's text, and what to do.
    Failed(String),
}

/// Reads the file system that this path is on. Blocks, and may hang.
#[cfg(unix)]
pub(super) fn read(path: &Path) -> Result<FileSystem, ReadError> {
    use std::io;

    use rustix::fs::{StatVfsMountFlags, statvfs};
    use rustix::io::Errno;

    let found = statvfs(path).map_err(|error| {
        let advice = match error {
            Errno::NOENT => "; create it, mount its volume, or correct the path",
            Errno::ACCESS => "; give the user of this process access to the folders above it",
            _ => "",
        };
        ReadError::Failed(format!("{}{advice}", io::Error::from(error)))
    })?;
    // The unit of the blocks. Some systems leave it 0, and count in `f_bsize`.
    let unit = if found.f_frsize == 0 { found.f_bsize } else { found.f_frsize };
    Ok(FileSystem {
        free_bytes: free_blocks(found.f_bavail).saturating_mul(unit),
        total_bytes: found.f_blocks.saturating_mul(unit),
        inodes: inodes(found.f_favail, found.f_files),
        is_read_only: found.f_flag.contains(StatVfsMountFlags::RDONLY) || refuses_writes(path),
    })
}

/// Returns how many blocks are free. Some systems count them below zero once only root has some
/// left, as `df` shows it.
#[cfg(unix)]
fn free_blocks(count: u64) -> u64 {
    if i64::try_from(count).is_ok() { count } else { 0 }
}

/// Returns the inodes, if their number is limited. Some file systems have 0 of them, others more
/// free than there are, such as that of Ceph with -1.
#[cfg(unix)]
fn inodes(free: u64, total: u64) -> Option<Inodes> {
    (total > 0 && free <= total).then_some(Inodes { free, total })
}

/// Returns whether this is an ext4 that allows no more writes since an error. Since Linux 6.12, it
/// does not have the flag of a file system that is mounted read-only, but an option.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn refuses_writes(path: &Path) -> bool {
    use rustix::fs::{major, minor, stat};

    use crate::checks::measurement::proc_file;

    let Ok(found) = stat(path) else { return false };
    let device = format!("{}:{}", major(found.st_dev), minor(found.st_dev));
    // Without `/proc`, only the flag tells.
    proc_file::read(Path::new("/proc/self/mountinfo"))
        .is_ok_and(|mountinfo| has_option(&mountinfo, &device, "emergency_ro"))
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn refuses_writes(_: &Path) -> bool {
    false
}

/// Returns whether a file system has an option, in `/proc/self/mountinfo`: the last word of a line,
/// whose third is the device.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn has_option(mountinfo: &str, device: &str, option: &str) -> bool {
    let is_of_device = |line: &&str| line.split(' ').nth(2) == Some(device);
    let mut lines = mountinfo.lines().filter(is_of_device);
    lines.any(|line| {
        line.rsplit(' ').next().is_some_and(|options| options.split(',').any(|it| it == option))
    })
}

#[cfg(not(unix))]
pub(super) fn read(_: &Path) -> Result<FileSystem, ReadError> {
    Err(ReadError::OtherSystem)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_only_root_can_use_are_not_free() {
        for (count, expected) in [(0, 0), (5, 5), (u64::MAX - 2, 0), (u64::MAX, 0)] {
            assert_eq!(free_blocks(count), expected);
        }
    }

    #[test]
    fn without_a_fixed_number_of_inodes_there_are_none_to_judge() {
        for (free, total) in [(0, 0), (u64::MAX, 4_000), (4_001, 4_000)] {
            assert_eq!(inodes(free, total), None);
        }
        for (free, total) in [(0, 4_000), (4_000, 4_000)] {
            assert_eq!(inodes(free, total), Some(Inodes { free, total }));
        }
    }
}
