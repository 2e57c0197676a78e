//! The job without HTTP.

use std::process::Output;

use crate::process::command;

fn run(uploads: &str) -> Output {
    let mut command = command(env!("CARGO_BIN_EXE_cron_job"));
    command.env("UPLOADS", uploads).output().expect("the binary that cargo has built can be run")
}

#[test]
fn a_healthy_job_works_and_exits_with_0() {
    let output = run(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "the work is done\n");
}

#[test]
fn an_unhealthy_job_says_why_and_exits_with_1() {
    let output = run("/nowhere/at/all");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "service unhealthy: exchange_rates healthy (up to date), upload_folder unhealthy (No such \
         file or directory (os error 2))\n"
    );
}
