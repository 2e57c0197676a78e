//! `check_certificate` and `check_certificate_file`, with certificates made for each test.

use std::future::IntoFuture;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use panopticon::checks::certificate::{
    CertificateCheck, check_certificate, check_certificate_file,
};
use panopticon::{CheckOptions, Disclosure, Health, Panopticon, Status};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};

use super::{assert_result, assert_unhealthy_beginning};
use crate::without_a_runtime::block_on;

const PATIENCE: Duration = Duration::from_secs(60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Half a day more, so that the number of whole days does not change while a test runs.
const HALF_A_DAY: Duration = Duration::from_secs(12 * 60 * 60);

/// Returns what is valid from some days ago until in some days, both of which may be negative.
pub(crate) fn params(
    common_name: &str,
    names: &[&str],
    from: i32,
    until: i32,
) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let at = |days: i32| {
        let (now, days, is_past) = (SystemTime::now(), DAY * days.unsigned_abs(), days < 0);
        if is_past { now - days + HALF_A_DAY } else { now + days + HALF_A_DAY }
    };
    (params.not_before, params.not_after) = (at(-from).into(), at(until).into());
    params
}

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority_params(common_name: &str, until: i32) -> CertificateParams {
    let mut params = params(common_name, &[], 100, until);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

pub(crate) fn authority(common_name: &str) -> Authority {
    let key = KeyPair::generate().unwrap();
    CertifiedIssuer::self_signed(authority_params(common_name, 1000), key).unwrap()
}

pub(crate) fn subordinate(authority: &Authority, common_name: &str, until: i32) -> Authority {
    let key = KeyPair::generate().unwrap();
    CertifiedIssuer::signed_by(authority_params(common_name, until), key, authority).unwrap()
}

/// A chain and the key of its first certificate, as PEM.
pub(crate) struct Identity {
    chain: String,
    key: String,
}

/// Issues a certificate, followed by these others.
pub(crate) fn issue(
    authority: &Authority,
    params: &CertificateParams,
    others: &[&Authority],
) -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut chain = params.signed_by(&key, authority).unwrap().pem();
    for other in others {
        chain.push_str(&other.pem());
    }
    Identity { chain, key: key.serialize_pem() }
}

/// A certificate for `localhost` that is valid until in some days, and its authority as PEM.
pub(crate) fn valid_until(days: i32) -> (Identity, String) {
    let authority = authority("root of the test");
    (issue(&authority, &params("leaf", &["localhost"], 90, days), &[]), authority.pem())
}

pub(crate) fn server_config(identity: &Identity, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_slice_iter(identity.chain.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let versions = if clients.is_some() { &[&TLS12][..] } else { &[&TLS12, &TLS13] };
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .unwrap();
    let config = match clients {
        Some(authority) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        }
        None => config.with_no_client_auth(),
    };
    config.with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key).unwrap()
}

/// Serves TLS on this machine, and returns its port.
pub(super) fn serve(config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let _ = tls.complete_io(&mut connection);
            // Sends an alert, if there is one.
            let _ = tls.complete_io(&mut connection);
            let _ = connection.read(&mut [0; 1024]);
        }
    });
    port
}

fn check(port: u16) -> CertificateCheck {
    check_certificate(format!("localhost:{port}")).timeout(PATIENCE)
}

/// Checks an identity that is served to clients that trust this authority.
fn checked(identity: &Identity, authority: &str) -> (u16, Health) {
    let port = serve(server_config(identity, None));
    (port, check(port).root_certificates(authority).check_blocking())
}

#[track_caller]
pub(super) fn days_left(health: &Health) -> i64 {
    health.detail("days_left").and_then(serde_json::Value::as_i64).expect("days_left")
}

#[test]
fn the_days_that_are_left_decide_about_the_status() {
    for (days, status, text) in [
        (62, Status::Healthy, "62 days"),
        (14, Status::Healthy, "14 days"),
        (13, Status::Degraded, "13 days"),
        (10, Status::Degraded, "10 days"),
        (2, Status::Unhealthy, "2 days"),
        (1, Status::Unhealthy, "35 hours"),
    ] {
        let (identity, authority) = valid_until(days);
        let (port, health) = checked(&identity, &authority);
        let message = format!("localhost:{port}: the certificate expires in {text}");
        assert_eq!(days_left(&health), i64::from(days));
        assert_result(&health, status, &message);
        let at = health.detail("expires_at").unwrap().as_str().unwrap();
        assert!(at.ends_with('Z') && at.len() == "2026-01-01T00:00:00Z".len(), "{at}");
    }
}

