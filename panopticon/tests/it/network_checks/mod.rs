//! The checks of names and servers, with servers on this machine.

#[cfg(feature = "certificate")]
pub(crate) mod certificate;
#[cfg(feature = "dns")]
mod dns;
#[cfg(all(feature = "dns", target_os = "linux"))]
mod hanging_dns;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(all(feature = "certificate", feature = "tcp"))]
mod tcp_tls;

use panopticon::{Health, Status};

#[track_caller]
fn assert_result(health: &Health, status: Status, message: &str) {
    assert_eq!((health.status(), health.message()), (status, Some(message)), "{health:?}");
}

/// Asserts that the check is unhealthy, with a message that begins so.
#[track_caller]
fn assert_unhealthy_beginning(health: &Health, beginning: &str) {
    assert_eq!(health.status(), Status::Unhealthy, "{health:?}");
    let message = health.message().unwrap_or_default();
    assert!(message.starts_with(beginning), "{message}");
}
