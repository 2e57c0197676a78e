//! Bodies that are sent.

use std::io::{Read, Write};
use std::sync::mpsc;

use panopticon::checks::url::check_url;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::server::{Server, redirect, respond};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

/// A server that redirects `/from` and records the bodies that it receives.
struct Recorder {
    server: Server,
    bodies: mpsc::Receiver<Vec<u8>>,
}

impl Recorder {
    fn new() -> Self {
        Self::redirecting(302, "/to")
    }

    fn redirecting(status: u16, location: &str) -> Self {
        let location = location.to_owned();
        let (sender, bodies) = mpsc::channel();
        let server = Server::handling(move |head, mut connection| {
            let head = head.to_ascii_lowercase();
            let length = head.split("\r\ncontent-length: ").nth(1);
            let length = length.and_then(|rest| rest.lines().next()).unwrap_or("0");
            let mut body = vec![0; length.parse().unwrap()];
            connection.read_exact(&mut body).unwrap();
            sender.send(body).unwrap();
            let is_from = head.split(' ').nth(1) == Some("/from");
            let answer = if is_from { redirect(status, &location) } else { respond(200, "") };
            // The client may have closed the connection already.
            let _ = connection.write_all(answer.as_bytes());
        });
        Self { server, bodies }
    }

    /// Returns the head of the next request, in lower case, and its body.
    fn request(&self) -> (String, Vec<u8>) {
        (self.server.head(), self.bodies.recv().unwrap())
    }
}

#[test]
fn a_body_is_sent() {
    for method in ["POST", "put", "PATCH"] {
        let recorder = Recorder::new();
        let check = check_url(recorder.server.url("/")).method(method).body("{ __typename }");
        assert_healthy(&check.check_blocking());
        let (head, body) = recorder.request();
        assert!(head.starts_with(&format!("{} / http/1.1\r\n", method.to_lowercase())), "{head}");
        assert!(head.contains("\r\ncontent-length: 14\r\n"), "{head}");
        assert!(!head.contains("content-type"), "{head}");
        assert_eq!(body, b"{ __typename }");
    }
}

#[test]
fn a_body_of_any_length_and_bytes_is_sent() {
    for length in [0, 1, 1023, 128 * 1024 - 1, 128 * 1024, 1_000_003] {
        let sent: Vec<u8> = (0..=255).cycle().take(length).collect();
        let recorder = Recorder::new();
        let check = check_url(recorder.server.url("/")).method("POST").body(sent.clone());
        assert_healthy(&check.check_blocking());
        assert_eq!(recorder.request().1, sent, "{length}");
    }
}

#[test]
fn json_is_sent_with_its_type_unless_another_is_given() {
    let recorder = Recorder::new();
    let check = check_url(recorder.server.url("/")).method("POST").json(&json!({"a": ["ä"]}));
    assert_healthy(&check.clone().check_blocking());
    let (head, body) = recorder.request();
    assert!(head.contains("\r\ncontent-type: application/json\r\n"), "{head}");
    assert_eq!(body, r#"{"a":["ä"]}"#.as_bytes());
    assert_healthy(&check.header("Content-Type", "application/ld+json").check_blocking());
    let (head, _) = recorder.request();
    assert!(head.contains("\r\ncontent-type: application/ld+json\r\n"), "{head}");
    assert_eq!(head.matches("content-type").count(), 1, "{head}");
}

#[test]
fn the_last_body_counts() {
    let recorder = Recorder::new();
    let check = check_url(recorder.server.url("/")).method("POST").json(&1).body("2");
    assert_healthy(&check.check_blocking());
    assert_eq!(recorder.request().1, b"2");
}

#[test]
fn a_redirect_repeats_the_body_or_leaves_it_out_with_its_headers() {
    for (status, method, repeated) in [
        (301, "POST", false),
        (302, "POST", false),
        (303, "POST", false),
        (303, "PUT", false),
        (301, "PUT", true),
        (302, "PATCH", true),
        (307, "POST", true),
        (308, "POST", true),
    ] {
        let recorder = Recorder::redirecting(status, "/to");
        let check = check_url(recorder.server.url("/from"))
            .method(method)
            .header("Content-Language", "en")
            .header("X-Key", "key")
            .json(&7);
        assert_healthy(&check.check_blocking());
        assert_eq!(recorder.request().1, b"7");
        let (head, body) = recorder.request();
        assert_eq!(head.starts_with("get "), !repeated, "{status} {method}: {head}");
        assert_eq!(body, if repeated { &b"7"[..] } else { b"" }, "{status} {method}");
        assert_eq!(head.contains("content-type"), repeated, "{head}");
        assert_eq!(head.contains("content-language"), repeated, "{head}");
        assert!(head.contains("\r\nx-key: key\r\n"), "{head}");
    }
}

#[test]
fn a_body_is_not_sent_to_another_origin() {
    let there = Recorder::new();
    let port = there.server.address.port();
    for location in [there.server.url("/"), format!("http://localhost:{port}/")] {
        let recorder = Recorder::redirecting(307, &location);
        let check = check_url(recorder.server.url("/from")).method("POST").body("hunter2");
        assert_unhealthy(
            &check.check_blocking(),
            "Error connecting to URL: the server redirects the request to another host or port with the \
             status 307, and the body is not sent there; check the URL that it redirects to",
        );
    }
    assert!(there.server.has_no_more_requests());
    // Without its body, the request may go there.
    let recorder = Recorder::redirecting(302, &there.server.url("/"));
    let check = check_url(recorder.server.url("/from")).method("POST").body("hunter2");
    assert_healthy(&check.check_blocking());
    let (head, body) = there.request();
    assert!(head.starts_with("get / "), "{head}");
    assert!(body.is_empty());
}

#[test]
fn a_method_without_a_body_is_a_mistake() {
    for method in ["GET", "HEAD", "OPTIONS", "DELETE", "TRACE"] {
        let check = check_url("http://localhost:1/").method(method);
        assert_unhealthy(
            &check.clone().body("1").check_blocking(),
            &format!("URL not checked: `body` needs the `method` POST, PUT or PATCH, not {method}"),
        );
        assert_unhealthy(
            &check.json(&1).check_blocking(),
            &format!("URL not checked: `json` needs the `method` POST, PUT or PATCH, not {method}"),
        );
    }
}

#[test]
fn what_json_cannot_hold_is_a_mistake() {
    struct Refused;

    impl Serialize for Refused {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no such thing"))
        }
    }

    let check = check_url("http://localhost:1/").method("POST").json(&Refused);
    assert_unhealthy_beginning(
        &check.check_blocking(),
        "URL not checked: `json` cannot be serialized: no such thing",
    );
}

#[test]
fn a_body_is_not_shown() {
    let check = check_url("http://localhost:1/").method("POST").body("hunter2");
    assert!(!format!("{check:?} {check:#?}").contains("hunter2"));
}
