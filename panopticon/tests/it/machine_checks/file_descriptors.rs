//! `check_file_descriptors` in processes of their own, which have few.

use std::fs::File;
use std::process::{Command, Output};

use panopticon::checks::file_descriptors::check_file_descriptors;
use panopticon::{Health, Status};

use super::{assert_result, assert_result_between, number, share};
use crate::own_process::ignored_test;

/// The soft limit of the child process.
const LIMIT: u64 = 100;

fn check() -> Health {
    check_file_descriptors().check_blocking()
}

/// Opens files until the next one cannot be opened, or until `enough` says so.
fn open_until(files: &mut Vec<File>, enough: impl Fn() -> bool) {
    while !enough() {
        let Ok(file) = File::open("/dev/null") else { return };
        files.push(file);
    }
}

#[test]
fn descriptors_are_counted_up_to_the_limit() {
    let test = "machine_checks::file_descriptors::process_with_few_descriptors";
    let ignored = ignored_test(test);
    let script = format!("ulimit -Sn {LIMIT} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(ignored.get_program()).args(ignored.get_args());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let output = [stdout, stderr].concat();
    assert!(status.success(), "{}", String::from_utf8_lossy(&output));
    assert!(String::from_utf8_lossy(&output).contains("1 passed"));
}

#[test]
#[ignore = "run by another test, with a limit"]
fn process_with_few_descriptors() {
    let first = check();
    let open = number(&first, "open");
    if first.detail("limit") != Some(&LIMIT.into()) {
        // All ignored tests are run.
        return;
    }
    assert_eq!(first.status(), Status::Healthy);
    assert!((3..50).contains(&open), "{first:?}");

    let mut files = vec![File::open("/dev/null").unwrap()];
    assert_eq!(number(&check(), "open"), open + 1);
    open_until(&mut files, || check().status() != Status::Healthy);
    let health = check();
    assert_result(&health, Status::Degraded, "71 of 100 file descriptors are open (71.0 %)");
    assert!((share(&health, "used_share") - 0.71).abs() < 1e-9);
    open_until(&mut files, || check().status() != Status::Degraded);
    let expected = "91 of 100 file descriptors are open (91.0 %)";
    assert_result(&check(), Status::Unhealthy, expected);
    let allowed = check_file_descriptors().unhealthy_above_share(1.0).check_blocking();
    assert_result(&allowed, Status::Degraded, expected);

    open_until(&mut files, || false);
    // One that was inherited can have a number beyond the limit.
    let health = check();
    assert!(number(&health, "open") >= LIMIT, "{health:?}");
    let end = " of 100 file descriptors are open (100.0 %)";
    assert_result_between(&health, Status::Unhealthy, "10", end);
    drop(files);
    assert_eq!(number(&check(), "open"), open);
}

#[test]
fn an_invalid_bound_is_a_mistake() {
    let health = check_file_descriptors().degraded_above_share(0.95).check_blocking();
    assert_result(
        &health,
        Status::Unhealthy,
        "file descriptors not checked: `unhealthy_above_share` (0.9) must be above \
         `degraded_above_share` (0.95)",
    );
    let health = check_file_descriptors().unhealthy_above_share(90.0).check_blocking();
    let beginning = "file descriptors not checked: `unhealthy_above_share` must be a share from 0";
    assert_result_between(&health, Status::Unhealthy, beginning, "not 90.0");
}
