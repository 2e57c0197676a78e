//! The checks of the machine and the process, on real file systems, cgroups and limits. What this
//! machine does not permit is skipped, with a printed reason.

#[cfg(feature = "disk")]
mod disk;
#[cfg(all(feature = "disk", target_os = "linux"))]
mod disk_mounts;
#[cfg(all(feature = "file-descriptors", target_os = "linux"))]
mod file_descriptors;
#[cfg(all(feature = "memory", target_os = "linux"))]
mod memory;
#[cfg(all(feature = "process", target_os = "linux"))]
mod process;
#[cfg(feature = "runtime")]
mod runtime;

use panopticon::{Health, Status};

#[track_caller]
fn assert_result(health: &Health, status: Status, message: &str) {
    assert_eq!((health.status(), health.message()), (status, Some(message)), "{health:?}");
}

/// Asserts a status, and the beginning and the end of the message.
#[track_caller]
fn assert_result_between(health: &Health, status: Status, beginning: &str, end: &str) {
    assert_eq!(health.status(), status, "{health:?}");
    let message = health.message().unwrap_or_default();
    assert!(message.starts_with(beginning) && message.ends_with(end), "{message}");
}

#[track_caller]
fn number(health: &Health, detail: &str) -> u64 {
    health.detail(detail).and_then(serde_json::Value::as_u64).expect(detail)
}

#[track_caller]
fn share(health: &Health, detail: &str) -> f64 {
    health.detail(detail).and_then(serde_json::Value::as_f64).expect(detail)
}
