//! The rules of the webhook that need no receiver: when an incident begins, and what waits.

use std::time::{Duration, Instant};

use panopticon::{Health, Override, Panopticon, Status};
use publishers::webhook::cloud_event::CloudEvent;
use publishers::webhook::incidents::{Change, Incidents};
use publishers::webhook::outbox::Outbox;

use crate::{Script, options};

const MINUTE: Duration = Duration::from_secs(60);

async fn change(health: Health) -> Change {
    let check = Script::new(health);
    let service = Panopticon::empty().check("database", options(), check.check()).build().unwrap();
    Change::new(&service.check("database").await.unwrap(), String::new())
}

fn happened(due: &[Change]) -> Vec<bool> {
    due.iter().map(|change| !change.is_failing).collect()
}

#[tokio::test]
async fn an_incident_begins_and_ends_only_after_the_minimum_time() {
    let (good, bad) = (change(Health::healthy("")).await, change(Health::unhealthy("")).await);
    let start = Instant::now();
    let after = |minutes: u32| start + MINUTE * minutes;
    let mut incidents = Incidents::new(2 * MINUTE);
    incidents.observe(good.clone(), start);
    assert_eq!(incidents.next_due(), None, "it has never failed");

    // Too short to be one.
    incidents.observe(bad.clone(), after(1));
    assert_eq!(incidents.next_due(), Some(after(3)));
    incidents.observe(good.clone(), after(2));
    assert!(incidents.due(after(3)).is_empty());
    assert!(incidents.due(after(4)).is_empty());
    assert_eq!(incidents.next_due(), None, "it is forgotten");

    // Further failures do not make it younger.
    incidents.observe(bad.clone(), after(10));
    incidents.observe(bad.clone(), after(11));
    assert!(incidents.due(after(11) + MINUTE.mul_f64(0.999)).is_empty());
    assert_eq!(happened(&incidents.due(after(12))), [false]);
    assert_eq!(incidents.next_due(), None);
    assert!(incidents.due(after(20)).is_empty(), "it is announced once");

    // A short recovery is none.
    incidents.observe(good.clone(), after(20));
    assert_eq!(incidents.next_due(), Some(after(22)));
    incidents.observe(bad, after(21));
    assert!(incidents.due(after(30)).is_empty());
    incidents.observe(good, after(31));
    assert_eq!(happened(&incidents.due(after(33))), [true]);
    assert_eq!(incidents.next_due(), None);
}

#[tokio::test]
async fn an_incident_ends_when_its_component_waits_for_another_one() {
    let network = Script::new(Health::healthy(""));
    let database = Script::new(Health::unhealthy("no answer"));
    let service = Panopticon::empty()
        .check("network", options(), network.check())
        .check("database", options().depends_on("network"), database.check())
        .build()
        .unwrap();
    let start = Instant::now();
    let mut incidents = Incidents::new(Duration::ZERO);
    let mut due = |component| {
        incidents.observe(Change::new(&component, String::new()), start);
        let due = incidents.due(start);
        let kinds = due.iter().map(|change| {
            CloudEvent::incident(String::new(), change, &[]).to_json("/", 0)["type"].to_string()
        });
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(
        due(service.check("database").await.unwrap()),
        ["\"io.panopticon.component.failed\""]
    );
    network.say(Health::unhealthy(""));
    let waiting = service.check("database").await.unwrap();
    assert_eq!((waiting.status(), waiting.root_cause()), (Status::Unhealthy, Some("network")));
    assert_eq!(due(waiting), ["\"io.panopticon.component.recovered\""]);
    // An operator's word is about the component itself.
    let word = Override::new(Status::Unhealthy, "broken").lasting(MINUTE);
    service.set_override("database", word).unwrap();
    assert_eq!(
        due(service.check("database").await.unwrap()),
        ["\"io.panopticon.component.failed\""]
    );
}

#[test]
fn the_wait_doubles_up_to_the_longest_and_begins_anew_after_a_success() {
    let (start, second) = (Instant::now(), Duration::from_secs(1));
    let mut outbox = Outbox::new(10, second, 5 * second, start);
    assert_eq!(outbox.next_attempt(), None);
    outbox.push('a', |_, _| false);
    outbox.push('b', |_, _| false);
    assert_eq!(outbox.next_attempt(), Some(start));
    let waits: Vec<u64> = (0..5).map(|_| outbox.failed(start).as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 5, 5]);
    assert_eq!(outbox.next_attempt(), Some(start + 5 * second));
    assert_eq!(outbox.first(), Some((&'a', 0)));
    outbox.arrived();
    assert_eq!(outbox.first(), Some((&'b', 0)));
    assert_eq!(outbox.failed(start), second);
}

#[test]
fn a_full_outbox_drops_the_oldest_and_counts_them_until_one_arrives() {
    let mut outbox = Outbox::new(2, MINUTE, MINUTE, Instant::now());
    for event in 'a'..='e' {
        outbox.push(event, |_, _| false);
    }
    assert_eq!(outbox.first(), Some((&'d', 3)));
    outbox.refused();
    assert_eq!(outbox.first(), Some((&'e', 4)));
    outbox.arrived();
    assert_eq!(outbox.first(), None);
    outbox.push('f', |_, _| false);
    assert_eq!(outbox.first(), Some((&'f', 0)));
}

#[test]
fn a_full_outbox_drops_what_is_superseded_first() {
    // The same letter is the same component.
    let supersedes = |later: &&str, earlier: &&str| later[..1] == earlier[..1];
    let mut outbox = Outbox::new(3, MINUTE, MINUTE, Instant::now());
    for event in ["a recovered", "b failed", "b recovered", "b failed again", "b recovered again"] {
        outbox.push(event, supersedes);
    }
    let mut left = Vec::new();
    while let Some((&event, _)) = outbox.first() {
        left.push(event);
        outbox.arrived();
    }
    assert_eq!(left, ["a recovered", "b failed again", "b recovered again"]);
}
