//! `https`, with a server on this machine.

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

/// For the same name, and signed by itself too.
const OTHER: Identity =
    (include_str!("../../certificates/other.pem"), include_str!("../../certificates/other.key"));

/// The port of a server of this machine.
fn serve(identity: Identity) -> u16 {
    let config = server_config(identity);
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
    port
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let port = serve(LOCALHOST);
    assert_unhealthy(
        &check_url(format!("https://localhost:{port}/")).check_blocking(),
        "Error connecting to URL: TLS: invalid peer certificate: UnknownIssuer; if the server's \
         certificate is of an authority of your own, give that one's to `root_certificates`",
    );
}

#[test]
fn one_that_was_given_is_trusted_for_its_name() {
    let port = serve(LOCALHOST);
    let check =
        |host: &str| check_url(format!("https://{host}:{port}/")).root_certificates(LOCALHOST.0);
    assert_healthy(&check("localhost").body_contains("secure").check_blocking());
    assert_unhealthy_beginning(
        &check("127.0.0.1").check_blocking(),
        "Error connecting to URL: TLS: invalid peer certificate: certificate not valid for name",
    );
    // And no other: this server has one of its own.
    let other = serve(OTHER);
    let check = check_url(format!("https://localhost:{other}/")).root_certificates(LOCALHOST.0);
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
