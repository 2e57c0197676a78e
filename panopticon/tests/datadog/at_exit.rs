//! What is sent before `std::process::exit`, which runs no destructors.

use std::net::{IpAddr, Ipv4Addr};

use panopticon::datadog::{self, HealthPublisher, Stats};
use panopticon::{CheckOptions, Health, Panopticon};

use crate::agent::{Agent, PATIENCE};
use crate::own_process::ignored_test;

const ADDRESS: &str = "DD_DOGSTATSD_URL";

#[test]
fn a_flush_before_exit_sends_calls_and_the_results_of_checks() {
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let status = ignored_test("at_exit::flushes_and_exits")
        .env(ADDRESS, format!("udp://{}", agent.address()))
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(7));
    let lines = agent.lines(5);
    let received = |start: &str| lines.iter().any(|line| line.starts_with(start));
    assert!(received("shop.started:1|c"), "{lines:#?}");
    assert!(received("_sc|shop.healthcheck|2"), "{lines:#?}");
    assert!(received("_e{27,9}:Healthcheck database failed|no answer"), "{lines:#?}");
}

#[test]
#[ignore = "run by the test above"]
fn flushes_and_exits() {
    // Without an Agent's address, this is a run of all ignored tests.
    if std::env::var_os(ADDRESS).is_none() {
        return;
    }
    let guard = Stats::builder().enabled(true).prefix("shop").install().unwrap();
    datadog::increment("started", 1, &[]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let health = Panopticon::empty()
            .check("database", CheckOptions::new(), || async { Health::unhealthy("no answer") })
            .publish(HealthPublisher::new(guard.stats()))
            .build()
            .unwrap();
        let _ = health.report().await;
        health.shutdown().await;
    });
    datadog::flush(PATIENCE).unwrap();
    std::process::exit(7);
}
