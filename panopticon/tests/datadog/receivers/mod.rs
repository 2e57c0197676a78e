//! Statistics against programs of others that read them, and against Datadog's own clients. Run by
//! `.ci/with-datadog-receivers`, which starts the ones and installs the others.

mod call;
mod cases;
mod judge;
mod netdata;
#[cfg(feature = "datadog-api")]
mod posted;
mod python_client;
#[cfg(feature = "datadog-api")]
mod victoria_metrics;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How often a receiver is asked again whether it has what it must come to have.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// What `.ci/with-datadog-receivers` has set.
fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run .ci/with-datadog-receivers"))
}

/// Runs a script of this folder in the Python that has Datadog's packages, whatever Datadog's
/// variables are.
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
    // A script that fails may leave some unread.
    let _ = python.stdin.take().unwrap().write_all(input.as_bytes());
    python.wait_with_output().unwrap()
}

/// The same, of a script that must succeed.
fn python(script: &str, arguments: &[&str], input: &str) -> String {
    let output = run_python(script, arguments, input);
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What is at a URL.
fn get(url: &str) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--max-time", "10", url])
        .output()
        .unwrap();
    assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Asks until it is `Ok`. What it is instead is shown when patience is at its end.
fn eventually<T>(mut ask: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(instead) if start.elapsed() > PATIENCE => panic!("{instead}"),
            Err(_) => thread::sleep(ASK_AGAIN),
        }
    }
}

/// Much longer than a receiver takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(30);

/// JSON, one value a line.
fn lines_of(values: &[Value]) -> String {
    values.iter().fold(String::new(), |lines, value| lines + &value.to_string() + "\n")
}
