//! The timeout covers everything that a check does.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use panopticon::checks::url::check_url;

use super::assert_unhealthy;
use super::server::{Server, assert_heard, redirect};

/// For servers that never answer.
const SHORT: Duration = Duration::from_millis(200);
/// For servers whose response must begin within the timeout.
const LONG_ENOUGH_FOR_A_HEAD: Duration = Duration::from_secs(2);

/// Writes slowly until the client closes the connection.
fn drip(connection: &mut TcpStream, byte: u8) {
    while connection.write_all(&[byte]).is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_server_that_never_answers() {
    let roots = include_str!("../../certificates/localhost.pem");
    for (scheme, roots) in [("http", None), ("https", None), ("https", Some(roots))] {
        let (server, gone) = Server::hanging();
        let mut check = check_url(format!("{scheme}://{}/", server.address)).timeout(SHORT);
        if let Some(roots) = roots {
            check = check.root_certificates(roots);
        }
        assert_unhealthy(
            &check.check_blocking(),
            "Error connecting to URL: timed out after 200ms without a response",
        );
        if scheme == "http" {
            assert_heard(&gone);
        }
    }
}

#[test]
fn a_head_that_never_ends() {
    let server = Server::handling(|_, mut connection| {
        connection.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ").unwrap();
        drip(&mut connection, b'a');
    });
    assert_unhealthy(
        &check_url(server.url("/")).timeout(SHORT).check_blocking(),
        "Error connecting to URL: timed out after 200ms without a response",
    );
}

#[test]
fn a_body_that_never_ends() {
    let server = Server::handling(|_, mut connection| {
        connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        drip(&mut connection, b'a');
    });
    let check = check_url(server.url("/")).body_contains("b").timeout(LONG_ENOUGH_FOR_A_HEAD);
    let health = check.check_blocking();
    assert_unhealthy(
        &health,
        "Error connecting to URL: timed out after 2s while reading the response",
    );
    assert_eq!(health.detail("status_code"), Some(&200.into()));
}

#[test]
fn redirects_do_not_restart_it() {
    let (hanging, gone) = Server::hanging();
    let location = hanging.url("/");
    let server = Server::answering(move |_| redirect(302, &location));
    let check = check_url(server.url("/")).timeout(LONG_ENOUGH_FOR_A_HEAD);
    assert_unhealthy(
        &check.check_blocking(),
        "Error connecting to URL: timed out after 2s without a response, after 1 redirect",
    );
    assert_heard(&gone);
}

#[test]
fn a_server_that_redirects_slowly_and_endlessly() {
    let server = Server::handling(|_, mut connection| {
        // Ten of these take longer than the timeout.
        thread::sleep(Duration::from_millis(100));
        let _ = connection.write_all(redirect(302, "/again").as_bytes());
    });
    let health = check_url(server.url("/")).timeout(Duration::from_millis(500)).check_blocking();
    let message = health.message().unwrap();
    assert!(
        message.starts_with("Error connecting to URL: timed out after 500ms without a response"),
        "{message}"
    );
}
