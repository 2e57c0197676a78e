//! Signatures, by the convention of [Standard Webhooks](https://www.standardwebhooks.com/).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{HMAC_SHA256, Key, sign};

/// The shared secret, with which the receiver verifies who has sent an event, and when.
pub struct Secret(Key);

impl Secret {
    /// Reads a secret: `whsec_`, followed by 24 to 64 bytes as base64. An error does not repeat it.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn parse(secret: &str) -> Result<Self, &'static str> {
        let bytes = secret.strip_prefix("whsec_").and_then(|it| STANDARD.decode(it).ok());
        let bytes = bytes.filter(|bytes| (24..=64).contains(&bytes.len()));
        let bytes =
            bytes.ok_or("the secret must be `whsec_`, followed by 24 to 64 bytes as base64")?;
        Ok(Self(Key::new(HMAC_SHA256, &bytes)))
    }

    /// Returns the value of `webhook-signature`.
    #[must_use]
    pub fn signature(&self, id: &str, timestamp: u64, body: &str) -> String {
        let tag = sign(&self.0, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