#[test]
fn bounds_can_be_changed() {
    let (identity, authority) = valid_until(20);
    let port = serve(server_config(&identity, None));
    let check = || check(port).root_certificates(&authority);
    let status = |check: CertificateCheck| check.check_blocking().status();
    assert_eq!(status(check()), Status::Healthy);
    assert_eq!(status(check().degraded_below_days(21)), Status::Degraded);
    assert_eq!(status(check().degraded_below_days(30).unhealthy_below_days(21)), Status::Unhealthy);
    assert_eq!(status(check().degraded_below_days(0).unhealthy_below_days(21)), Status::Unhealthy);
    assert_eq!(block_on(check().into_future()).status(), Status::Healthy);
}

#[test]
fn what_is_outside_its_validity_is_unhealthy() {
    let (identity, authority) = valid_until(-3);
    let (port, health) = checked(&identity, &authority);
    // Half a day less than three days.
    let message = format!(
        "localhost:{port}: the certificate is not valid: the certificate expired 2 days ago"
    );
    assert_result(&health, Status::Unhealthy, &message);
    assert_eq!(days_left(&health), -3);

    let root = self::authority("root of the test");
    let early = issue(&root, &params("leaf", &["localhost"], -5, 90), &[]);
    let (port, health) = checked(&early, &root.pem());
    let reason = "the certificate is not valid for another 5 days";
    let message = format!("localhost:{port}: the certificate is not valid: {reason}");
    assert_result(&health, Status::Unhealthy, &message);
}

#[test]
fn another_name_is_unhealthy() {
    let root = authority("root of the test");
    let other = issue(&root, &params("leaf", &["a.example", "192.0.2.1"], 1, 90), &[]);
    let (port, health) = checked(&other, &root.pem());
    let reason = "the certificate is for a.example, 192.0.2.1, not localhost";
    let message = format!("localhost:{port}: the certificate is not valid: {reason}");
    assert_result(&health, Status::Unhealthy, &message);
    for name in ["a.example", "192.0.2.1"] {
        let health = check(port).name(name).root_certificates(root.pem()).check_blocking();
        assert_eq!(health.status(), Status::Healthy, "{health:?}");
    }
}

#[test]
fn a_few_of_many_names_are_shown() {
    let root = authority("root of the test");
    let names = ["a.example", "b.example", "c.example", "d.example", "e.example", "f.example"];
    for (names, shown) in [
        (&names[..5], "a.example, b.example, c.example, d.example, e.example"),
        (&names[..], "a.example, b.example, c.example, d.example, e.example and 1 more"),
    ] {
        let (port, health) =
            checked(&issue(&root, &params("leaf", names, 1, 90), &[]), &root.pem());
        let reason = format!("the certificate is for {shown}, not localhost");
        let message = format!("localhost:{port}: the certificate is not valid: {reason}");
        assert_result(&health, Status::Unhealthy, &message);
    }
}

#[test]
fn a_self_signed_certificate_is_trusted_only_if_it_is_given() {
    let key = KeyPair::generate().unwrap();
    let certificate = params("self", &["localhost"], 1, 90).self_signed(&key).unwrap();
    let identity = Identity { chain: certificate.pem(), key: key.serialize_pem() };
    let port = serve(server_config(&identity, None));
    let reason = "the certificate is self-signed and not among those that are trusted";
    let message = format!("localhost:{port}: the certificate is not valid: {reason}");
    assert_result(&check(port).check_blocking(), Status::Unhealthy, &message);
    let trusted = check(port).root_certificates(certificate.pem()).check_blocking();
    assert_eq!(trusted.status(), Status::Healthy, "{trusted:?}");
}

#[test]
fn a_missing_or_unknown_issuer_is_named() {
    let root = authority("root of the test");
    let intermediate = subordinate(&root, "intermediate of the test", 500);
    let leaf = params("leaf", &["localhost"], 1, 90);
    let incomplete = issue(&intermediate, &leaf, &[]);
    let (port, health) = checked(&incomplete, &root.pem());
    assert_result(
        &health,
        Status::Unhealthy,
        &format!(
            "localhost:{port}: the certificate is not valid: the issuer `CN=intermediate of the \
             test` is neither trusted nor among the 1 presented certificates; is an intermediate \
             certificate missing?"
        ),
    );
    let complete = issue(&intermediate, &leaf, &[&intermediate]);
    let (_, health) = checked(&complete, &root.pem());
    assert_eq!(health.status(), Status::Healthy, "{health:?}");

    let with_root = issue(&intermediate, &leaf, &[&intermediate, &root]);
    let port = serve(server_config(&with_root, None));
    let reason = "the issuer `CN=root of the test` is not trusted";
    let message = format!("localhost:{port}: the certificate is not valid: {reason}");
    assert_result(&check(port).check_blocking(), Status::Unhealthy, &message);
}

