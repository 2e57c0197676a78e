//! The key of Datadog's API.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use panopticon::datadog::{Stats, Transport};

use crate::lines;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Answers requests one by one, and returns the last one.
fn serve(listener: &TcpListener, answers: &[&str]) -> String {
    let mut request = String::new();
    for answer in answers {
        let (mut stream, _) = listener.accept().unwrap();
        request.clear();
        // The end of a body of series.
        while !request.ends_with("]}") {
            let mut buffer = [0; 4_096];
            let length = stream.read(&mut buffer).unwrap();
            request.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
        let head = "connection: close\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(format!("HTTP/1.1 {answer}\r\n{head}").as_bytes()).unwrap();
    }
    request
}

#[test]
fn the_key_is_in_no_log() {
    lines::listen();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // The first two are retried.
    let answers = ["403 Forbidden", "500 Broken", "302 Found", "400 Bad Request"];
    let server = thread::spawn(move || serve(&listener, &answers));
    let builder = Stats::builder().enabled(true).transport(Transport::Api).api_key(KEY);
    let stats = builder.api_host(format!("http://{address}")).build().unwrap();
    for _ in 0..2 {
        stats.increment("a", 1, &[]);
        stats.flush(Duration::from_secs(20)).unwrap();
    }
    let request = server.join().unwrap();
    assert!(request.contains(&format!("\r\ndd-api-key: {KEY}\r\n")), "{request}");
    lines::assert_without(&[KEY, &KEY[..16]]);
}
