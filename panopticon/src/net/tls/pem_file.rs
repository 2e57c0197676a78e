//! Files with certificates and keys.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The longest file that is read, in bytes: 1 MiB.
const MAX_LENGTH: u64 = 1024 * 1024;

/// Reads a file whole. Symbolic links, as Kubernetes has them in the folders of its secrets, are followed.
pub(crate) fn read_pem_file(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a named pipe would wait until somebody writes to it.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut content = Vec::new();
    File::open(path)?.take(MAX_LENGTH + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_LENGTH {
        return Err(io::Error::other("it is longer than 1 MiB"));
    }
    Ok(content)
}
