//! Runs the programs of the guide "Your framework" and requests the report from them over HTTP.

#![cfg(unix)]

mod actix;
mod axum_07;
mod cron_job;
mod guide;
mod http;
mod plain_threads;
mod process;
mod tonic;

use std::thread;
use std::time::{Duration, Instant};

use crate::http::request;
use crate::process::Server;

const SERVERS: [(&str, &str); 4] = [
    ("axum_07", env!("CARGO_BIN_EXE_axum_07")),
    ("actix", env!("CARGO_BIN_EXE_actix")),
    ("hyper", env!("CARGO_BIN_EXE_hyper")),
    ("tonic", env!("CARGO_BIN_EXE_tonic")),
];

#[test]
fn every_server_answers_as_the_guide_says() {
    for (name, program) in SERVERS {
        let server = Server::start(program, &[]);
        for (line, status, part) in [
            ("GET /healthcheck", 200, r#""service_healthy":true"#),
            ("GET /healthcheck/", 200, r#""service_healthy":true"#),
            ("GET /healthcheck?pretty", 200, "\n  \"service_healthy\": true"),
            ("GET /healthcheck/?collection=frame%77orks", 200, r#""search""#),
            ("GET /healthcheck/liveness", 200, r#""components":{}"#),
            ("GET /healthcheck/readiness/", 200, r#""search""#),
            ("GET /healthcheck/startup", 200, r#""components":{}"#),
            ("GET /healthcheck/search", 200, r#""friendly_status":"answers""#),
            ("GET /healthcheck/sear%63h/", 200, r#""friendly_status":"answers""#),
            ("GET /healthcheck/unknown", 404, r#""components":["search"]"#),
            ("GET /healthcheck/%2Fsearch", 404, r#"no component is named \"/search\""#),
            ("GET /healthcheck/%zz", 400, "two hexadecimal digits"),
            ("POST /healthcheck", 405, "use GET, HEAD or OPTIONS"),
        ] {
            let answer = request(server.address(), line, "HTTP/1.1");
            assert_eq!(answer.status, status, "{name}: {line}: {answer:?}");
            assert!(answer.body.contains(part), "{name}: {line}: {answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{name}: {line}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{name}: {line}");
            let length = answer.body.len().to_string();
            assert_eq!(answer.header("content-length"), Some(&*length), "{name}: {line}");
        }

        let answer = request(server.address(), "HEAD /healthcheck/search", "HTTP/1.1");
        assert_eq!((answer.status, &*answer.body), (200, ""), "{name}");
        let of_get = request(server.address(), "GET /healthcheck/search", "HTTP/1.1");
        assert_eq!(answer.header("content-length"), of_get.header("content-length"), "{name}");

        for version in ["HTTP/1.0", "HTTP/1.1"] {
            let answer = request(server.address(), "OPTIONS /healthcheck", version);
            assert_eq!((answer.status, &*answer.body), (204, ""), "{name}: {version}");
            assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{name}: {version}");
        }
        let answer = request(server.address(), "POST /healthcheck", "HTTP/1.1");
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{name}");
    }
}

#[test]
fn every_server_has_the_report_where_the_environment_says() {
    for (name, program) in SERVERS {
        let server = Server::start(program, &[("PANOPTICON_PATH", "/ops/status")]);
        for (path, status) in [
            ("/ops/status", 200),
            ("/ops/status/liveness", 200),
            ("/ops/status/readiness/", 200),
            ("/ops/status/search", 200),
            ("/ops/status/unknown", 404),
        ] {
            let answer = request(server.address(), &format!("GET {path}"), "HTTP/1.1");
            assert_eq!(answer.status, status, "{name}: {path}: {answer:?}");
        }
        // tonic answers an unknown path with 200 and a status of gRPC.
        let answer = request(server.address(), "GET /healthcheck", "HTTP/1.1");
        assert!(!answer.body.contains("service_healthy"), "{name}: {answer:?}");
    }
}

#[test]
fn every_server_drains_before_it_stops() {
    for (name, program) in SERVERS {
        let mut server = Server::start(program, &[]);
        let status = |below: &str| {
            let line = format!("GET /healthcheck{below}");
            request(server.address(), &line, "HTTP/1.1").status
        };
        assert_eq!(status("/readiness"), 200, "{name}");
        server.program.send_sigterm();
        eventually(|| status("/readiness") == 503);
        // During its grace period of 15 s, it still serves.
        assert_eq!(status(""), 503, "{name}");
        assert_eq!(status("/liveness"), 200, "{name}");
        assert_eq!(status("/search"), 200, "{name}");
        // The second signal ends the grace period.
        server.program.send_sigterm();
        eventually(|| server.program.ended().is_some());
        assert_eq!(server.program.ended().and_then(|status| status.code()), Some(0), "{name}");
    }
}

/// Waits until this is true. The limit only bounds a failing test.
pub(crate) fn eventually(mut is_true: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_true() {
        assert!(started.elapsed() < Duration::from_secs(30), "it has not become true within 30 s");
        thread::sleep(Duration::from_millis(10));
    }
}
