//! The watched runtime is reported as stuck if, and only if, it is.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use panopticon::{Builder, CheckOptions, Component, Panopticon, Probe, ProblemKind, Status};
use tokio::runtime::{self, Runtime};
use tokio::time::sleep;

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

/// The shortest bound.
const BOUND: Duration = Duration::from_secs(1);

fn watched() -> Builder {
    Panopticon::empty().watch_runtime().runtime_bound(BOUND)
}

fn build_on(runtime: &Runtime, builder: Builder) -> Panopticon {
    let _context = runtime.enter();
    builder.build().unwrap()
}

fn multi_thread(threads: usize) -> Runtime {
    runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap()
}

fn component(health: &Panopticon) -> Component {
    health.report_blocking().component("runtime").unwrap().clone()
}

#[track_caller]
fn wait_for(health: &Panopticon, status: Status) -> Component {
    let deadline = Instant::now() + LIMIT;
    loop {
        let component = component(health);
        if component.status() == status {
            return component;
        }
        assert!(Instant::now() < deadline, "{component:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Blocks this number of threads of a runtime until the returned value is dropped.
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

fn assert_stuck(component: &Component) {
    let message = component.message().unwrap();
    let rest = message.strip_prefix("no task has run on the service's runtime for ");
    let waited = rest.and_then(|rest| rest.strip_suffix("s: it is blocked or deadlocked"));
    let waited: f64 = waited.unwrap_or_else(|| panic!("{message}")).parse().unwrap();
    assert!(waited >= BOUND.as_secs_f64(), "{message}");
    let delay = component.detail("delay").unwrap().as_f64().unwrap();
    assert!(delay >= BOUND.as_secs_f64(), "{delay}");
}

#[test]
fn a_runtime_whose_threads_are_all_blocked_fails_liveness_until_one_is_free() {
    let runtime = multi_thread(2);
    let health = build_on(&runtime, watched());
    let healthy = wait_for(&health, Status::Healthy);
    assert_eq!(healthy.message(), Some("tasks run"));
    let blocked = block_threads(&runtime, 2);
    assert_stuck(&wait_for(&health, Status::Unhealthy));
    let liveness = crate::without_a_runtime::block_on(health.probe(Probe::Liveness));
    assert!(!liveness.service_healthy());
    drop(blocked);
    wait_for(&health, Status::Healthy);
}

#[test]
fn a_runtime_of_one_thread_that_is_blocked_is_stuck() {
    let (sender, health) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let service = thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let health = watched().build().unwrap();
            sender.send(health).unwrap();
            let _ = released.recv();
            sleep(Duration::from_millis(1)).await;
        });
    });
    let health = health.recv().unwrap();
    assert_stuck(&wait_for(&health, Status::Unhealthy));
    drop(release);
    service.join().unwrap();
}

#[test]
fn a_runtime_with_a_free_thread_is_not_stuck() {
    let runtime = multi_thread(2);
    let health = build_on(&runtime, watched());
    let _blocked = block_threads(&runtime, 1);
    let end = Instant::now() + 3 * BOUND;
    while Instant::now() < end {
        assert_eq!(component(&health).status(), Status::Healthy);
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn its_transitions_are_published_without_requests() {
    let runtime = multi_thread(1);
    let health = build_on(&runtime, watched());
    wait_for(&health, Status::Healthy);
    let mut transitions = health.subscribe();
    let blocked = block_threads(&runtime, 1);
    let mut next = || {
        let transition = crate::without_a_runtime::block_on(transitions.next()).unwrap().unwrap();
        (transition.name().to_owned(), transition.to())
    };
    assert_eq!(next(), ("runtime".to_owned(), Status::Unhealthy));
    drop(blocked);
    assert_eq!(next(), ("runtime".to_owned(), Status::Healthy));
}

#[test]
fn a_runtime_that_has_shut_down_is_unhealthy_after_the_bound() {
    let runtime = multi_thread(1);
    let health = build_on(&runtime, watched());
    wait_for(&health, Status::Healthy);
    runtime.shutdown_background();
    let component = wait_for(&health, Status::Unhealthy);
    assert_eq!(component.message(), Some("the service's runtime has shut down"));
}

#[tokio::test(start_paused = true)]
async fn the_component_answers_liveness_alone_and_is_healthy_at_once() {
    // Even if other checks have a short timeout: a machine that is only busy must not fail it.
    let builder = Panopticon::empty().timeout(Duration::from_millis(1));
    let health = builder.watch_runtime().build().unwrap();
    assert_eq!(health.report().await.status(), Status::Healthy);
    sleep(Duration::from_secs(600)).await;
    let report = health.probe(Probe::Liveness).await;
    assert_eq!(report.to_string(), "service healthy: runtime healthy (tasks run)");
    let info = health.components().next().unwrap();
    assert!(info.critical() && info.probes().eq([Probe::Liveness]));
    assert_eq!(info.place().file(), file!());
    assert_eq!(info.timeout(), Duration::from_secs(10));
    assert_eq!(health.settings().runtime_bound, Duration::from_secs(10));
}

#[test]
fn there_must_be_a_runtime_to_watch() {
    let line = line!() + 1;
    let error = Panopticon::empty().watch_runtime().build().unwrap_err();
    assert_eq!(error.problems()[0].kind(), ProblemKind::NoRuntime);
    assert_eq!(
        error.problems()[0].to_string(),
        format!(
            "`.watch_runtime()` at {}:{line} has no runtime to watch, since `build()` was not \
             called on one; call `build()` in async code, or after `runtime.enter()`",
            file!()
        )
    );
}

#[tokio::test]
async fn no_other_component_may_have_its_name() {
    let options = CheckOptions::new;
    let error = Panopticon::empty()
        .watch_runtime()
        .check("runtime", options(), || async {})
        .build()
        .unwrap_err();
    assert_eq!(error.problems()[0].kind(), ProblemKind::DuplicateName);
    let fix = "\n   pass another name to `.check(…)`; `.watch_runtime()` needs this one";
    assert!(error.to_string().ends_with(fix), "{error}");

    // Several calls add one component.
    let health = Panopticon::empty().watch_runtime().watch_runtime().build().unwrap();
    assert_eq!(health.components().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_can_be_switched_off() {
    let health = Panopticon::empty()
        .watch_runtime()
        .check("database", CheckOptions::new(), || async {})
        .without("runtime")
        .build()
        .unwrap();
    assert_eq!(health.left_out()[0].name(), "runtime");
    assert_eq!(health.report().await.to_string(), "service healthy: database healthy");
}

/// For a tool without a runtime that shares its builder with the service.
#[test]
fn a_switched_off_watch_needs_no_runtime() {
    let builder = Panopticon::empty().check("database", CheckOptions::new(), || async {});
    let health = builder.watch_runtime().without("runtime").build().unwrap();
    assert_eq!(health.left_out()[0].name(), "runtime");
}

#[tokio::test]
async fn a_bound_that_would_restart_busy_services_is_refused() {
    for bound in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(31 * 86_400)] {
        let error = Panopticon::empty().watch_runtime().runtime_bound(bound).build().unwrap_err();
        let expected = format!(
            "the builder's `runtime_bound` must not be {bound:?}; it takes a duration of at least 1 \
             second, at most 30 days"
        );
        assert!(error.to_string().contains(&expected), "{error}");
    }
}
