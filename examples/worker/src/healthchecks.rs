//! The health checks. Together with `watch_runtime` in `main`, which adds the component `runtime`,
//! these are all.

use std::io;
use std::time::Duration;

use panopticon::{Health, healthcheck};

use crate::queue::Queue;

/// More workers are needed.
const SLOW: Duration = Duration::from_secs(60);

/// Nothing gets through, or far too little.
const STUCK: Duration = Duration::from_secs(600);

/// Runs in the background, so that no probe waits for a folder of many files.
#[healthcheck(interval = "5s", retry_interval = "1s")]
fn queue_lag(queue: &Queue) -> io::Result<Health> {
    let backlog = queue.backlog()?;
    let health = match backlog.lag {
        lag if lag < SLOW => Health::healthy("keeping up"),
        lag if lag < STUCK => Health::degraded("jobs wait for more than a minute"),
        _ => Health::unhealthy("jobs wait for more than ten minutes"),
    };
    Ok(health.with("jobs", backlog.jobs).with("lag_seconds", backlog.lag.as_secs()))
}

/// For people to look at: the worker goes on with the others.
#[healthcheck(interval = "5s", critical = false, no_probe)]
fn failed_jobs(queue: &Queue) -> io::Result<Health> {
    Ok(match queue.failed_jobs()? {
        0 => Health::healthy("none"),
        jobs => Health::degraded("some jobs cannot be done; see the log").with("jobs", jobs),
    })
}
