//! Processes that are refused threads for a while, that fork, or that do not survive a panic. Each
//! is a process of its own, which prints what happens.

use std::process::{Command, exit};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Probe};

use crate::own_process::ignored_test;
use crate::without_a_runtime::block_on;

/// Runs a test of this file in a process of its own, and returns the lines that it printed after
/// `said: `.
fn said_by(test: &str) -> Vec<String> {
    said(&mut ignored_test(&format!("few_threads::{test}")))
}

/// Does the same, with a limit that the test reads.
#[cfg(target_os = "linux")]
fn said_with_limit(test: &str, limit: u32) -> Vec<String> {
    said(ignored_test(&format!("few_threads::{test}")).env("LIMIT", limit.to_string()))
}

/// Does the same, with threads whose stacks are larger than [`ROOM`].
#[cfg(target_os = "linux")]
fn said_with_large_stacks(test: &str) -> Vec<String> {
    said(ignored_test(&format!("few_threads::{test}")).env("RUST_MIN_STACK", (1 << 30).to_string()))
}

fn said(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    // Shown if the test fails.
    println!("{:?}\n{printed}{errors}", output.status);
    assert!(output.status.success());
    printed.lines().filter_map(|line| line.strip_prefix("said: ")).map(str::to_owned).collect()
}

/// Ends the process at any panic, as many services do.
fn end_at_a_panic() {
    std::panic::set_hook(Box::new(|panic| {
        say(&format!("panicked: {panic}"));
        exit(1);
    }));
}

#[cfg(unix)]
const HOUR: Duration = Duration::from_secs(3600);

fn say(what: &str) {
    // On a line of its own: the test harness does not end its own.
    println!("\nsaid: {what}");
}

fn say_message(health: &Panopticon) {
    let report = health.report_blocking();
    say(report.component("disk").unwrap().message().unwrap());
}

fn disk() -> panopticon::Builder {
    Panopticon::empty().cache(Duration::ZERO).timeout(Duration::from_secs(60)).check_blocking(
        "disk",
        CheckOptions::new().probe(Probe::Liveness),
        || Health::healthy("writable"),
    )
}

/// The room for everything but the stack of a thread.
const ROOM: u64 = 512 << 20;

/// Sets how much memory this process may have, in addition to what it has.
#[cfg(target_os = "linux")]
fn limit_memory(more: Option<u64>) {
    let limit = match more {
        Some(more) => {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
            let size: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
            format!("--as={}:", (size << 10) + more)
        }
        None => "--as=unlimited:".to_owned(),
    };
    let id = std::process::id().to_string();
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a part of the test below"]
fn asks_while_the_system_refuses_threads() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let health = {
        let _context = runtime.enter();
        disk().build().unwrap()
    };
    limit_memory(Some(ROOM));
    let say_message = || {
        let report = runtime.block_on(health.report());
        say(report.component("disk").unwrap().message().unwrap());
    };
    say_message();
    let liveness = runtime.block_on(health.probe(Probe::Liveness));
    say(&format!("live: {}", liveness.service_healthy()));
    limit_memory(None);
    say_message();
}

