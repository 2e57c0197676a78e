//! Compares the lines sent to an Agent with those of Datadog's own Python client.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use super::cases::{self, Case, with};
use super::{call, lines_of, python};
use crate::agent::{Agent, PATIENCE};

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
    python("python_client.py", &[&port, "shop", "env:test"], &lines_of(&calls));
    cases.iter().map(|_| line(&agent)).collect()
}

fn ours(cases: &[Case]) -> Vec<String> {
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let stats = agent.builder().prefix("shop").default_tag("env", "test").build().unwrap();
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
        for ((case, theirs), ours) in cases.iter().zip(theirs(&cases)).zip(ours(&cases)) {
            let (expected, why) = match &case.difference {
                Some(known) => ((&known.theirs, &known.ours), known.why),
                None => ((&theirs, &theirs), "they must be equal"),
            };
            if expected != (&theirs, &ours) {
                let title = case.title;
                writeln!(unexpected, "{title} ({why})\n  theirs {theirs:?}\n  ours   {ours:?}")
                    .unwrap();
            }
        }
    }
    assert!(unexpected.is_empty(), "\n{unexpected}");
}
