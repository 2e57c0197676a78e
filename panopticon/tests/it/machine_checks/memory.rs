//! `check_memory` in cgroups that the tests create, as root.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use panopticon::checks::memory::check_memory;
use panopticon::{Health, Status};

use super::{assert_result, assert_result_between, number, share};
use crate::own_process::ignored_test;

const MIB: u64 = 1024 * 1024;

/// The limit of the child processes: more than what they need without what they allocate.
const LIMIT: u64 = 400 * MIB;

/// The variable that tells a child process the end of the path of the cgroup that limits it.
const LIMITED_BY: &str = "PANOPTICON_TEST_LIMITED_BY";

fn check() -> Health {
    check_memory().check_blocking()
}

/// A cgroup, removed when dropped.
struct Cgroup(PathBuf);

impl Cgroup {
    /// Creates a cgroup that may have a limit, in one of those that this process is in. Prints why
    /// it cannot, and returns `None`.
    fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("panopticon-test-{}-{count}", process::id());
        let mut reason = "no cgroup hierarchy with memory limits is mounted".to_owned();
        for parent in own_cgroups() {
            let cgroup = Self(parent.join(&name));
            if let Err(error) = fs::create_dir(&cgroup.0) {
                reason = format!("{}: {error}", cgroup.0.display());
            } else if cgroup.limit_file().exists() {
                return Some(cgroup);
            }
        }
        eprintln!("SKIPPED: cannot create a cgroup: {reason}");
        None
    }

    /// Creates a cgroup in this one. In version 2, this one then cannot have processes.
    fn nested(&self) -> Option<Self> {
        let nested = Self(self.0.join("nested"));
        let created = fs::create_dir(&nested.0);
        if let Err(error) = created {
            eprintln!("SKIPPED: cannot create a nested cgroup: {error}");
            return None;
        }
        Some(nested)
    }

    fn limit_file(&self) -> PathBuf {
        let v1 = self.0.join("memory.limit_in_bytes");
        if v1.exists() { v1 } else { self.0.join("memory.max") }
    }

    fn set_limit(&self, bytes: u64) {
        fs::write(self.limit_file(), bytes.to_string()).unwrap();
    }

    /// Runs an ignored test in this cgroup, and asserts that it passes.
    fn run(&self, limited_by: &Self) {
        let test = ignored_test("machine_checks::memory::process_with_a_limit");
        let end = limited_by.0.file_name().unwrap();
        let output = Command::new("sh")
            .args(["-c", "echo $$ >\"$0/cgroup.procs\" && exec \"$@\""])
            .arg(&self.0)
            .arg(test.get_program())
            .args(test.get_args())
            .env(LIMITED_BY, end)
            .output()
            .unwrap();
        let printed =
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// Returns the folders of the cgroups that this process is in, the innermost first, if they are
/// where they usually are.
fn own_cgroups() -> Vec<PathBuf> {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap();
    let path = |start: &str| {
        let line = own.lines().find(|line| line.contains(start))?;
        line.split_once(start).map(|(_, path)| Path::new(path.trim_start_matches('/')))
    };
    let (hierarchy, path) = match (path(":memory:"), path("0::")) {
        (Some(path), _) => (Path::new("/sys/fs/cgroup/memory"), path),
        (None, Some(path)) => (Path::new("/sys/fs/cgroup"), path),
        (None, None) => return Vec::new(),
    };
    path.ancestors().map(|path| hierarchy.join(path)).collect()
}

#[test]
fn the_limit_is_that_of_the_own_cgroup() {
    let Some(cgroup) = Cgroup::new() else { return };
    cgroup.set_limit(LIMIT);
    cgroup.run(&cgroup);
}

#[test]
fn the_limit_of_a_cgroup_around_the_own_one_counts() {
    let Some(cgroup) = Cgroup::new() else { return };
    cgroup.set_limit(LIMIT);
    let Some(nested) = cgroup.nested() else { return };
    nested.run(&cgroup);
    if nested.limit_file().exists() {
        // The outer one is still the fuller.
        nested.set_limit(LIMIT * 2);
        nested.run(&cgroup);
    }
}

#[test]
#[ignore = "run by other tests, with a limit"]
fn process_with_a_limit() {
    // All ignored tests are run.
    let Ok(limited_by) = std::env::var(LIMITED_BY) else { return };
    let first = check();
    assert_eq!(first.status(), Status::Healthy, "{first:?}");
    assert_eq!(number(&first, "limit_bytes"), LIMIT);
    assert_eq!(first.detail("limited_by"), Some(&"cgroup".into()));
    let cgroup = first.detail("cgroup").and_then(|it| it.as_str()).unwrap();
    // In version 1, the limit is also the nested cgroup's own.
    assert!(cgroup.contains(&limited_by), "{cgroup}");

    let used = number(&first, "used_bytes");
    let kept = check_memory();
    let started = Instant::now();
    let _ = kept.check_blocking();
    let half = black_box(vec![1_u8; 200 * 1024 * 1024]);
    let health = after_100_seconds(|| kept.check_blocking());
    let grown = number(&health, "used_bytes") - used;
    // The kernel counts in batches.
    assert!((190 * MIB..=210 * MIB).contains(&grown), "{grown}");

    let rate = share(&health, "used_bytes_per_second");
    // Some real time passes as well, which is seconds on a busy machine.
    let slowest = 190.0 / (100.0 + started.elapsed().as_secs_f64());
    assert!((slowest..=2.1).contains(&(rate / 1024.0 / 1024.0)), "{rate}");
    let trend = health.detail("used_bytes_trend").and_then(|it| it.as_str()).unwrap();
    assert!(trend.starts_with("grows by ") && trend.contains("/s, at the limit in "), "{trend}");

    let mut chunks = Vec::new();
    while check().status() == Status::Healthy {
        chunks.push(black_box(vec![1_u8; 1024 * 1024]));
        assert!(chunks.len() < 200, "{:?}", check());
    }
    let health = check();
    let end = "; at the limit, processes are killed";
    assert_result_between(&health, Status::Degraded, "36", end);
    let used_share = share(&health, "used_share");
    assert!((0.9..0.95).contains(&used_share), "{used_share}");
    let unhealthy =
        check_memory().degraded_above_share(0.8).unhealthy_above_share(0.9).check_blocking();
    assert_eq!(unhealthy.status(), Status::Unhealthy);
    drop((half, chunks));
    assert_eq!(check().status(), Status::Healthy);
}

/// Calls a function that sees the time 100 seconds later.
fn after_100_seconds<T>(function: impl FnOnce() -> T) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
        tokio::time::advance(Duration::from_secs(100)).await;
        function()
    })
}

#[test]
fn this_process_has_some_limit() {
    let health = check_memory().degraded_above_share(1.0).check_blocking();
    assert_result_between(&health, Status::Healthy, "", " %)");
    let (used, limit) = (number(&health, "used_bytes"), number(&health, "limit_bytes"));
    assert!(0 < used && used < limit, "{health:?}");
}

#[test]
fn an_invalid_bound_is_a_mistake() {
    let health = check_memory().unhealthy_above_share(0.8).check_blocking();
    assert_result(
        &health,
        Status::Unhealthy,
        "memory not checked: `unhealthy_above_share` (0.8) must be above `degraded_above_share` (0.9)",
    );
}
