//! The worker's own health checks; `watch_runtime` in `main` adds the component `runtime`.

use std::io;
use std::time::Duration;

use panopticon::{Health, healthcheck};

use crate::queue::Queue;

/// From here on, one worker is not enough.
const SLOW: Duration = Duration::from_secs(60);

/// From here on, few jobs are done, or none.
const STUCK: Duration = Duration::from_secs(600);

/// Runs in the background, so that no probe waits while many files are listed.
#[healthcheck(interval = "5s", retry_interval = "1s")]
fn queue_lag(queue: &Queue) -> io::Result<Health> {
    let backlog = queue.backlog()?;
    let health = match backlog.lag {
        lag if lag < SLOW => Health::healthy("keeping up"),
        lag if lag < STUCK => Health::degraded("jobs have waited for more than a minute"),
        _ => Health::unhealthy("jobs have waited for more than ten minutes"),
    };
    Ok(health.with("jobs", backlog.jobs).with("lag_seconds", backlog.lag.as_secs()))
}

/// Never fails a probe, since the worker goes on with other jobs; a person should look at these.
#[healthcheck(interval = "5s", critical = false, no_probe)]
fn failed_jobs(queue: &Queue) -> io::Result<Health> {
    Ok(match queue.failed_jobs()? {
        0 => Health::healthy("none"),
        jobs => Health::degraded("some jobs cannot be done; see the log").with("jobs", jobs),
    })
}
