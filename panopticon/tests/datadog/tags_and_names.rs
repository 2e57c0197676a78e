//! Tags without a value, and the full names of metrics, as they are sent.

use std::net::{IpAddr, Ipv4Addr};

use panopticon::datadog::testing::Recorder;
use panopticon::datadog::{Event, ServiceCheck, ServiceStatus, Stats};

use crate::agent::{Agent, PATIENCE};

/// Sends one call of each kind, with a tag without a value.
fn send_all(stats: &Stats) {
    let tags = &[("canary", ""), ("kind", "book")];
    stats.increment("orders placed", 1, tags);
    stats.event(Event::new("a", "b").tags(tags));
    stats.service_check(ServiceCheck::new("supplier", ServiceStatus::Ok).tags(tags));
}

#[test]
fn an_agent_receives_tags_without_a_value_and_full_names() {
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let stats = agent.builder().prefix("shop").default_tag("beta", "").aggregation(false);
    let stats = stats.build().unwrap();
    send_all(&stats);
    stats.flush(PATIENCE).unwrap();
    let lines = agent.lines(3);
    let full = |name: &str| stats.full_name(name).unwrap();
    let tags = "|#beta,canary,kind:book";
    assert_eq!(lines[0], format!("{}:1|c{tags}", full("orders placed")));
    assert_eq!(lines[1], format!("_e{{1,1}}:a|b{tags}"));
    assert_eq!(lines[2], format!("_sc|{}|0{tags}", full("supplier")));
}

#[cfg(feature = "datadog-api")]
#[test]
fn the_api_receives_tags_without_a_value_and_full_names() {
    use crate::api::endpoint::Endpoint;

    let endpoint = Endpoint::accepting_all();
    let stats = endpoint.builder().prefix("shop").default_tag("beta", "").build().unwrap();
    send_all(&stats);
    stats.flush(PATIENCE).unwrap();
    let tags = serde_json::json!(["canary", "kind:book", "beta"]);
    let series = &endpoint.bodies("series")[0]["series"][0];
    assert_eq!(series["metric"], *stats.full_name("orders placed").unwrap());
    for sent in [series, &endpoint.bodies("events")[0], &endpoint.bodies("check_run")[0][0]] {
        assert_eq!(sent["tags"], tags, "{sent}");
    }
}

#[test]
fn a_full_name_has_the_prefix_even_if_statistics_are_disabled() {
    let disabled = Stats::builder().enabled(false).prefix("shop").build().unwrap();
    assert_eq!(disabled.full_name("orders.placed").unwrap(), "shop.orders.placed");
    assert_eq!(disabled.full_name(""), None);
    let longest = disabled.full_name(&"x".repeat(500)).unwrap();
    assert_eq!(longest.len(), 200);
    // These add no prefix.
    for stats in [Stats::disabled(), Recorder::new().stats()] {
        assert_eq!(stats.full_name("orders placed").unwrap(), "orders_placed");
        assert_eq!(stats.settings(), None);
    }
}
