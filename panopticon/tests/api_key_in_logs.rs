//! That the key to Datadog's API is in no log, not even at `trace`, where ureq-proto logs each byte
//! that is sent. A test program of its own, for it listens to all that is logged.
#![cfg(feature = "datadog-api")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use log::{LevelFilter, Log, Metadata, Record};
use panopticon::stats::{Stats, Transport};

const KEY: &str = "0123456789abcdef0123456789abcdef";

struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

/// Answers one request after another, and gives back what the last one was.
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
    log::set_logger(&LINES).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server =
        thread::spawn(move || serve(&listener, &["500 Broken", "302 Found", "403 Forbidden"]));
    let builder = Stats::builder().enabled(true).transport(Transport::Api).api_key(KEY);
    let stats = builder.api_host(format!("http://{address}")).build().unwrap();
    for _ in 0..2 {
        stats.increment("a", 1, &[]);
        stats.flush(Duration::from_secs(20)).unwrap();
    }
    let request = server.join().unwrap();
    assert!(request.contains(&format!("\r\ndd-api-key: {KEY}\r\n")), "{request}");

    let lines = LINES.0.lock().unwrap().clone();
    // Rows of sixteen bytes in hexadecimal, with these characters at their ends.
    let row_end = |line: &String| line.chars().rev().take(16).collect::<Vec<_>>();
    let bytes: String = lines.iter().flat_map(|line| row_end(line).into_iter().rev()).collect();
    assert!(bytes.contains("dd-api-key"), "ureq-proto logs no requests any more: {lines:#?}");
    for text in [lines.join("\n"), bytes] {
        assert!(!text.contains(KEY) && !text.contains(&KEY[..16]), "{text}");
    }
}
