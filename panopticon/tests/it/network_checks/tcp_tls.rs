//! `check_tcp` with TLS, and certificates made for each test.

use std::future::IntoFuture;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use panopticon::Status;
use panopticon::checks::tcp::{TcpCheck, check_tcp};

use super::certificate::{authority, days_left, issue, params, serve, server_config, valid_until};
use super::{assert_result, assert_unhealthy_beginning};
use crate::without_a_runtime::block_on;

const PATIENCE: Duration = Duration::from_secs(60);

fn check(port: u16) -> TcpCheck {
    check_tcp(format!("localhost:{port}")).timeout(PATIENCE)
}

#[test]
fn a_server_with_a_valid_certificate_is_healthy_until_it_expires() {
    for days in [62, 1] {
        let (identity, authority) = valid_until(days);
        let port = serve(server_config(&identity, None));
        let check = check(port).tls().root_certificates(&authority);
        let message = format!("localhost:{port} accepts TLS connections");
        let health = check.check_blocking();
        assert_result(&health, Status::Healthy, &message);
        assert_eq!(days_left(&health), i64::from(days));
        assert!(health.detail("expires_at").is_some());
        assert_result(&block_on(check.into_future()), Status::Healthy, &message);
    }
    let (identity, authority) = valid_until(-3);
    let port = serve(server_config(&identity, None));
    let health = check(port).root_certificates(authority).check_blocking();
    let reason = "the certificate is not valid: the certificate expired 2 days ago";
    assert_result(&health, Status::Unhealthy, &format!("localhost:{port}: {reason}"));
    assert_eq!(days_left(&health), -3);
}

#[test]
fn mozillas_list_is_trusted_by_default() {
    let (identity, _) = valid_until(62);
    let port = serve(server_config(&identity, None));
    let health = check(port).tls().check_blocking();
    assert_unhealthy_beginning(&health, &format!("localhost:{port}: the certificate is not valid"));
    assert!(health.message().unwrap().contains("CN=root of the test"), "{health:?}");
}

#[test]
fn the_certificate_must_be_for_the_host_or_the_given_name() {
    let root = authority("root of the test");
    let other = issue(&root, &params("leaf", &["a.example"], 1, 90), &[]);
    let port = serve(server_config(&other, None));
    let check = || check(port).root_certificates(root.pem());
    let reason = "the certificate is for a.example, not localhost";
    let message = format!("localhost:{port}: the certificate is not valid: {reason}");
    assert_result(&check().check_blocking(), Status::Unhealthy, &message);
    let message = format!("localhost:{port} accepts TLS connections");
    assert_result(&check().name("a.example").check_blocking(), Status::Healthy, &message);
}

#[test]
fn a_server_that_demands_a_client_certificate_is_healthy() {
    let (identity, authority_pem) = valid_until(62);
    let port = serve(server_config(&identity, Some(&authority("clients"))));
    let health = check(port).root_certificates(authority_pem).check_blocking();
    assert_eq!(health.status(), Status::Healthy, "{health:?}");
}

#[test]
fn a_server_without_tls_is_unhealthy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut plain, _) = listener.accept().unwrap();
        plain.write_all(b"220 mail.example ESMTP\r\n").unwrap();
        let _ = plain.read(&mut [0; 1024]);
        // The next one accepts the connection and hangs.
        let _silent = listener.accept().unwrap();
        thread::park();
    });
    let summary = format!("localhost:{port} does not complete a TLS handshake");
    let health = check(port).tls().check_blocking();
    assert_unhealthy_beginning(&health, &format!("{summary}: "));
    assert!(health.message().unwrap().ends_with("; does this port speak TLS?"), "{health:?}");
    let health = check(port).tls().timeout(Duration::from_millis(50)).check_blocking();
    assert_result(&health, Status::Unhealthy, &format!("{summary} within 50ms"));
}

#[test]
fn every_mistake_is_reported() {
    let check = check_tcp("mail.internal:465").name("not a name").root_certificates("no PEM");
    assert_result(
        &check.timeout(Duration::ZERO).check_blocking(),
        Status::Unhealthy,
        "TCP not checked: `name` must be a DNS name or an IP address; `root_certificates` must have at \
         least one `-----BEGIN CERTIFICATE-----`; `timeout` must be a duration of more than zero, at \
         most 30 days, not 0ns",
    );
}
