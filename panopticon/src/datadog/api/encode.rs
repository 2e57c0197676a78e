//! The JSON of metrics, events and service checks.
//! <https://docs.datadoghq.com/api/latest/metrics/>,
//! <https://docs.datadoghq.com/api/latest/events/>,
//! <https://docs.datadoghq.com/api/latest/service-checks/>

use serde::Serialize;

use super::aggregator::{Rollup, Series, Values};
use super::histogram::MAX_SUFFIX;
use super::payload::{Endpoint, Item};
use crate::datadog::event::Event;
use crate::datadog::sanitize::{MAX_NAME, join_tag};
use crate::datadog::service_check::ServiceCheck;
use crate::datadog::sink::CommonFields;

/// The maximum length of an event's title in characters, from Datadog's v2 API.
const MAX_TITLE: usize = 500;

/// The maximum length of an event's text in characters.
/// <https://docs.datadoghq.com/api/latest/events/>
const MAX_TEXT: usize = 4_000;

/// The maximum length of a service check's message in characters.
/// <https://docs.datadoghq.com/api/latest/service-checks/>
const MAX_MESSAGE: usize = 500;

/// The maximum number of a distribution's values in an item, so that no item is too large for a
/// post.
const MAX_VALUES: usize = 10_000;

/// The encoder, which adds the prefix, tags and host to everything.
#[derive(Debug)]
pub(super) struct Encoder {
    prefix: String,
    tags: Vec<String>,
    host: String,
    /// The length of a rollup period in seconds.
    period: u64,
}

#[derive(Serialize)]
struct SeriesJson<'a, P> {
    metric: String,
    points: [(u64, P); 1],
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u64>,
    host: &'a str,
    tags: &'a [String],
}

#[derive(Serialize)]
struct EventJson<'a> {
    title: String,
    text: String,
    date_happened: u64,
    alert_type: &'static str,
    priority: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregation_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_type_name: Option<&'a str>,
    host: &'a str,
    tags: Vec<String>,
}

#[derive(Serialize)]
struct ServiceCheckJson<'a> {
    check: String,
    status: u8,
    timestamp: u64,
    host_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    tags: Vec<String>,
}

impl Encoder {
    /// Creates an encoder that uses `host` for everything without a host of its own, for rollup
    /// periods of this many seconds.
    pub(super) fn new(common: CommonFields, host: String, period: u64) -> Self {
        let tags = common.tags.iter().map(|(key, value)| join_tag(key, value)).collect();
        Self { prefix: common.prefix, tags, host, period }
    }

    /// Encodes the series of a bucket.
    pub(super) fn encode_rollup(&self, rollup: Rollup) -> Vec<(Endpoint, Item)> {
        let time = rollup.time;
        rollup.series.into_iter().flat_map(|series| self.encode_series(time, series)).collect()
    }

    fn encode_series(&self, time: u64, series: Series) -> Vec<(Endpoint, Item)> {
        let Series { name, mut tags, calls, values } = series;
        tags.extend(self.tags.iter().cloned());
        let gauge = |suffix, value| self.encode_point(&name, suffix, &tags, (time, value), "gauge");
        let rate = |suffix, sum: f64| {
            #[allow(clippy::cast_precision_loss, reason = "it is at most a minute")]
            let value = sum / self.period as f64;
            self.encode_point(&name, suffix, &tags, (time, value), "rate")
        };
        let one = |json| vec![(Endpoint::Series, Item { json, calls })];
        match values {
            Values::Count(sum) => one(rate("", sum)),
            Values::Gauge(latest) => one(gauge("", latest)),
            #[allow(clippy::cast_precision_loss, reason = "their number is limited")]
            Values::Set(values) => one(gauge("", values.len() as f64)),
            Values::Histogram(histogram) => {
                let statistics = histogram.statistics().map(|statistic| {
                    let (suffix, value) = (statistic.suffix, statistic.value);
                    if statistic.is_count { rate(suffix, value) } else { gauge(suffix, value) }
                });
                // A single item, since each call is part of all these metrics.
                one(statistics.collect::<Vec<_>>().join(","))
            }
            Values::Distribution(values) => values
                .chunks(MAX_VALUES)
                .map(|values| {
                    let json = self.encode_point(&name, "", &tags, (time, values), "distribution");
                    (Endpoint::Distributions, Item { json, calls: values.len() as u64 })
                })
                .collect(),
        }
    }

    fn encode_point(
        &self,
        name: &str,
        suffix: &str,
        tags: &[String],
        point: (u64, impl Serialize),
        kind: &'static str,
    ) -> String {
        // The client cut the name to fit without a suffix.
        let room = match suffix {
            "" => MAX_NAME,
            _ => MAX_NAME - MAX_SUFFIX,
        };
        let mut metric = format!("{}.{name}", self.prefix);
        metric.truncate(room);
        metric.push_str(suffix);
        to_json(&SeriesJson {
            metric,
            points: [point],
            r#type: kind,
            interval: (kind == "rate").then_some(self.period),
            host: &self.host,
            tags,
        })
    }

    /// Encodes an event, with the time `now` unless it has its own.
    pub(super) fn encode_event(&self, event: &Event, now: u64) -> Item {
        let title = cut(&event.title, MAX_TITLE);
        // The API requires a text.
        let text = if event.text.is_empty() { title.clone() } else { cut(&event.text, MAX_TEXT) };
        let json = to_json(&EventJson {
            title,
            text,
            date_happened: event.timestamp.unwrap_or(now),
            alert_type: event.alert_type.as_str(),
            priority: event.priority.as_str(),
            aggregation_key: event.aggregation_key.as_deref(),
            source_type_name: event.source_type_name.as_deref(),
            host: self.host_or(event.hostname.as_deref()),
            tags: self.tags(&event.tags),
        });
        Item { json, calls: 1 }
    }

    /// Encodes a service check, with the time `now` unless it has its own.
    pub(super) fn encode_service_check(&self, check: &ServiceCheck, now: u64) -> Item {
        let json = to_json(&ServiceCheckJson {
            check: format!("{}.{}", self.prefix, check.name),
            status: check.status.as_u8(),
            timestamp: check.timestamp.unwrap_or(now),
            host_name: self.host_or(check.hostname.as_deref()),
            message: check.message.as_ref().map(|message| cut(message, MAX_MESSAGE)),
            tags: self.tags(&check.tags),
        });
        Item { json, calls: 1 }
    }

    fn host_or<'a>(&'a self, own: Option<&'a str>) -> &'a str {
        own.unwrap_or(&self.host)
    }

    fn tags(&self, own: &[(String, String)]) -> Vec<String> {
        let own = own.iter().map(|(key, value)| join_tag(key, value));
        own.chain(self.tags.iter().cloned()).collect()
    }
}

/// Cuts a text to at most `max` characters, ending in an ellipsis if anything was cut off.
fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max - 1) {
        Some((end, last)) if end + last.len_utf8() < text.len() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

fn to_json(value: &impl Serialize) -> String {
    // Strings, finite numbers and lists of them always serialize.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn cuts_by_characters() {
        assert_eq!(cut("", 3), "");
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("äöü and more", 3), "äö…");
    }
}
