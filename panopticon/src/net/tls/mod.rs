//! TLS: which certificates are trusted, and what a server's are.

mod chain;
mod extended_key_usage;
#[cfg(feature = "certificate")]
mod handshake;
#[cfg(any(feature = "certificate", feature = "check-url"))]
mod pem_file;
mod roots;

#[cfg(feature = "certificate")]
pub(crate) use self::chain::days;
pub(crate) use self::chain::{Chain, Expiry};
#[cfg(feature = "certificate")]
pub(crate) use self::handshake::{HandshakeError, served_chain};
#[cfg(any(feature = "certificate", feature = "check-url"))]
pub(crate) use self::pem_file::read_pem_file;
pub(crate) use self::roots::{Roots, certificates_of_pem, crypto_provider};
