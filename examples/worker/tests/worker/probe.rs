//! `worker healthcheck`, with and without a running worker.

use std::time::Duration;

use crate::process::{Folder, Worker, eventually};

#[test]
fn a_worker_that_keeps_up_is_healthy() {
    let folder = Folder::new();
    folder.add_job("1.txt", b"three short words", Duration::ZERO);
    let mut worker = Worker::start(&mut folder.command(&[]));
    assert_eq!(worker.read_line(), "1.txt: 3 words\n");
    let healthy = (0, "service healthy\n".to_owned(), String::new());
    // Until the first results, it is unknown.
    eventually(|| folder.run(&["healthcheck"]) == healthy);
    for arguments in [
        &["healthcheck"][..],
        &["healthcheck", "--timeout=60s"],
        &["healthcheck", "/healthcheck/liveness", "--timeout", "60s"],
        &["healthcheck", "/healthcheck/readiness"],
        &["healthcheck", "/healthcheck/startup"],
    ] {
        assert_eq!(folder.run(arguments), healthy, "{arguments:?}");
    }
    let runtime = (0, "component runtime healthy\n".to_owned(), String::new());
    assert_eq!(folder.run(&["healthcheck", "/healthcheck/runtime"]), runtime);
}

#[test]
fn jobs_that_wait_for_too_long_and_those_that_fail_are_named() {
    let folder = Folder::new();
    folder.add_job("0.txt", b"\xff is not UTF-8", Duration::ZERO);
    let current = folder.add_long_job("1.txt");
    folder.add_job("2.txt", b"a word", Duration::from_secs(3600));
    let mut worker = Worker::start(&mut folder.command(&[]));
    let unhealthy = (
        1,
        "service unhealthy\n\
         queue_lag unhealthy (jobs have waited for more than ten minutes)\n\
         optional failed_jobs degraded (some jobs cannot be done; see the log)\n"
            .to_owned(),
        String::new(),
    );
    eventually(|| folder.run(&["healthcheck"]) == unhealthy);
    // A restart would not help.
    let alive = (0, "service healthy\n".to_owned(), String::new());
    assert_eq!(folder.run(&["healthcheck", "/healthcheck/liveness"]), alive);
    drop(current);
    assert_eq!(worker.read_line(), "1.txt: 0 words\n");
    assert_eq!(worker.read_line(), "2.txt: 2 words\n");
    let degraded = (
        0,
        "service degraded\n\
         optional failed_jobs degraded (some jobs cannot be done; see the log)\n"
            .to_owned(),
        String::new(),
    );
    eventually(|| folder.run(&["healthcheck"]) == degraded);
}

#[test]
fn the_report_is_probed_where_the_environment_says() {
    let folder = Folder::new();
    let _worker = Worker::start(folder.command(&[]).env("PANOPTICON_PATH", "/ops/status"));
    let (exit_code, output, _) = folder.run(&["healthcheck"]);
    assert_eq!(exit_code, 1);
    assert!(output.contains(":/healthcheck answered with 404: "), "{output}");
    eventually(|| {
        let mut probe = folder.command(&["healthcheck"]);
        let output = probe.env("PANOPTICON_PATH", "/ops/status").output().unwrap();
        output.status.success() && output.stdout == b"service healthy\n"
    });
}

#[test]
fn without_a_worker_the_probe_fails_and_starts_none() {
    let folder = Folder::new();
    for (arguments, part) in [
        (&["healthcheck"][..], "worker.sock:/healthcheck cannot be reached"),
        (&["healthcheck", "127.0.0.1:1"], "http://127.0.0.1:1/healthcheck cannot be reached"),
    ] {
        let (exit_code, output, errors) = folder.run(arguments);
        assert_eq!((exit_code, &*errors), (1, ""), "{arguments:?}: {output}");
        assert!(output.contains(part), "{arguments:?}: {output}");
    }
    for (arguments, part) in [
        (&["healthcheck", "--typo"][..], "there is no option `--typo`"),
        (&["healthcheck", "/livez", "/readyz"], "there can only be one target"),
        (&["healthcheck", "https://127.0.0.1"], "must not be an HTTPS URL"),
        (&["healthcheck", "--timeout", "2"], "`--timeout` must not be `2`"),
        (&["health-check"], "did you mean `healthcheck`?"),
        (&["serve"], "unknown argument \"serve\""),
    ] {
        let (exit_code, output, errors) = folder.run(arguments);
        assert_eq!((exit_code, &*output), (1, ""), "{arguments:?}: {errors}");
        assert!(errors.contains(part), "{arguments:?}: {errors}");
    }
    let (exit_code, help, errors) = folder.run(&["healthcheck", "--help"]);
    assert_eq!((exit_code, &*errors), (1, ""), "nothing was asked");
    for part in ["--timeout", "Without a target: unix:"] {
        assert!(help.contains(part), "{help}");
    }
    // No worker was started, since it would have opened the queue.
    assert!(!folder.path("queue").join("failed").exists());
}

#[test]
fn an_invalid_default_target_is_named() {
    let folder = Folder::new();
    let mut probe = folder.command(&["healthcheck"]);
    let output = probe.env("MANAGEMENT", "127.0.0.1").output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors.starts_with("healthcheck: the program's own target `127.0.0.1` must"),
        "{errors}"
    );
}
