//! The sink that sends to the Datadog Agent, in its DogStatsD format.
//! <https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/>

mod encode;
mod queue;
mod socket;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cadence::ext::{
    MetricValue, ToCounterValue, ToDistributionValue, ToGaugeValue, ToHistogramValue, ToTimerValue,
};
use cadence::{
    Counted, Distributed, Gauged, Histogrammed, Metric, MetricBuilder, MetricResult, StatsdClient,
    Timed,
};

use self::encode::{encode_event, encode_service_check};
use self::queue::{LineQueue, QueueSink};
use self::socket::AgentSocket;
use super::agent_address::AgentAddress;
use super::default_tags;
use super::delivery::Tally;
use super::error::StatsProblem;
use super::event::Event;
use super::metric::{Kind, Sample, Tags, Value};
use super::service_check::ServiceCheck;
use super::sink::{CommonFields, Sink};

pub(super) struct Dogstatsd {
    address: AgentAddress,
    common: CommonFields,
    /// Encodes metrics, and puts them into the queue.
    client: StatsdClient,
    queue: Arc<LineQueue>,
    tally: Arc<Tally>,
}

impl Dogstatsd {
    /// Starts the thread that looks up the address and sends.
    pub(super) fn start(
        common: CommonFields,
        address: AgentAddress,
        tally: Arc<Tally>,
    ) -> Result<Self, StatsProblem> {
        let max_packet = address.max_packet();
        let (bytes, max) = (default_tags::bytes(&common.tags), address.max_default_tags());
        if bytes > max {
            return Err(StatsProblem::DefaultTagsTooLong { bytes, max });
        }
        let socket = AgentSocket::new(address.clone(), Arc::clone(&tally));
        let queue =
            queue::start(socket, max_packet, Arc::clone(&tally)).map_err(StatsProblem::Thread)?;
        let queue = Arc::new(queue);
        let client = StatsdClient::builder(&common.prefix, QueueSink(Arc::clone(&queue)));
        let client = common.tags.iter().fold(client, |client, (key, value)| match &**value {
            "" => client.with_tag_value(key),
            value => client.with_tag(key, value),
        });
        let client = client.build();
        Ok(Self { address, common, client, queue, tally })
    }
}

fn send<'a, T: Metric + From<String>>(mut metric: MetricBuilder<'a, 'a, T>, tags: Tags<'a>) {
    for (key, value) in tags {
        metric = match *value {
            "" => metric.with_tag_value(key),
            value => metric.with_tag(key, value),
        };
    }
    metric.send();
}

impl Sink for Dogstatsd {
    fn sample(&self, sample: &Sample<'_>) {
        let Sample { kind, name, value, tags } = *sample;
        let client = &self.client;
        match kind {
            Kind::Count => send(client.count_with_tags(name, value), tags),
            Kind::Gauge => send(client.gauge_with_tags(name, value), tags),
            Kind::Histogram => send(client.histogram_with_tags(name, value), tags),
            Kind::Distribution => send(client.distribution_with_tags(name, value), tags),
            Kind::Timing => send(client.time_with_tags(name, value), tags),
        }
    }

    fn event(&self, event: Event) {
        self.queue.push(&encode_event(&event, &self.common, self.queue.max_line()));
    }

    fn service_check(&self, check: ServiceCheck) {
        if let Some(line) = encode_service_check(&check, &self.common, self.queue.max_line()) {
            self.queue.push(&line);
        } else {
            let problem = format!("the tags of service check `{}` are too long", check.name);
            self.tally.count_refused(&problem);
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

impl From<Value> for MetricValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Signed(value) => Self::Signed(value),
            Value::Unsigned(value) => Self::Unsigned(value),
            Value::Float(value) => Self::Float(value),
        }
    }
}

macro_rules! value_of_each_kind {
    ($($of_kind:ident),+) => {$(
        impl $of_kind for Value {
            fn try_to_value(self) -> MetricResult<MetricValue> {
                Ok(self.into())
            }
        }
    )+};
}

value_of_each_kind!(
    ToCounterValue,
    ToGaugeValue,
    ToHistogramValue,
    ToDistributionValue,
    ToTimerValue
);
