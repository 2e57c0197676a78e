//! The rules of the webhook that need no receiver: when an incident begins, and what waits.

use std::time::{Duration, Instant};

use panopticon::{Component, Health, Panopticon};
use publishers::webhook::incidents::{Change, Incidents};
use publishers::webhook::outbox::Outbox;

use crate::{Script, options};

const MINUTE: Duration = Duration::from_secs(60);

async fn change(health: Health) -> Change {
    let check = Script::new(health);
    let service = Panopticon::empty().check("database", options(), check.check()).build().unwrap();
    let component: Component = service.check("database").await.unwrap();
    Change { component, time: String::new() }
}

fn happened(due: &[Change]) -> Vec<bool> {
    due.iter().map(|change| change.component.healthy()).collect()
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

#[test]
fn the_wait_doubles_up_to_the_longest_and_begins_anew_after_a_success() {
    let (start, second) = (Instant::now(), Duration::from_secs(1));
    let mut outbox = Outbox::new(10, second, 5 * second, start);
    assert_eq!(outbox.next_attempt(), None);
    outbox.push('a');
    outbox.push('b');
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
        outbox.push(event);
    }
    assert_eq!(outbox.first(), Some((&'d', 3)));
    outbox.refused();
    assert_eq!(outbox.first(), Some((&'e', 4)));
    outbox.arrived();
    assert_eq!(outbox.first(), None);
    outbox.push('f');
    assert_eq!(outbox.first(), Some((&'f', 0)));
}
