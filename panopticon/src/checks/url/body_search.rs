//! Looks for a text in a response's body.

use std::io::{self, Read};

/// The number of bytes of a body that are read: 1 MiB.
pub(super) const MAX_LENGTH: usize = 1024 * 1024;

#[derive(Clone, Copy)]
pub(super) enum BodySearch {
    Found,
    /// Not in the whole body.
    Absent,
    /// Not in the first [`MAX_LENGTH`] bytes of a longer body.
    AbsentWithinLimit,
}

/// Reads until `text` is found, and at most [`MAX_LENGTH`] bytes.
pub(super) fn search(mut body: impl Read, text: &str) -> io::Result<BodySearch> {
    let text = text.as_bytes();
    let mut seen = Vec::new();
    let mut chunk = [0; 8 * 1024];
    loop {
        let length = match body.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if length == 0 {
            return Ok(BodySearch::Absent);
        }
        // The text may start in the chunk before.
        let from = seen.len().saturating_sub(text.len() - 1);
        seen.extend_from_slice(&chunk[..length]);
        let is_longer = seen.len() > MAX_LENGTH;
        seen.truncate(MAX_LENGTH);
        if seen[from..].windows(text.len()).any(|window| window == text) {
            return Ok(BodySearch::Found);
        }
        if is_longer {
            return Ok(BodySearch::AbsentWithinLimit);
        }
    }
}
