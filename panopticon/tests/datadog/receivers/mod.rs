//! Compares the client with Datadog's own clients, and sends to other programs that receive its
//! formats. `.ci/with-datadog-receivers` installs and starts them.

mod agent_lines;
#[cfg(feature = "datadog-api")]
mod api_bodies;
mod api_models;
mod call;
mod cases;
mod netdata;
#[cfg(feature = "datadog-api")]
mod victoria_metrics;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How often to poll a receiver for expected data.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Returns a variable set by `.ci/with-datadog-receivers`.
fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run .ci/with-datadog-receivers"))
}

/// Runs a script of this folder with a Python that has Datadog's packages, and without Datadog's
/// environment variables.
fn run_python(script: &str, arguments: &[&str], input: &str) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/datadog/receivers");
    let mut command = Command::new(variable("DATADOG_PYTHON"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DD_")
            || name.to_string_lossy().starts_with("DATADOG_")
        {
            command.env_remove(name);
        }
    }
    let mut python = command
        .arg(folder.join(script))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A failing script may not read all of it.
    let _ = python.stdin.take().unwrap().write_all(input.as_bytes());
    python.wait_with_output().unwrap()
}

/// Runs a script that must succeed, and returns its output.
fn python(script: &str, arguments: &[&str], input: &str) -> String {
    let output = run_python(script, arguments, input);
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Fetches a URL.
fn get(url: &str) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--max-time", "10", url])
        .output()
        .unwrap();
    assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Polls until the result is `Ok`. Panics with the last error after [`PATIENCE`].
fn eventually<T>(mut poll: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match poll() {
            Ok(value) => return value,
            Err(error) if start.elapsed() > PATIENCE => panic!("{error}"),
            Err(_) => thread::sleep(POLL_INTERVAL),
        }
    }
}

/// Much longer than a receiver takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Returns values as lines of JSON.
fn lines_of(values: &[Value]) -> String {
    values.iter().fold(String::new(), |lines, value| lines + &value.to_string() + "\n")
}
