//! The proxies of the environment.
//!
//! ureq would read the same variables, but uses one for both schemes, and takes a port that is none
//! for the default one.

use std::env::VarError;
use std::sync::Once;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::{HeaderValue, Uri};
use ureq::{Error, Proxy, ProxyProtocol};

use super::no_proxy::NoProxy;
use crate::settings::{Environment, SettingWarning};

/// The variables for each scheme, of which the first that has the URL of a proxy counts.
const HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The hosts that are exempt: the first that is not empty counts.
const EXEMPT: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// Set for a CGI program, to which the header `Proxy` of a request is `HTTP_PROXY`
/// (<https://httpoxy.org>).
const CGI: &str = "REQUEST_METHOD";

/// The proxy for each scheme, and the hosts that are exempt.
#[derive(Debug, Clone, Default)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exempt: NoProxy,
}

impl Proxies {
    /// Returns those of this process's environment. The first call logs what is skipped.
    pub(super) fn of_environment() -> Self {
        static LOGGED: Once = Once::new();
        let (proxies, skipped) = Self::find(&|name| std::env::var(name));
        LOGGED.call_once(|| skipped.iter().for_each(SettingWarning::log));
        proxies
    }

    /// Returns the proxy that requests for this URI go through.
    pub(super) fn for_uri(&self, uri: &Uri) -> Option<&Proxy> {
        let is_https = uri.scheme_str() == Some("https");
        let proxy = if is_https { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.exempt.contains(uri))
    }

    fn find(environment: Environment<'_>) -> (Self, Vec<SettingWarning>) {
        let mut skipped = Vec::new();
        let http = find_proxy(&HTTP, environment, &mut skipped);
        let https = find_proxy(&HTTPS, environment, &mut skipped);
        if http.is_none() && https.is_none() {
            return (Self::default(), skipped);
        }
        let exempt = find_exempt(environment, &mut skipped);
        (Self { http, https, exempt }, skipped)
    }
}

/// Returns a warning for each variable of this process's environment that is skipped, or of which a
/// part is.
pub(crate) fn skipped_proxies() -> Vec<SettingWarning> {
    Proxies::find(&|name| std::env::var(name)).1
}

