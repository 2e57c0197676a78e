//! The request of a probe.

use super::target::{Address, FullTarget};
use crate::settings::BearerToken;

/// Returns the bytes of the request. The target and the token have no characters that could end a
/// line.
pub(super) fn request(target: &FullTarget, token: Option<&BearerToken>) -> String {
    let host = match &target.address {
        Address::Tcp { .. } => target.address.to_string().replacen("http://", "", 1),
        Address::Unix(_) => "localhost".to_owned(),
    };
    let authorization = token
        .map(|token| format!("Authorization: Bearer {}\r\n", token.as_str()))
        .unwrap_or_default();
    // The z-pages are always text.
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json, */*;q=0.1\r\n\
         User-Agent: panopticon/{version}\r\n{authorization}Connection: close\r\n\r\n",
        path = target.path,
        version = env!("CARGO_PKG_VERSION"),
    )
}
