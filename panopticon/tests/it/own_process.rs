//! Ignored tests that other tests run in processes of their own.

use std::process::Command;

/// Returns the command that runs only this ignored test, and shows what it prints.
pub(crate) fn ignored_test(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command
}

/// Returns what this ignored test prints with these variables.
pub(crate) fn printed_by(test: &str, variables: &[(&str, &str)]) -> String {
    let output = ignored_test(test).envs(variables.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
