//! A logger that keeps every line, by thread.

use std::collections::HashMap;
use std::sync::{Mutex, Once};
use std::thread::{self, ThreadId};

use log::{LevelFilter, Log, Metadata, Record};

struct Lines(Mutex<Option<HashMap<ThreadId, Vec<String>>>>);

static LINES: Lines = Lines(Mutex::new(None));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        let mut threads = self.0.lock().unwrap();
        threads.get_or_insert_default().entry(thread::current().id()).or_default().push(line);
    }

    fn flush(&self) {}
}

/// Keeps what is logged from now on.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&LINES).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
}

/// Asserts that none of these is in the text of the log, or in the bytes that it shows.
#[track_caller]
pub(crate) fn assert_without(secrets: &[&str]) {
    let threads = LINES.0.lock().unwrap().clone().unwrap_or_default();
    let logs: Vec<_> =
        threads.values().flat_map(|lines| [lines.join("\n"), bytes(lines)]).collect();
    assert!(
        logs.iter().any(|log| log.contains(" /redacted HTTP/1.1\r\n")),
        "ureq-proto no longer logs requests: {logs:#?}"
    );
    for log in logs {
        for secret in secrets {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }
}

/// Returns the bytes that were sent and received. A row of the log has sixteen, in hexadecimal and
/// as characters.
fn bytes(lines: &[String]) -> String {
    let rows = lines.iter().filter_map(|line| line.get(..40));
    let digits: String = rows
        .filter(|row| row.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f' | '-' | ' ')))
        .flat_map(str::chars)
        .filter(char::is_ascii_hexdigit)
        .collect();
    digits
        .as_bytes()
        .chunks(2)
        .filter_map(|byte| u8::from_str_radix(std::str::from_utf8(byte).ok()?, 16).ok())
        .map(char::from)
        .collect()
}
