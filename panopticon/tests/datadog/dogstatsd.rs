//! The lines sent to an Agent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, UNIX_EPOCH};

use panopticon::datadog::{AlertType, Event, ServiceCheck, ServiceStatus, Stats};

use crate::agent::{Agent, PATIENCE};

fn send_one_of_each(stats: &Stats) {
    stats.gauge("queue.length", 12, &[]);
    stats.increment("orders.placed", 1, &[("kind", "book")]);
    stats.decrement("orders.open", 2, &[]);
    stats.histogram("order.size", 1.5, &[]);
    stats.distribution("order.weight", 0.25, &[]);
    stats.timing("import", Duration::from_micros(1_500), &[]);
    stats.set("order.users", "a:b", &[]);
    stats.gauge_with_timestamp("stock", 3, &[], UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    stats.event(Event::new("a\nb", "c|d").alert_type(AlertType::Error).tag("k", "v"));
    stats.service_check(ServiceCheck::new("supplier", ServiceStatus::Critical).message("m: x|y"));
    stats.flush(PATIENCE).unwrap();
}

const ONE_OF_EACH: [&str; 10] = [
    "shop.queue.length:12|g|#env:test",
    "shop.orders.placed:1|c|#env:test,kind:book",
    "shop.orders.open:-2|c|#env:test",
    "shop.order.size:1.5|h|#env:test",
    "shop.order.weight:0.25|d|#env:test",
    "shop.import:1.5|ms|#env:test",
    "shop.order.users:a:b|s|#env:test",
    "shop.stock:3|g|#env:test|T1700000000",
    "_e{4,3}:a\\nb|c|d|t:error|#env:test,k:v",
    "_sc|shop.supplier|2|#env:test|m:m\\: x¦y",
];

#[test]
fn one_call_of_each_kind_over_udp() {
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)] {
        let agent = Agent::new(ip);
        for aggregation in [false, true] {
            let builder = agent.builder().prefix("shop").default_tag("env", "test");
            let stats = builder.aggregation(aggregation).build().unwrap();
            send_one_of_each(&stats);
            let (mut lines, mut expected) = (agent.lines(10), ONE_OF_EACH);
            if aggregation {
                // Combined calls come last.
                lines.sort();
                expected.sort_unstable();
            }
            assert_eq!(lines, expected);
            assert_eq!(stats.delivery().sent, 10);
        }
    }
}