#[cfg(target_os = "linux")]
#[test]
fn a_check_whose_thread_is_refused_runs_as_soon_as_there_is_one() {
    let said = said_with_large_stacks("asks_while_the_system_refuses_threads");
    assert!(said[0].starts_with("not checked: no thread could be started: "), "{said:?}");
    // The check was not called, which is not a reason to restart the process.
    assert_eq!(said[1..], ["live: true", "writable"]);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a part of the test below"]
fn asks_without_a_runtime_while_the_system_refuses_threads() {
    let health = disk().build().unwrap();
    limit_memory(Some(ROOM));
    say_message(&health);
    limit_memory(None);
    say_message(&health);
}

#[cfg(target_os = "linux")]
#[test]
fn a_runtime_that_cannot_be_started_is_tried_again() {
    let said = said_with_large_stacks("asks_without_a_runtime_while_the_system_refuses_threads");
    let refused = "not checked: no runtime can be started for health checks: ";
    assert!(said[0].starts_with(refused), "{said:?}");
    assert_eq!(said[1], "writable");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a part of the test below"]
fn asks_while_there_are_no_file_descriptors() {
    use std::process::Stdio;

    let Ok(limit) = std::env::var("LIMIT") else { return };
    end_at_a_panic();
    let health = disk().build().unwrap();
    // Started before, since a new process would have the same limit.
    let id = std::process::id().to_string();
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"read line; prlimit --pid "$0" --nofile=1024:"#, &id]);
    let mut raises_limit = shell.stdin(Stdio::piped()).spawn().unwrap();
    let limited =
        Command::new("prlimit").args(["--pid", &id, &format!("--nofile={limit}:")]).status();
    assert!(limited.unwrap().success());
    say_message(&health);
    drop(raises_limit.stdin.take());
    assert!(raises_limit.wait().unwrap().success());
    say_message(&health);
}

#[cfg(target_os = "linux")]
#[test]
fn a_lack_of_file_descriptors_is_no_panic_and_is_not_remembered() {
    let refused = "not checked: no runtime can be started for health checks: ";
    // A runtime takes several, so that it may lack any of them.
    for limit in 3..12 {
        let said = said_with_limit("asks_while_there_are_no_file_descriptors", limit);
        assert!(said[0].starts_with(refused) || said[0] == "writable", "{limit}: {said:?}");
        assert!(limit > 3 || said[0] != "writable");
        assert_eq!(said[1], "writable");
    }
}

/// Becomes a daemon, which keeps the standard output and errors, and exits in the parent process.
#[cfg(unix)]
fn daemonize() {
    use daemonize::{Daemonize, Outcome, Stdio};

    let daemon = Daemonize::new().working_directory(".").stdout(Stdio::keep());
    match daemon.stderr(Stdio::keep()).execute() {
        Outcome::Parent(started) => {
            started.unwrap();
            exit(0)
        }
        Outcome::Child(started) => drop(started.unwrap()),
    }
}

#[cfg(unix)]
#[test]
#[ignore = "a part of the test below"]
fn asks_in_a_daemon() {
    let health = disk().build().unwrap();
    daemonize();
    say_message(&health);
    exit(0);
}

#[cfg(unix)]
#[test]
fn a_service_that_becomes_a_daemon_before_anything_was_asked_works() {
    assert_eq!(said_by("asks_in_a_daemon"), ["writable"]);
}

#[cfg(unix)]
#[test]
#[ignore = "a part of the test below"]
fn asks_before_and_after_becoming_a_daemon() {
    let built_in = std::process::id();
    // In the daemon, a run that ends before the caller waits for it would still give an answer.
    let check = move || {
        while std::process::id() != built_in {
            std::thread::park();
        }
        Health::healthy("writable")
    };
    let health = Panopticon::empty()
        .cache(Duration::ZERO)
        .timeout(Duration::from_secs(60))
        .check_blocking("disk", CheckOptions::new(), check)
        .build()
        .unwrap();
    let late = CheckOptions::new().interval(HOUR).initial_delay(HOUR);
    let scheduled = Panopticon::empty().check_blocking("disk", late, || {}).build().unwrap();
    say_message(&health);
    say_message(&scheduled);
    daemonize();
    say_message(&health);
    say_message(&scheduled);
    // Returns, although there will be no results.
    block_on(scheduled.first_results());
    exit(0);
}

#[cfg(unix)]
#[test]
fn a_fork_that_has_lost_the_threads_of_its_checks_says_so_at_once() {
    let said = said_by("asks_before_and_after_becoming_a_daemon");
    let lost = "not checked: this process is a fork, without the threads of the process that \
                called `build()`; call `build()` after forking";
    assert_eq!(said, ["writable", "not checked yet", lost, lost]);
}

#[test]
#[ignore = "a part of the test below"]
fn asks_where_a_panic_ends_the_process() {
    end_at_a_panic();
    // Without timers, I/O and signals.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let health = disk()
            .check(
                "hangs",
                CheckOptions::new().timeout(Duration::from_millis(20)),
                std::future::pending::<()>,
            )
            .build()
            .unwrap();
        say(&health.report().await.to_string());
        #[cfg(feature = "signal")]
        drop(health.drain_on_signal(Duration::ZERO).unwrap());
        health.drain_when(std::future::ready(()), Duration::from_millis(1)).await;
        health.undrain();
        health.shutdown().await;
    });
    let health = disk().build().unwrap();
    say(&runtime.block_on(health.report()).to_string());
}

#[test]
fn nothing_panics_on_a_runtime_without_timers_and_signals() {
    let said = said_by("asks_where_a_panic_ends_the_process");
    let hangs = "hangs unhealthy (timed out after 20ms)";
    assert_eq!(
        said,
        [
            format!("service unhealthy: disk healthy (writable), {hangs}"),
            "service healthy: disk healthy (writable)".to_owned(),
        ]
    );
}
