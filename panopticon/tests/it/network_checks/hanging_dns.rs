//! Checks while the real resolver waits for a DNS server that never answers.

use std::fs;
use std::future::IntoFuture;
use std::net::UdpSocket;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use panopticon::checks::dns::check_dns;
use panopticon::{CheckOptions, Panopticon};

/// The number of threads that all lookups share, as the docs of `checks::dns` say.
const LOOKUP_THREADS: usize = 8;

const CHECKS: usize = 50;

/// Runs an ignored test of this file where its UDP socket is the only DNS server. Prints why it
/// cannot.
fn run_with_own_dns(test: &str, seconds: u64) {
    let name = format!("panopticon-resolv-{}-{test}-{seconds}", std::process::id());
    let resolv_conf = std::env::temp_dir().join(name);
    fs::write(&resolv_conf, "nameserver 127.0.0.1\n").unwrap();
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "--mount", "sh", "-c"]).arg(
        "ip link set lo up && mount --bind \"$0\" /etc/resolv.conf && echo PREPARED && exec \"$@\"",
    );
    command.arg(&resolv_conf).arg(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("network_checks::hanging_dns::{test}")]);
    command.args(["--ignored", "--nocapture"]).env("SECONDS", seconds.to_string());
    let output = command.output();
    fs::remove_file(&resolv_conf).unwrap();
    let output = match output {
        Ok(output) => output,
        Err(error) => return eprintln!("SKIPPED: cannot run `unshare`: {error}"),
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    if !String::from_utf8_lossy(&output.stdout).contains("PREPARED") {
        return eprintln!("SKIPPED: cannot replace /etc/resolv.conf: {errors}");
    }
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{errors}");
}

fn seconds() -> Duration {
    Duration::from_secs(std::env::var("SECONDS").unwrap().parse().unwrap())
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn blocking_checks_leave_a_few_threads() {
    run_with_own_dns("blocking_checks", 2);
}

#[ignore = "it needs another /etc/resolv.conf"]
#[test]
fn blocking_checks() {
    let _server = UdpSocket::bind("127.0.0.1:53").unwrap();
    let (start, before) = (Instant::now(), threads());
    while start.elapsed() < seconds() {
        for check in 0..CHECKS {
            // A round takes about 50 ms.
            let timeout = Duration::from_millis(1);
            let health = check_dns(format!("{check}.example")).timeout(timeout).check_blocking();
            let message = health.message().unwrap();
            let expected =
                format!("{check}.example cannot be resolved within 1ms: no answer from DNS");
            assert!(message.starts_with(&expected), "{message}");
            let is_eighth = check >= LOOKUP_THREADS;
            let taken = "all threads for name lookups are taken by 8 other names";
            assert_eq!(message.contains(taken), is_eighth, "{message}");
            assert!(threads() <= before + LOOKUP_THREADS, "{} threads", threads());
        }
    }
    assert_eq!(threads(), before + LOOKUP_THREADS);
}

#[test]
fn health_checks_have_a_bounded_number_of_threads() {
    run_with_own_dns("health_checks", 3);
}

/// For a minute, as a service would run.
#[ignore = "it takes a minute"]
#[test]
fn health_checks_have_a_bounded_number_of_threads_for_a_minute() {
    run_with_own_dns("health_checks", 60);
}

#[ignore = "it needs another /etc/resolv.conf"]
#[test]
fn health_checks() {
    let _server = UdpSocket::bind("127.0.0.1:53").unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let mut builder = Panopticon::empty().cache(Duration::ZERO);
    for check in 0..CHECKS {
        let runs = Arc::clone(&runs);
        let options = CheckOptions::new().timeout(Duration::from_millis(100));
        builder = builder.check(format!("dns_{check}"), options, move || {
            runs.fetch_add(1, Ordering::Relaxed);
            // Much longer than the health check's: dropping the future ends the check.
            let timeout = Duration::from_secs(3600);
            check_dns(format!("{check}.example")).timeout(timeout).into_future()
        });
    }
    let health = builder.build().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let before = threads();
    let has_ended = Arc::new(AtomicBool::new(false));
    let counted = {
        let has_ended = Arc::clone(&has_ended);
        thread::spawn(move || {
            let mut most = 0;
            while !has_ended.load(Ordering::Relaxed) {
                most = most.max(threads());
                thread::sleep(Duration::from_millis(5));
            }
            most
        })
    };
    let start = Instant::now();
    while start.elapsed() < seconds() {
        let report = runtime.block_on(health.report());
        let healthy = report.components().filter(|(_, component)| component.healthy()).count();
        assert_eq!(healthy, 0);
    }
    has_ended.store(true, Ordering::Relaxed);
    let most = counted.join().unwrap();
    let runs = runs.load(Ordering::Relaxed);
    println!("{runs} runs of {CHECKS} checks, at most {most} threads, {before} before");
    assert!(runs > 2 * CHECKS, "{runs} runs");
    // The lookups' own, one for each run in flight, the runs that have been dropped within the last
    // 250 ms, and this test's.
    assert!(most <= before + LOOKUP_THREADS + 4 * CHECKS + 1, "{most} threads");
}
