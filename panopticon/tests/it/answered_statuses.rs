//! The HTTP status of each answer, and its headers for Envoy.

use panopticon::{Builder, CheckOptions, Health, HealthRequest, Panopticon, Probe, Status};

fn with_status(status: Status) -> Builder {
    let all =
        CheckOptions::new().probe(Probe::Liveness).probe(Probe::Readiness).probe(Probe::Startup);
    Panopticon::empty().check("state", all, move || async move {
        match status {
            Status::Healthy => Health::healthy(""),
            Status::Degraded => Health::degraded(""),
            _ => Health::unhealthy(""),
        }
    })
}

const DEGRADED: &str = "x-envoy-degraded";
const FAIL: &str = "x-envoy-immediate-health-check-fail";

/// Returns the status of the answer, and its header for Envoy.
async fn ask(health: &Panopticon, method: &str, target: &str) -> (u16, Option<String>) {
    let response = health.answer(HealthRequest::new(method, target)).await;
    let mut for_envoy = response.headers().filter(|(name, _)| name.starts_with("x-envoy-"));
    let first = for_envoy.next().map(|(name, value)| {
        assert_eq!(value, "true");
        name.to_owned()
    });
    assert_eq!(for_envoy.next(), None);
    (response.status(), first)
}

const PATHS: [&str; 9] = [
    "/healthcheck",
    "/healthcheck?format=text",
    "/healthcheck/state",
    "/healthcheck/liveness",
    "/healthcheck/readiness",
    "/healthcheck/startup",
    "/livez",
    "/readyz",
    "/startupz",
];

/// Whether load balancers may request this path.
fn is_for_load_balancers(path: &str) -> bool {
    ["/healthcheck", "/healthcheck?format=text", "/healthcheck/readiness", "/readyz"]
        .contains(&path)
}

#[tokio::test]
async fn the_degraded_status_applies_except_to_probes() {
    for degraded in [200, 203, 206, 299, 429, 599] {
        let builder = with_status(Status::Degraded).degraded_status(degraded);
        let health = builder.build().unwrap();
        assert_eq!(health.settings().degraded_status, degraded);
        for path in PATHS {
            let configurable = path.starts_with("/healthcheck")
                && !Probe::ALL.iter().any(|probe| path.ends_with(probe.as_str()));
            let expected = if configurable { degraded } else { 200 };
            assert_eq!(ask(&health, "GET", path).await.0, expected, "{path}");
            assert_eq!(ask(&health, "HEAD", path).await.0, expected, "{path}");
            let options = if expected < 300 { 204 } else { expected };
            assert_eq!(ask(&health, "OPTIONS", path).await.0, options, "{path}");
        }
    }
    for (status, expected) in [(Status::Healthy, 200), (Status::Unhealthy, 503)] {
        let health = with_status(status).degraded_status(429).build().unwrap();
        for path in PATHS {
            assert_eq!(ask(&health, "GET", path).await.0, expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_draining_service_fails_even_if_it_is_degraded() {
    let health = with_status(Status::Degraded).degraded_status(299).build().unwrap();
    health.drain();
    assert_eq!(ask(&health, "GET", "/healthcheck").await.0, 503);
    let builder = with_status(Status::Degraded).degraded_status(299).drain_fails_report(false);
    let health = builder.build().unwrap();
    health.drain();
    assert_eq!(ask(&health, "GET", "/healthcheck").await.0, 299);
    assert_eq!(ask(&health, "GET", "/readyz").await.0, 503);
}

#[test]
fn other_statuses_of_degraded_are_refused() {
    for status in [0, 100, 199, 204, 205, 300, 304, 399, 600, 1000] {
        let error = with_status(Status::Healthy).degraded_status(status).build().unwrap_err();
        assert_eq!(
            error.problems()[0].to_string(),
            format!(
                "the builder's `degraded_status` must not be {status}; it takes an HTTP status from \
                 200 to 299, except 204 and 205, which have no body, or from 400 to 599, such as \
                 429 for Consul"
            )
        );
    }
}

#[tokio::test]
async fn headers_tell_envoy_that_the_service_is_degraded_or_draining() {
    for status in [Status::Healthy, Status::Degraded, Status::Unhealthy] {
        let health = with_status(status).build().unwrap();
        for path in PATHS {
            let degraded = (status == Status::Degraded && is_for_load_balancers(path))
                .then(|| DEGRADED.to_owned());
            for method in ["GET", "HEAD", "OPTIONS"] {
                assert_eq!(ask(&health, method, path).await.1, degraded, "{status} {path}");
            }
        }
        health.drain();
        for path in PATHS {
            let expected = if is_for_load_balancers(path) { Some(FAIL.to_owned()) } else { None };
            assert_eq!(ask(&health, "GET", path).await.1, expected, "{status} {path}");
        }
        health.undrain();
        assert_ne!(ask(&health, "GET", "/readyz").await.1, Some(FAIL.to_owned()));
    }
    // The answer passes, and so must not fail in Envoy.
    let health = with_status(Status::Healthy).drain_fails_report(false).build().unwrap();
    health.drain();
    assert_eq!(ask(&health, "GET", "/healthcheck").await, (200, None));
    assert_eq!(ask(&health, "GET", "/readyz").await, (503, Some(FAIL.to_owned())));
}
