//! Statistics straight to Datadog's API, rolled up as Datadog's client in Python does.
//!
//! Callers put values into the `Inbox`, where they are rolled up. The thread
//! `panopticon-datadog-api`, the `Worker`, moves them into the `Outbox` and posts them from there.

mod aggregator;
mod encode;
mod histogram;
mod inbox;
mod outbox;
mod payload;
mod post;
mod random;
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
use self::post::Poster;
use self::worker::{Pace, Worker};
use super::delivery::Tally;
use super::error::Problem;
use super::event::Event;
use super::metric::Sample;
use super::sanitize::{MAX_HOSTNAME, field};
use super::service_check::ServiceCheck;
use super::settings::Secret;
use super::sink::{CommonFields, Sink};

/// Stands for this machine's name where it has none.
const UNKNOWN_HOST: &str = "unknown";

pub(super) struct Api {
    url: String,
    encoder: Arc<Encoder>,
    inbox: Arc<Inbox>,
    tally: Arc<Tally>,
}

impl Api {
    /// Starts the thread that posts.
    pub(super) fn start(
        common: CommonFields,
        key: Secret,
        url: String,
        tally: Arc<Tally>,
    ) -> Result<Self, Problem> {
        let mut poster = Poster::new(url.clone(), key)
            .map_err(|problem| Problem::ApiUrl { url: url.clone(), problem })?;
        let host = common.hostname.clone().unwrap_or_else(this_host);
        let encoder = Arc::new(Encoder::new(common, host));
        let inbox = Arc::new(Inbox::new());
        let post = move |endpoint, body: &str, timeout| poster.post(endpoint, body, timeout);
        let (their_inbox, their_encoder) = (Arc::clone(&inbox), Arc::clone(&encoder));
        let worker = Worker::new(their_inbox, their_encoder, Arc::clone(&tally), Pace::USUAL, post);
        thread::Builder::new()
            .name("panopticon-datadog-api".to_owned())
            .spawn(move || worker.run())
            .map_err(Problem::Thread)?;
        Ok(Self { url, encoder, inbox, tally })
    }

    fn put(&self, endpoint: Endpoint, item: Item) {
        if let Err(problem) = self.inbox.item(endpoint, item) {
            self.tally.dropped(1, &problem);
        }
    }
}

impl Sink for Api {
    fn sample(&self, sample: &Sample<'_>) {
        if let Err(problem) = self.inbox.sample(sample) {
            self.tally.dropped(1, &problem);
        }
    }

    fn event(&self, event: Event) {
        self.put(Endpoint::Events, self.encoder.event(&event, now()));
    }

    fn service_check(&self, check: ServiceCheck) {
        self.put(Endpoint::ServiceChecks, self.encoder.service_check(&check, now()));
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

/// This machine's name.
fn this_host() -> String {
    let name = hostname::get().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    field(name.trim(), MAX_HOSTNAME).unwrap_or_else(|| UNKNOWN_HOST.to_owned())
}
