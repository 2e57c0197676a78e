//! Real services.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use axum::Router;
use panopticon::{CheckOptions, Health, Panopticon};

use super::{Run, probe};
use crate::schemas;

/// Serves routes on a separate runtime, until the test binary exits.
fn serve(routes: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, routes).await.unwrap();
        });
    });
    address
}

#[track_caller]
fn assert_probed(address: SocketAddr, path: &str, exit_code: i32, stdout: &str) {
    let Run { exit_code: found, stdout: text, .. } =
        probe(&format!("http://{address}{path}"), "text");
    assert_eq!((found, &*text), (exit_code, stdout), "{path}");
    // The z-pages and the text have no JSON.
    if path.contains("/healthcheck") && !path.contains("format=text") {
        let Run { exit_code: found, stdout: body, .. } =
            probe(&format!("http://{address}{path}"), "json");
        assert_eq!(found, exit_code, "{path}");
        let status = if exit_code == 0 { 200 } else { 503 };
        schemas::assert_answer_valid(status, "application/json", body.as_bytes());
    }
}

#[test]
fn a_service_is_probed_at_each_of_its_paths() {
    let unhealthy = || async { Health::unhealthy("no answer") };
    let health = Panopticon::empty()
        .check("database", CheckOptions::new().no_probe(), unhealthy)
        .check("mail", CheckOptions::new().critical(false), unhealthy)
        .check("queue", CheckOptions::new(), || async { Health::healthy("keeping up") })
        .build()
        .unwrap();
    let address = serve(health.router());
    let all =
        "service unhealthy\ndatabase unhealthy (no answer)\noptional mail unhealthy (no answer)\n";
    let ready = "service degraded\noptional mail unhealthy (no answer)\n";
    assert_probed(address, "", 1, all);
    assert_probed(address, "/healthcheck/", 1, all);
    assert_probed(address, "/healthcheck/readiness", 0, ready);
    assert_probed(address, "/healthcheck/liveness", 0, "service healthy\n");
    assert_probed(address, "/healthcheck/queue", 0, "component queue healthy\n");
    let database = "component database unhealthy\ndatabase unhealthy (no answer)\n";
    assert_probed(address, "/healthcheck/database", 1, database);
    assert_probed(address, "/readyz", 0, "service healthy\n");
    let ready_page = "service degraded\n[+]mail unhealthy, optional: ok\n";
    assert_probed(address, "/readyz?verbose", 0, ready_page);
    let all_page = "service unhealthy\n\
                    [-]database failed: reason withheld\n\
                    [+]mail unhealthy, optional: ok\n";
    assert_probed(address, "/healthcheck?format=text", 1, all_page);

    health.drain();
    assert_probed(address, "/healthcheck/liveness", 0, "service healthy, draining\n");
    let ready = "service unhealthy, draining\noptional mail unhealthy (no answer)\n";
    assert_probed(address, "/healthcheck/readiness", 1, ready);
    assert_probed(address, "/livez", 0, "service healthy\n");
    let ready_page = "service unhealthy, draining\n\
                      [+]mail unhealthy, optional: ok\n\
                      [-]draining failed: the service is about to stop\n";
    assert_probed(address, "/readyz", 1, ready_page);
}

#[test]
fn a_wrong_path_is_a_failure() {
    let health =
        Panopticon::empty().check("queue", CheckOptions::new(), || async {}).build().unwrap();
    let address = serve(health.router());
    for path in ["/", "/health", "/healthcheck/queu", "/healthcheck/%zz?secret"] {
        let run = probe(&format!("http://{address}{path}"), "text");
        assert_eq!(run.exit_code, 1, "{path}: {run:?}");
        let target = format!("http://{address}{}", path.split('?').next().unwrap());
        assert!(run.stdout.starts_with(&format!("{target} answered with 40")), "{path}: {run:?}");
    }
}

#[test]
fn a_service_that_is_still_being_built_is_alive_and_not_ready() {
    let mut builder = Panopticon::empty();
    let address = serve(builder.router());
    assert_probed(address, "/healthcheck/liveness", 0, "service healthy\n");
    assert_eq!(probe(&format!("http://{address}/healthcheck/readiness"), "text").exit_code, 1);
}

#[test]
fn a_draining_service_fails_at_the_reports_path() {
    let health =
        Panopticon::empty().check("queue", CheckOptions::new(), || async {}).build().unwrap();
    let address = serve(health.router());
    assert_probed(address, "", 0, "service healthy\n");
    health.drain();
    assert_probed(address, "", 1, "service healthy, draining\n");
    health.undrain();
    assert_probed(address, "", 0, "service healthy\n");
}
