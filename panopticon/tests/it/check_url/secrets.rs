//! Credentials are sent where they belong, and never shown.

use std::time::Duration;

use panopticon::Health;
use panopticon::checks::url::{UrlCheck, check_url};

use super::assert_healthy;
use super::server::{ClosedPort, Server, redirect, respond};

/// A part of every URL, header and `Location` of these tests.
const SECRET: &str = "hunter2";

/// Runs the check, and asserts that neither it nor its result shows the secret.
#[track_caller]
fn run_without_showing(check: UrlCheck) -> Health {
    for debug in [format!("{check:?}"), format!("{check:#?}")] {
        assert!(!debug.contains(SECRET), "{debug}");
    }
    let health = check.check_blocking();
    let shown = format!("{health:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    health
}

/// Returns the URL of this path with the secret as its password and in its query.
fn secret_url(address: impl std::fmt::Display, path: &str) -> String {
    format!("http://user:{SECRET}@{address}{path}?token={SECRET}")
}

#[test]
fn the_urls_credentials_are_sent_decoded() {
    for (credentials, expected) in [
        ("user:pass", "dXNlcjpwYXNz"),
        // `us er` and `p@s:s/ä`, in UTF-8.
        ("us%20er:p%40s:s%2F%C3%A4", "dXMgZXI6cEBzOnMvw6Q="),
        ("user", "dXNlcjo="),
        ("user:", "dXNlcjo="),
        (":pass", "OnBhc3M="),
    ] {
        let server = Server::with_status(200);
        let url = format!("http://{credentials}@{}/", server.address);
        assert_healthy(&check_url(url).check_blocking());
        let head = server.head();
        let expected = format!("authorization: basic {}\r\n", expected.to_ascii_lowercase());
        assert!(head.contains(&expected), "{expected} in {head}");
        assert!(head.contains(&format!("\r\nhost: {}\r\n", server.address)), "{head}");
    }
}

#[test]
fn a_header_replaces_the_urls_credentials() {
    let server = Server::with_status(200);
    let check = check_url(secret_url(server.address, "/")).header("authorization", "Bearer token");
    assert_healthy(&check.check_blocking());
    let head = server.head();
    assert!(head.contains("\r\nauthorization: bearer token\r\n"), "{head}");
    assert_eq!(head.matches("authorization").count(), 1, "{head}");
}

#[test]
fn results_do_not_show_them() {
    for status in [200, 401, 503] {
        let server = Server::answering(move |_| respond(status, SECRET));
        let check = check_url(secret_url(server.address, "/"))
            .header("Authorization", format!("Bearer {SECRET}"))
            .header("X-Key", SECRET);
        let _ = run_without_showing(check.clone());
        let _ = run_without_showing(check.body_contains(SECRET));
    }
    let closed = ClosedPort::new();
    let _ = run_without_showing(check_url(secret_url(closed.address, "/")));
    let (hanging, _gone) = Server::hanging();
    let check = check_url(secret_url(hanging.address, "/")).timeout(Duration::from_millis(200));
    let _ = run_without_showing(check);
    for garbage in [format!("{SECRET}\r\n\r\n"), format!("HTTP/1.1 {SECRET}\r\n\r\n")] {
        let server = Server::answering(move |_| garbage.clone());
        let _ = run_without_showing(check_url(secret_url(server.address, "/")));
    }
    let server = Server::answering(|_| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {SECRET}\r\n{SECRET}\r\n\r\n")
    });
    let _ = run_without_showing(check_url(secret_url(server.address, "/")));
}

#[test]
fn invalid_urls_do_not_show_them() {
    for url in [
        format!("user:{SECRET}@host/"),
        format!("//user:{SECRET}@host/"),
        format!("ftp://user:{SECRET}@host/"),
        format!("http://user:{SECRET}@"),
        format!("http://user:{SECRET}@host:99999/"),
        format!("http://user:{SECRET}@[::1/"),
        format!("http://us%3Aer:{SECRET}@host/"),
        format!("http://user:{SECRET}@ho st/"),
        format!("http://user:{SECRET}@bücher.example/"),
        format!("http://user:p@ss{SECRET}@:80/"),
        SECRET.to_owned(),
        format!("/{SECRET}"),
        format!("mailto:{SECRET}"),
    ] {
        let health = run_without_showing(check_url(url));
        assert!(health.message().unwrap().starts_with("URL not checked: "), "{health:?}");
    }
    // Credentials that were not encoded, so that their beginning looks like the host.
    for url in [
        format!("http://{SECRET}/@host/"),
        format!("http://{SECRET}?@host/"),
        format!("http://{SECRET}#@host/"),
    ] {
        let debug = format!("{:?}", check_url(url));
        assert!(!debug.contains(SECRET), "{debug}");
    }
}

#[test]
fn invalid_headers_do_not_show_them() {
    let server = Server::with_status(200);
    for (name, value) in [
        ("Authorization", format!("Bearer {SECRET}\n")),
        ("Authorization", format!("Bearer {SECRET}\u{e4}\0")),
        (&*format!("Authorization: Bearer {SECRET}"), String::new()),
    ] {
        let health = run_without_showing(check_url(server.url("/")).header(name, value));
        assert!(health.message().unwrap().starts_with("URL not checked: "), "{health:?}");
    }
}

#[test]
fn redirects_do_not_show_them() {
    let closed = ClosedPort::new();
    for location in [
        format!("http://user:{SECRET}@{}/?{SECRET}", closed.address),
        format!("https://user:{SECRET}@{}/?{SECRET}", Server::with_status(200).address),
        format!("ftp://user:{SECRET}@host/{SECRET}"),
        format!("http://user:{SECRET}@:80/"),
        format!("http://user:{SECRET}@host:99999/"),
        format!("http://user:{SECRET}@ho st/"),
        format!("http://us%3Aer:{SECRET}@host/"),
        format!("mailto:{SECRET}"),
        format!("/{SECRET}"),
    ] {
        let server = Server::answering(move |_| redirect(302, &location));
        let health = run_without_showing(check_url(secret_url(server.address, "/")));
        let message = health.message().unwrap();
        assert!(message.starts_with("Error connecting to URL: "), "{message}");
    }
}

#[test]
fn debug_shows_the_origin() {
    let check = check_url(secret_url("example.com:8080", "/private"))
        .header("X-Key", SECRET)
        .expected_status([200, 204])
        .body_contains(SECRET);
    assert_eq!(
        format!("{check:?}"),
        "UrlCheck { url: \"http://example.com:8080\", method: \"GET\", headers: [\"X-Key\"], \
         expected_status: ExpectedStatus([200..=200, 204..=204]), timeout: 5s, .. }"
    );
}
