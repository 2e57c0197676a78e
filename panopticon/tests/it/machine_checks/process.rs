//! `check_process` of this process, and of one whose age is known.

use std::hint::black_box;
use std::os::unix::fs::symlink;
use std::process::{self, Command};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use panopticon::Status;
use panopticon::checks::process::check_process;

use super::{assert_result, assert_result_between, number};
use crate::own_process::ignored_test;

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn threads_are_counted() {
    let (ends, threads): (Vec<_>, Vec<_>) = (0..20)
        .map(|_| {
            let (end, ended) = mpsc::channel::<()>();
            (end, thread::spawn(move || ended.recv()))
        })
        .unzip();
    let health = check_process().check_blocking();
    assert!(number(&health, "threads") > 20, "{health:?}");
    let beginning = format!("{} threads, ", number(&health, "threads"));
    assert_result_between(&health, Status::Healthy, &beginning, "s");

    let health = check_process().degraded_above_threads(20).check_blocking();
    assert_result_between(&health, Status::Degraded, "", " threads, more than 20");
    let health =
        check_process().degraded_above_threads(10).unhealthy_above_threads(20).check_blocking();
    assert_result_between(&health, Status::Unhealthy, "", " threads, more than 20");
    drop(ends);
    for thread in threads {
        let _ = thread.join();
    }
}

#[test]
fn resident_memory_is_measured() {
    const BYTES: u64 = 64 * 1024 * 1024;
    let memory = black_box(vec![1_u8; 64 * 1024 * 1024]);
    let health = check_process().check_blocking();
    assert!(number(&health, "resident_bytes") > BYTES, "{health:?}");
    let health = check_process().degraded_above_resident_bytes(BYTES).check_blocking();
    assert_result_between(&health, Status::Degraded, "", " resident, more than 64.0 MiB");
    let health = check_process()
        .degraded_above_threads(0)
        .unhealthy_above_resident_bytes(BYTES)
        .check_blocking();
    let end = " resident, more than 64.0 MiB";
    assert_result_between(&health, Status::Unhealthy, "", end);
    assert!(health.message().unwrap().contains(" threads, more than 0; "), "{health:?}");
    drop(black_box(memory));
}

#[test]
fn the_uptime_is_that_of_the_process() {
    let started = Instant::now();
    let output =
        ignored_test("machine_checks::process::process_until_it_is_a_second_old").output().unwrap();
    let at_most = started.elapsed().as_secs() + 1;
    let output = String::from_utf8(output.stdout).unwrap();
    let uptime = output.lines().find_map(|line| line.split("uptime: ").nth(1)).expect(&output);
    let uptime: u64 = uptime.parse().unwrap();
    assert!((1..=at_most).contains(&uptime), "{uptime} of {at_most}");
}

#[test]
#[ignore = "run by another test, which knows when"]
fn process_until_it_is_a_second_old() {
    let deadline = Instant::now() + LIMIT;
    loop {
        let uptime = number(&check_process().check_blocking(), "uptime_seconds");
        if uptime > 0 {
            println!("uptime: {uptime}");
            return;
        }
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(10));
    }
}

/// The kernel keeps 15 bytes of a process's name.
#[test]
fn a_name_that_is_cut_in_the_middle_of_a_letter_can_be_read() {
    let test = ignored_test("machine_checks::process::process_until_it_is_a_second_old");
    let program = env::temp_dir().join(format!("{:014}ü", process::id()));
    let _ = fs::remove_file(&program);
    symlink(test.get_program(), &program).unwrap();
    let output = Command::new(&program).args(test.get_args()).output().unwrap();
    fs::remove_file(&program).unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("uptime: "), "{printed}");
}

#[test]
fn an_invalid_bound_is_a_mistake() {
    let health =
        check_process().degraded_above_threads(20).unhealthy_above_threads(10).check_blocking();
    assert_result(
        &health,
        Status::Unhealthy,
        "process not checked: `unhealthy_above_threads` (10) must be above `degraded_above_threads` (20)",
    );
}
