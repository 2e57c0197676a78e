//! Requests of a URL check.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use panopticon::Status;
use panopticon::checks::url::{UrlCheck, check_url};
use rustls::{ServerConnection, StreamOwned};

use crate::lines;

#[path = "../certificates/mod.rs"]
mod certificates;

/// A part of everything that must not be logged.
const SECRET: &str = "correct-horse-battery-staple";

const PATIENCE: Duration = Duration::from_secs(60);

/// Answers requests one by one, and returns their heads.
fn serve(answers: &[&str]) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let answers: Vec<_> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let answers = answers.into_iter();
        answers.map(|answer| converse(&mut listener.accept().unwrap().0, &answer)).collect()
    });
    (address, server)
}

fn converse(stream: &mut (impl Read + Write), answer: &str) -> String {
    let head = read_head(stream);
    stream.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).unwrap();
    head
}

fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[track_caller]
fn run(check: UrlCheck) {
    lines::listen();
    let health = check.timeout(PATIENCE).check_blocking();
    assert_eq!(health.status(), Status::Healthy, "{health:?}");
}

/// Asserts that no log has the secret, or the end of a base64 text that it is a part of.
#[track_caller]
fn assert_not_logged() {
    let encoded: Vec<_> = (0..3)
        .map(|before| BASE64_STANDARD.encode(format!("{}{SECRET}", &"   "[before..])))
        .collect();
    let mut secrets: Vec<_> = encoded.iter().map(|text| &text[4..text.len() - 4]).collect();
    secrets.extend([SECRET, &SECRET[..14], &SECRET[14..]]);
    lines::assert_without(&secrets);
}

/// Asserts that the request has this first line and, next to those of every request, these headers
/// in any order.
#[track_caller]
fn assert_head(head: &str, first: &str, host: &str, others: &[&str]) {
    let mut lines: Vec<_> = head.strip_suffix("\r\n\r\n").unwrap().split("\r\n").collect();
    assert_eq!(lines.remove(0), first);
    let host = format!("host: {host}");
    let agent = concat!("user-agent: panopticon/", env!("CARGO_PKG_VERSION"));
    let mut expected = vec![&*host, agent, "accept: */*"];
    expected.extend(others);
    // Values of one name stay in order.
    let name = |line: &&str| line.split(':').next().unwrap_or_default().to_owned();
    lines.sort_by_key(name);
    expected.sort_by_key(name);
    assert_eq!(lines, expected);
}

#[test]
fn the_credentials_of_a_url() {
    let (address, server) = serve(&["200 OK"]);
    run(check_url(format!("http://user:{SECRET}@{address}/")));
    let basic = BASE64_STANDARD.encode(format!("user:{SECRET}"));
    let head = server.join().unwrap().remove(0);
    let authorization = format!("authorization: Basic {basic}");
    assert_head(&head, "GET / HTTP/1.1", &address.to_string(), &[&authorization]);
    assert_not_logged();
    lines::assert_without(&[&basic]);
}

#[test]
fn headers_paths_and_queries_of_every_method() {
    for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
        let (address, server) = serve(&["200 OK\r\ncontent-length: 0"]);
        let bearer = format!("Bearer {SECRET}");
        let check = check_url(format!("http://{address}/{SECRET}/status?token={SECRET}&--"))
            .method(method)
            .header("Authorization", &bearer)
            .header("X-Key", format!(" {SECRET}\t"))
            .header("X-Other", "/--")
            .header("X-Key", "")
            .header("X-Key", "-")
            .header("X-Key", "k")
            .header("X-Key", format!("{SECRET}: {SECRET}"))
            .header("X-Dashes", "-".repeat(bearer.len()))
            .header("Expect", "100-continue")
            .header("Connection", "close");
        run(check);
        let mut others = vec![
            format!("authorization: {bearer}"),
            format!("x-key:  {SECRET}\t"),
            "x-other: /--".to_owned(),
            "x-key: ".to_owned(),
            "x-key: -".to_owned(),
            "x-key: k".to_owned(),
            format!("x-key: {SECRET}: {SECRET}"),
            format!("x-dashes: {}", "-".repeat(bearer.len())),
            "expect: 100-continue".to_owned(),
            "connection: close".to_owned(),
        ];
        if ["POST", "PUT", "PATCH"].contains(&method) {
            others.push("content-length: 0".to_owned());
        }
        let others: Vec<_> = others.iter().map(String::as_str).collect();
        let first = format!("{method} /{SECRET}/status?token={SECRET}&-- HTTP/1.1");
        let head = server.join().unwrap().remove(0);
        assert_head(&head, &first, &address.to_string(), &others);
    }
    assert_not_logged();
}

#[test]
fn bodies() {
    for repeats in [1, 10_000] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let body = format!("{{\"password\":\"{}\"}}", SECRET.repeat(repeats));
        let length = body.len();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_head(&mut stream);
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
            body
        });
        run(check_url(format!("http://{address}/")).method("POST").body(body.clone()));
        assert_eq!(server.join().unwrap(), body.as_bytes());
    }
    assert_not_logged();
}

#[test]
fn a_query_without_a_path() {
    let (address, server) = serve(&["200 OK"]);
    run(check_url(format!("http://{address}?{SECRET}")));
    let first = format!("GET /?{SECRET} HTTP/1.1");
    assert_head(&server.join().unwrap()[0], &first, &address.to_string(), &[]);
    assert_not_logged();
}

