//! Shows URLs without their secrets.

/// Returns the scheme, host and port of a URL. Everything else in it may be a secret: the user and
/// password, the path, the query. Returns `…` if it is not certain which part is the host.
pub(crate) fn shown_url(url: &str) -> String {
    origin(url.trim()).unwrap_or_else(|| "…".to_owned())
}

fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let (has_credentials, host_and_port) = match authority.rsplit_once('@') {
        Some((_, host_and_port)) => (true, host_and_port),
        None => (false, authority),
    };
    // If the credentials contain an unencoded `@` or `/`, what looks like the host may be a part of
    // them.
    let is_certain = url.matches('@').count() == usize::from(has_credentials);
    let is_scheme = !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphabetic());
    (is_certain && is_scheme && is_host_and_port(host_and_port))
        .then(|| format!("{}://{host_and_port}", scheme.to_ascii_lowercase()))
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port),
            None => return false,
        },
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '%');
    let port = port.strip_prefix(':').unwrap_or(port);
    !host.is_empty()
        && host.chars().all(is_host)
        && (port.is_empty() || port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::shown_url;

    #[test]
    fn nothing_but_the_origin_is_shown() {
        for (url, shown) in [
            ("https://api.example", "https://api.example"),
            (" HTTPS://api.example:8443/secret?secret#secret ", "https://api.example:8443"),
            ("http://[::1]:80/secret", "http://[::1]:80"),
            ("http://user:secret@host/secret", "http://host"),
            ("http://secret@host:1?secret", "http://host:1"),
            ("http://datadog_agent\\secret", "http://datadog_agent"),
            // The host may be a part of the password.
            ("http://user:sec/ret@host/", "…"),
            ("http://user:sec@ret@host/", "…"),
            ("http://host/path@secret", "…"),
            // A password without a host, and other typing errors.
            ("http://user:secret", "…"),
            ("http://host:secret/", "…"),
            ("http://host:99999/", "…"),
            ("http://[secret", "…"),
            ("http://a b/", "…"),
            ("http://", "…"),
            ("user:secret@host", "…"),
            ("secret://", "…"),
            ("", "…"),
        ] {
            assert_eq!(shown_url(url), shown, "{url}");
        }
    }
}
