//! The API's URL, up to `/api/v1`.

use std::net::Ipv6Addr;

use super::agent_address::is_host;

const API_PATH: &str = "/api/v1";

/// Returns the URL without a slash at its end, if posts can be sent below it.
pub(super) fn parse_base(url: &str) -> Option<&str> {
    let url = url.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:/%".contains(c);
    let is_base =
        is_authority(authority) && path.chars().all(is_plain) && !path.ends_with(API_PATH);
    is_base.then_some(url)
}

/// Returns a variable's text as a URL up to `/api/v1`: other programs accept it without a scheme or
/// with that path.
pub(super) fn completed(text: &str) -> String {
    let text = text.trim_end_matches('/');
    let text = text.strip_suffix(API_PATH).unwrap_or(text);
    if text.is_empty() || text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    }
}

fn is_authority(text: &str) -> bool {
    let ipv6 = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = ipv6.unwrap_or_else(|| text.split_at(text.find(':').unwrap_or(text.len())));
    let is_valid = if ipv6.is_some() { host.parse::<Ipv6Addr>().is_ok() } else { is_host(host) };
    is_valid && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|it| it > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_can_be_posted_to() {
        for url in [
            "http://a",
            "https://[::1]:8080/proxy",
            "http://127.0.0.1:80",
            "https://api.datadoghq.eu/",
            "https://proxy.example/to-ken/%41/a;b=c",
        ] {
            let base = parse_base(url).unwrap_or_else(|| panic!("{url}"));
            assert_eq!(base, url.trim_end_matches('/'));
            #[cfg(feature = "datadog-api")]
            format!("{base}/api/v1/series").parse::<ureq::http::Uri>().unwrap();
        }
        for url in [
            "",
            "http://",
            "https://:80",
            "http://a:99999",
            "http://a:b",
            "http://a:+80",
            "http://a:0",
            "http://a:",
            "http://[::1",
            "http://[a]",
            "http://[::1]80",
            "http://a b",
            "http://a/b c",
            "http://a\\b",
            "https://user:secret@a",
            "http://a?b",
            "http://a#b",
            "http://a/api/v1",
            "http://a/api/v1/",
            "ftp://a",
            "a",
        ] {
            assert_eq!(parse_base(url), None, "{url}");
        }
    }

    #[test]
    fn what_other_programs_accept_is_completed() {
        for (text, url) in [
            ("", ""),
            ("api.datadoghq.com", "https://api.datadoghq.com"),
            ("api.datadoghq.com/", "https://api.datadoghq.com"),
            ("https://api.datadoghq.eu/api/v1/", "https://api.datadoghq.eu"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("ftp://a", "ftp://a"),
        ] {
            assert_eq!(completed(text), url);
        }
    }
}