#[test]
fn headers_that_replace_the_default_ones() {
    let (address, server) = serve(&["200 OK"]);
    let check = check_url(format!("http://{address}/"))
        .header("Host", SECRET)
        .header("User-Agent", SECRET)
        .header("Accept", SECRET)
        .header("Accept-Encoding", SECRET);
    run(check);
    let head = server.join().unwrap().remove(0);
    for name in ["host", "user-agent", "accept", "accept-encoding"] {
        assert_eq!(head.matches(&format!("\r\n{name}: {SECRET}\r\n")).count(), 1, "{head}");
    }
    assert_not_logged();
}

#[test]
fn every_redirect() {
    let (address, server) = serve(&[
        "302 Found\r\nlocation: next\r\ncontent-length: 0",
        "307 Temporary Redirect\r\nlocation: ?a\r\ncontent-length: 0",
        "200 OK",
    ]);
    let check = check_url(format!("http://user:{SECRET}@{address}/{SECRET}/first?token={SECRET}"))
        .header("X-Key", SECRET);
    run(check);
    let basic =
        format!("authorization: Basic {}", BASE64_STANDARD.encode(format!("user:{SECRET}")));
    let key = format!("x-key: {SECRET}");
    let heads = server.join().unwrap();
    for (head, target) in heads.iter().zip([
        format!("/{SECRET}/first?token={SECRET}"),
        format!("/{SECRET}/next"),
        format!("/{SECRET}/next?a"),
    ]) {
        let first = format!("GET {target} HTTP/1.1");
        assert_head(head, &first, &address.to_string(), &[&basic, &key]);
    }
    assert_eq!(heads.len(), 3);
    assert_not_logged();
}

#[test]
fn a_head_larger_than_the_buffer() {
    let (address, server) = serve(&["200 OK"]);
    let value = |letter: &str| format!("{SECRET}{}", letter.repeat(50_000));
    let letters = ["a", "b", "c", "d", "-"];
    let mut check = check_url(format!("http://{address}/{}", value("p")));
    for letter in letters {
        check = check.header("X-Key", value(letter));
    }
    run(check);
    let keys: Vec<_> = letters.iter().map(|letter| format!("x-key: {}", value(letter))).collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let first = format!("GET /{} HTTP/1.1", value("p"));
    assert_head(&server.join().unwrap()[0], &first, &address.to_string(), &keys);
    assert_not_logged();
}

/// Answers a request over TLS, and returns its head.
fn converse_in_tls(stream: TcpStream) -> String {
    let tls = ServerConnection::new(certificates::server_config(certificates::LOCALHOST)).unwrap();
    converse(&mut StreamOwned::new(tls, stream), "200 OK\r\ncontent-length: 0")
}

#[test]
fn a_request_over_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || converse_in_tls(listener.accept().unwrap().0));
    let check = check_url(format!("https://localhost:{port}/{SECRET}"))
        .header("X-Key", SECRET)
        .root_certificates(certificates::LOCALHOST.0);
    run(check);
    let (host, key) = (format!("localhost:{port}"), format!("x-key: {SECRET}"));
    let first = format!("GET /{SECRET} HTTP/1.1");
    assert_head(&server.join().unwrap(), &first, &host, &[&key]);
    assert_not_logged();
}

/// Set in the process that sends requests through the proxy.
const CHILD: &str = "PANOPTICON_TEST_PROXY";

/// Runs the checks of this test through the proxy of the environment.
fn run_through_proxy() {
    for scheme in ["http", "https"] {
        let check = check_url(format!("{scheme}://user:{SECRET}@service.invalid/?{SECRET}"))
            .header("X-Key", SECRET)
            .root_certificates(certificates::LOCALHOST.0);
        run(check);
    }
    assert_not_logged();
}

#[test]
fn through_a_proxy() {
    if std::env::var_os(CHILD).is_some() {
        return run_through_proxy();
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = thread::spawn(move || {
        let accept = |answer| {
            let mut stream = listener.accept().unwrap().0;
            (converse(&mut stream, answer), stream)
        };
        let (forwarded, _) = accept("200 OK\r\ncontent-length: 0");
        let (to_tls, tls) = accept("200 Connected");
        [forwarded, to_tls, converse_in_tls(tls)]
    });
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "url::through_a_proxy", "--nocapture"]).env(CHILD, "");
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    let output =
        command.env("ALL_PROXY", format!("http://proxy:{SECRET}@{address}")).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");

    let [forwarded, to_tls, in_tls] = proxy.join().unwrap();
    let basic = |user| BASE64_STANDARD.encode(format!("{user}:{SECRET}"));
    assert!(to_tls.starts_with("CONNECT service.invalid:443 HTTP/1.1\r\n"), "{to_tls}");
    let to_proxy = format!("Basic {}", basic("proxy"));
    assert!(to_tls.contains(&format!("\r\nProxy-Authorization: {to_proxy}\r\n")), "{to_tls}");
    let authorization = format!("authorization: Basic {}", basic("user"));
    let key = format!("x-key: {SECRET}");
    let first = format!("GET /?{SECRET} HTTP/1.1");
    assert_head(&in_tls, &first, "service.invalid", &[&authorization, &key]);
    let first = format!("GET http://service.invalid/?{SECRET} HTTP/1.1");
    let to_proxy = format!("proxy-authorization: {to_proxy}");
    let others = [&*authorization, &key, &to_proxy, "cache-control: no-cache"];
    assert_head(&forwarded, &first, "service.invalid", &others);
}
