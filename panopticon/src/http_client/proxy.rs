//! The proxy of the environment.
//!
//! ureq would read the same variables, but takes a port that is none for the default one.

use std::env::VarError;
use std::sync::Once;

use ureq::{Error, Proxy, ProxyBuilder};

use crate::settings::{Environment, SettingWarning};

/// The variables, of which the first that has the URL of a proxy counts.
const VARIABLES: [&str; 6] =
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// The hosts that are exempt: the first that is set counts.
const EXEMPT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Returns the proxy of this process's environment. The first call logs the variables that are
/// skipped.
pub(crate) fn environment_proxy() -> Option<Proxy> {
    static LOGGED: Once = Once::new();
    let (proxy, skipped) = find_proxy(&|name| std::env::var(name));
    LOGGED.call_once(|| skipped.iter().for_each(SettingWarning::log));
    proxy
}

/// Returns a warning for each variable of this process's environment that is skipped, since it is
/// not the URL of a proxy.
pub(crate) fn skipped_proxies() -> Vec<SettingWarning> {
    find_proxy(&|name| std::env::var(name)).1
}

fn find_proxy(environment: Environment<'_>) -> (Option<Proxy>, Vec<SettingWarning>) {
    let mut skipped = Vec::new();
    for name in VARIABLES {
        let proxy = match environment(name) {
            Err(VarError::NotPresent) => continue,
            Ok(url) if url.is_empty() => continue,
            Ok(url) => parse_proxy(&url, environment),
            Err(VarError::NotUnicode(_)) => None,
        };
        if proxy.is_some() {
            return (proxy, skipped);
        }
        // The value is not shown, since it may have a password anywhere.
        skipped.push(SettingWarning::new(
            name,
            "is skipped, since it is not the URL of a proxy; write one such as \
             `http://proxy.example:3128` or `socks5://proxy.example:1080`, with a port from 1 to \
             65535, and with `%40` for an `@` in a password",
        ));
    }
    (None, skipped)
}

fn parse_proxy(url: &str, environment: Environment<'_>) -> Option<Proxy> {
    let parsed = Proxy::new(url).ok()?;
    let authority = parsed.uri().authority()?;
    let host_and_port = authority.as_str().rsplit('@').next()?;
    let port = host_and_port.strip_prefix(parsed.host())?;
    let has_port = authority.port_u16().is_some_and(|port| port > 0);
    if parsed.host().is_empty() || !(matches!(port, "" | ":") || has_port) {
        return None;
    }
    with_exemptions(&parsed, environment).ok()
}

/// Adds the hosts that are exempt, which ureq accepts only in a proxy that is built from parts.
fn with_exemptions(parsed: &Proxy, environment: Environment<'_>) -> Result<Proxy, Error> {
    let mut proxy = Proxy::builder(parsed.protocol()).host(parsed.host()).port(parsed.port());
    if let Some(user) = parsed.username() {
        proxy = proxy.username(user);
    }
    if let Some(password) = parsed.password() {
        proxy = proxy.password(password);
    }
    let exempt = EXEMPT.iter().find_map(|name| environment(name).ok()).unwrap_or_default();
    exempt.split(',').fold(proxy, ProxyBuilder::no_proxy).build()
}

#[cfg(test)]
mod tests {
    use ureq::http::Uri;

    use super::*;

    fn found(variables: &[(&str, &str)]) -> (Option<Proxy>, Vec<String>) {
        let environment = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        };
        let (proxy, skipped) = find_proxy(&environment);
        (proxy, skipped.iter().map(|warning| warning.variable().to_owned()).collect())
    }

    #[test]
    fn what_is_not_the_url_of_a_proxy_is_skipped() {
        for bad in [
            "ftp://user:secret@proxy",
            "http://proxy:99999999",
            "http://proxy:0",
            "http://user:secret@proxy:x",
            "http://:3128",
            "%%",
        ] {
            let (proxy, skipped) =
                found(&[("HTTPS_PROXY", bad), ("HTTP_PROXY", "http://proxy:3128")]);
            let proxy = proxy.unwrap_or_else(|| panic!("{bad}"));
            assert_eq!((proxy.host(), proxy.port()), ("proxy", 3128), "{bad}");
            assert_eq!(skipped, ["HTTPS_PROXY"], "{bad}");
            let (proxy, skipped) = found(&[("ALL_PROXY", bad), ("http_proxy", bad)]);
            assert!(proxy.is_none());
            assert_eq!(skipped, ["ALL_PROXY", "http_proxy"]);
            // It is not needed.
            let (_, skipped) =
                found(&[("ALL_PROXY", "socks5://proxy"), ("HTTPS_PROXY", bad), ("NO_PROXY", "%%")]);
            assert!(skipped.is_empty(), "{skipped:?}");
        }
    }

    #[test]
    fn the_parts_of_a_proxy_are_kept() {
        for (url, host, port, user, password) in [
            ("http://proxy", "proxy", 80, None, None),
            ("https://proxy:", "proxy", 443, None, None),
            ("proxy:3128", "proxy", 3128, None, None),
            ("socks5h://[::1]:1080", "[::1]", 1080, None, None),
            ("socks4a://us%40er:p%2F%40ss@proxy:1", "proxy", 1, Some("us@er"), Some("p/@ss")),
        ] {
            let (proxy, _) = found(&[("ALL_PROXY", ""), ("all_proxy", url)]);
            let proxy = proxy.unwrap_or_else(|| panic!("{url}"));
            assert_eq!((proxy.host(), proxy.port()), (host, port), "{url}");
            assert_eq!((proxy.username(), proxy.password()), (user, password), "{url}");
            let ureqs = Proxy::new(url).unwrap();
            assert_eq!(proxy.protocol(), ureqs.protocol());
            assert_eq!(proxy.resolve_target(), ureqs.resolve_target());
        }
    }

    #[test]
    fn hosts_are_exempt() {
        let (proxy, _) =
            found(&[("HTTP_PROXY", "http://proxy:3128"), ("NO_PROXY", "a.example,*.b.example")]);
        let proxy = proxy.unwrap();
        for (uri, is_exempt) in [
            ("http://a.example/", true),
            ("http://x.b.example/", true),
            ("http://b.example/", false),
        ] {
            assert_eq!(proxy.is_no_proxy(&Uri::from_static(uri)), is_exempt, "{uri}");
        }
        assert!(!found(&[("HTTP_PROXY", "proxy")]).0.unwrap().is_no_proxy(&Uri::from_static("a")));
    }
}
