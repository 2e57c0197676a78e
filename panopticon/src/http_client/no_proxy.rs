//! The hosts that are exempt from a proxy.

use std::net::IpAddr;

use ureq::http::Uri;

use crate::escaped::Escaped;
use crate::settings::may_have_password;

/// The entries of `NO_PROXY`.
#[derive(Debug, Clone, Default)]
pub(super) struct NoProxy(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    All,
    Network {
        address: IpAddr,
        prefix: u8,
    },
    Address {
        address: IpAddr,
        port: Option<u16>,
    },
    /// A name, in lower case and without dots around it.
    Domain {
        name: String,
        port: Option<u16>,
        with_itself: bool,
    },
}

impl NoProxy {
    /// Parses entries that are separated by commas or white space. The problems are those of
    /// entries that are skipped.
    pub(super) fn parse(list: &str) -> (Self, Vec<String>) {
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        let separate = list.split([',', ' ', '\t', '\r', '\n']).filter(|entry| !entry.is_empty());
        for (number, entry) in (1..).zip(separate) {
            match Entry::parse(&entry.to_ascii_lowercase()) {
                Some(entry) => entries.push(entry),
                None if may_have_password(entry) => problems.push(format!("entry {number}")),
                None => problems.push(format!("`{}`", Escaped(entry))),
            }
        }
        (Self(entries), problems)
    }

    /// Returns whether requests for this URI use no proxy. They never do for this machine: to the
    /// proxy, such an address would mean its own.
    pub(super) fn contains(&self, uri: &Uri) -> bool {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(default_port);
        match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) => {
                address.is_loopback() || self.0.iter().any(|it| it.has_address(address, port))
            }
            Err(_) => host == "localhost" || self.0.iter().any(|it| it.has_name(host, port)),
        }
    }
}

impl Entry {
    /// Parses an entry in lower case.
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::All);
        }
        if let Some((address, prefix)) = entry.split_once('/') {
            return network(parse_address(address)?, prefix);
        }
        if let Some(address) = parse_address(entry) {
            return Some(Self::Address { address: address.to_canonical(), port: None });
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) => (host, Some(parse_port(port)?)),
            None => (entry, None),
        };
        // An IPv6 address with a port is in brackets.
        if let Some(address) =
            parse_address(host).filter(|it| it.is_ipv4() || host.starts_with('['))
        {
            return Some(Self::Address { address: address.to_canonical(), port });
        }
        let wildcard = host.strip_prefix("*.");
        let name = wildcard.unwrap_or(host.strip_prefix('.').unwrap_or(host));
        let name = name.strip_suffix('.').unwrap_or(name);
        let with_itself = wildcard.is_none();
        is_name(name).then(|| Self::Domain { name: name.to_owned(), port, with_itself })
    }

    fn has_address(&self, host: IpAddr, port: u16) -> bool {
        match self {
            Self::All => true,
            Self::Network { address, prefix } => is_in(host, *address, *prefix),
            Self::Address { address, port: only } => {
                *address == host && only.is_none_or(|only| only == port)
            }
            Self::Domain { .. } => false,
        }
    }

    fn has_name(&self, host: &str, port: u16) -> bool {
        match self {
            Self::All => true,
            Self::Network { .. } | Self::Address { .. } => false,
            Self::Domain { name, port: only, with_itself } => {
                let before = host.strip_suffix(&**name);
                before.is_some_and(|before| {
                    if before.is_empty() { *with_itself } else { before.ends_with('.') }
                }) && only.is_none_or(|only| only == port)
            }
        }
    }
}

/// Parses an address, which may be in brackets if it is of IPv6.
fn parse_address(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

fn network(address: IpAddr, prefix: &str) -> Option<Entry> {
    let prefix: u8 = parse_number(prefix)?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    (prefix <= bits).then_some(Entry::Network { address, prefix })
}

fn parse_port(text: &str) -> Option<u16> {
    parse_number(text).filter(|&port: &u16| port > 0)
}

/// Parses digits alone, without a sign.
fn parse_number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
    };
    text.split('.').all(is_label)
}

