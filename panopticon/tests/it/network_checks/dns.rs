//! `check_dns`, with names that need no server.

use std::future::IntoFuture;
use std::net::IpAddr;
use std::time::Duration;

use panopticon::checks::dns::check_dns;
use panopticon::{CheckOptions, Disclosure, Panopticon, Status};

use super::{assert_result, assert_unhealthy_beginning};
use crate::without_a_runtime::block_on;

/// Never resolves (RFC 6761, section 6.4), with or without a server.
const UNKNOWN: &str = "no-such-name.invalid";

const PATIENCE: Duration = Duration::from_secs(60);

/// The addresses of `localhost` on this machine.
fn localhost() -> Vec<IpAddr> {
    let found = std::net::ToSocketAddrs::to_socket_addrs(&("localhost", 0)).unwrap();
    let mut addresses: Vec<_> = found.map(|address| address.ip()).collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

#[test]
fn a_name_with_addresses_is_healthy() {
    let expected = match localhost().len() {
        1 => "localhost has 1 address".to_owned(),
        count => format!("localhost has {count} addresses"),
    };
    for health in [
        check_dns(" localhost\n").timeout(PATIENCE).check_blocking(),
        block_on(check_dns("localhost").timeout(PATIENCE).into_future()),
    ] {
        assert_result(&health, Status::Healthy, &expected);
        assert_eq!(health.detail("addresses"), Some(&localhost().len().into()));
    }
}

#[test]
fn an_unknown_name_is_unhealthy() {
    let health = check_dns(UNKNOWN).timeout(PATIENCE).check_blocking();
    assert_unhealthy_beginning(&health, &format!("{UNKNOWN} cannot be resolved: "));
    assert!(health.message().unwrap().contains("failed to lookup"), "{health:?}");
}

#[test]
fn other_addresses_than_expected_are_unhealthy() {
    let check = |addresses: &[IpAddr]| {
        check_dns("localhost")
            .timeout(PATIENCE)
            .expected_addresses(addresses.iter().copied())
            .check_blocking()
    };
    let mut addresses = localhost();
    let listed: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let listed = listed.join(", ");
    addresses.reverse();
    let expected = check(&addresses);
    assert_result(&expected, Status::Healthy, "localhost has the expected addresses");
    assert_result(
        &check(&["192.0.2.1".parse().unwrap()]),
        Status::Unhealthy,
        &format!(
            "localhost does not have the expected addresses: missing 192.0.2.1, unexpected {listed}"
        ),
    );
    addresses.push("2001:db8::1".parse().unwrap());
    let missing = "localhost does not have the expected addresses: missing 2001:db8::1";
    assert_result(&check(&addresses), Status::Unhealthy, missing);
}

#[test]
fn anonymous_readers_see_no_address_and_no_error() {
    let health = Panopticon::empty()
        .check_blocking("other", CheckOptions::new().timeout(PATIENCE), || {
            check_dns("localhost")
                .expected_addresses(["192.0.2.1".parse().unwrap()])
                .check_blocking()
        })
        .check("unknown", CheckOptions::new().timeout(PATIENCE), || {
            check_dns(UNKNOWN).timeout(PATIENCE).into_future()
        })
        .build()
        .unwrap();
    let shown = health.report_blocking().disclosed(Disclosure::Authored);
    let message = |name: &str| shown.component(name).unwrap().message().unwrap().to_owned();
    assert_eq!(message("other"), "localhost does not have the expected addresses");
    assert_eq!(message("unknown"), format!("{UNKNOWN} cannot be resolved"));
}

#[test]
fn every_mistake_is_reported() {
    let health = check_dns("https://user:password@a.example/")
        .expected_addresses([])
        .timeout(Duration::ZERO)
        .check_blocking();
    assert_result(
        &health,
        Status::Unhealthy,
        "DNS not checked: the name must be a host's, such as `db.internal`, not an IP address, and \
         without a scheme, port or path; `expected_addresses` must have at least one address; \
         `timeout` must be a duration of more than zero, at most 30 days, not 0ns",
    );
    for name in ["", "192.0.2.1", "::1", "10", "127.1", "a.example:53", "a b"] {
        let health = check_dns(name).check_blocking();
        assert_unhealthy_beginning(&health, "DNS not checked: the name must be a host's");
    }
}

#[test]
fn mistakes_are_found_before_the_check_runs() {
    assert!(check_dns("db.internal").validated().is_ok());
    let check = check_dns("192.0.2.1").timeout(Duration::ZERO);
    let invalid = check.clone().validated().unwrap_err();
    assert_eq!(invalid.mistakes().len(), 2, "{invalid}");
    assert_result(&check.check_blocking(), Status::Unhealthy, &invalid.to_string());
}
