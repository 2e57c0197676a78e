//! Why a request has failed, in our own words.

use std::time::Duration;

use ureq::Error;

use crate::escaped::is_escaped;

/// How much of a text of the operating system or of rustls is shown, in characters.
const MAX_SHOWN: usize = 200;

/// Describes why a request has failed. ureq's own text may contain what the server sent.
pub(crate) fn describe_failure(error: &Error, timeout: Duration) -> String {
    match error {
        Error::Timeout(_) => format!("it took longer than {timeout:?}"),
        Error::HostNotFound => "the host is unknown".to_owned(),
        Error::Io(error) => one_line(&error.to_string()),
        Error::Rustls(error) => one_line(&error.to_string()),
        Error::ConnectProxyFailed(_) => "the proxy does not connect to it".to_owned(),
        _ => "it does not speak HTTP".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    let plain = |c: char| if is_escaped(c) { ' ' } else { c };
    text.chars().map(plain).take(MAX_SHOWN).collect()
}
