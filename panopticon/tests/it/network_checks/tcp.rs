//! `check_tcp`, with listeners on this machine.

use std::future::IntoFuture;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use panopticon::checks::tcp::check_tcp;
use panopticon::{CheckOptions, Disclosure, Panopticon, Status};

use super::{assert_result, assert_unhealthy_beginning};
use crate::without_a_runtime::block_on;

const PATIENCE: Duration = Duration::from_secs(60);

/// A port of this machine that nothing listens on, as long as this exists: the client's end of a
/// connection occupies it.
struct ClosedPort(
    TcpStream,
    #[allow(dead_code, reason = "it keeps the connection open")] TcpListener,
);

impl ClosedPort {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self(TcpStream::connect(listener.local_addr().unwrap()).unwrap(), listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}

#[test]
fn a_server_that_accepts_connections_is_healthy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // If `localhost` also has an IPv6 address, then that one refuses.
    for server in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let expected = format!("{server} accepts connections");
        let check = check_tcp(&server).timeout(PATIENCE);
        assert_result(&check.check_blocking(), Status::Healthy, &expected);
        assert_result(&block_on(check.into_future()), Status::Healthy, &expected);
    }
}

#[test]
fn a_server_on_ipv6_is_healthy() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return eprintln!("SKIPPED: this machine has no IPv6");
    };
    let server = listener.local_addr().unwrap().to_string();
    assert!(server.starts_with("[::1]:"));
    let health = check_tcp(&server).timeout(PATIENCE).check_blocking();
    assert_result(&health, Status::Healthy, &format!("{server} accepts connections"));
}

#[test]
fn a_port_that_nothing_listens_on_is_unhealthy() {
    let closed = ClosedPort::new();
    for host in ["127.0.0.1", "localhost"] {
        let server = format!("{host}:{}", closed.port());
        let health = check_tcp(&server).timeout(PATIENCE).check_blocking();
        let summary = format!("{server} does not accept connections");
        assert_unhealthy_beginning(&health, &format!("{summary}: "));
        assert!(health.message().unwrap().contains("refused"), "{health:?}");
        let monitor = Panopticon::empty()
            .check("server", CheckOptions::new().timeout(PATIENCE), move || {
                check_tcp(&server).into_future()
            })
            .build()
            .unwrap();
        let shown = monitor.report_blocking().disclosed(Disclosure::Authored);
        assert_eq!(shown.component("server").unwrap().message(), Some(&*summary));
    }
}

#[test]
fn a_name_that_cannot_be_resolved_is_named() {
    let health = check_tcp("no-such-name.invalid:80").timeout(PATIENCE).check_blocking();
    assert_unhealthy_beginning(&health, "no-such-name.invalid cannot be resolved: ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_does_not_answer_is_unhealthy_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Nothing accepts these, until its queue is full.
    let mut connections = Vec::new();
    while let Ok(connection) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        connections.push(connection);
    }
    let health = check_tcp(address.to_string()).timeout(Duration::from_millis(50)).check_blocking();
    assert_result(
        &health,
        Status::Unhealthy,
        &format!("{address} does not accept connections within 50ms: no answer from {address}"),
    );
}

#[test]
fn every_mistake_is_reported() {
    let expected = "TCP not checked: the address must be a host and a port, such as \
                    `db.internal:5432`, `192.0.2.1:5432` or `[2001:db8::1]:5432`, without a scheme or \
                    a path";
    let url = "postgres://user:password@db:5432/orders";
    let health = check_tcp(url).timeout(Duration::ZERO).check_blocking();
    let timeout = "`timeout` must be a duration of more than zero, at most 30 days, not 0ns";
    assert_result(&health, Status::Unhealthy, &format!("{expected}; {timeout}"));
    assert!(!format!("{:?}", check_tcp(url)).contains("password"));
    for address in ["", "db.internal", "db.internal:0", "192.0.2.1"] {
        let health = block_on(check_tcp(address).into_future());
        assert_result(&health, Status::Unhealthy, expected);
    }
}

#[test]
fn mistakes_are_found_before_the_check_runs() {
    assert!(check_tcp("db.internal:5432").validated().is_ok());
    let check = check_tcp("db.internal").timeout(Duration::ZERO);
    let invalid = check.clone().validated().unwrap_err();
    assert_eq!(invalid.mistakes().len(), 2, "{invalid}");
    assert_result(&check.check_blocking(), Status::Unhealthy, &invalid.to_string());
}
