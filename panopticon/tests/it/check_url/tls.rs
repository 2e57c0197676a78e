//! `https`, with a server on this machine.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use panopticon::checks::url::check_url;
use rcgen::CertifiedKey;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::server::{respond, wait_until_closed};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

/// A server whose certificate, signed by itself, is for `localhost`; its port, and the certificate.
fn localhost() -> (u16, String) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = Stream::new(&mut tls, &mut connection);
            // A client that refuses the certificate sends no request.
            if stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {
                let _ = stream.write_all(respond(200, "secure").as_bytes());
            }
        }
    });
    (port, cert.pem())
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (port, _) = localhost();
    assert_unhealthy(
        &check_url(format!("https://localhost:{port}/")).check_blocking(),
        "Error connecting to URL: TLS: invalid peer certificate: UnknownIssuer; if the server's \
         certificate is of an authority of your own, give that one's to `root_certificates`",
    );
}

#[test]
fn one_that_was_given_is_trusted_for_its_name() {
    let (port, certificate) = localhost();
    let check = |host: &str| {
        check_url(format!("https://{host}:{port}/")).root_certificates(certificate.clone())
    };
    assert_healthy(&check("localhost").body_contains("secure").check_blocking());
    assert_unhealthy_beginning(
        &check("127.0.0.1").check_blocking(),
        "Error connecting to URL: TLS: invalid peer certificate: certificate not valid for name",
    );
    // And no other: this server has one of its own.
    let (other, _) = localhost();
    let check = check_url(format!("https://localhost:{other}/")).root_certificates(certificate);
    assert_unhealthy_beginning(
        &check.check_blocking(),
        "Error connecting to URL: TLS: invalid peer certificate: ",
    );
}

#[test]
fn a_server_without_tls_is_told_from_one_that_is_down() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        // It takes the client's first message for a request, and says in plain text that it is none.
        let _ = connection.read(&mut [0; 1024]);
        let _ = connection.write_all(respond(400, "").as_bytes());
        wait_until_closed(&mut connection);
    });
    let health = check_url(format!("https://{address}/")).check_blocking();
    assert_unhealthy_beginning(&health, "Error connecting to URL: TLS: ");
    let message = health.message().unwrap();
    assert!(message.ends_with("; is it TLS that this port speaks, or plain `http`?"), "{message}");
}
