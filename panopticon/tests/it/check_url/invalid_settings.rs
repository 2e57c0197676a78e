//! Invalid settings make the check unhealthy, and nothing is sent.

use std::time::Duration;

use panopticon::checks::url::{UrlCheck, check_url};

use super::server::Server;
use super::{assert_unhealthy, assert_unhealthy_beginning};

#[test]
fn an_empty_url() {
    for url in ["", " ", "\t\r\n"] {
        let check = check_url(url).timeout(Duration::ZERO);
        assert_unhealthy(&check.check_blocking(), "No URL specified to check.");
    }
}

#[test]
fn an_invalid_url() {
    for (url, problem) in [
        ("example.com", "has no scheme; write one such as `https://host/path`"),
        ("/status", "has no scheme"),
        ("localhost:8080", "has no scheme"),
        (
            "ftp://example.com/",
            "has the scheme `ftp`, which is neither `http` nor `https`; write one",
        ),
        ("file:///etc/passwd", "cannot be parsed"),
        ("http://", "cannot be parsed"),
        ("http:///status", "cannot be parsed"),
        ("http://:80/", "has no host"),
        ("http://user:password@/", "cannot be parsed"),
        ("http://bücher.example/", "cannot be parsed"),
        ("http://host:99999/", "has a port that is not a number from 1 to 65535"),
        ("http://host:0/", "has a port that is not a number from 1 to 65535"),
        ("http://[::1]x/", "has a port that is not a number from 1 to 65535"),
        ("http://[::1/", "cannot be parsed"),
        ("http://[::x]/", "has a host that is neither a name nor an IP address"),
        ("http://[192.0.2.1]/", "has a host that is neither a name nor an IP address"),
        // As Kubernetes leaves a variable that is not defined.
        ("http://$(SEARCH_HOST):9200/", "has a host that is neither a name nor an IP address"),
        ("http://*.example.com/", "has a host that is neither a name nor an IP address"),
        ("http://a..example/", "has a host that is neither a name nor an IP address"),
        ("http://a,b/", "has a host that is neither a name nor an IP address"),
        ("http://us%3Aer:password@host/", "has a user with a `:`"),
    ] {
        let beginning = format!("URL not checked: the URL {problem}");
        assert_unhealthy_beginning(&check_url(url).check_blocking(), &beginning);
    }
}

type Change = fn(UrlCheck) -> UrlCheck;

#[test]
fn an_invalid_setting() {
    let invalid: [(Change, &str); 22] = [
        (|check| check.expected_status(42), "`expected_status` must be from 100 to 599, not 42"),
        (|check| check.expected_status(600), "`expected_status` must be from 100 to 599, not 600"),
        (
            |check| check.expected_status(200..=1000),
            "`expected_status` must be from 100 to 599, not 1000",
        ),
        (
            |check| check.expected_status([]),
            "`expected_status` must name at least one status, such as 200",
        ),
        (
            |check| check.expected_status(Vec::new()),
            "`expected_status` must name at least one status, such as 200",
        ),
        (
            |check| check.expected_status(200..200),
            "`expected_status` must name at least one status, such as 200",
        ),
        (
            |check| check.expected_status(0..0),
            "`expected_status` must name at least one status, such as 200",
        ),
        (
            #[expect(clippy::reversed_empty_ranges, reason = "the invalid setting")]
            |check| check.expected_status(299..=200),
            "`expected_status` must name at least one status, such as 200",
        ),
        (
            |check| check.timeout(Duration::ZERO),
            "`timeout` must be more than zero and at most 30 days, not 0ns",
        ),
        (
            |check| check.timeout(Duration::MAX),
            "`timeout` must be more than zero and at most 30 days, not 18446744073709551615.999999999s",
        ),
        (
            |check| check.method(""),
            "`method` must be GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE or TRACE, not \"\"",
        ),
        (
            |check| check.method("GET /"),
            "`method` must be GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE or TRACE, not \"GET /\"",
        ),
        (
            |check| check.header("Accept", "*/*").header("X Y", ""),
            "`header` 2 has an invalid name that begins with \"X\"; write one such as `Accept`",
        ),
        (
            |check| check.header("X-Key", "a\r\nX-Other: b"),
            "`header` 1 (`x-key`) must have a value of one line, of visible ASCII characters and spaces",
        ),
        (
            |check| check.header("Content-Length", "5"),
            "`header` 1 (`content-length`) must be left out, since the length of the body is added",
        ),
        (
            |check| check.header("Transfer-Encoding", "chunked"),
            "`header` 1 (`transfer-encoding`) must be left out, since the length of the body is added",
        ),
        (|check| check.body_contains(""), "`body_contains` must not be empty"),
        (
            |check| check.body_contains("a".repeat(1024 * 1024 + 1)),
            "`body_contains` must be at most 1 MiB long, since no more is read",
        ),
        (
            |check| check.body_contains("a").method("HEAD"),
            "`body_contains` needs a `method` other than HEAD, whose response has no body",
        ),
        (
            |check| check.root_certificates(""),
            "`root_certificates` must have at least one `-----BEGIN CERTIFICATE-----`",
        ),
        (
            |check| {
                check.root_certificates(
                    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                )
            },
            "`root_certificates` must have only certificates that can be parsed (X.509), unlike number 1 \
             of 1",
        ),
        (
            |check| check.root_certificates("-----BEGIN CERTIFICATE-----\nä"),
            "`root_certificates` must be valid PEM",
        ),
    ];
    let server = Server::with_status(200);
    for (change, problem) in invalid {
        let health = change(check_url(server.url("/"))).check_blocking();
        assert_unhealthy(&health, &format!("URL not checked: {problem}"));
    }
    assert!(server.has_no_more_requests());
}

#[test]
fn all_mistakes_are_shown_at_once() {
    let check = check_url("ftp://host/")
        .method("LOOK")
        .header("", "")
        .expected_status(0)
        .timeout(Duration::ZERO);
    assert_unhealthy(
        &check.check_blocking(),
        "URL not checked: the URL has the scheme `ftp`, which is neither `http` nor `https`; write \
         one such as `https://host/path`, with `%40` for an `@` in a password, `%2F` for a `/`, and \
         a host beyond ASCII as `xn--…`; \
         `method` must be GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE or TRACE, not \"LOOK\"; \
         `header` 1 has an invalid name that begins with \"\"; write one such as `Accept`; \
         `expected_status` must be from 100 to 599, not 0; \
         `timeout` must be more than zero and at most 30 days, not 0ns",
    );
}
