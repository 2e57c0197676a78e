//! Reads the body of a response, as far as it is expected to be something.

use std::io::{self, Read};

use ureq::http::HeaderMap;
use ureq::http::header::CONTENT_ENCODING;

use super::body_search::MAX_LENGTH;
use crate::escaped::Escaped;
use crate::health::truncate;

/// A body, or its first [`MAX_LENGTH`] bytes.
pub(super) struct ReadBody {
    pub(super) bytes: Vec<u8>,
    /// Whether there is more of it.
    pub(super) is_longer: bool,
}

impl ReadBody {
    /// Reads at most [`MAX_LENGTH`] bytes, after they are decoded, so that a small body that is
    /// compressed cannot become a large one.
    pub(super) fn read(body: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        body.take(MAX_LENGTH as u64 + 1).read_to_end(&mut bytes)?;
        let is_longer = bytes.len() > MAX_LENGTH;
        bytes.truncate(MAX_LENGTH);
        Ok(Self { bytes, is_longer })
    }
}

/// Returns the `Content-Encoding` of a response if it is one that cannot be decoded.
pub(super) fn unknown_encoding(headers: &HeaderMap) -> Option<String> {
    const MAX_SHOWN: usize = 40;
    let encodings = headers.get_all(CONTENT_ENCODING);
    let mut encodings: Vec<_> =
        encodings.iter().map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned()).collect();
    encodings.retain(|encoding| !encoding.is_empty() && encoding != "identity");
    if encodings.is_empty() || encodings == ["gzip"] {
        return None;
    }
    let mut shown = Escaped(encodings.join(", ")).to_string();
    truncate(&mut shown, MAX_SHOWN);
    Some(shown)
}