fn find_proxy(
    variables: &[&'static str],
    environment: Environment<'_>,
    skipped: &mut Vec<SettingWarning>,
) -> Option<Proxy> {
    let is_cgi = environment(CGI).is_ok_and(|method| !method.is_empty());
    for &name in variables {
        let proxy = match environment(name) {
            Err(VarError::NotPresent) => continue,
            Ok(url) if url.trim().is_empty() => continue,
            Ok(_) if is_cgi && name == "HTTP_PROXY" => {
                skipped.push(SettingWarning::new(
                    name,
                    "is skipped, since `REQUEST_METHOD` is set, as it is for CGI programs, for which \
                     the sender of a request can set this variable; set `http_proxy` instead",
                ));
                continue;
            }
            Ok(url) => parse_proxy(url.trim()),
            Err(VarError::NotUnicode(_)) => None,
        };
        if proxy.is_some() {
            return proxy;
        }
        // Those for both schemes are read twice.
        if skipped.iter().all(|warning| warning.variable() != name) {
            // The value is not shown, since it may have a password anywhere.
            skipped.push(SettingWarning::new(
                name,
                "is skipped, since it is not the URL of a proxy; write one such as \
                 `http://proxy.example:3128` or `socks5://proxy.example:1080`, with a port from 1 to \
                 65535, and with `%40` for an `@` in a password",
            ));
        }
    }
    None
}

fn find_exempt(environment: Environment<'_>, skipped: &mut Vec<SettingWarning>) -> NoProxy {
    for name in EXEMPT {
        match environment(name) {
            Err(VarError::NotPresent) => {}
            Ok(list) if list.trim().is_empty() => {}
            Ok(list) => {
                let (exempt, problems) = NoProxy::parse(&list);
                if !problems.is_empty() {
                    skipped.push(unusable_entries(name, &problems));
                }
                return exempt;
            }
            Err(VarError::NotUnicode(_)) => {
                skipped.push(SettingWarning::new(name, "is skipped, since it is not Unicode"));
            }
        }
    }
    NoProxy::default()
}

fn unusable_entries(name: &str, problems: &[String]) -> SettingWarning {
    const MAX_SHOWN: usize = 10;
    let mut shown = problems[..problems.len().min(MAX_SHOWN)].join(", ");
    if problems.len() > MAX_SHOWN {
        shown.push_str(", …");
    }
    SettingWarning::new(
        name,
        format!(
            "has entries that are skipped: {shown}; write `example.com`, `.example.com`, \
             `*.example.com`, `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32` or `*`, the first four also \
             with a port as in `example.com:8080`, and a name beyond ASCII as `xn--…`"
        ),
    )
}

fn parse_proxy(url: &str) -> Option<Proxy> {
    let proxy = Proxy::new(url).ok()?;
    let authority = proxy.uri().authority()?;
    let host_and_port = authority.as_str().rsplit('@').next()?;
    let port = host_and_port.strip_prefix(proxy.host())?;
    let has_port = authority.port_u16().is_some_and(|port| port > 0);
    if proxy.host().is_empty() || !(matches!(port, "" | ":") || has_port) {
        return None;
    }
    Some(proxy)
}

/// An HTTP proxy that is sent a request for another server, as curl and Go do for `http`. ureq would
/// ask it for a tunnel, which many proxies open to port 443 alone.
pub(super) struct ForwardingProxy {
    /// Has no credentials.
    pub(super) uri: Uri,
    /// Its `Proxy-Authorization`, if its URL has credentials.
    pub(super) authorization: Option<HeaderValue>,
}

/// Returns what is needed to send a request to this proxy, unless it is a SOCKS proxy.
pub(super) fn forwarding_proxy(proxy: &Proxy) -> Result<Option<ForwardingProxy>, Error> {
    let scheme = match proxy.protocol() {
        ProxyProtocol::Http => "http",
        ProxyProtocol::Https => "https",
        _ => return Ok(None),
    };
    let uri = Uri::builder()
        .scheme(scheme)
        .authority(format!("{}:{}", proxy.host(), proxy.port()))
        .path_and_query("/")
        .build()?;
    let credentials = match (proxy.username(), proxy.password()) {
        (None, None) => None,
        (user, password) => {
            Some(format!("{}:{}", user.unwrap_or_default(), password.unwrap_or_default()))
        }
    };
    let authorization = credentials
        .map(|it| HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(it))))
        .transpose()
        .map_err(ureq::http::Error::from)?;
    Ok(Some(ForwardingProxy { uri, authorization }))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables<'a> = &'a [(&'a str, &'a str)];

    fn found(variables: Variables<'_>) -> (Proxies, Vec<String>) {
        let environment = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or(VarError::NotPresent)
        };
        let (proxies, skipped) = Proxies::find(&environment);
        (proxies, skipped.iter().map(|warning| warning.variable().to_owned()).collect())
    }

    /// Returns the hosts of the proxies for `http` and for `https`.
    fn hosts(variables: Variables<'_>) -> [Option<String>; 2] {
        let (proxies, _) = found(variables);
        [proxies.http, proxies.https].map(|it| it.map(|proxy| proxy.host().to_owned()))
    }

    #[test]
    fn each_scheme_has_its_own_proxy() {
        for (variables, http, https) in [
            (&[("http_proxy", "h")][..], Some("h"), None),
            (&[("HTTP_PROXY", "h")], Some("h"), None),
            (&[("https_proxy", "s")], None, Some("s")),
            (&[("HTTPS_PROXY", "s")], None, Some("s")),
            (&[("all_proxy", "a")], Some("a"), Some("a")),
            (&[("ALL_PROXY", "a")], Some("a"), Some("a")),
            (&[("ALL_PROXY", "a"), ("http_proxy", "h")], Some("h"), Some("a")),
            (&[("ALL_PROXY", "a"), ("HTTPS_PROXY", "s")], Some("a"), Some("s")),
            // As in curl, lower case comes first.
            (&[("HTTPS_PROXY", "S"), ("https_proxy", "s")], None, Some("s")),
            (&[("HTTP_PROXY", "H"), ("http_proxy", "h")], Some("h"), None),
            (&[("ALL_PROXY", "A"), ("all_proxy", "a")], Some("a"), Some("a")),
            // Empty is unset.
            (&[("https_proxy", ""), ("HTTPS_PROXY", " s ")], None, Some("s")),
            (&[], None, None),
        ] {
            let expected = [http, https].map(|host| host.map(str::to_owned));
            assert_eq!(hosts(variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_cgi_program_does_not_read_what_a_request_can_set() {
        let cgi = ("REQUEST_METHOD", "GET");
        let (proxies, skipped) = found(&[cgi, ("HTTP_PROXY", "h"), ("HTTPS_PROXY", "s")]);
        assert!(proxies.http.is_none() && proxies.https.is_some());
        assert_eq!(skipped, ["HTTP_PROXY"]);
        let (proxies, skipped) = found(&[cgi, ("HTTP_PROXY", "H"), ("http_proxy", "h")]);
        assert_eq!(proxies.http.unwrap().host(), "h");
        assert!(skipped.is_empty());
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
            let (proxies, skipped) =
                found(&[("https_proxy", bad), ("ALL_PROXY", "http://proxy:3128")]);
            let proxy = proxies.https.unwrap_or_else(|| panic!("{bad}"));
            assert_eq!((proxy.host(), proxy.port()), ("proxy", 3128), "{bad}");
            assert_eq!(skipped, ["https_proxy"], "{bad}");
            let (proxies, skipped) =
                found(&[("ALL_PROXY", bad), ("http_proxy", bad), ("NO_PROXY", "%%")]);
            assert!(proxies.http.is_none() && proxies.https.is_none());
            assert_eq!(skipped, ["http_proxy", "ALL_PROXY"]);
            // It is not needed.
            let (_, skipped) = found(&[("all_proxy", "socks5://proxy"), ("ALL_PROXY", bad)]);
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
            let (proxies, _) = found(&[("ALL_PROXY", ""), ("all_proxy", url)]);
            let proxy = proxies.http.unwrap_or_else(|| panic!("{url}"));
            assert_eq!((proxy.host(), proxy.port()), (host, port), "{url}");
            assert_eq!((proxy.username(), proxy.password()), (user, password), "{url}");
        }
    }

    #[test]
    fn hosts_are_exempt() {
        let uri = Uri::from_static;
        let proxy = ("all_proxy", "http://proxy:3128");
        for variables in [
            &[proxy, ("NO_PROXY", "a.example, *.b.example")][..],
            &[proxy, ("no_proxy", "a.example, *.b.example"), ("NO_PROXY", "*")],
            &[proxy, ("no_proxy", " "), ("NO_PROXY", "a.example, *.b.example")],
        ] {
            let (proxies, skipped) = found(variables);
            assert!(proxies.for_uri(&uri("http://a.example/")).is_none());
            assert!(proxies.for_uri(&uri("https://a.example/")).is_none());
            assert!(proxies.for_uri(&uri("https://x.b.example/")).is_none());
            assert!(proxies.for_uri(&uri("https://b.example/")).is_some());
            assert!(skipped.is_empty());
        }
        let (proxies, skipped) = found(&[proxy, ("NO_PROXY", "a.example,http://b.example")]);
        assert!(proxies.for_uri(&uri("http://a.example/")).is_none());
        assert!(proxies.for_uri(&uri("http://b.example/")).is_some());
        assert_eq!(skipped, ["NO_PROXY"]);
    }

    #[test]
    fn this_machine_is_always_exempt() {
        let (proxies, _) = found(&[("all_proxy", "http://proxy:3128")]);
        for (host, expected) in [
            ("localhost", true),
            ("LocalHost:8080", true),
            ("127.0.0.1", true),
            ("127.1.2.3:80", true),
            ("[::1]:80", true),
            ("localhost.example.com", false),
            ("10.0.0.1", false),
            ("[2001:db8::1]", false),
        ] {
            let uri: Uri = format!("http://{host}/").parse().unwrap();
            assert_eq!(proxies.for_uri(&uri).is_none(), expected, "{host}");
        }
    }
}
