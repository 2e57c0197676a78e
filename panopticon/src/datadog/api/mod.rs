//! The sink that posts to Datadog's API, rolled up like Datadog's Python client does.
//!
//! Callers put values into the `Inbox`, which rolls them up. The `Worker`, on the thread
//! `panopticon-datadog-api`, moves them to the `Outbox` and posts them from there.

mod aggregator;
mod encode;
mod histogram;
mod inbox;
mod outbox;
mod payload;
mod post;
#[cfg(test)]
mod threadstats_tests;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use self::encode::Encoder;
use self::inbox::{Inbox, now};
use self::payload::{Endpoint, Item};
use self::post::ApiClient;
use self::worker::{Worker, WorkerConfig};
use super::delivery::Tally;
use super::error::StatsProblem;
use super::event::Event;
use super::metric::{Sample, Tags};
use super::sanitize::{MAX_HOSTNAME, field};
use super::secret::{Secret, SecretUrl};
use super::service_check::ServiceCheck;
use super::sink::{CommonFields, Sink};

pub(super) struct Api {
    url: SecretUrl,
    encoder: Arc<Encoder>,
    inbox: Arc<Inbox>,
    tally: Arc<Tally>,
}

/// How often the API gets posts, and the length of the periods in them, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intervals {
    pub(super) flush: Duration,
    pub(super) rollup: u64,
}

impl Api {
    /// Starts the thread that posts.
    pub(super) fn start(
        common: CommonFields,
        key: Secret,
        url: SecretUrl,
        intervals: Intervals,
        tally: Arc<Tally>,
    ) -> Result<Self, StatsProblem> {
        let mut client = ApiClient::new(url.clone(), key);
        let host = common.hostname.clone().unwrap_or_else(local_hostname);
        let encoder = Arc::new(Encoder::new(common, host, intervals.rollup));
        let inbox = Arc::new(Inbox::new(intervals.rollup));
        let post = move |endpoint, body: &str, timeout| client.post(endpoint, body, timeout);
        let worker = Worker::new(
            Arc::clone(&inbox),
            Arc::clone(&encoder),
            Arc::clone(&tally),
            WorkerConfig { period: intervals.flush, ..WorkerConfig::DEFAULT },
            post,
        );
        thread::Builder::new()
            .name("panopticon-datadog-api".to_owned())
            .spawn(move || worker.run())
            .map_err(StatsProblem::Thread)?;
        Ok(Self { url, encoder, inbox, tally })
    }

    fn add(&self, endpoint: Endpoint, item: Item) {
        if let Err(problem) = self.inbox.add_item(endpoint, item) {
            self.tally.count_dropped(1, &problem);
        }
    }
}

impl Sink for Api {
    fn sample(&self, sample: &Sample<'_>) {
        if let Err(problem) = self.inbox.add_sample(sample) {
            self.tally.count_dropped(1, &problem);
        }
    }

    fn set(&self, name: &str, value: &str, tags: Tags<'_>) {
        if let Err(problem) = self.inbox.add_set_value(name, value, tags) {
            self.tally.count_dropped(1, &problem);
        }
    }

    fn event(&self, event: Event) {
        self.add(Endpoint::Events, self.encoder.encode_event(&event, now()));
    }

    fn service_check(&self, check: ServiceCheck) {
        self.add(Endpoint::ServiceChecks, self.encoder.encode_service_check(&check, now()));
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.inbox.flush(timeout)
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("url", &self.url)
            .field("common", &self.encoder)
            .finish_non_exhaustive()
    }
}

/// Returns this machine's hostname, or `unknown` if it has none.
fn local_hostname() -> String {
    let name = hostname::get().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    field(name.trim(), MAX_HOSTNAME).unwrap_or_else(|| "unknown".to_owned())
}
