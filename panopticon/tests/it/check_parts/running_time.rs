//! Pulses and error rates in real time, each in a process of its own, since paused time is for a
//! whole process.

use std::thread;
use std::time::{Duration, Instant};

use panopticon::Status;
use panopticon::checks::{ErrorRate, Pulse};

use crate::own_process::ignored_test;

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

#[track_caller]
fn assert_passes(test: &str) {
    let output = ignored_test(&format!("check_parts::running_time::{test}")).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}{errors}");
}

#[track_caller]
fn wait_for(pulse: &Pulse, status: Status) {
    let deadline = Instant::now() + LIMIT;
    while pulse.health().status() != status {
        assert!(Instant::now() < deadline, "{:?}", pulse.health());
        thread::sleep(Duration::from_millis(1));
    }
}

/// Beats until that is seen, which takes a while on a machine that does not let this thread run.
/// Returns a time before the last beat.
#[track_caller]
fn beat(pulse: &Pulse) -> Instant {
    let deadline = Instant::now() + LIMIT;
    loop {
        let now = Instant::now();
        pulse.beat();
        if pulse.health().status() == Status::Healthy {
            return now;
        }
        assert!(now < deadline, "{:?}", pulse.health());
    }
}

#[test]
#[ignore = "a part of the test below"]
fn beats_and_hangs() {
    const LIMIT: Duration = Duration::from_millis(1_200);
    static PULSE: Pulse = Pulse::within(LIMIT);

    for _ in 0..3 {
        // Right before a tick of the clock, a beat has the time of the previous one.
        thread::sleep(Duration::from_millis(200));
        let last_beat = beat(&PULSE);
        wait_for(&PULSE, Status::Unhealthy);
        assert!(last_beat.elapsed() > LIMIT, "{:?}", last_beat.elapsed());
    }
    beat(&PULSE);
}

#[test]
fn a_worker_that_hangs_is_found_but_never_too_early() {
    assert_passes("beats_and_hangs");
}

#[test]
#[ignore = "a part of the test below"]
fn beats_on_several_threads() {
    static PULSE: Pulse = Pulse::new("30s");

    for _ in 0..4 {
        thread::spawn(|| {
            loop {
                PULSE.beat();
                thread::yield_now();
            }
        });
    }
    wait_for(&PULSE, Status::Healthy);
    let end = Instant::now() + Duration::from_secs(3);
    let mut longest = Duration::ZERO;
    while Instant::now() < end {
        longest = longest.max(PULSE.since_beat().unwrap());
    }
    assert!(longest < Duration::from_secs(30));
    assert_eq!(PULSE.health().status(), Status::Healthy);
}

#[test]
fn workers_that_beat_at_the_same_time_are_healthy() {
    assert_passes("beats_on_several_threads");
}

#[test]
#[ignore = "a part of the test below"]
fn counts_on_several_threads() {
    static RATE: ErrorRate = ErrorRate::new("1h");
    const THREADS: u64 = 4;
    const OUTCOMES: u64 = 1_000_000;

    // Long enough for some ticks, and with questions meanwhile.
    let workers: Vec<_> = (0..THREADS)
        .map(|_| {
            thread::spawn(|| {
                for outcome in 0..OUTCOMES {
                    if outcome % 4 == 0 {
                        RATE.failed();
                    } else {
                        RATE.ok();
                    }
                    if outcome % 10_000 == 0 {
                        thread::sleep(Duration::from_millis(10));
                    }
                }
            })
        })
        .collect();
    while !workers.iter().all(thread::JoinHandle::is_finished) {
        let _ = RATE.health();
        thread::sleep(Duration::from_millis(1));
    }
    let health = RATE.health();
    assert_eq!(health.detail("outcomes"), Some(&(THREADS * OUTCOMES).into()));
    assert_eq!(health.detail("failed"), Some(&(THREADS * OUTCOMES / 4).into()));
}

#[test]
fn no_outcome_is_lost_or_counted_twice() {
    assert_passes("counts_on_several_threads");
}

#[test]
#[ignore = "a part of the test below"]
fn outlives_its_window() {
    static RATE: ErrorRate = ErrorRate::new("5s").at_least(1);

    let start = Instant::now();
    RATE.failed();
    assert_eq!(RATE.health().status(), Status::Unhealthy);
    while RATE.health().status() != Status::Healthy {
        assert!(start.elapsed() < LIMIT, "{:?}", RATE.health());
        thread::sleep(Duration::from_millis(5));
    }
    // Nine tenths, and a tick of the clock.
    assert!(start.elapsed() > Duration::from_millis(4_250), "{:?}", start.elapsed());
    assert_eq!(RATE.health().detail("outcomes"), Some(&0.into()));
}

#[test]
fn an_outcome_leaves_the_window_by_itself() {
    assert_passes("outlives_its_window");
}

#[cfg(unix)]
#[test]
#[ignore = "a part of the test below"]
fn beats_before_and_after_forking() {
    use daemonize::{Daemonize, Outcome, Stdio};

    static PULSE: Pulse = Pulse::new("1s");

    beat(&PULSE);
    let daemon = Daemonize::new().working_directory(".").stdout(Stdio::keep());
    match daemon.stderr(Stdio::keep()).execute() {
        Outcome::Parent(started) => {
            started.unwrap();
            std::process::exit(0)
        }
        Outcome::Child(started) => drop(started.unwrap()),
    }
    beat(&PULSE);
    wait_for(&PULSE, Status::Unhealthy);
    beat(&PULSE);
    println!("\nfound in the fork");
    std::process::exit(0);
}

#[cfg(unix)]
#[test]
fn a_fork_has_a_clock_of_its_own() {
    let test = "check_parts::running_time::beats_before_and_after_forking";
    let output = ignored_test(test).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("found in the fork"), "{printed}{errors}");
}

#[cfg(all(feature = "axum", feature = "signal", unix))]
mod frozen {
    use super::*;
    use crate::child_process::{Service, scenario};

    #[test]
    #[ignore = "started by the test below"]
    fn child() {
        static PULSE: Pulse = Pulse::new("2s");

        if scenario().is_none() {
            return;
        }
        thread::spawn(|| {
            loop {
                PULSE.beat();
                thread::sleep(Duration::from_millis(20));
            }
        });
        wait_for(&PULSE, Status::Healthy);
        println!("\nready");
        let end = Instant::now() + Duration::from_secs(8);
        while Instant::now() < end {
            let health = PULSE.health();
            if health.status() != Status::Healthy {
                println!("\nfailed: {health:?}");
            }
        }
        println!("\nended");
    }

    #[test]
    fn a_process_that_was_stopped_gives_its_workers_their_time() {
        let test = "check_parts::running_time::frozen::child";
        let mut service = Service::start(test, "is stopped");
        service.read_line("ready");
        service.send("STOP");
        // Real time: the process cannot follow any other while it is stopped.
        thread::sleep(Duration::from_secs(4));
        service.send("CONT");
        let mut failed = Vec::new();
        loop {
            let line = service.read_line("");
            match line.as_str() {
                "ended" => break,
                line => failed.extend(line.strip_prefix("failed: ").map(str::to_owned)),
            }
        }
        assert!(failed.is_empty(), "{failed:?}");
    }
}
