//! SIGTERM.

use std::time::Duration;

use crate::process::{Folder, Worker, eventually};

#[test]
fn after_sigterm_the_worker_finishes_its_job_and_takes_no_other() {
    let folder = Folder::new();
    let current = folder.add_long_job("1.txt");
    let worker = Worker::start(&mut folder.command(&[]));
    eventually(|| folder.run(&["healthcheck"]).0 == 0);
    folder.add_job("2.txt", b"waits", Duration::ZERO);
    worker.send_sigterm();
    // While it finishes its job, the report is still served, and liveness passes.
    let draining = (1, "service healthy, draining\n".to_owned(), String::new());
    eventually(|| folder.run(&["healthcheck"]) == draining);
    let alive = (0, "service healthy, draining\n".to_owned(), String::new());
    assert_eq!(folder.run(&["healthcheck", "/healthcheck/liveness"]), alive);
    drop(current);
    let (status, rest) = worker.end();
    assert_eq!(rest, "1.txt: 0 words\nthe worker has stopped\n");
    assert_eq!(status.code(), Some(0));
    assert!(folder.path("queue").join("2.txt").exists());
    assert!(!folder.path("worker.sock").exists());
    assert_eq!(folder.run(&["healthcheck"]).0, 1);
}
