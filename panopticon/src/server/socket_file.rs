//! The file of a Unix socket.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// The file of a bound Unix socket, which is removed when this is dropped.
pub(super) struct SocketFile {
    path: PathBuf,
    /// The device and inode number, which differ if another process has replaced the file.
    identity: Option<(u64, u64)>,
}

/// Binds a Unix socket. Replaces a file that a process left behind, if the process no longer runs.
pub(super) async fn bind(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            if !is_left_behind(path).await? {
                return Err(error);
            }
            fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    // The working directory may change before the file is removed.
    let path = std::path::absolute(path)?;
    let identity = identity(&path);
    Ok((listener, SocketFile { path, identity }))
}

/// Returns whether the file is a socket on which nothing listens.
async fn is_left_behind(path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "the file exists and is not a socket; remove it, or choose another path",
        ));
    }
    match UnixStream::connect(path).await {
        Err(error) => Ok(error.kind() == ErrorKind::ConnectionRefused),
        Ok(_) => Ok(false),
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

impl SocketFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.identity.is_some() && identity(&self.path) == self.identity {
            // If it cannot be removed, the next process replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}
