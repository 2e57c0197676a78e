//! A webhook: a signed event for each incident, and for its end.

pub mod cloud_event;
pub mod incidents;
pub mod outbox;
pub mod receiver;
pub mod signature;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use panopticon::{Publisher, Report, Transition, WeakPanopticon};

use self::cloud_event::{CloudEvent, MEDIA_TYPE};
use self::incidents::{Change, Incidents};
use self::outbox::Outbox;
use self::receiver::{Failure, Receiver};
use self::signature::Secret;

/// What can be set.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `source` of events: a URI reference that identifies the service.
    pub source: String,
    /// How long a component must fail until an incident is sent, and be well again until its end is.
    pub min_time: Duration,
    /// How long the receiver may take.
    pub timeout: Duration,
    /// How many events wait for a receiver that is down. If there are more, the oldest are dropped,
    /// and the next event that arrives says how many, as `dropped`.
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
/// What is still queued when the service ends is lost.
#[derive(Debug)]
pub struct Webhook {
    health: WeakPanopticon,
    options: Options,
    secret: Secret,
    receiver: Receiver,
    incidents: Incidents,
    outbox: Outbox<CloudEvent>,
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
            options,
            secret,
            receiver,
            incidents,
            outbox,
            started,
            events: 0,
        })
    }

    fn queue(&mut self, change: Change) {
        let report = self.health.latest_report();
        let components = report.iter().flat_map(Report::components);
        let cause = Some(change.component.name());
        let waiting = components.filter(|(_, component)| component.root_cause() == cause);
        let waiting = waiting.map(|(name, _)| name.to_owned()).collect();
        self.events += 1;
        let id = format!("{:x}-{}", self.started, self.events);
        self.outbox.push(CloudEvent::new(id, change, waiting));
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
        let component = transition.component().clone();
        let change = Change { component, time: transition.at().to_rfc3339() };
        self.incidents.observe(change, Instant::now());
    }

    fn missed(&mut self, _: u64) {
        // What has happened meanwhile is in the report.
        let Some(report) = self.health.latest_report() else { return };
        for (_, component) in report.components().filter(|(_, it)| it.run_status().is_some()) {
            let change =
                Change { component: component.clone(), time: report.timestamp().to_rfc3339() };
            self.incidents.observe(change, Instant::now());
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        [self.incidents.next_due(), self.outbox.next_attempt()].into_iter().flatten().min()
    }

    fn wake(&mut self) {
        for change in self.incidents.due(Instant::now()) {
            self.queue(change);
        }
        while let Some((event, dropped)) = self.outbox.first() {
            if self.outbox.next_attempt().is_some_and(|at| Instant::now() < at) {
                return;
            }
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
}
