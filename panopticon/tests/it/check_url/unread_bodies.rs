//! What a check does not need of a response.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use panopticon::checks::url::{UrlCheck, check_url};

use super::server::{Server, assert_heard, redirect, respond, wait_until_closed};
use super::{assert_healthy, assert_unhealthy_beginning};

const PATIENCE: Duration = Duration::from_secs(60);

/// Answers `/moved` and `/` with these bytes, the end of them apart, and returns how each connection
/// ends.
fn answering(
    answer: impl Fn(&str) -> String + Send + 'static,
) -> (Server, mpsc::Receiver<io::Result<usize>>) {
    let (sender, ends) = mpsc::channel();
    let server = Server::handling(move |head, mut connection: TcpStream| {
        let answer = answer(head);
        let (first, last) = answer.as_bytes().split_at(answer.len() - 1);
        let written = connection.write_all(first).and_then(|()| connection.write_all(last));
        let end = written.and_then(|()| connection.read(&mut [0]));
        let _ = sender.send(end);
    });
    (server, ends)
}

#[track_caller]
fn assert_ends_in_order(ends: &mpsc::Receiver<io::Result<usize>>) {
    // An error if the client closes the connection before it has read everything.
    assert_eq!(ends.recv_timeout(PATIENCE).unwrap().unwrap(), 0);
}

fn check(url: String) -> UrlCheck {
    check_url(url).timeout(2 * PATIENCE)
}

#[test]
fn a_small_body_is_read_to_its_end() {
    let body = "x".repeat(60 * 1024);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    for answer in [respond(200, &body), chunked] {
        let (server, ends) = answering(move |_| answer.clone());
        assert_healthy(&check(server.url("/")).check_blocking());
        assert_ends_in_order(&ends);
        assert_healthy(&check(server.url("/")).body_contains("x").check_blocking());
        assert_ends_in_order(&ends);
    }
    let (server, ends) = answering(move |_| respond(503, &body));
    let health = check(server.url("/")).check_blocking();
    assert_unhealthy_beginning(&health, "server responded with unexpected status code: 503");
    assert_ends_in_order(&ends);
}

#[test]
fn the_body_of_a_redirect_is_read_to_its_end() {
    let (server, ends) = answering(|head| {
        if head.starts_with("GET /moved") {
            return respond(200, "here");
        }
        let body = "x".repeat(60 * 1024);
        let length = format!("Content-Length: {}", body.len());
        redirect(302, "/moved").replace("Content-Length: 0", &length) + &body
    });
    assert_healthy(&check(server.url("/")).check_blocking());
    assert_ends_in_order(&ends);
    assert_ends_in_order(&ends);
}

#[test]
fn a_body_that_does_not_end_or_does_not_come_is_not_waited_for() {
    const ENDLESS: &str = "HTTP/1.1 200 OK\r\n\r\n";
    for (head, is_written) in [
        (ENDLESS, true),
        (ENDLESS, false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false),
    ] {
        let (sender, gone) = mpsc::channel();
        let server = Server::handling(move |_, mut connection| {
            let _ = connection.write_all(head.as_bytes());
            while is_written && connection.write_all(&[b'x'; 1024]).is_ok() {}
            wait_until_closed(&mut connection);
            let _ = sender.send(());
        });
        let start = Instant::now();
        assert_healthy(&check(server.url("/")).check_blocking());
        assert!(start.elapsed() < PATIENCE, "{head}");
        assert_heard(&gone);
    }
}
