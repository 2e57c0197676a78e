//! Mutual TLS: servers that require a client certificate.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use panopticon::checks::url::{UrlCheck, check_url};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};

use super::server::{redirect, respond, wait_until_closed};
use super::tls::{AUTHORITY, ISSUED, OTHER, certificates::LOCALHOST};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// Starts a server that asks for a certificate of `AUTHORITY`, and returns its port. It answers
/// with the number of certificates it received, or with a redirect to a URL.
fn serve(version: &'static SupportedProtocolVersion, to: Option<String>, is_required: bool) -> u16 {
    let pem = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(pem(AUTHORITY.0)).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = if is_required { verifier } else { verifier.allow_unauthenticated() };
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![pem(LOCALHOST.0)],
            PrivateKeyDer::from_pem_slice(LOCALHOST.1.as_bytes()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            answer(StreamOwned::new(tls, connection.unwrap()), to.as_deref());
        }
    });
    port
}

fn answer(mut stream: StreamOwned<ServerConnection, TcpStream>, to: Option<&str>) {
    if stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {
        let count = stream.conn.peer_certificates().map_or(0, <[_]>::len);
        let response = match to {
            Some(to) => redirect(302, to),
            None => respond(200, &format!("received {count}")),
        };
        let _ = stream.write_all(response.as_bytes());
    }
    // The alert must reach the client before the connection is reset.
    let _ = stream.conn.write_tls(&mut stream.sock);
    let _ = stream.sock.shutdown(Shutdown::Write);
    wait_until_closed(&mut stream.sock);
}

fn check(port: u16) -> UrlCheck {
    check_url(format!("https://localhost:{port}/")).root_certificates(LOCALHOST.0)
}

/// A folder that is removed at the end of a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("panopticon-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn with_files(port: u16, chain: &Path, key: &Path) -> UrlCheck {
    check(port).client_certificate_files(chain, key)
}

#[test]
fn a_certificate_is_presented() {
    for version in VERSIONS {
        let port = serve(version, None, true);
        let with_one = check(port).client_certificate(ISSUED.0, ISSUED.1);
        assert_healthy(&with_one.body_contains("received 1").check_blocking());
        let chain = [ISSUED.0, AUTHORITY.0].concat();
        let with_chain = check(port).client_certificate(chain, ISSUED.1);
        assert_healthy(&with_chain.body_contains("received 2").check_blocking());
    }
}

#[tokio::test]
async fn a_certificate_is_presented_when_awaited() {
    let port = serve(&TLS13, None, true);
    let check = check(port).client_certificate(ISSUED.0, ISSUED.1);
    assert_healthy(&check.body_contains("received 1").await);
}

#[test]
fn a_server_that_is_refused_a_certificate_says_so() {
    for version in VERSIONS {
        let port = serve(version, None, true);
        assert_unhealthy(
            &check(port).check_blocking(),
            "Error connecting to URL: TLS: received fatal alert: CertificateRequired; the server \
             requires a client certificate, so pass one to `client_certificate`",
        );
        // It is self-signed.
        let health = check(port).client_certificate(OTHER.0, OTHER.1).check_blocking();
        assert_unhealthy_beginning(&health, "Error connecting to URL: TLS: received fatal alert: ");
        let message = health.message().unwrap();
        let advice = "; the server does not accept the client certificate, or requires one";
        assert!(message.ends_with(advice), "{message}");
    }
}

#[test]
fn a_certificate_is_presented_only_to_the_urls_own_host_and_port() {
    for version in VERSIONS {
        let elsewhere = serve(version, None, false);
        let url = format!("https://localhost:{elsewhere}/");
        let port = serve(version, Some(url), true);
        let redirected = check(port).client_certificate(ISSUED.0, ISSUED.1);
        assert_healthy(&redirected.body_contains("received 0").check_blocking());
        // The other server asks for one as well.
        let direct = check(elsewhere).client_certificate(ISSUED.0, ISSUED.1);
        assert_healthy(&direct.body_contains("received 1").check_blocking());
    }
}

