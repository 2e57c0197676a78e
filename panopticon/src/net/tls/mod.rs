//! TLS: which certificates are trusted, and what a server's are.

mod chain;
mod extended_key_usage;
#[cfg(feature = "certificate")]
mod handshake;
mod roots;

#[cfg(feature = "certificate")]
pub(crate) use self::chain::days;
pub(crate) use self::chain::{Chain, Expiry};
#[cfg(feature = "certificate")]
pub(crate) use self::handshake::{HandshakeError, served_chain};
pub(crate) use self::roots::{Roots, certificates_of_pem, crypto_provider};
