//! `https` with a server on this machine.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use panopticon::checks::url::check_url;
use rustls::{ServerConnection, Stream};

use super::server::{respond, wait_until_closed};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

#[path = "../../certificates/mod.rs"]
mod certificates;
use certificates::{Identity, LOCALHOST, server_config};

macro_rules! identity {
    ($name:literal) => {
        (
            include_str!(concat!("../../certificates/", $name, ".pem")),
            include_str!(concat!("../../certificates/", $name, ".key")),
        )
    };
}

/// For the same name, and also self-signed.
const OTHER: Identity = identity!("other");

/// An authority's, like those made with `openssl req -x509`.
const AUTHORITY: Identity = identity!("authority");
const EXPIRED_AUTHORITY: Identity = identity!("expired");

/// Signed by `AUTHORITY`.
const ISSUED: Identity = identity!("issued");
const SUBORDINATE_AUTHORITY: Identity = identity!("subordinate");

const REFUSED: &str = "Error connecting to URL: TLS: invalid peer certificate: ";

/// Starts a server on this machine, and returns its port.
fn serve(identity: Identity) -> u16 {
    let config = server_config(identity);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = Stream::new(&mut tls, &mut connection);
            // A client that rejects the certificate sends no request.
            if stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {
                let _ = stream.write_all(respond(200, "secure").as_bytes());
            }
        }
    });
    port
}

#[test]
fn a_certificate_of_an_unknown_issuer_is_rejected() {
    let port = serve(LOCALHOST);
    assert_unhealthy(
        &check_url(format!("https://localhost:{port}/")).check_blocking(),
        "Error connecting to URL: TLS: invalid peer certificate: UnknownIssuer; if the \
         server's certificate is self-signed, or signed by an authority of your own, pass it or \
         the authority's to `root_certificates`",
    );
}

#[test]
fn a_given_certificate_is_trusted_for_its_name() {
    let port = serve(LOCALHOST);
    let check =
        |host: &str| check_url(format!("https://{host}:{port}/")).root_certificates(LOCALHOST.0);
    assert_healthy(&check("localhost").body_contains("secure").check_blocking());
    assert_unhealthy_beginning(
        &check("127.0.0.1").check_blocking(),
        "Error connecting to URL: TLS: invalid peer certificate: certificate not valid for name",
    );
    // The certificate of this server is not trusted.
    let other = serve(OTHER);
    let check = check_url(format!("https://localhost:{other}/")).root_certificates(LOCALHOST.0);
    assert_unhealthy_beginning(
        &check.check_blocking(),
        "Error connecting to URL: TLS: invalid peer certificate: ",
    );
}

#[test]
fn an_authoritys_certificate_is_trusted_as_a_servers_if_it_is_given() {
    let port = serve(AUTHORITY);
    let check = |host: &str, roots: &str| {
        check_url(format!("https://{host}:{port}/")).root_certificates(roots).check_blocking()
    };
    assert_healthy(&check("localhost", AUTHORITY.0));
    // Also among others.
    assert_healthy(&check("localhost", &[OTHER.0, AUTHORITY.0].concat()));
    let unnamed = format!("{REFUSED}certificate not valid for name");
    assert_unhealthy_beginning(&check("127.0.0.1", AUTHORITY.0), &unnamed);
    // One that is not among the roots is rejected, whatever it is.
    for roots in [LOCALHOST.0, ISSUED.0, SUBORDINATE_AUTHORITY.0, EXPIRED_AUTHORITY.0] {
        assert_unhealthy_beginning(
            &check("localhost", roots),
            &format!(
                "{REFUSED}Other(OtherError(CaUsedAsEndEntity)); if the server's certificate is \
                 self-signed"
            ),
        );
    }
}

#[test]
fn an_expired_certificate_is_refused_even_if_it_is_given() {
    let port = serve(EXPIRED_AUTHORITY);
    let check = check_url(format!("https://localhost:{port}/"))
        .root_certificates(EXPIRED_AUTHORITY.0)
        .check_blocking();
    assert_unhealthy_beginning(&check, &format!("{REFUSED}certificate expired: "));
}

#[test]
fn an_authority_vouches_for_servers_and_not_for_authorities_as_servers() {
    let check = |port: u16| {
        check_url(format!("https://localhost:{port}/"))
            .root_certificates(AUTHORITY.0)
            .check_blocking()
    };
    assert_healthy(&check(serve(ISSUED)));
    assert_unhealthy_beginning(
        &check(serve(SUBORDINATE_AUTHORITY)),
        &format!("{REFUSED}Other(OtherError(CaUsedAsEndEntity))"),
    );
}

#[test]
fn a_server_without_tls_is_distinguished_from_one_that_is_down() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        // It reads the client's first TLS message as a request, and rejects it in plain text.
        let _ = connection.read(&mut [0; 1024]);
        let _ = connection.write_all(respond(400, "").as_bytes());
        wait_until_closed(&mut connection);
    });
    let health = check_url(format!("https://{address}/")).check_blocking();
    assert_unhealthy_beginning(&health, "Error connecting to URL: TLS: ");
    let message = health.message().unwrap();
    assert!(message.ends_with("; does this port speak TLS, or plain `http`?"), "{message}");
}