#[test]
fn the_certificate_that_expires_first_counts_if_it_is_needed() {
    let root = authority("root of the test");
    let intermediate = subordinate(&root, "intermediate of the test", 10);
    let old = subordinate(&root, "old one of the test", -10);
    let leaf = params("leaf", &["localhost"], 1, 90);
    let (port, health) = checked(&issue(&intermediate, &leaf, &[&intermediate]), &root.pem());
    let message = format!(
        "localhost:{port}: the issuer's certificate `CN=intermediate of the test` expires in 10 days"
    );
    assert_result(&health, Status::Degraded, &message);
    // One that expired long ago is not needed.
    let (port, health) = checked(&issue(&root, &leaf, &[&old]), &root.pem());
    let message = format!("localhost:{port}: the certificate expires in 90 days");
    assert_result(&health, Status::Healthy, &message);
    // This one is needed.
    let (_, health) = checked(&issue(&old, &leaf, &[&old]), &root.pem());
    assert_eq!(health.status(), Status::Unhealthy);
    let reason = "the issuer's certificate `CN=old one of the test` expired 9 days ago";
    assert!(health.message().unwrap().contains(reason), "{health:?}");
}

#[test]
fn all_reasons_are_named() {
    let root = authority("root of the test");
    let identity = issue(&root, &params("leaf", &["a.example"], 90, -3), &[]);
    let health = check(serve(server_config(&identity, None))).check_blocking();
    let message = health.message().unwrap();
    for reason in
        ["the certificate expired 2 days ago; ", "the certificate is for a.example, not localhost"]
    {
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn a_server_that_demands_a_client_certificate_is_checked() {
    let (identity, authority_pem) = valid_until(62);
    let port = serve(server_config(&identity, Some(&authority("clients"))));
    let health = check(port).root_certificates(authority_pem).check_blocking();
    let message = format!("localhost:{port}: the certificate expires in 62 days");
    assert_result(&health, Status::Healthy, &message);
}

#[test]
fn a_server_without_tls_is_unhealthy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut plain, _) = listener.accept().unwrap();
        plain.write_all(b"220 mail.example ESMTP\r\n").unwrap();
        let _ = plain.read(&mut [0; 1024]);
        // The next one hangs up.
        drop(listener.accept().unwrap());
        // The last one does not answer.
        let _silent = listener.accept().unwrap();
        thread::park();
    });
    let summary = format!("localhost:{port} does not complete a TLS handshake");
    let health = check(port).check_blocking();
    assert_unhealthy_beginning(&health, &format!("{summary}: "));
    assert!(health.message().unwrap().ends_with("; does this port speak TLS?"), "{health:?}");
    assert_unhealthy_beginning(&check(port).check_blocking(), &format!("{summary}: "));
    let health = check(port).timeout(Duration::from_millis(50)).check_blocking();
    assert_result(&health, Status::Unhealthy, &format!("{summary} within 50ms"));
}

#[test]
fn a_server_that_sends_a_byte_now_and_then_is_unhealthy_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut slow, _) = listener.accept().unwrap();
        // The beginning of a handshake message of 4 KiB.
        slow.write_all(&[22, 3, 3, 16, 0, 2, 0, 15, 252]).unwrap();
        // Until the client hangs up.
        while slow.write_all(&[3]).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    });
    let health = check(port).timeout(Duration::from_millis(50)).check_blocking();
    let message = format!("localhost:{port} does not complete a TLS handshake within 50ms");
    assert_result(&health, Status::Unhealthy, &message);
    server.join().unwrap();
}