/// Returns whether the first bits of both addresses are the same.
fn is_in(host: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let prefix = u32::from(prefix);
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            let different = u32::from(host) ^ u32::from(network);
            different.checked_shr(32 - prefix).unwrap_or(0) == 0
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => {
            let different = u128::from(host) ^ u128::from(network);
            different.checked_shr(128 - prefix).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_exempt(list: &str, url: &str, expected: bool) {
        let (exempt, _) = NoProxy::parse(list);
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        assert_eq!(exempt.contains(&url.parse().unwrap()), expected, "{url} in {list:?}");
    }

    /// What curl tests, in `unit1614.c`.
    #[test]
    fn the_cases_of_curl() {
        for (host, list, expected) in [
            ("www.example.com", "localhost,.example.com,.example.de", true),
            ("www.example.com.", "localhost,.example.com,.example.de", true),
            ("example.com", "localhost,.example.com,.example.de", true),
            ("example.com.", "localhost,.example.com,.example.de", true),
            ("www.example.com", "localhost,.example.com.,.example.de", true),
            ("www.example.com", "localhost,www.example.com.,.example.de", true),
            ("example.com", "localhost,example.com,.example.de", true),
            ("example.com.", "localhost,example.com,.example.de", true),
            // As in Go, and in curl except for 7.86, whose test this was.
            ("www.example.com", "localhost,example.com,.example.de", true),
            ("127.0.0.1", "127.0.0.1,localhost", true),
            ("localhost", "localhost,127.0.0.1", true),
            ("foobar", "barfoo", false),
            ("foobar", "foobar", true),
            ("192.168.0.1", "foobar", false),
            ("192.168.0.1", "192.168.0.0/16", true),
            ("192.168.0.1", "192.168.0.0/24", true),
            ("192.168.0.1", "192.168.0.0/32", false),
            ("192.168.0.1", "192.168.0.0", false),
            ("192.168.1.1", "192.168.0.0/24", false),
            ("192.168.1.1", "foo, bar, 192.168.0.0/24", false),
            ("192.168.1.1", "foo, bar, 192.168.0.0/16", true),
            ("[2001:db8::1]", "foo, bar, 192.168.0.0/16", false),
            ("[2001:db8::1]", "foo, bar, 2001:db8::2/64", true),
            ("bar", "foo, bar, ::1/64", true),
            ("BAr", "foo, bar, ::1/64", true),
            ("BAr", "foo,,,,,              bar, ::1/64", true),
            ("www.example.com", "foo, .example.com", true),
            ("www.example.com", "www2.example.com, .example.net", false),
            ("example.com", ".example.com, .example.net", true),
            ("nonexample.com", ".example.com, .example.net", false),
            ("192.160.0.1", "192.160.0.1/33", false),
            ("192.160.0.1", "192.160.0.1/32", true),
            ("192.160.0.1", "192.160.0.1/8", true),
            ("192.160.0.1", "10.0.0.1/8", false),
            ("[2001:db8::1]", "2001:db8:0::1/128", true),
            ("[2001:db8::1]", "2001:db8:0::1/129", false),
        ] {
            assert_exempt(list, host, expected);
        }
    }

    /// What Go tests, in `golang.org/x/net/http/httpproxy`.
    #[test]
    fn the_cases_of_go() {
        let list = "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, \
                    192.168.1.3:80, 10.0.0.0/30, 2001:db8::52:0:1, [2001:db8::52:0:2]:443, \
                    [2001:db8::52:0:3]:80, 2002:db8:a::45/64";
        for (host, expected) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("127.0.0.2", true),
            ("[::1]", true),
            ("[::2]", false),
            ("192.168.1.1", true),
            ("192.168.1.2", false),
            ("192.168.1.2:81", true),
            ("192.168.1.3", true),
            ("192.168.1.4", false),
            ("10.0.0.2", true),
            ("10.0.0.4", false),
            ("[2001:db8::52:0:1]", true),
            ("[2001:db8::52:0:2]", false),
            ("https://[2001:db8::52:0:2]", true),
            ("[2001:db8::52:0:3]", true),
            ("[2002:db8:a::123]", true),
            ("[fe80::424b:c8be:1643:a1b6]", false),
            // Go: false, curl: true.
            ("barbaz.net", true),
            ("www.barbaz.net", true),
            ("foobar.com", true),
            ("www.foobar.com", true),
            ("foofoobar.com", false),
            ("baz.com", false),
            ("localhost.net", false),
            ("local.localhost", false),
            ("barbarbaz.net", false),
            ("wildcard.io", false),
            ("nested.wildcard.io", true),
            ("awildcard.io", false),
        ] {
            assert_exempt(list, host, expected);
            assert_exempt("*", host, true);
            assert_exempt(&format!("{list}, *"), host, true);
        }
        for (list, host, expected) in [
            ("ample.com", "example.com", false),
            ("example.com", "foo.example.com", true),
            (".foo.com", "example.com", false),
            ("example.com:8080", "example.com", false),
            ("example.com:8080", "www.example.com:8080", true),
            ("example.com:443", "https://example.com", true),
            (".example.com:443", "https://www.example.com", true),
            ("*.example.com:443", "https://www.example.com:8443", false),
        ] {
            assert_exempt(list, host, expected);
        }
    }

    /// Where curl and Go differ, or both say nothing.
    #[test]
    fn other_cases() {
        for (list, host, expected) in [
            // Of curl, a prefix of 0 is none.
            ("0.0.0.0/0", "192.0.2.1", true),
            ("::/0", "[2001:db8::1]", true),
            ("0.0.0.0/0", "[2001:db8::1]", false),
            ("0.0.0.0/0", "example.com", false),
            ("192.0.2.7/31", "192.0.2.6", true),
            ("192.0.2.7/31", "192.0.2.8", false),
            ("[2001:db8::1]", "[2001:db8::1]", true),
            ("[2001:db8::]/32", "[2001:db8::1]", true),
            ("192.0.2.1", "[::ffff:192.0.2.1]", true),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("a b\tc", "b", true),
            ("a b\tc", "c", true),
            ("_a.b-c", "_a.b-c", true),
            ("", "example.com", false),
            (" , ", "example.com", false),
        ] {
            assert_exempt(list, host, expected);
        }
    }

    #[test]
    fn unusable_entries_are_named_and_others_used() {
        for (entry, shown) in [
            ("10.0.0.0/33", "`10.0.0.0/33`"),
            ("10.0.0.0/", "`10.0.0.0/`"),
            ("10.0.0.0/+8", "`10.0.0.0/+8`"),
            ("2001:db8::/129", "`2001:db8::/129`"),
            ("http://host", "`http://host`"),
            ("host:", "`host:`"),
            ("host:0", "`host:0`"),
            ("host:99999", "`host:99999`"),
            (":1", "`:1`"),
            ("*example.com", "`*example.com`"),
            ("a.*.b", "`a.*.b`"),
            (".", "`.`"),
            ("*.", "`*.`"),
            ("a..b", "`a..b`"),
            ("bücher.example", "`bücher.example`"),
            ("[::1", "`[::1`"),
            ("[192.0.2.1]", "`[192.0.2.1]`"),
            ("user:secret@host", "entry 2"),
        ] {
            let (exempt, problems) = NoProxy::parse(&format!("a.example, {entry}, b.example"));
            assert_eq!(problems, [shown]);
            assert_eq!(exempt.0.len(), 2, "{entry}");
        }
    }
}
