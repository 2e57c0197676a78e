//! `check_runtime` on runtimes that run, that are blocked and that have ended.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use panopticon::checks::runtime::{RuntimeCheck, check_runtime};
use panopticon::{CheckOptions, Panopticon, Status};
use tokio::runtime::{self, Runtime};

use super::{assert_result, assert_result_between, number, share};

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

/// Much shorter than what is blocked waits.
const SHORT: Duration = Duration::from_millis(20);

fn multi_thread(threads: usize) -> Runtime {
    runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap()
}

/// Blocks this number of threads of a runtime until the returned values are dropped.
fn block_threads(runtime: &Runtime, count: usize) -> Vec<mpsc::Sender<()>> {
    let (blocks, is_blocked) = mpsc::channel();
    let releases = (0..count).map(|_| {
        let (release, released) = mpsc::channel::<()>();
        let blocks = blocks.clone();
        runtime.spawn(async move {
            blocks.send(()).unwrap();
            let _ = released.recv();
        });
        is_blocked.recv_timeout(LIMIT).unwrap();
        release
    });
    releases.collect()
}

/// A check that is healthy on a busy machine as well.
fn patient(runtime: &Runtime) -> RuntimeCheck {
    check_runtime()
        .on(runtime.handle())
        .degraded_above_delay(LIMIT / 2)
        .unhealthy_above_delay(LIMIT)
}

#[track_caller]
fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_runtime_with_a_thread_left_is_healthy() {
    let runtime = multi_thread(2);
    let health = patient(&runtime).check_blocking();
    assert_result_between(&health, Status::Healthy, "a task ran after ", "s");
    assert_eq!(number(&health, "workers"), 2);
    assert_eq!(number(&health, "alive_tasks"), 0);

    let _blocked = block_threads(&runtime, 1);
    let health = patient(&runtime).check_blocking();
    assert_result_between(&health, Status::Healthy, "a task ran after ", "s");
    assert_eq!(number(&health, "alive_tasks"), 1);
}

#[test]
fn a_runtime_whose_threads_are_all_blocked_is_unhealthy_until_they_are_not() {
    let runtime = multi_thread(2);
    let blocked = block_threads(&runtime, 2);
    let check = || {
        check_runtime()
            .on(runtime.handle())
            .degraded_above_delay(SHORT / 2)
            .unhealthy_above_delay(SHORT)
            .check_blocking()
    };
    let end = "; threads of the runtime are busy or blocked";
    assert_result_between(&check(), Status::Unhealthy, "no task ran within ", end);
    let health = check();
    assert!(share(&health, "delay") >= SHORT.as_secs_f64(), "{health:?}");
    // The task of the first measurement.
    assert_eq!(number(&health, "global_queue_depth"), 1);
    drop(blocked);
    assert_eq!(patient(&runtime).check_blocking().status(), Status::Healthy);
}

#[test]
fn a_task_that_runs_late_is_degraded() {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let blocked = block_threads(&runtime, 1);
    let metrics = runtime.metrics();
    let check = patient(&runtime).degraded_above_delay(SHORT);
    let measured = thread::spawn(move || check.check_blocking());
    wait_until(|| metrics.global_queue_depth() == 1);
    thread::sleep(SHORT * 2);
    drop(blocked);
    let health = measured.join().unwrap();
    let end = "; threads of the runtime are busy or blocked";
    assert_result_between(&health, Status::Degraded, "a task ran only after ", end);
    assert!(share(&health, "delay") > SHORT.as_secs_f64(), "{health:?}");
}

#[test]
fn a_runtime_that_nothing_drives_runs_no_task() {
    let runtime = runtime::Builder::new_current_thread().build().unwrap();
    let check = check_runtime().on(runtime.handle());
    let health =
        check.degraded_above_delay(SHORT / 2).unhealthy_above_delay(SHORT).check_blocking();
    assert_eq!(health.status(), Status::Unhealthy);
}

#[test]
fn alive_and_queued_tasks_have_bounds() {
    let runtime = multi_thread(1);
    for _ in 0..3 {
        runtime.spawn(std::future::pending::<()>());
    }
    let metrics = runtime.metrics();
    let check = || {
        // The task of the measurement before may take a moment to end.
        wait_until(|| metrics.num_alive_tasks() == 3);
        patient(&runtime)
    };
    let health = check().degraded_above_alive_tasks(3).check_blocking();
    assert_eq!((health.status(), number(&health, "alive_tasks")), (Status::Healthy, 3));
    let health = check().degraded_above_alive_tasks(2).check_blocking();
    assert_result(&health, Status::Degraded, "3 tasks are alive, more than 2");
    let health = check().unhealthy_above_alive_tasks(2).check_blocking();
    assert_result(&health, Status::Unhealthy, "3 tasks are alive, more than 2");

    let checks = [check().degraded_above_queue_depth(2), check().unhealthy_above_queue_depth(2)];
    let blocked = block_threads(&runtime, 1);
    for _ in 0..3 {
        runtime.spawn(std::future::pending::<()>());
    }
    let measured = checks.map(|check| {
        let waiting = metrics.global_queue_depth();
        let measured = thread::spawn(move || check.check_blocking());
        // It has read the depth by now.
        wait_until(|| metrics.global_queue_depth() > waiting);
        measured
    });
    drop(blocked);
    let [degraded, unhealthy] = measured.map(|measured| measured.join().unwrap());
    let text = |depth| format!("{depth} tasks are in the runtime's queue, more than 2");
    assert_result(&degraded, Status::Degraded, &text(3));
    assert_result(&unhealthy, Status::Unhealthy, &text(4));
}

#[test]
fn a_runtime_that_has_shut_down_is_unhealthy() {
    let runtime = multi_thread(1);
    let check = patient(&runtime);
    runtime.shutdown_timeout(LIMIT);
    assert_result(&check.check_blocking(), Status::Unhealthy, "the runtime has shut down");
}

#[test]
fn without_a_runtime_the_check_says_what_to_do() {
    assert_result(
        &check_runtime().check_blocking(),
        Status::Unhealthy,
        "runtime not checked: there is none on this thread; pass one to `.on(…)`",
    );
}

#[tokio::test]
async fn a_health_check_measures_the_runtime_that_it_belongs_to() {
    let check = || check_runtime().degraded_above_delay(LIMIT / 2).unhealthy_above_delay(LIMIT);
    let health = Panopticon::empty()
        .check_blocking("scheduling", CheckOptions::new().timeout(LIMIT), move || {
            check().check_blocking()
        })
        .build()
        .unwrap();
    let report = health.report().await;
    let component = report.component("scheduling").unwrap();
    assert_eq!(component.status(), Status::Healthy, "{component:?}");
    assert_eq!(component.detail("workers"), Some(&1.into()));
}

#[test]
fn every_mistake_is_reported() {
    let health = check_runtime()
        .degraded_above_delay(Duration::ZERO)
        .unhealthy_above_delay(Duration::MAX)
        .degraded_above_alive_tasks(2)
        .unhealthy_above_alive_tasks(1)
        .check_blocking();
    let beginning = "runtime not checked: `degraded_above_delay` must be a duration of more than \
                     zero, at most 30 days, not 0ns; `unhealthy_above_delay` must be ";
    let end = "`unhealthy_above_alive_tasks` (1) must be above `degraded_above_alive_tasks` (2)";
    assert_result_between(&health, Status::Unhealthy, beginning, end);
}
