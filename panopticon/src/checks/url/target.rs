//! The target of a request: a URL, with its credentials kept apart.

use std::error::Error;
use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use iri_string::types::{UriAbsoluteString, UriReferenceStr};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use ureq::http::uri::{Authority, PathAndQuery, Scheme};
use ureq::http::{HeaderValue, Uri};

use crate::net::is_name;

/// The ASCII characters that people leave unencoded in URLs, and that [`Uri`] does not accept.
const TO_ENCODE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// These and the other characters that RFC 3986 does not allow in references.
const TO_ENCODE_IN_LOCATION: &AsciiSet =
    &TO_ENCODE.add(b'\\').add(b'^').add(b'{').add(b'|').add(b'}');

/// A URL and its credentials, kept apart.
#[derive(Clone)]
pub(super) struct Target {
    /// Has the scheme `http` or `https`, a host, and never credentials.
    pub(super) uri: Uri,
    /// The URL's user and password as the value of an `Authorization` header.
    pub(super) authorization: Option<HeaderValue>,
}

impl Target {
    /// Parses a URL. The error completes "the URL …", and shows only the URL's scheme, since an
    /// invalid URL may have a password anywhere.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let invalid = |error: &dyn Error| format!("cannot be parsed ({error})");
        let uri: Uri = utf8_percent_encode(url, TO_ENCODE)
            .to_string()
            .parse()
            .map_err(|error| invalid(&error))?;
        let mut parts = uri.into_parts();
        let scheme = parts.scheme.as_ref().ok_or("has no scheme")?;
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return Err(format!("has the scheme `{scheme}`, which is neither `http` nor `https`"));
        }
        let authority = parts.authority.ok_or("has no host")?;
        let (credentials, host_and_port) = match authority.as_str().rsplit_once('@') {
            Some((credentials, rest)) => (Some(credentials), rest),
            None => (None, authority.as_str()),
        };
        if authority.host().is_empty() {
            return Err("has no host".to_owned());
        }
        // `Uri` accepts many more, such as `$(HOST)` and `[::x]`.
        if !is_host(authority.host()) {
            return Err("has a host that is neither a name nor an IP address".to_owned());
        }
        // `Uri` accepts a port of any size, but then has none.
        let port = host_and_port.strip_prefix(authority.host()).unwrap_or_default();
        if !matches!(port, "" | ":") && authority.port_u16().is_none_or(|port| port == 0) {
            return Err("has a port that is not a number from 1 to 65535".to_owned());
        }
        let authorization = credentials.map(basic_authorization).transpose()?;
        let host_and_port: Authority = host_and_port.parse().map_err(|error| invalid(&error))?;
        parts.authority = Some(host_and_port);
        parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        let uri = Uri::from_parts(parts).map_err(|error| invalid(&error))?;
        Ok(Self { uri, authorization })
    }

    /// Returns the target of a `Location` header in a response from this target.
    pub(super) fn redirected(&self, location: &HeaderValue) -> Result<Self, String> {
        let invalid = |error: &dyn Error| format!("cannot be parsed ({error})");
        let location = String::from_utf8_lossy(location.as_bytes());
        let location = utf8_percent_encode(location.trim(), TO_ENCODE_IN_LOCATION).to_string();
        let reference =
            <&UriReferenceStr>::try_from(location.as_str()).map_err(|error| invalid(&error))?;
        let base = UriAbsoluteString::try_from(self.uri.to_string())
            .map_err(|error| invalid(&error.validation_error()))?;
        Self::parse(&reference.resolve_against(&base).to_string())
    }

    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Returns whether credentials for this target may be sent to the other: if it has the same
    /// origin, or the one on the same host to which a server on port 80 redirects for encryption.
    pub(super) fn trusts(&self, other: &Self) -> bool {
        let port = |target: &Self| {
            target.uri.port_u16().unwrap_or(if target.is_https() { 443 } else { 80 })
        };
        let host = |target: &Self| target.uri.host().map(str::to_ascii_lowercase);
        let is_upgrade =
            !self.is_https() && port(self) == 80 && other.is_https() && port(other) == 443;
        let is_same = self.is_https() == other.is_https() && port(self) == port(other);
        host(self) == host(other) && (is_same || is_upgrade)
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|it| it.parse::<Ipv6Addr>().is_ok()),
        None => is_name(host) || host.parse::<Ipv4Addr>().is_ok(),
    }
}

/// Makes the `Authorization` of RFC 7617 from a URL's percent-encoded `user:password`.
fn basic_authorization(credentials: &str) -> Result<HeaderValue, String> {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let mut decoded: Vec<u8> = percent_decode_str(user).collect();
    if decoded.contains(&b':') {
        return Err("has a user with a `:`, which Basic authorization cannot send".to_owned());
    }
    decoded.push(b':');
    decoded.extend(percent_decode_str(password));
    let mut value = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(decoded)))
        .map_err(|_| "has credentials that cannot be sent".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_to_what_their_references_name() {
        let base = Target::parse("http://user:pass@a/b/c/d;p?q").unwrap();
        for (location, expected) in [
            ("g", "http://a/b/c/g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("", "http://a/b/c/d;p?q"),
            ("//g", "http://g/"),
            ("../../../g/.", "http://a/g/"),
            ("/ü |{}\\^g", "http://a/%C3%BC%20%7C%7B%7D%5C%5Eg"),
            (" https://h/x ", "https://h/x"),
        ] {
            let location = HeaderValue::from_str(location).unwrap();
            let redirected = base.redirected(&location).unwrap();
            assert_eq!(redirected.uri.to_string(), expected, "{location:?}");
        }
    }

    #[test]
    fn credentials_are_sent_to_the_same_origin_or_its_encrypted_one() {
        for (from, to, expected) in [
            ("http://host/", "http://host/path", true),
            ("http://host/", "http://HOST:80/", true),
            ("https://host/", "https://host:443/", true),
            ("https://[::1]/", "https://[::1]/", true),
            ("http://host/", "https://host/", true),
            ("https://host/", "http://host/", false),
            ("http://host:8080/", "https://host/", false),
            ("http://host/", "https://host:8443/", false),
            ("http://host:443/", "https://host/", false),
            ("http://host/", "http://host:8080/", false),
            ("http://host/", "http://sub.host/", false),
            ("http://host/", "http://host.example/", false),
            ("http://host/", "http://host@other/", false),
        ] {
            let [from_target, to_target] = [from, to].map(|url| Target::parse(url).unwrap());
            assert_eq!(from_target.trusts(&to_target), expected, "{from} to {to}");
        }
    }
}
