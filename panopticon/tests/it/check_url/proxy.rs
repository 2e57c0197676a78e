//! The proxy of the environment. Each test runs in a process of its own with a known environment.

use std::io::{Read, Write};
use std::process::Command;
use std::time::Duration;

use panopticon::checks::url::check_url;

use super::server::{Server, redirect, respond};
use super::tls::{AUTHORITY, answer_as};
use super::{assert_healthy, assert_unhealthy, assert_unhealthy_beginning};

const CHILD: &str = "PANOPTICON_TEST_PROXY";

/// Runs the test in a process with these variables and no others for proxies. Returns true in that
/// process.
fn in_environment(test: &str, variables: &[(&str, &str)]) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return true;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("check_url::proxy::{test}"), "--nocapture"]);
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    let output = command.env(CHILD, "").envs(variables.iter().copied()).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
    false
}

#[test]
fn without_a_proxy_an_unknown_host_is_unhealthy() {
    if in_environment("without_a_proxy_an_unknown_host_is_unhealthy", &[]) {
        let health = check_url("http://user:hunter2@host.invalid/?hunter2").check_blocking();
        assert_unhealthy_beginning(&health, "Error connecting to URL: ");
        assert!(!health.message().unwrap().contains("hunter2"), "{health:?}");
    }
}

#[test]
fn a_proxy_is_used_except_for_this_machine() {
    const NAME: &str = "a_proxy_is_used_except_for_this_machine";
    let proxy = Server::answering(|_| respond(200, "through the proxy"));
    let url = format!("http://{}", proxy.address);
    if in_environment(NAME, &[("HTTP_PROXY", &url)]) {
        let server = Server::with_status(200);
        for host in ["127.0.0.1", "localhost"] {
            let url = format!("http://{host}:{}/", server.address.port());
            assert_healthy(&check_url(url).check_blocking());
        }
        let check = check_url("http://host.invalid/status").body_contains("through the proxy");
        assert_healthy(&check.check_blocking());
    } else {
        let head = proxy.head();
        assert!(head.starts_with("get http://host.invalid/status http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nhost: host.invalid\r\n"), "{head}");
        // The server is to answer, not the proxy's cache.
        assert!(head.contains("\r\ncache-control: no-cache\r\n"), "{head}");
        assert!(proxy.has_no_more_requests());
    }
}

/// A proxy as it comes from its packager opens tunnels to port 443 alone.
#[test]
fn a_proxy_forwards_requests_that_are_not_encrypted() {
    const NAME: &str = "a_proxy_forwards_requests_that_are_not_encrypted";
    let proxy = Server::handling(|head, mut connection| {
        let mut body = [0; 4];
        connection.read_exact(&mut body).unwrap();
        assert_eq!(&body, b"ping");
        let status = if head.starts_with("POST http://host.invalid:8080/a?b HTTP/1.1\r\n") {
            200
        } else {
            400
        };
        connection.write_all(respond(status, "").as_bytes()).unwrap();
    });
    let url = format!("http://us%40er:p%3Ass@{}", proxy.address);
    if in_environment(NAME, &[("http_proxy", &url)]) {
        let check = check_url("http://user:hunter2@host.invalid:8080/a?b").method("POST");
        assert_healthy(&check.body("ping").check_blocking());
    } else {
        let head = proxy.head();
        assert!(head.contains("\r\nhost: host.invalid:8080\r\n"), "{head}");
        let proxy_authorization = "\r\nproxy-authorization: basic dxnaZXI6cDpzcw==\r\n";
        assert!(head.contains(&proxy_authorization.to_ascii_lowercase()), "{head}");
        assert!(head.contains("\r\nauthorization: basic dxnlcjpodw50zxiy\r\n"), "{head}");
        assert_eq!(head.matches("proxy-authorization").count(), 1);
    }
}

#[test]
fn a_proxys_credentials_are_not_sent_to_a_server() {
    const NAME: &str = "a_proxys_credentials_are_not_sent_to_a_server";
    let server = Server::with_status(200);
    let location = server.url("/");
    let proxy = Server::answering(move |_| redirect(302, &location));
    let url = format!("http://user:hunter2@{}", proxy.address);
    if in_environment(NAME, &[("http_proxy", &url)]) {
        // The server that this redirects to is exempt.
        assert_healthy(&check_url("http://host.invalid/").check_blocking());
    } else {
        assert!(proxy.head().contains("\r\nproxy-authorization: "));
        assert!(!server.head().contains("proxy-authorization"));
    }
}

#[test]
fn own_certificates_are_trusted_through_a_proxy() {
    const NAME: &str = "own_certificates_are_trusted_through_a_proxy";
    let proxy = Server::handling(|_, mut connection| {
        connection.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
        answer_as(AUTHORITY, &mut connection);
    });
    let url = format!("http://{}", proxy.address);
    if in_environment(NAME, &[("HTTPS_PROXY", &url)]) {
        let check = check_url("https://service.invalid/").root_certificates(AUTHORITY.0);
        assert_healthy(&check.body_contains("secure").check_blocking());
    } else {
        let head = proxy.head();
        assert!(head.starts_with("connect service.invalid:443 http/1.1\r\n"), "{head}");
    }
}

#[test]
fn a_proxy_that_refuses_is_distinguished_from_the_server() {
    const NAME: &str = "a_proxy_that_refuses_is_distinguished_from_the_server";
    let proxy = Server::with_status(407);
    let url = format!("http://user:hunter2@{}", proxy.address);
    if in_environment(NAME, &[("ALL_PROXY", &url)]) {
        for url in ["http://host.invalid/", "https://host.invalid/"] {
            assert_unhealthy(
                &check_url(url).expected_status(400..=499).check_blocking(),
                "Error connecting to URL: could not connect through the proxy: proxy server responded \
                 407/407",
            );
        }
    }
}

#[test]
fn each_scheme_has_a_proxy_of_its_own() {
    const NAME: &str = "each_scheme_has_a_proxy_of_its_own";
    let (refusing, proxy) = (Server::with_status(407), Server::with_status(200));
    let [http, https] = [&proxy, &refusing].map(|server| format!("http://{}", server.address));
    if in_environment(NAME, &[("http_proxy", &http), ("HTTPS_PROXY", &https)]) {
        assert_healthy(&check_url("http://host.invalid/").check_blocking());
        assert_unhealthy_beginning(
            &check_url("https://host.invalid/").check_blocking(),
            "Error connecting to URL: could not connect through the proxy: ",
        );
    } else {
        assert!(proxy.head().starts_with("get http://host.invalid/ "));
        assert!(refusing.head().starts_with("connect host.invalid:443 "));
    }
}

#[test]
fn exempt_hosts_are_connected_to_directly() {
    const NAME: &str = "exempt_hosts_are_connected_to_directly";
    let proxy = Server::with_status(407);
    let url = format!("http://{}", proxy.address);
    let variables = [("all_proxy", &*url), ("no_proxy", "192.0.2.0/24, .direct.invalid:8080")];
    if in_environment(NAME, &variables) {
        let message = |url: &str| {
            let health = check_url(url).timeout(Duration::from_millis(200)).check_blocking();
            health.message().unwrap().to_owned()
        };
        let refused = "Error connecting to URL: could not connect through the proxy: ";
        assert!(!message("http://192.0.2.1/").starts_with(refused));
        assert!(!message("http://a.direct.invalid:8080/").starts_with(refused));
    } else {
        assert!(proxy.has_no_more_requests());
    }
}
