//! The result for a server's response, or for none.

use std::io::Write;
use std::net::TcpListener;

use panopticon::checks::url::{ExpectedStatus, check_url};

use super::server::{ClosedPort, Server, respond};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

#[test]
fn the_status_200_is_healthy() {
    let health = check_url(Server::with_status(200).url("/")).check_blocking();
    assert_healthy(&health);
    assert_eq!(health.detail("status_code"), Some(&200.into()));
}

#[test]
fn another_status_is_unhealthy_and_shown() {
    for status in [201, 301, 404, 503] {
        let health = check_url(Server::with_status(status).url("/")).check_blocking();
        let message =
            format!("server responded with unexpected status code: {status} (expected 200)");
        assert_unhealthy(&health, &message);
        assert_eq!(health.detail("status_code"), Some(&status.into()));
    }
}

#[test]
fn single_statuses_and_ranges_are_expected() {
    let slice: &[u16] = &[200, 204];
    let expectations: [(ExpectedStatus, &str, &[u16], &[u16]); 7] = [
        (204.into(), "204", &[204], &[200, 203, 205]),
        ((200..=299).into(), "200 to 299", &[200, 250, 299], &[300]),
        ((200..300).into(), "200 to 299", &[200, 299], &[300]),
        ([200, 404].into(), "200, 404", &[200, 404], &[403]),
        ((&[599]).into(), "599", &[599], &[200]),
        (slice.into(), "200, 204", &[200, 204], &[202]),
        (vec![503].into(), "503", &[503], &[200]),
    ];
    for (expected, text, healthy, unhealthy) in expectations {
        for &status in healthy {
            let check = check_url(Server::with_status(status).url("/"));
            assert_healthy(&check.expected_status(expected.clone()).check_blocking());
        }
        for &status in unhealthy {
            let check = check_url(Server::with_status(status).url("/"));
            assert_unhealthy(
                &check.expected_status(expected.clone()).check_blocking(),
                &format!(
                    "server responded with unexpected status code: {status} (expected {text})"
                ),
            );
        }
    }
}

#[test]
fn a_refused_connection_is_unhealthy() {
    let closed = ClosedPort::new();
    let health = check_url(format!("http://{}/", closed.address)).check_blocking();
    assert_unhealthy_beginning(&health, "Error connecting to URL: ");
    assert!(health.message().unwrap().contains("refused"), "{health:?}");
    assert_eq!(health.detail("status_code"), None);
}

#[test]
fn an_ipv6_literal_is_a_host() {
    let Ok(listener) = TcpListener::bind(("::1", 0)) else {
        eprintln!("SKIPPED: this machine has no IPv6");
        return;
    };
    let server = Server::listening(listener, |_, mut connection| {
        connection.write_all(respond(200, "").as_bytes()).unwrap();
    });
    assert_healthy(&check_url(server.url("/")).check_blocking());
    let head = server.head();
    assert!(head.contains(&format!("\r\nhost: [::1]:{}\r\n", server.address.port())), "{head}");
}

#[test]
fn a_server_that_hangs_up_or_does_not_speak_http_is_unhealthy() {
    for (answer, reason) in [
        ("", "Peer disconnected"),
        ("220 mail.example.com ESMTP\r\n\r\n", "protocol error: "),
        ("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "protocol error: "),
    ] {
        let server = Server::answering(move |_| answer);
        let health = check_url(server.url("/")).check_blocking();
        assert_unhealthy_beginning(&health, &format!("Error connecting to URL: {reason}"));
    }
}

#[test]
fn white_space_around_the_url_is_ignored() {
    let server = Server::with_status(200);
    assert_healthy(&check_url(format!(" {}\n", server.url("/status"))).check_blocking());
    assert_eq!(server.request_line(), "GET /status HTTP/1.1");
}
