//! A text in a response's body.

use std::io::{self, Read};

/// How much of a body is read, in bytes: 1 MiB.
pub(super) const READ_AT_MOST: usize = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    Found,
    /// Not in the whole body.
    Absent,
    /// Not in what is read of a longer one.
    NotWithinLimit,
}

/// Reads until `text` has come, or all that is read.
pub(super) fn search(mut body: impl Read, text: &str) -> io::Result<Search> {
    let text = text.as_bytes();
    let mut seen = Vec::new();
    let mut chunk = [0; 8 * 1024];
    loop {
        let length = match body.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if length == 0 {
            return Ok(Search::Absent);
        }
        // It may have begun in the chunk before.
        let from = seen.len().saturating_sub(text.len() - 1);
        seen.extend_from_slice(&chunk[..length]);
        let is_longer = seen.len() > READ_AT_MOST;
        seen.truncate(READ_AT_MOST);
        if seen[from..].windows(text.len()).any(|window| window == text) {
            return Ok(Search::Found);
        }
        if is_longer {
            return Ok(Search::NotWithinLimit);
        }
    }
}
