//! Bodies that are compressed with gzip.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use panopticon::Health;
use panopticon::checks::url::{UrlCheck, check_url};

use super::server::Server;
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

const MIB: usize = 1024 * 1024;

fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn encoded(encoding: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn health_of(response: Vec<u8>, change: impl FnOnce(UrlCheck) -> UrlCheck) -> Health {
    let server = Server::answering(move |_| response.clone());
    change(check_url(server.url("/"))).check_blocking()
}

#[test]
fn a_compressed_body_is_decoded() {
    let body = gzip(r#"{"status": "green"}"#);
    assert_healthy(&health_of(encoded("gzip", &body), |check| check.body_contains("green")));
    let json = |check: UrlCheck| check.json_path("$.status", "green");
    assert_healthy(&health_of(encoded("gzip", &body), json));
    // In several parts, each of which is compressed.
    let parts = [gzip(r#"{"status": "#), gzip(r#""green"}"#)].concat();
    assert_healthy(&health_of(encoded("gzip", &parts), json));
    // A body need not be compressed.
    assert_healthy(&health_of(encoded("identity", br#"{"status": "green"}"#), json));
}

#[test]
fn compression_is_allowed_if_the_body_is_read() {
    let server = Server::with_status(200);
    let _ = check_url(server.url("/")).check_blocking();
    let head = server.head();
    assert!(!head.contains("accept-encoding"), "{head}");
    let check = check_url(server.url("/")).body_contains("a");
    let _ = check.clone().check_blocking();
    let head = server.head();
    assert!(head.contains("\r\naccept-encoding: gzip\r\n"), "{head}");
    let _ = check.header("Accept-Encoding", "identity").check_blocking();
    let head = server.head();
    assert!(head.contains("\r\naccept-encoding: identity\r\n"), "{head}");
    assert_eq!(head.matches("accept-encoding").count(), 1, "{head}");
}

#[test]
fn a_small_body_that_becomes_a_large_one_is_not_read_to_its_end() {
    // A gibibyte, in parts of which each is a mebibyte.
    let part = gzip(vec![b' '; MIB]);
    let bomb = encoded("gzip", &part.repeat(1024));
    assert_unhealthy(
        &health_of(bomb.clone(), |check| check.body_contains("green")),
        "the first 1 MiB of the response does not contain the expected text, and no more is read",
    );
    assert_unhealthy(
        &health_of(bomb.clone(), |check| check.json_path("$.a", 1)),
        "the JSON is longer than 1 MiB, and no more is read",
    );
    assert_unhealthy(
        &health_of(bomb, UrlCheck::panopticon_report),
        "the report is longer than 1 MiB, and no more is read",
    );
}

#[test]
fn what_is_not_gzip_is_an_error() {
    for body in [&b"plain text"[..], &gzip("a long green text")[..20], b"\x1f\x8b"] {
        assert_unhealthy_beginning(
            &health_of(encoded("gzip", body), |check| check.body_contains("green")),
            "Error connecting to URL: ",
        );
    }
}

#[test]
fn another_encoding_is_named() {
    for encoding in ["br", "gzip, br", "GZIP"] {
        assert_unhealthy(
            &health_of(encoded(encoding, b"green"), |check| check.body_contains("green")),
            &format!(
                "the response's `Content-Encoding` cannot be read: `{encoding}`, which is not `gzip`"
            ),
        );
        // Without an expected body, it does not matter.
        assert_healthy(&health_of(encoded(encoding, b"green"), |check| check));
    }
}
