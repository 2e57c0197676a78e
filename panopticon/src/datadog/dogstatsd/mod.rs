//! The sink that sends to the Datadog Agent, in its DogStatsD format.
//! <https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/>

mod aggregator;
mod background;
mod connected_socket;
mod context;
mod context_hash;
mod encode;
mod metric_line;
mod packets;
mod queue;
mod socket;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::aggregator::{Aggregator, MAX_CONTEXTS};
use self::context::{Added, ContextKey, ContextKind};
use self::encode::{encode_event, encode_service_check};
use self::metric_line::MetricEncoder;
use self::queue::{Aggregation, LineQueue};
use self::socket::AgentSocket;
use super::agent_address::AgentAddress;
use super::default_tags;
use super::delivery::Tally;
use super::error::StatsProblem;
use super::event::Event;
use super::metric::{Kind, Sample, Tags};
use super::random::Random;
use super::service_check::ServiceCheck;
use super::sink::{CommonFields, Sink};

pub(super) struct Dogstatsd {
    address: AgentAddress,
    common: CommonFields,
    encoder: Arc<MetricEncoder>,
    /// `None` if every call is sent on its own.
    aggregator: Option<Arc<Aggregator>>,
    queue: LineQueue,
    /// Chooses the calls that a sample rate leaves in.
    random: Random,
    tally: Arc<Tally>,
}

impl Dogstatsd {
    /// Starts the thread that looks up the address and sends. Calls are combined for
    /// `flush_interval`, or sent on their own if there is none.
    pub(super) fn start(
        common: CommonFields,
        address: AgentAddress,
        flush_interval: Option<Duration>,
        tally: Arc<Tally>,
    ) -> Result<Self, StatsProblem> {
        let max_packet = address.max_packet();
        let (bytes, max) = (default_tags::bytes(&common.tags), address.max_default_tags());
        if bytes > max {
            return Err(StatsProblem::DefaultTagsTooLong { bytes, max });
        }
        let encoder = Arc::new(MetricEncoder::new(&common));
        let aggregation = flush_interval.map(|interval| {
            let aggregator = Aggregator::new(Arc::clone(&encoder), max_packet - 1, MAX_CONTEXTS);
            Aggregation { aggregator: Arc::new(aggregator), interval }
        });
        let aggregator = aggregation.as_ref().map(|it| Arc::clone(&it.aggregator));
        let socket = AgentSocket::new(address.clone(), Arc::clone(&tally));
        let queue = queue::start(socket, max_packet, aggregation, Arc::clone(&tally))
            .map_err(StatsProblem::Thread)?;
        Ok(Self { address, common, encoder, aggregator, queue, random: Random::new(), tally })
    }

    /// Returns the rate that is sent with a call, or `None` if the call is left out.
    fn sample_rate(&self, sample: &Sample<'_>) -> Option<f64> {
        let is_sampled = match sample.kind {
            // The latest value must not be lost.
            Kind::Gauge => false,
            // Nothing is gained, since the sum is a single line.
            Kind::Count => self.aggregator.is_none() && sample.timestamp.is_none(),
            Kind::Histogram | Kind::Distribution | Kind::Timing => true,
        };
        match sample.rate {
            rate if !is_sampled || rate >= 1.0 => Some(1.0),
            rate => self.random.chance(rate).then_some(rate),
        }
    }
}

impl Sink for Dogstatsd {
    fn sample(&self, sample: &Sample<'_>) {
        let Some(rate) = self.sample_rate(sample) else { return };
        let Sample { name, value, tags, timestamp, .. } = *sample;
        let key = ContextKey { kind: ContextKind::of(sample), name, tags, rate };
        // The Agent keeps values with a time of their own as they are.
        let added = match &self.aggregator {
            Some(aggregator) if timestamp.is_none() => {
                aggregator.add(&key, |context| context.add(value, aggregator.max_line()))
            }
            _ => Added::No,
        };
        match added {
            Added::Yes => {}
            Added::No => self.queue.push(&self.encoder.line(&key, value, timestamp), 1),
            Added::WithFullLine { line, calls } => self.queue.push(&line, calls),
        }
    }

    fn set(&self, name: &str, value: &str, tags: Tags<'_>) {
        let key = ContextKey { kind: ContextKind::Set, name, tags, rate: 1.0 };
        let added = self.aggregator.as_ref().map(|aggregator| aggregator.add_to_set(&key, value));
        if added != Some(Added::Yes) {
            self.queue.push(&self.encoder.line(&key, value, None), 1);
        }
    }

    fn event(&self, event: Event) {
        self.queue.push(&encode_event(&event, &self.common, self.queue.max_line()), 1);
    }

    fn service_check(&self, check: ServiceCheck) {
        if let Some(line) = encode_service_check(&check, &self.common, self.queue.max_line()) {
            self.queue.push(&line, 1);
        } else {
            let problem = format!("the tags of service check `{}` are too long", check.name);
            self.tally.count_refused(1, &problem);
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.queue.flush(timeout)
    }
}

impl fmt::Debug for Dogstatsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dogstatsd")
            .field("address", &self.address)
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}
