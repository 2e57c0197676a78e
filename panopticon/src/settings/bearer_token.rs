//! The token that lets a reader see everything.

use std::fmt;

/// A bearer token, such as that of [`Builder::token`](crate::Builder::token). No output shows it, not
/// even `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(String);

impl BearerToken {
    /// A random token of this length cannot be guessed.
    const MIN_LENGTH: usize = 16;

    pub(crate) fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// Returns whether a header can contain the token, and whether it is long enough.
    pub(super) fn is_valid(&self) -> bool {
        self.0.len() >= Self::MIN_LENGTH && self.fits_header()
    }

    /// Returns whether a header can contain the token.
    pub(super) fn fits_header(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }

    #[cfg(any(feature = "exec-probe", feature = "heartbeat"))]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the tokens are equal, in a time that depends only on their length.
    #[cfg(feature = "http")]
    pub(crate) fn equals(&self, token: &[u8]) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.0.as_bytes(), token).into()
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(…)")
    }
}
