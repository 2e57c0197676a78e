//! What cannot be used is an answer that says why, and nothing is sent.

use std::time::Duration;

use panopticon::checks::url::{UrlCheck, check_url};

use super::server::Server;
use super::{assert_unhealthy, assert_unhealthy_beginning};

#[test]
fn no_url() {
    for url in ["", " ", "\t\r\n"] {
        let check = check_url(url).timeout(Duration::ZERO);
        assert_unhealthy(&check.check_blocking(), "No URL specified to check.");
    }
}

#[test]
fn a_url_that_is_none() {
    for (url, problem) in [
        ("example.com", "has no scheme; write one such as `https://host/path`"),
        ("/status", "has no scheme"),
        ("localhost:8080", "has no scheme"),
        (
            "ftp://example.com/",
            "has the scheme `ftp`, which is neither `http` nor `https`; write one",
        ),
        ("file:///etc/passwd", "cannot be read"),
        ("http://", "cannot be read"),
        ("http:///status", "cannot be read"),
        ("http://:80/", "has no host"),
        ("http://user:password@/", "cannot be read"),
        ("http://bücher.example/", "cannot be read"),
        ("http://host:99999/", "has a port that is none of 0 to 65535"),
        ("http://[::1/", "cannot be read"),
        ("http://us%3Aer:password@host/", "has a user with a `:`"),
    ] {
        let beginning = format!("URL not checked: the URL {problem}");
        assert_unhealthy_beginning(&check_url(url).check_blocking(), &beginning);
    }
}

type Change = fn(UrlCheck) -> UrlCheck;

#[test]
fn a_setting_that_is_none() {
    let refusals: [(Change, &str); 21] = [
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
            #[expect(clippy::reversed_empty_ranges, reason = "that is what is refused")]
            |check| check.expected_status(299..=200),
            "`expected_status` must name at least one status, such as 200",
        ),
        (
            |check| check.timeout(Duration::ZERO),
            "`timeout` must be more than zero and at most 720h, not 0ns",
        ),
        (
            |check| check.timeout(Duration::MAX),
            "`timeout` must be more than zero and at most 720h, not 18446744073709551615.999999999s",
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
            "`header` 2 has a name that is none, and begins with \"X\"; write one such as `Accept`",
        ),
        (
            |check| check.header("X-Key", "a\r\nX-Other: b"),
            "`header` 1 (`x-key`) must have a value of one line, of visible ASCII characters and spaces",
        ),
        (
            |check| check.header("Content-Length", "5"),
            "`header` 1 (`content-length`) must be left out, for the request has no body",
        ),
        (
            |check| check.header("Transfer-Encoding", "chunked"),
            "`header` 1 (`transfer-encoding`) must be left out, for the request has no body",
        ),
        (|check| check.body_contains(""), "`body_contains` must be given a text, not an empty one"),
        (
            |check| check.body_contains("a".repeat(1024 * 1024 + 1)),
            "`body_contains` must be given a text of at most 1 MiB, for no more is read",
        ),
        (
            |check| check.body_contains("a").method("HEAD"),
            "`body_contains` must go with another `method` than HEAD, which asks for no body",
        ),
        (
            |check| check.root_certificates(""),
            "`root_certificates` must have at least one `-----BEGIN CERTIFICATE-----`",
        ),
        (
            |check| check.root_certificates("-----BEGIN CERTIFICATE-----\nä"),
            "`root_certificates` must be PEM, which this is not",
        ),
    ];
    let server = Server::with_status(200);
    for (change, problem) in refusals {
        let health = change(check_url(server.url("/"))).check_blocking();
        assert_unhealthy(&health, &format!("URL not checked: {problem}"));
    }
    assert!(server.has_seen_no_more());
}

#[test]
fn all_mistakes_are_told_at_once() {
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
         `header` 1 has a name that is none, and begins with \"\"; write one such as `Accept`; \
         `expected_status` must be from 100 to 599, not 0; \
         `timeout` must be more than zero and at most 720h, not 0ns",
    );
}
