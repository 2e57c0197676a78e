//! The text of a connection error, without any part of the URL or of a header.

use std::io;
use std::time::Duration;

use ureq::Error;

/// Describes an error. Uses only those texts of ureq that are known to contain no part of the
/// request: the one for an unusable URL, for example, contains the whole URL.
pub(super) fn describe(error: &Error, timeout: Duration, when: &str) -> String {
    match error {
        Error::Timeout(_) => format!("timed out after {timeout:?} {when}"),
        Error::Io(error) if is_tls(error) => tls(&error.to_string()),
        Error::Io(error) => error.to_string(),
        Error::Rustls(error) => tls(&error.to_string()),
        Error::Tls(error) => tls(error),
        Error::Protocol(error) => format!("protocol error: {error}"),
        Error::Decompress(..) => "the response is not valid gzip".to_owned(),
        Error::ConnectProxyFailed(error) => {
            format!("could not connect through the proxy: {error}")
        }
        Error::HostNotFound
        | Error::ConnectionFailed
        | Error::InvalidProxyUrl
        | Error::LargeResponseHeader(..)
        | Error::TlsRequired => error.to_string(),
        _ => "the request failed".to_owned(),
    }
}

/// Returns whether this is an error of rustls, which returns its errors through `std::io::Read`.
fn is_tls(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_some()
}

fn tls(error: &str) -> String {
    // By name, since the type belongs to whichever version of rustls ureq uses.
    let advice = if error.contains("UnknownIssuer") {
        "; if the server's certificate is self-signed, or signed by an authority of your own, pass it \
         or the authority's to `root_certificates`"
    } else if error.contains("CaUsedAsEndEntity") {
        "; the server's certificate is an authority's (`CA:TRUE`), which is accepted only if that \
         very certificate is passed to `root_certificates`"
    } else if error.contains("not valid for any names") {
        "; the common name does not count, so create the certificate with the host's name, such as \
         with `openssl req -x509 … -addext subjectAltName=DNS:host`"
    } else if error.contains("InvalidPurpose") {
        "; the certificate's `extendedKeyUsage` must include `serverAuth`"
    } else if error.contains("CertificateRequired") {
        "; the server requires a client certificate, so pass one to `client_certificate`"
    } else if error.contains("received fatal alert")
        && ["Certificate", "UnknownCA", "AccessDenied"].iter().any(|it| error.contains(it))
    {
        "; the server does not accept the client certificate, or requires one"
    } else if error.contains("InvalidContentType") {
        "; does this port speak TLS, or plain `http`?"
    } else {
        ""
    };
    format!("TLS: {error}{advice}")
}
