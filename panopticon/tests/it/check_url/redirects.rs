//! Redirects, and the headers that are sent again.

use panopticon::checks::url::check_url;

use super::server::{ClosedPort, Server, redirect, respond};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

/// Starts a server that redirects `/from…` with this status to `location`, and answers other
/// requests with 200.
fn redirecting(status: u16, location: &str) -> Server {
    let location = location.to_owned();
    Server::answering(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        if path.starts_with("/from") { redirect(status, &location) } else { respond(200, "there") }
    })
}

#[test]
fn targets_of_every_form_are_followed() {
    for status in [301, 302, 303, 307, 308] {
        for (location, expected) in [
            ("/to?q=1", "/to?q=1"),
            ("to", "/from/to"),
            ("../to#part", "/to"),
            ("?to", ""),
            ("/t o/ü", "/t%20o/%C3%BC"),
        ] {
            let server = redirecting(status, location);
            let check = check_url(server.url("/from/here")).body_contains("there");
            if expected.is_empty() || expected.starts_with("/from") {
                // It redirects in a circle.
                assert_unhealthy(
                    &check.check_blocking(),
                    "Error connecting to URL: more than 10 redirects",
                );
                continue;
            }
            assert_healthy(&check.check_blocking());
            assert_eq!(server.request_line(), "GET /from/here HTTP/1.1");
            assert_eq!(server.request_line(), format!("GET {expected} HTTP/1.1"));
        }
    }
}

#[test]
fn other_servers_are_followed() {
    let there = Server::with_status(200);
    for location in [there.url("/to"), format!("//{}/to", there.address)] {
        let server = redirecting(302, &location);
        assert_healthy(&check_url(server.url("/from")).check_blocking());
        assert_eq!(there.request_line(), "GET /to HTTP/1.1");
    }
}

#[test]
fn at_most_ten_are_followed() {
    let server = Server::answering(|head| {
        let left: usize = head.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
        if left == 0 { respond(200, "") } else { redirect(302, &(left - 1).to_string()) }
    });
    assert_healthy(&check_url(server.url("/10")).check_blocking());
    assert_unhealthy(
        &check_url(server.url("/11")).check_blocking(),
        "Error connecting to URL: more than 10 redirects",
    );
}

#[test]
fn they_are_not_followed_if_one_is_expected() {
    let server = redirecting(302, "/to");
    assert_healthy(&check_url(server.url("/from")).expected_status(302).check_blocking());
    assert_healthy(&check_url(server.url("/from")).expected_status(200..=399).check_blocking());
    assert_unhealthy(
        &check_url(server.url("/from")).expected_status([304]).check_blocking(),
        "server responded with unexpected status code: 302 (expected 304)",
    );
    for _ in 0..3 {
        assert_eq!(server.request_line(), "GET /from HTTP/1.1");
    }
    assert!(server.has_no_more_requests());
}

#[test]
fn the_body_of_an_expected_redirect_is_searched() {
    let server = Server::answering(
        |_| "HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 4\r\n\r\nhere",
    );
    let check = check_url(server.url("/")).expected_status(302).body_contains("here");
    assert_healthy(&check.check_blocking());
}

#[test]
fn other_statuses_and_those_without_a_target_are_not_followed() {
    for (status, location) in [(300, "Location: /\r\n"), (304, "Location: /\r\n"), (302, "")] {
        let server = Server::answering(move |_| {
            format!("HTTP/1.1 {status} Status\r\n{location}Content-Length: 0\r\n\r\n")
        });
        assert_unhealthy(
            &check_url(server.url("/")).check_blocking(),
            &format!("server responded with unexpected status code: {status} (expected 200)"),
        );
    }
}

#[test]
fn the_method_changes_as_in_browsers() {
    for (status, method, expected) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (301, "HEAD", "HEAD"),
    ] {
        let server = redirecting(status, "/to");
        assert_healthy(&check_url(server.url("/from")).method(method).check_blocking());
        assert_eq!(server.request_line(), format!("{method} /from HTTP/1.1"));
        assert_eq!(server.request_line(), format!("{expected} /to HTTP/1.1"));
    }
}

#[test]
fn an_invalid_target_is_an_error() {
    for (location, problem) in [
        ("ftp://host/", "has the scheme `ftp`"),
        ("javascript:alert(1)", "has no scheme"),
        ("http://host:99999/", "has a port that is not a number from 1 to 65535"),
        ("http:///", "cannot be parsed"),
    ] {
        let health = check_url(redirecting(302, location).url("/from")).check_blocking();
        let problem =
            format!("Error connecting to URL: the URL that the server redirects to {problem}");
        assert_unhealthy_beginning(&health, &problem);
        assert!(!health.message().unwrap().contains("alert"), "{health:?}");
    }
}

#[test]
fn an_error_shows_how_many_came_before_it() {
    let closed = ClosedPort::new();
    let server = redirecting(302, &format!("http://{}/", closed.address));
    let health = check_url(server.url("/from")).check_blocking();
    assert_unhealthy_beginning(&health, "Error connecting to URL: ");
    assert!(health.message().unwrap().ends_with(", after 1 redirect"), "{health:?}");
}

#[test]
fn credentials_and_headers_are_sent_again_to_the_same_origin() {
    for relative in [true, false] {
        let server = Server::answering(move |head| {
            let host = head.split("ost: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            let origin = if relative { String::new() } else { format!("http://{host}") };
            if head.starts_with("GET /from") {
                redirect(302, &format!("{origin}/to"))
            } else {
                respond(200, "")
            }
        });
        let url = server.url("/from").replace("http://", "http://user:password@");
        assert_healthy(&check_url(url).header("X-Key", "key").check_blocking());
        for _ in 0..2 {
            let head = server.head();
            assert!(head.contains("\r\nauthorization: basic dxnlcjpwyxnzd29yza==\r\n"), "{head}");
            assert!(head.contains("\r\nx-key: key\r\n"), "{head}");
        }
    }
}

#[test]
fn neither_is_sent_to_another_origin() {
    let there = Server::with_status(200);
    let port = there.address.port();
    // Another port of the same host, and another name of it.
    for location in [there.url("/"), format!("http://localhost:{port}/")] {
        let server = redirecting(302, &location);
        let from_url = server.url("/from").replace("http://", "http://user:password@");
        assert_healthy(&check_url(from_url).header("X-Key", "key").check_blocking());
        let from_header = check_url(server.url("/from")).header("Authorization", "Bearer token");
        assert_healthy(&from_header.check_blocking());
        for _ in 0..2 {
            let head = there.head();
            assert!(!head.contains("authorization"), "{head}");
            assert!(!head.contains("x-key"), "{head}");
            assert!(head.contains("\r\nuser-agent: panopticon/"), "{head}");
        }
    }
}

#[test]
fn a_targets_own_credentials_are_sent() {
    let there = Server::with_status(200);
    let location = there.url("/").replace("http://", "http://other:secret@");
    let server = redirecting(302, &location);
    let url = server.url("/from").replace("http://", "http://user:password@");
    assert_healthy(&check_url(url).check_blocking());
    let head = there.head();
    assert!(head.contains("\r\nauthorization: basic b3rozxi6c2vjcmv0\r\n"), "{head}");
}
