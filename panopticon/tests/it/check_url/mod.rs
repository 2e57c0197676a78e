//! `check_url` with servers on this machine.

mod at_start_up;
mod awaiting;
mod bodies;
#[cfg(feature = "certificate")]
mod certificate_days;
mod client_certificates;
mod gzip;
mod invalid_settings;
mod json;
mod proxy;
mod redirects;
mod reports;
mod request_bodies;
mod requests;
mod responses;
mod secrets;
mod server;
mod timeouts;
mod tls;
mod unread_bodies;

use panopticon::{Health, Status};

#[track_caller]
fn assert_healthy(health: &Health) {
    let expected = (Status::Healthy, Some("URL is available"));
    assert_eq!((health.status(), health.message()), expected, "{health:?}");
}

#[track_caller]
fn assert_unhealthy(health: &Health, message: &str) {
    assert_eq!((health.status(), health.message()), (Status::Unhealthy, Some(message)));
}

#[track_caller]
fn assert_unhealthy_beginning(health: &Health, beginning: &str) {
    assert_eq!(health.status(), Status::Unhealthy, "{health:?}");
    let message = health.message().unwrap_or_default();
    assert!(message.starts_with(beginning), "{message}");
}