#[test]
fn the_files_are_read_by_every_run() {
    let folder = Folder::new("client-certificate-renewed");
    let port = serve(&TLS13, None, true);
    let chain = folder.write("tls.crt", OTHER.0);
    let key = folder.write("tls.key", OTHER.1);
    let check = with_files(port, &chain, &key);
    assert_unhealthy_beginning(
        &check.clone().check_blocking(),
        "Error connecting to URL: TLS: received fatal alert: ",
    );
    folder.write("tls.crt", ISSUED.0);
    folder.write("tls.key", ISSUED.1);
    assert_healthy(&check.check_blocking());
    let both = folder.write("both.pem", &[ISSUED.1, ISSUED.0].concat());
    assert_healthy(&with_files(port, &both, &both).check_blocking());
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let folder = Folder::new("client-certificate-unusable");
    let port = serve(&TLS13, None, true);
    let chain = folder.write("tls.crt", ISSUED.0);
    let key = folder.write("tls.key", ISSUED.1);
    let missing = folder.0.join("missing");
    let empty = folder.write("empty", "");
    let other = folder.write("other.key", OTHER.1);
    let long = folder.write("long", &" ".repeat(1024 * 1024 + 1));
    for (chain, key, place, problem) in [
        (&missing, &key, "the chain, `{}`,", "cannot be read ("),
        (&chain, &missing, "the key, `{}`,", "cannot be read ("),
        (&empty, &key, "the chain, `{}`,", "must have at least one `-----BEGIN CERTIFICATE-----`"),
        (&chain, &empty, "the key, `{}`,", "must have a `-----BEGIN PRIVATE KEY-----`"),
        (&chain, &other, "the key, `{}`,", "must be that of the first certificate in the chain"),
        (&long, &key, "the chain, `{}`,", "cannot be read (it is longer than 1 MiB); it must be"),
    ] {
        let path = if place.contains("chain") { chain } else { key };
        let place = place.replace("{}", &path.display().to_string());
        let health = with_files(port, chain, key).check_blocking();
        assert_unhealthy_beginning(
            &health,
            &format!("Error connecting to URL: client certificate: {place} {problem}"),
        );
    }
}

#[test]
fn an_invalid_certificate_is_a_mistake() {
    const BAD_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const BAD_KEY: &str = "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n";
    const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----\naHVudGVyMg==\n-----END ENCRYPTED \
                             PRIVATE KEY-----\n";
    for (chain, key, problem) in [
        ("", ISSUED.1, "the chain must have at least one `-----BEGIN CERTIFICATE-----`"),
        (BAD_CERTIFICATE, ISSUED.1, "the chain must begin with a certificate that can be parsed"),
        ("-----BEGIN CERTIFICATE-----\nä", ISSUED.1, "the chain must be valid PEM"),
        (ISSUED.0, "", "the key must have a `-----BEGIN PRIVATE KEY-----`"),
        (ISSUED.0, ISSUED.0, "the key must have a `-----BEGIN PRIVATE KEY-----`"),
        (ISSUED.0, BAD_KEY, "the key must be one that can be parsed, of RSA, ECDSA or Ed25519"),
        (ISSUED.0, ENCRYPTED, "the key must not be encrypted; decrypt it with `openssl pkey`"),
        (ISSUED.0, OTHER.1, "the key must be that of the first certificate in the chain"),
    ] {
        let health = check(1).client_certificate(chain, key).check_blocking();
        let beginning = format!("URL not checked: `client_certificate`: {problem}");
        assert_unhealthy_beginning(&health, &beginning);
        assert!(!format!("{health:?}").contains("hunter2"));
    }
    for check in [
        check_url("http://localhost:1/").client_certificate(ISSUED.0, ISSUED.1),
        check_url("http://localhost:1/").client_certificate_files("/chain", "/key"),
    ] {
        let health = check.check_blocking();
        assert_unhealthy_beginning(&health, "URL not checked: `client_certificate");
        assert!(health.message().unwrap().contains("the URL must begin with `https`"));
    }
}

#[test]
fn the_key_is_not_shown() {
    let secret = ISSUED.1.lines().nth(1).unwrap();
    let check = check(1).client_certificate(ISSUED.0, ISSUED.1);
    assert!(!format!("{check:?} {check:#?}").contains(secret));
}
