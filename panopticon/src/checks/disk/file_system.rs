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

#[derive(Debug, Clone, Copy)]
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
    let inodes = Inodes { free: found.f_favail, total: found.f_files };
    Ok(FileSystem {
        free_bytes: found.f_bavail.saturating_mul(unit),
        total_bytes: found.f_blocks.saturating_mul(unit),
        inodes: (inodes.total > 0).then_some(inodes),
        is_read_only: found.f_flag.contains(StatVfsMountFlags::RDONLY),
    })
}

#[cfg(not(unix))]
pub(super) fn read(_: &Path) -> Result<FileSystem, ReadError> {
    Err(ReadError::OtherSystem)
}
