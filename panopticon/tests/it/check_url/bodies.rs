//! A text expected in the response's body.

use std::io::Write;

use panopticon::Health;
use panopticon::checks::url::check_url;

use super::server::{Server, respond, wait_until_closed};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

const MIB: usize = 1024 * 1024;

/// Returns the health of a URL with this body, expected to contain `{"status":"green"}`.
fn green(body: String) -> Health {
    let server = Server::answering(move |_| respond(200, &body));
    check_url(server.url("/")).body_contains(r#"{"status":"green"}"#).check_blocking()
}

#[test]
fn the_text_is_found_anywhere() {
    let text = r#"{"status":"green"}"#;
    // Bodies are read in chunks; in some of these, the text is split between two.
    for before in (0..40_000).step_by(4093).chain(8170..8200).chain([MIB - text.len()]) {
        assert_healthy(&green(format!("{}{text}", "{".repeat(before))));
    }
}

#[test]
fn a_chunked_body_is_decoded() {
    let server = Server::answering(
        |_| "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ngre\r\n2\r\nen\r\n0\r\n\r\n",
    );
    assert_healthy(&check_url(server.url("/")).body_contains("green").check_blocking());
}

#[test]
fn without_the_text_it_is_unhealthy() {
    for body in ["", "{\"status\":\"red\"}", "{\"status\":\"GREEN\"}"] {
        let health = green(body.to_owned());
        assert_unhealthy(&health, "the response does not contain the expected text");
        assert_eq!(health.detail("status_code"), Some(&200.into()));
    }
    assert_unhealthy(&green("{".repeat(MIB)), "the response does not contain the expected text");
}

#[test]
fn no_more_than_a_mebibyte_is_read() {
    let text = r#"{"status":"green"}"#;
    let message = "the first 1 MiB of the response does not contain the expected text, and no \
                   more is read";
    for before in [MIB - text.len() + 1, MIB, 2 * MIB] {
        assert_unhealthy(&green(format!("{}{text}", "{".repeat(before))), message);
    }
}

#[test]
fn the_status_is_judged_first() {
    let server = Server::answering(|_| respond(500, "green"));
    let health = check_url(server.url("/")).body_contains("green").check_blocking();
    assert_unhealthy_beginning(&health, "server responded with unexpected status code: 500");
}

#[test]
fn the_rest_of_the_body_is_not_waited_for() {
    let server = Server::handling(|_, mut connection| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\ngreen";
        connection.write_all(head.as_bytes()).unwrap();
        wait_until_closed(&mut connection);
    });
    assert_healthy(&check_url(server.url("/")).check_blocking());
    assert_healthy(&check_url(server.url("/")).body_contains("green").check_blocking());
}

#[test]
fn a_body_that_breaks_off_is_an_error() {
    let server = Server::answering(|_| "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ngree");
    let health = check_url(server.url("/")).body_contains("green").check_blocking();
    assert_unhealthy_beginning(&health, "Error connecting to URL: ");
    assert_eq!(health.detail("status_code"), Some(&200.into()));
}
