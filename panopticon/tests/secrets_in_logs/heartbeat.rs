//! The URL and the token of heartbeats.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use panopticon::{CheckOptions, Panopticon};

use crate::lines;

/// A part of everything that must not be logged.
const SECRET: &str = "battery-horse-staple-correct";

/// Answers one request, and returns its head.
fn serve(listener: &TcpListener, answer: &str) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    stream.write_all(answer.as_bytes()).unwrap();
    String::from_utf8(head).unwrap()
}

#[test]
fn heartbeats() {
    lines::listen();
    for (method, status) in [("", "200 OK"), ("GET ", "500 Broken"), ("", "302 Found")] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let server = thread::spawn(move || serve(&listener, &answer));
        let health = Panopticon::empty()
            .check_blocking("database", CheckOptions::new(), || {})
            .heartbeat_url(format!(
                "{method}http://{address}/{SECRET}?a={SECRET}&b={{message}}{{|c}}"
            ))
            .heartbeat_token(SECRET)
            .build()
            .unwrap();
        let head = server.join().unwrap();
        assert!(head.contains(&format!("/{SECRET}?a={SECRET}&b=service%20healthy HTTP/1.1\r\n")));
        assert!(head.contains(&format!("authorization: Bearer {SECRET}\r\n")), "{head}");
        let start = Instant::now();
        loop {
            let report = health.report_blocking();
            let component = report.component("heartbeat").unwrap();
            assert!(!format!("{component:?}").contains(SECRET), "{component:?}");
            if component.message() != Some("no heartbeat has been due yet") {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "the call does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
    lines::assert_without(&[SECRET, &SECRET[..14], &SECRET[14..]]);
}