#[test]
fn a_file_is_checked_for_what_is_asked() {
    let path = std::env::temp_dir().join(format!("panopticon-{}.pem", std::process::id()));
    let place = path.display().to_string();
    let check = || check_certificate_file(&path);
    assert_unhealthy_beginning(&check().check_blocking(), &format!("`{place}` cannot be read: "));

    let root = authority("root of the test");
    let intermediate = subordinate(&root, "intermediate of the test", 10);
    let leaf = params("leaf", &["a.example"], 1, 90);
    let identity = issue(&intermediate, &leaf, &[&intermediate]);
    std::fs::write(&path, identity.chain + &identity.key).unwrap();
    let message = format!(
        "{place}: the issuer's certificate `CN=intermediate of the test` expires in 10 days"
    );
    for check in [
        check(),
        check().name("a.example"),
        check().root_certificates(root.pem()),
        check().name("a.example").root_certificates(root.pem()),
    ] {
        assert_result(&check.check_blocking(), Status::Degraded, &message);
    }
    let health = check().name("b.example").check_blocking();
    let reason = "the certificate is for a.example, not b.example";
    let invalid = format!("{place}: the certificate is not valid");
    assert_result(&health, Status::Unhealthy, &format!("{invalid}: {reason}"));
    let health = check().root_certificates(authority("other").pem()).check_blocking();
    let reason = "the issuer `CN=root of the test` is neither trusted";
    assert_unhealthy_beginning(&health, &format!("{invalid}: {reason}"));

    std::fs::write(&path, "no certificate").unwrap();
    let message = format!("`{place}` must have at least one `-----BEGIN CERTIFICATE-----`");
    assert_result(&check().check_blocking(), Status::Unhealthy, &message);
    std::fs::write(&path, "\n".repeat(1024 * 1024 + 1)).unwrap();
    let message = format!("`{place}` cannot be read: it is longer than 1 MiB");
    assert_result(&check().check_blocking(), Status::Unhealthy, &message);
    std::fs::remove_file(&path).unwrap();
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_file_is_unhealthy_at_once() {
    let folder = std::env::temp_dir().join(format!("panopticon-pipe-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let pipe = folder.join("tls.crt");
    // A named pipe that nobody writes to.
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [&folder, &pipe] {
        let health = check_certificate_file(path).check_blocking();
        let message = format!("`{}` cannot be read: it is not a regular file", path.display());
        assert_result(&health, Status::Unhealthy, &message);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_authority_of_a_file_is_checked_without_a_name_too() {
    let path = std::env::temp_dir().join(format!("panopticon-any-{}.pem", std::process::id()));
    let root = authority("root of the test");
    for names in [&["*.a.example"][..], &["*.a.example", "a.example"], &["192.0.2.1"]] {
        std::fs::write(&path, issue(&root, &params("leaf", names, 1, 90), &[]).chain).unwrap();
        let check = || check_certificate_file(&path);
        let health = check().root_certificates(root.pem()).check_blocking();
        assert_eq!(health.status(), Status::Healthy, "{health:?}");
        let health = check().root_certificates(authority("other").pem()).check_blocking();
        assert_eq!(health.status(), Status::Unhealthy, "{health:?}");
    }
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn anonymous_readers_do_not_see_the_reasons() {
    let (identity, authority) = valid_until(-3);
    let port = serve(server_config(&identity, None));
    let health = Panopticon::empty()
        .check("tls", CheckOptions::new().timeout(PATIENCE), move || {
            check(port).root_certificates(&authority).into_future()
        })
        .build()
        .unwrap();
    let shown = health.report_blocking().disclosed(Disclosure::Authored);
    let expected = format!("localhost:{port}: the certificate is not valid");
    assert_eq!(shown.component("tls").unwrap().message(), Some(&*expected));
}

#[test]
fn every_mistake_is_reported() {
    let health = check_certificate("https://user:password@a.example/")
        .name("a b")
        .root_certificates("none")
        .degraded_below_days(1)
        .unhealthy_below_days(2)
        .timeout(Duration::ZERO)
        .check_blocking();
    assert_result(
        &health,
        Status::Unhealthy,
        "certificate not checked: `name` must be a DNS name or an IP address; the address must be a \
         host and a port, such as `db.internal:5432`, `192.0.2.1:5432` or `[2001:db8::1]:5432`, \
         without a scheme or a path; `root_certificates` must have at least one `-----BEGIN \
         CERTIFICATE-----`; `unhealthy_below_days` (2) must not be above `degraded_below_days` (1); \
         `timeout` must be a duration of more than zero, at most 30 days, not 0ns",
    );
}

#[test]
fn mistakes_are_found_before_the_check_runs() {
    assert!(check_certificate("db.internal:443").validated().is_ok());
    let check = check_certificate("db.internal").timeout(Duration::ZERO);
    let invalid = check.clone().validated().unwrap_err();
    assert_eq!(invalid.mistakes().len(), 2, "{invalid}");
    assert_result(&check.check_blocking(), Status::Unhealthy, &invalid.to_string());
}
