//! A webhook: a signed event for each incident, and for its end.

pub mod cloud_event;
pub mod incidents;
pub mod outbox;
pub mod receiver;
pub mod signature;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use panopticon::{Component, Publisher, Report, Status, Transition, WeakPanopticon};

use self::cloud_event::{CloudEvent, MEDIA_TYPE};
use self::incidents::{Change, Incidents};
use self::outbox::Outbox;
use self::receiver::{Failure, Receiver};
use self::signature::Secret;

/// What can be set.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `source` of events: a URI reference that identifies the instance of the service, and is
    /// the same after a restart, such as `/orders/0`.
    pub source: String,
    /// Whether to send an event when the service starts. It ends the incidents that an earlier process
    /// with the same `source` has left open: this one does not know of them.
    pub announces_start: bool,
    /// How long a component must fail until an incident is sent, and be well again until its end is.
    pub min_time: Duration,
    /// How long the receiver may take.
    pub timeout: Duration,
    /// How many events wait for a receiver that is down. If there are more, the oldest are dropped,
    /// those first that a later one of the same component supersedes, and the next event that arrives
    /// says how many, as `dropped`. Should be no less than the number of components.
    pub capacity: usize,
    /// The wait after the first failure, which doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            source: "/panopticon".to_owned(),
            announces_start: true,
            min_time: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            capacity: 100,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(300),
        }
    }
}

/// A publisher that sends an event when a component has failed for a while, and when it has recovered.
/// An incident has one cause, and lists the components that wait for it.
///
/// What is still queued when the service ends is lost. An incident that is open then ends with the event
/// of the next start.
#[derive(Debug)]
pub struct Webhook {
    health: WeakPanopticon,
    options: Options,
    secret: Secret,
    receiver: Receiver,
    incidents: Incidents,
    outbox: Outbox<CloudEvent>,
    /// Whether the start is yet to be announced.
    is_new: bool,
    /// Makes the ids of this process different from those of others.
    started: u128,
    events: u64,
}

impl Webhook {
    /// Creates the publisher, for `Builder::publish_with`.
    ///
    /// # Errors
    ///
    /// If the URL or the secret cannot be used. The error says neither.
    pub fn new(
        url: &str,
        secret: &str,
        options: Options,
    ) -> Result<impl FnOnce(WeakPanopticon) -> Self + Send + use<>, String> {
        let receiver = Receiver::new(url, options.timeout)?;
        let secret = Secret::parse(secret)?;
        let Options { min_time, capacity, first_wait, longest_wait, .. } = options;
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let outbox = Outbox::new(capacity, first_wait, longest_wait, Instant::now());
        let incidents = Incidents::new(min_time);
        Ok(move |health| Self {
            health,
            is_new: options.announces_start,
            options,
            secret,
            receiver,
            incidents,
            outbox,
            started,
            events: 0,
        })
    }

    fn queue(&mut self, change: &Change) {
        let report = self.health.latest_report();
        let components = report.iter().flat_map(Report::components);
        let cause = Some(change.component.name());
        let waiting = components.filter(|(_, component)| component.root_cause() == cause);
        let waiting: Vec<_> = waiting.map(|(name, _)| name.to_owned()).collect();
        let event = CloudEvent::incident(self.next_id(), change, &waiting);
        self.outbox.push(event, CloudEvent::supersedes);
    }

    fn announce_start(&mut self) {
        // Not before `build()` has succeeded.
        let Some(report) = self.health.latest_report() else { return };
        let event = CloudEvent::started(self.next_id(), report.timestamp().to_rfc3339());
        self.outbox.push(event, CloudEvent::supersedes);
        self.is_new = false;
    }

    fn next_id(&mut self) -> String {
        self.events += 1;
        format!("{:x}-{}", self.started, self.events)
    }

    fn send(&self, event: &CloudEvent, dropped: u64) -> Result<(), Failure> {
        let body = event.to_json(&self.options.source, dropped).to_string();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let signature = self.secret.signature(&event.id, now, &body);
        let headers = [
            ("content-type", MEDIA_TYPE),
            ("webhook-id", &event.id),
            ("webhook-timestamp", &now.to_string()),
            ("webhook-signature", &signature),
        ];
        self.receiver.post(&headers, body)
    }
}

impl Publisher for Webhook {
    fn transition(&mut self, transition: &Transition) {
        let change = Change::new(transition.component(), transition.at().to_rfc3339());
        self.incidents.observe(change, Instant::now());
    }

    fn missed(&mut self, _: u64) {
        // What has happened meanwhile is in the report.
        let Some(report) = self.health.latest_report() else { return };
        let is_known = |it: &Component| it.status() != Status::Unknown && it.root_cause().is_none();
        for (_, component) in report.components().filter(|(_, component)| is_known(component)) {
            let change = Change::new(component, report.timestamp().to_rfc3339());
            self.incidents.observe(change, Instant::now());
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let start = self.is_new.then(Instant::now);
        let dues = [start, self.incidents.next_due(), self.outbox.next_attempt()];
        dues.into_iter().flatten().min()
    }

    fn wake(&mut self) {
        if self.is_new {
            self.announce_start();
        }
        for change in self.incidents.due(Instant::now()) {
            self.queue(&change);
        }
        if self.outbox.next_attempt().is_none_or(|at| Instant::now() < at) {
            return;
        }
        // One at a time: what happens meanwhile comes before the next one.
        let Some((event, dropped)) = self.outbox.first() else { return };
        match self.send(event, dropped) {
            Ok(()) => self.outbox.arrived(),
            Err(failure @ Failure::Refused(_)) => {
                log::warn!("a webhook was dropped: {failure}");
                self.outbox.refused();
            }
            Err(failure @ Failure::Temporary(_)) => {
                let wait = self.outbox.failed(Instant::now());
                log::warn!("a webhook did not arrive: {failure}; next attempt in {wait:?}");
            }
        }
    }
}
