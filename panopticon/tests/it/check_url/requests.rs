//! The requests that are sent.

use std::io::{Read, Write};

use panopticon::checks::url::check_url;

use super::assert_healthy;
use super::server::{Server, redirect, respond};

#[test]
fn a_request_names_its_sender() {
    let server = Server::with_status(200);
    assert_healthy(&check_url(server.url("/status?full=1#part")).check_blocking());
    let head = server.head();
    assert!(head.starts_with("get /status?full=1 http/1.1\r\n"), "{head}");
    let agent = format!("\r\nuser-agent: panopticon/{}\r\n", env!("CARGO_PKG_VERSION"));
    assert!(head.contains(&agent), "{head}");
    assert!(head.contains("\r\naccept: */*\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nhost: {}\r\n", server.address)), "{head}");
    assert!(!head.contains("authorization"), "{head}");
}

#[test]
fn headers_are_added_or_replace_the_default_ones() {
    let server = Server::with_status(200);
    let check = check_url(server.url("/"))
        .header("X-Key", "1")
        .header("x-key", "2")
        .header("Host", "virtual.example.com")
        .header("User-Agent", "curl")
        .header("accept", "text/html");
    assert_healthy(&check.check_blocking());
    let head = server.head();
    for line in ["x-key: 1", "x-key: 2", "host: virtual.example.com", "user-agent: curl"] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line} in {head}");
    }
    for name in ["host", "user-agent", "accept"] {
        assert_eq!(head.matches(&format!("\r\n{name}:")).count(), 1, "{name} in {head}");
    }
}

#[test]
fn every_method_is_sent_without_a_body() {
    for method in ["GET", "head", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
        // Like a server that also gives `HEAD` the length of the body for `GET`.
        let server = Server::answering(|head| {
            if head.starts_with("HEAD") {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_owned()
            } else {
                respond(200, "green")
            }
        });
        let check = check_url(server.url("/")).method(method);
        assert_healthy(&check.check_blocking());
        let head = server.head();
        assert!(head.starts_with(&format!("{} / http/1.1\r\n", method.to_lowercase())), "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
        let has_length = ["POST", "PUT", "PATCH"].contains(&method);
        assert_eq!(head.contains("\r\ncontent-length: 0\r\n"), has_length, "{head}");
    }
}

#[test]
fn invalid_characters_of_a_path_are_encoded() {
    let server = Server::with_status(200);
    assert_healthy(&check_url(server.url("/ä b%20c?q=<ü>")).check_blocking());
    assert_eq!(server.request_line(), "GET /%C3%A4%20b%20c?q=%3C%C3%BC%3E HTTP/1.1");
}

#[test]
fn every_request_opens_a_connection() {
    // The server would answer a second request on the same connection.
    let server = Server::handling(|head, mut connection| {
        let answer =
            if head.starts_with("GET /from ") { redirect(302, "/to") } else { respond(200, "") };
        connection.write_all(answer.as_bytes()).unwrap();
        let more = connection.read(&mut [0; 1]).unwrap_or_default();
        assert_eq!(more, 0, "the connection was used again");
    });
    let check = check_url(server.url("/from"));
    for _ in 0..3 {
        assert_healthy(&check.clone().check_blocking());
        // The server reads one head of each connection, so these are of two.
        assert_eq!(server.request_line(), "GET /from HTTP/1.1");
        assert_eq!(server.request_line(), "GET /to HTTP/1.1");
    }
}
