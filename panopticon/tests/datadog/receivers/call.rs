//! Calls as JSON, to make the same ones with this client and with Datadog's.

use std::time::{Duration, UNIX_EPOCH};

use panopticon::datadog::{AlertType, Event, Priority, ServiceCheck, ServiceStatus, Stats, Value};
use serde_json::Value as Json;

/// Makes a call. The object has the method's name as `call`, and its arguments with the names and
/// units of Datadog's Python client. Tags are pairs.
pub(super) fn make(stats: &Stats, call: &Json) {
    let tags: Vec<_> = call["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    let tags = &tags[..];
    let text = |argument: &str| call[argument].as_str();
    let name = text("name").unwrap_or_default();
    let value = || number(&call["value"]);
    let timestamp = || UNIX_EPOCH + Duration::from_secs(call["timestamp"].as_u64().unwrap());
    let sampled;
    let stats = match call["sample_rate"].as_f64() {
        Some(rate) => {
            sampled = stats.sampled(rate);
            &sampled
        }
        None => stats,
    };
    match text("call").unwrap() {
        "gauge" => stats.gauge(name, value(), tags),
        "increment" => stats.increment(name, value(), tags),
        "decrement" => stats.decrement(name, value(), tags),
        "histogram" => stats.histogram(name, value(), tags),
        "distribution" => stats.distribution(name, value(), tags),
        "gauge_with_timestamp" => stats.gauge_with_timestamp(name, value(), tags, timestamp()),
        "count_with_timestamp" => stats.increment_with_timestamp(name, value(), tags, timestamp()),
        "set" if call["value"].is_string() => stats.set(name, text("value").unwrap(), tags),
        "set" => stats.set(name, &call["value"], tags),
        "timing" => stats.timing(name, Duration::from_secs_f64(value().as_f64() / 1e3), tags),
        "event" => {
            let mut event = Event::new(text("title").unwrap(), text("message").unwrap()).tags(tags);
            if let Some(word) = text("alert_type") {
                event = event.alert_type(alert_type(word));
            }
            if let Some(word) = text("priority") {
                event = event.priority(priority(word));
            }
            if let Some(key) = text("aggregation_key") {
                event = event.aggregation_key(key);
            }
            if let Some(name) = text("source_type_name") {
                event = event.source_type_name(name);
            }
            if let Some(name) = text("hostname") {
                event = event.hostname(name);
            }
            if let Some(seconds) = call["date_happened"].as_u64() {
                event = event.timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
            }
            stats.event(event);
        }
        "service_check" => {
            let mut check = ServiceCheck::new(name, status(&call["status"])).tags(tags);
            if let Some(message) = text("message") {
                check = check.message(message);
            }
            if let Some(name) = text("hostname") {
                check = check.hostname(name);
            }
            if let Some(seconds) = call["timestamp"].as_u64() {
                check = check.timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
            }
            stats.service_check(check);
        }
        other => panic!("{other} is not a call"),
    }
}

/// Returns a number; infinities and NaN are written as text, since JSON has none.
fn number(json: &Json) -> Value {
    if let Some(text) = json.as_str() {
        Value::Float(text.parse().unwrap())
    } else if let Some(value) = json.as_i64() {
        Value::Signed(value)
    } else if let Some(value) = json.as_u64() {
        Value::Unsigned(value)
    } else {
        Value::Float(json.as_f64().unwrap())
    }
}

fn alert_type(word: &str) -> AlertType {
    [AlertType::Error, AlertType::Warning, AlertType::Info, AlertType::Success]
        .into_iter()
        .find(|alert_type| alert_type.as_str() == word)
        .unwrap()
}

fn priority(word: &str) -> Priority {
    [Priority::Normal, Priority::Low].into_iter().find(|found| found.as_str() == word).unwrap()
}

fn status(number: &Json) -> ServiceStatus {
    [ServiceStatus::Ok, ServiceStatus::Warning, ServiceStatus::Critical, ServiceStatus::Unknown]
        .into_iter()
        .find(|status| u64::from(status.as_u8()) == number.as_u64().unwrap())
        .unwrap()
}
