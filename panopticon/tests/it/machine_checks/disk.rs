//! `check_disk`, where no file system needs to be mounted.

use panopticon::checks::disk::{DiskCheck, check_disk};
use panopticon::{CheckOptions, Disclosure, Panopticon, Status};

use super::{assert_result, assert_result_between, number, share};

/// Never a reason not to be healthy, however full this machine is.
fn unbounded() -> DiskCheck {
    check_disk(std::env::temp_dir()).degraded_below_share(0.0).unhealthy_below_bytes(0)
}

#[cfg(unix)]
#[test]
fn the_details_are_those_of_the_file_system() {
    let health = unbounded().check_blocking();
    assert_result_between(&health, Status::Healthy, "", " are free");
    let (free, total) = (number(&health, "free_bytes"), number(&health, "total_bytes"));
    assert!(0 < free && free <= total, "{health:?}");
    #[allow(clippy::cast_precision_loss)]
    let expected = free as f64 / total as f64;
    assert!((share(&health, "free_share") - expected).abs() <= 0.0001, "{health:?}");
    assert_eq!(health.detail("read_only"), Some(&false.into()));
    assert_eq!(health.detail("path"), Some(&std::env::temp_dir().to_str().unwrap().into()));
}

#[cfg(unix)]
#[test]
fn bounds_decide_about_the_status() {
    assert_result_between(
        &unbounded().degraded_below_share(1.0).check_blocking(),
        Status::Degraded,
        "only ",
        " %)",
    );
    let health = unbounded().degraded_below_bytes(u64::MAX).check_blocking();
    assert_eq!(health.status(), Status::Degraded);
    let health = unbounded().unhealthy_below_bytes(u64::MAX).check_blocking();
    assert_eq!(health.status(), Status::Unhealthy);
    let health =
        unbounded().degraded_below_share(1.0).unhealthy_below_share(0.9999).check_blocking();
    assert_eq!(health.status(), Status::Unhealthy);
}

#[cfg(unix)]
#[test]
fn a_path_that_cannot_be_read_is_unhealthy() {
    let health = check_disk("/no/such/folder").check_blocking();
    assert_result(
        &health,
        Status::Unhealthy,
        "the file system of `/no/such/folder` cannot be read: No such file or directory (os error \
         2); create it, mount its volume, or correct the path",
    );
    assert_eq!(health.detail("path"), Some(&"/no/such/folder".into()));
    for path in ["", "/dev/null/below", "nul\0byte"] {
        let health = check_disk(path).check_blocking();
        let beginning = format!("the file system of `{path}` cannot be read: ");
        assert_result_between(&health, Status::Unhealthy, &beginning, "");
    }
}

#[cfg(unix)]
#[test]
fn anonymous_readers_do_not_see_the_systems_error() {
    let health = Panopticon::empty()
        .check_blocking("disk", CheckOptions::new(), || {
            check_disk("/no/such/folder").check_blocking()
        })
        .build()
        .unwrap();
    let report = health.report_blocking();
    let shown = report.disclosed(Disclosure::Authored);
    let message = shown.component("disk").unwrap().message();
    assert_eq!(message, Some("the file system of `/no/such/folder` cannot be read"));
}

#[test]
fn every_mistake_is_reported() {
    let health = check_disk("/")
        .degraded_below_share(5.0)
        .unhealthy_below_share(f64::NAN)
        .degraded_below_bytes(1)
        .unhealthy_below_bytes(2)
        .check_blocking();
    assert_result(
        &health,
        Status::Unhealthy,
        "disk not checked: `degraded_below_share` must be a share from 0 to 1, such as 0.05 for 5 %, \
         not 5.0; `unhealthy_below_share` must be a share from 0 to 1, such as 0.05 for 5 %, not \
         NaN; `unhealthy_below_bytes` (2) must be below `degraded_below_bytes` (1)",
    );
}
