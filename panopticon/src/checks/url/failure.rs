//! Why there is no answer, in words that hold nothing of the URL or of a header.

use std::io;

use ureq::Error;

/// What went wrong. Only what is known to hold no text of the request or of a redirect is taken
/// over from ureq: its own words for a URL it cannot use have the whole URL in them.
pub(super) fn describe(error: &Error) -> String {
    match error {
        Error::Io(error) if is_tls(error) => tls(&error.to_string()),
        Error::Io(error) => error.to_string(),
        Error::Rustls(error) => tls(&error.to_string()),
        Error::Tls(error) => tls(error),
        Error::Protocol(error) => format!("protocol error: {error}"),
        Error::ConnectProxyFailed(error) => format!("no way through the proxy: {error}"),
        Error::HostNotFound
        | Error::ConnectionFailed
        | Error::InvalidProxyUrl
        | Error::LargeResponseHeader(..)
        | Error::TlsRequired => error.to_string(),
        _ => "the request failed".to_owned(),
    }
}

/// rustls hands its errors out through `std::io::Read`.
fn is_tls(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_some()
}

fn tls(error: &str) -> String {
    // The type that says it is that of another crate's release, so it is told by its name.
    let advice = if error.contains("UnknownIssuer") || error.contains("CaUsedAsEndEntity") {
        "; if the server's certificate is of an authority of your own, give that one's to \
         `root_certificates`"
    } else if error.contains("InvalidContentType") {
        "; is it TLS that this port speaks, or plain `http`?"
    } else {
        ""
    };
    format!("TLS: {error}{advice}")
}
