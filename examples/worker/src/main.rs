//! A queue worker: it takes jobs from a folder, one after the other, and has no HTTP of its own.
//!
//! A management server serves its health report to Prometheus, the kubelet and people with curl.
//! `worker healthcheck` requests the report from this server, and is the probe of the container, whose
//! image has neither a shell nor curl. After SIGTERM, the worker finishes its job and exits.

mod healthchecks;
mod jobs;
mod queue;

use std::env::{self, VarError};
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use panopticon::Panopticon;

use crate::queue::Queue;

/// How long the worker may take to stop: longer than a job.
const LIMIT: Duration = Duration::from_secs(25);

fn main() -> ExitCode {
    match probe_or_run() {
        Ok(exit_code) => exit_code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "worker: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Probes the running worker, or runs as the worker. A probe has the same environment, so it finds the
/// management server, but it must not open the queue or start a runtime.
fn probe_or_run() -> Result<ExitCode, Box<dyn Error>> {
    let management = setting("MANAGEMENT", "127.0.0.1:9000")?;
    if let Some(exit_code) = panopticon::exec_probe(&management) {
        return Ok(exit_code);
    }
    if let Some(argument) = env::args_os().nth(1) {
        return Err(format!("unknown argument {argument:?}; the only one is `healthcheck`").into());
    }
    run(&management, &setting("QUEUE", "queue")?)?;
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn run(management: &str, folder: &str) -> Result<(), Box<dyn Error>> {
    let queue = Queue::open(folder)
        .map_err(|error| format!("cannot open the folder {folder:?}, named by QUEUE: {error}"))?;
    let health = Panopticon::builder().watch_runtime().provide(queue.clone()).build()?;
    let server = health.serve(management)?;
    // No client has to switch to another worker first, so no grace period is needed.
    let drained = health.drain_on_signal(Duration::ZERO)?;
    health.exit_after_drain(LIMIT)?;
    // Only if it is a unit of systemd.
    health.notify_systemd()?;
    // Not `println!`, which panics if standard output is closed.
    let _ = writeln!(
        io::stdout(),
        "the worker takes jobs from {folder}; its health report is at {server}"
    );

    jobs::work(&queue, drained).await;

    health.shutdown().await;
    server.stop().await;
    let _ = writeln!(io::stdout(), "the worker has stopped");
    Ok(())
}

/// Returns an environment variable, or its default. One that cannot be read is an error.
fn setting(variable: &str, default: &str) -> Result<String, String> {
    match env::var(variable) {
        Ok(value) => Ok(value),
        Err(VarError::NotPresent) => Ok(default.to_owned()),
        Err(VarError::NotUnicode(_)) => Err(format!("{variable} must be UTF-8 text")),
    }
}
