//! When the certificate of an `https` server expires, with certificates made for each test.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use panopticon::Health;
use panopticon::checks::url::{UrlCheck, check_url};
use rustls::{ServerConnection, Stream};

use super::server::{Server, redirect, respond};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};
use crate::network_checks::certificate::{
    Identity, authority, issue, params, server_config, subordinate, valid_until,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// Answers each request with this, and returns the URL.
fn serve(identity: &Identity, response: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(server_config(identity, None));
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut connection = connection.unwrap();
            let mut stream = Stream::new(&mut tls, &mut connection);
            // A client that rejects the certificate sends no request.
            if stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {
                let _ = stream.write_all(response.as_bytes());
            }
        }
    });
    format!("https://localhost:{port}/")
}

fn check(url: &str, authority: &str) -> UrlCheck {
    check_url(url).root_certificates(authority).timeout(PATIENCE)
}

fn days_left(health: &Health) -> Option<i64> {
    let days = health.detail("days_left").map(|days| days.as_i64().unwrap());
    assert_eq!(health.detail("expires_at").is_some(), days.is_some(), "{health:?}");
    days
}

#[test]
fn the_days_that_are_left_are_a_detail_whatever_the_response() {
    for days in [62, 1] {
        let (identity, authority) = valid_until(days);
        let health = check(&serve(&identity, respond(200, "")), &authority).check_blocking();
        assert_healthy(&health);
        assert_eq!(days_left(&health), Some(days.into()));
        let at = health.detail("expires_at").unwrap().as_str().unwrap();
        assert!(at.ends_with('Z') && at.len() == "2026-01-01T00:00:00Z".len(), "{at}");
    }
    let (identity, authority) = valid_until(62);
    let health = check(&serve(&identity, respond(503, "")), &authority).check_blocking();
    assert_unhealthy(&health, "server responded with unexpected status code: 503 (expected 200)");
    assert_eq!(days_left(&health), Some(62));
    let health = check(&serve(&identity, "nonsense\r\n\r\n".into()), &authority).check_blocking();
    assert_unhealthy_beginning(&health, "Error connecting to URL: ");
    assert_eq!(days_left(&health), Some(62));
}

#[test]
fn the_certificate_of_the_chain_that_expires_first_counts() {
    let root = authority("root of the test");
    let intermediate = subordinate(&root, "intermediate of the test", 10);
    let leaf = params("leaf", &["localhost"], 1, 90);
    let identity = issue(&intermediate, &leaf, &[&intermediate]);
    let health = check(&serve(&identity, respond(200, "")), &root.pem()).check_blocking();
    assert_eq!(days_left(&health), Some(10), "{health:?}");
}

#[test]
fn a_server_that_is_not_trusted_has_no_days() {
    let (identity, _) = valid_until(62);
    let health = check_url(serve(&identity, respond(200, ""))).timeout(PATIENCE).check_blocking();
    assert_unhealthy_beginning(&health, "Error connecting to URL: TLS: ");
    assert_eq!(days_left(&health), None);
}

#[test]
fn after_redirects_the_last_server_counts() {
    let ((first, first_authority), (last, last_authority)) = (valid_until(10), valid_until(62));
    let authorities = first_authority + &last_authority;
    let last = serve(&last, respond(200, ""));
    let through = |to: &str| serve(&first, redirect(302, to));
    let health = check(&through(&last), &authorities).check_blocking();
    assert_healthy(&health);
    assert_eq!(days_left(&health), Some(62));

    let to_https = Server::answering(move |_| redirect(302, &last));
    let health = check(&to_https.url("/"), &authorities).check_blocking();
    assert_healthy(&health);
    assert_eq!(days_left(&health), Some(62));

    let plain = Server::with_status(200);
    let health = check(&through(&plain.url("/")), &authorities).check_blocking();
    assert_healthy(&health);
    assert_eq!(days_left(&health), None);
}
