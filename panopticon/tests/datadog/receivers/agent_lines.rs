//! Compares the lines sent to an Agent with those of Datadog's own Python client.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::thread;
use std::time::Duration;

use panopticon::datadog::Event;
use serde_json::{Value, json};

use super::cases::{self, Case, with};
use super::{call, lines_of, python};
use crate::agent::{Agent, PATIENCE};
use crate::parser::{Line, parse};
use crate::random::Random;

fn theirs(cases: &[Case]) -> Vec<String> {
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let port = agent.address().port().to_string();
    let call_of = |case: &Case| match case.call["call"].as_str() {
        // Their namespace is only for metrics; our prefix is also added to the names of checks.
        Some("service_check") => {
            let name = format!("shop.{}", case.call["name"].as_str().unwrap());
            with(case.call.clone(), "name", name)
        }
        _ => case.call.clone(),
    };
    let calls: Vec<_> = cases.iter().map(call_of).collect();
    python("python_client.py", &["single", &port, "shop", "env:test"], &lines_of(&calls));
    cases.iter().map(|_| line(&agent)).collect()
}

fn ours(cases: &[Case], aggregation: bool) -> Vec<String> {
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let builder = agent.builder().prefix("shop").default_tag("env", "test");
    let stats = builder.aggregation(aggregation).build().unwrap();
    let line_of = |case: &Case| {
        let refused = stats.delivery().refused;
        call::make(&stats, &case.call);
        if stats.delivery().refused > refused {
            return String::new();
        }
        stats.flush(PATIENCE).unwrap();
        default_tags_last(&line(&agent))
    };
    cases.iter().map(line_of).collect()
}

/// Moves default tags to the end, where their client has them. The order has no meaning.
fn default_tags_last(line: &str) -> String {
    let Some((start, rest)) = line.split_once("|#env:test,") else { return line.to_owned() };
    let (tags, end) = rest.split_at(rest.find('|').unwrap_or(rest.len()));
    format!("{start}|#{tags},env:test{end}")
}

/// Receives the next packet, which has one line, unless a text broke out of it.
fn line(agent: &Agent) -> String {
    let packet = String::from_utf8(agent.packet()).unwrap();
    packet.strip_suffix('\n').expect("a line break ends a line").to_owned()
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn calls_send_the_same_lines_as_datadogs_client() {
    let mut unexpected = String::new();
    for cases in cases::all() {
        let theirs = theirs(&cases);
        // A call on its own is the same line in both ways.
        for aggregation in [true, false] {
            let ours = ours(&cases, aggregation);
            for ((case, theirs), ours) in cases.iter().zip(&theirs).zip(ours) {
                let (expected, why) = match &case.difference {
                    Some(known) => ((&known.theirs, &known.ours), known.why),
                    None => ((theirs, theirs), "they must be equal"),
                };
                if expected != (theirs, &ours) {
                    let title = case.title;
                    writeln!(unexpected, "{title} ({why})\n  theirs {theirs:?}\n  ours   {ours:?}")
                        .unwrap();
                }
            }
        }
    }
    assert!(unexpected.is_empty(), "\n{unexpected}");
}

/// What an Agent makes of the lines of a metric.
#[derive(Debug, Default, PartialEq)]
struct Received {
    sum: f64,
    latest: f64,
    /// Sorted.
    values: Vec<String>,
}

/// Returns what an Agent makes of all lines until an event, by kind, name and tags.
fn received(agent: &Agent) -> BTreeMap<String, Received> {
    let mut metrics = BTreeMap::<String, Received>::new();
    loop {
        for line in String::from_utf8(agent.packet()).unwrap().lines() {
            let (kind, name, mut tags, values) = match parse(line).unwrap() {
                Line::Metric { kind, name, tags, values, .. } => (kind, name, tags, values),
                Line::Set { name, value, mut tags } => {
                    tags.sort();
                    let key = format!("s {name} {tags:?}");
                    metrics.entry(key).or_default().values.push(value);
                    continue;
                }
                _ => {
                    for metric in metrics.values_mut() {
                        metric.values.sort();
                    }
                    return metrics;
                }
            };
            tags.sort();
            let metric = metrics.entry(format!("{kind} {name} {tags:?}")).or_default();
            for value in values {
                match &*kind {
                    "c" => metric.sum += value,
                    "g" => metric.latest = value,
                    _ => metric.values.push(value.to_string()),
                }
            }
        }
    }
}

/// Returns calls on a few metrics. Their values are eighths, so that no sum depends on the order.
fn many_calls() -> Vec<Value> {
    let mut random = Random::new(1);
    let mut calls = Vec::new();
    for _ in 0..2_000 {
        let call =
            ["increment", "decrement", "gauge", "set", "histogram", "distribution", "timing"]
                [random.below(7)];
        let eighths = u32::try_from(random.below(800)).unwrap();
        let value = match random.below(2) {
            _ if call == "set" => json!(format!("user-{}", eighths % 20)),
            0 => json!(f64::from(eighths) / 8.0),
            _ => json!(eighths),
        };
        let kind = ["book", "dvd"][random.below(2)];
        let tags = if random.below(3) == 0 { json!([]) } else { json!([["kind", kind]]) };
        let name = format!("{call}{}", random.below(3));
        calls.push(json!({"call": call, "name": name, "value": value, "tags": tags}));
    }
    calls
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn combined_calls_have_the_sums_latest_values_and_sets_of_datadogs_client() {
    let calls = many_calls();
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let port = agent.address().port().to_string();
    let theirs = thread::scope(|scope| {
        let theirs = scope.spawn(|| received(&agent));
        python("python_client.py", &["aggregated", &port, "shop", "env:test"], &lines_of(&calls));
        // Everything was sent, and arrives in order.
        agent.builder().build().unwrap().event(Event::new("the end", ""));
        theirs.join().unwrap()
    });

    let builder = agent.builder().prefix("shop").default_tag("env", "test");
    let stats = builder.flush_interval(Duration::from_secs(60)).build().unwrap();
    for call in &calls {
        call::make(&stats, call);
    }
    stats.flush(PATIENCE).unwrap();
    assert_eq!(stats.delivery().sent, calls.len() as u64);
    stats.event(Event::new("the end", ""));
    let ours = received(&agent);
    assert!(ours.len() > 40, "{}", ours.len());
    assert!(ours.keys().eq(theirs.keys()));
    for (metric, theirs) in &theirs {
        assert_eq!(ours[metric], *theirs, "{metric}");
    }
}
