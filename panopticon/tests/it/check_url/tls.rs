//! `https` with a server on this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use panopticon::checks::url::check_url;
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ALL_VERSIONS, ServerConfig, ServerConnection, Stream, SupportedProtocolVersion};

use super::server::{respond, wait_until_closed};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

#[path = "../../certificates/mod.rs"]
pub(super) mod certificates;
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
pub(super) const OTHER: Identity = identity!("other");

/// An authority's, like those made with `openssl req -x509`.
pub(super) const AUTHORITY: Identity = identity!("authority");
const EXPIRED_AUTHORITY: Identity = identity!("expired");

/// Signed by `AUTHORITY`.
pub(super) const ISSUED: Identity = identity!("issued");
const SUBORDINATE_AUTHORITY: Identity = identity!("subordinate");

/// Self-signed authorities' with an extended key usage.
const SERVER_PURPOSE: Identity = identity!("server_purpose");
const BOTH_PURPOSES: Identity = identity!("both_purposes");
const CLIENT_PURPOSE: Identity = identity!("client_purpose");
const CODE_PURPOSE: Identity = identity!("code_purpose");

/// A self-signed authority's without a `subjectAltName`.
const UNNAMED: Identity = identity!("unnamed");

const REFUSED: &str = "Error connecting to URL: TLS: invalid peer certificate: ";

/// Starts a server on this machine, and returns its port.
fn serve(identity: Identity) -> u16 {
    serve_with(server_config(identity))
}

/// Starts a server that speaks these versions of TLS, with a key that may not be the certificate's.
fn serve_versions(identity: Identity, versions: &[&'static SupportedProtocolVersion]) -> u16 {
    let certificate = CertificateDer::from_pem_slice(identity.0.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.1.as_bytes()).unwrap();
    let identity = CertifiedKey::new(vec![certificate], any_supported_type(&key).unwrap());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    serve_with(Arc::new(config))
}

fn serve_with(config: Arc<ServerConfig>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            answer(&mut connection.unwrap(), Arc::clone(&config));
        }
    });
    port
}

/// Answers as a server with this certificate.
pub(super) fn answer_as(identity: Identity, connection: &mut TcpStream) {
    answer(connection, server_config(identity));
}

fn answer(connection: &mut TcpStream, config: Arc<ServerConfig>) {
    let mut tls = ServerConnection::new(config).unwrap();
    let mut stream = Stream::new(&mut tls, connection);
    // A client that rejects the certificate sends no request.
    if stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {
        let _ = stream.write_all(respond(200, "secure").as_bytes());
    }
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
                "{REFUSED}Other(OtherError(CaUsedAsEndEntity)); the server's certificate is an \
                 authority's (`CA:TRUE`), which is accepted only if that very certificate is passed"
            ),
        );
    }
}

#[test]
fn a_given_certificate_is_refused_with_another_key() {
    for (certificate, version) in
        [LOCALHOST, AUTHORITY].into_iter().flat_map(|it| [(it.0, &TLS12), (it.0, &TLS13)])
    {
        let port = serve_versions((certificate, OTHER.1), &[version]);
        let check = check_url(format!("https://localhost:{port}/")).root_certificates(certificate);
        assert_unhealthy_beginning(&check.check_blocking(), &format!("{REFUSED}BadSignature"));
    }
}

#[test]
fn every_version_of_tls_is_spoken() {
    for versions in [&[&TLS12][..], &[&TLS13], ALL_VERSIONS] {
        for identity in [LOCALHOST, AUTHORITY] {
            let port = serve_versions(identity, versions);
            let check =
                check_url(format!("https://localhost:{port}/")).root_certificates(identity.0);
            assert_healthy(&check.body_contains("secure").check_blocking());
        }
    }
}

#[test]
fn the_purpose_of_an_authoritys_certificate_must_include_servers() {
    let check = |identity: Identity| {
        check_url(format!("https://localhost:{}/", serve(identity)))
            .root_certificates(identity.0)
            .check_blocking()
    };
    assert_healthy(&check(SERVER_PURPOSE));
    assert_healthy(&check(BOTH_PURPOSES));
    for identity in [CLIENT_PURPOSE, CODE_PURPOSE] {
        assert_unhealthy(
            &check(identity),
            &format!(
                "{REFUSED}InvalidPurpose; the certificate's `extendedKeyUsage` must include \
                 `serverAuth`"
            ),
        );
    }
}

#[test]
fn a_certificate_without_a_name_says_how_to_give_it_one() {
    let health = check_url(format!("https://localhost:{}/", serve(UNNAMED)))
        .root_certificates(UNNAMED.0)
        .check_blocking();
    assert_unhealthy_beginning(&health, &format!("{REFUSED}certificate not valid for name"));
    let message = health.message().unwrap();
    let advice = "such as with `openssl req -x509 … -addext subjectAltName=DNS:host`";
    assert!(message.ends_with(advice), "{message}");
}

#[test]
fn a_certificate_that_cannot_be_parsed_is_named() {
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let roots = [AUTHORITY.0, bad, OTHER.0, bad].concat();
    let check = check_url("https://localhost:1/").root_certificates(roots);
    assert_unhealthy(
        &check.check_blocking(),
        "URL not checked: `root_certificates` must have only certificates that can be parsed \
         (X.509), unlike number 2, 4 of 4",
    );
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
