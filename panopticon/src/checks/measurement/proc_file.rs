//! Text files of the kernel, in `/proc` and `/sys/fs/cgroup`, below a root that tests replace.

use std::path::Path;
use std::{fs, io};

use super::Systems;

/// The systems that have these files.
pub(in crate::checks) const SYSTEMS: Systems =
    Systems { names: "Linux", cfg: "target_os = \"linux\"" };

/// Returns whether this system has these files.
pub(in crate::checks) const fn is_supported() -> bool {
    cfg!(any(target_os = "linux", target_os = "android"))
}

/// Reads a file that must exist.
pub(in crate::checks) fn read(path: &Path) -> Result<String, String> {
    read_lossy(path).map_err(|error| text(path, &error))
}

/// Reads a file, unless it does not exist.
pub(in crate::checks) fn read_if_exists(path: &Path) -> Result<Option<String>, String> {
    match read_lossy(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(text(path, &error)),
    }
}

/// Reads a file that need not be UTF-8: it has paths, and names that the kernel cuts after 15 bytes.
fn read_lossy(path: &Path) -> io::Result<String> {
    fs::read(path).map(|content| String::from_utf8_lossy(&content).into_owned())
}

/// Returns the number that follows a key, as in `Threads: 7` and `inactive_file 4096`; in bytes, if it
/// has the unit `kB`.
pub(in crate::checks) fn number(content: &str, path: &Path, key: &str) -> Result<u64, String> {
    let invalid = || format!("{} has no number for `{key}`", path.display());
    let words = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let is_key = words.next()?.trim_end_matches(':') == key;
        let number: u64 = is_key.then(|| words.next()?.parse().ok())??;
        Some(if words.next() == Some("kB") { number.saturating_mul(1024) } else { number })
    };
    content.lines().find_map(words).ok_or_else(invalid)
}

fn text(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_follows_its_key() {
        let path = Path::new("/proc/self/status");
        let content = "Name:\tThreads: 3\nThreads:\t7\nVmRSS:\t    2048 kB\ninactive_file 5\n";
        for (key, expected) in [("Threads", 7), ("VmRSS", 2_097_152), ("inactive_file", 5)] {
            assert_eq!(number(content, path, key), Ok(expected));
        }
        for key in ["Thread", "Name", "VmSwap"] {
            assert_eq!(
                number(content, path, key),
                Err(format!("/proc/self/status has no number for `{key}`"))
            );
        }
    }
}
