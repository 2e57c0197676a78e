//! The program `panopticon` against real listeners. `examples/worker` tests the same in a service's
//! own program.

mod answers;
mod command_line;
mod connections;
mod listener;
mod services;

use std::process::{Command, Output};

/// The result of a run of the program.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) exit_code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Returns the program with these arguments, without the settings in this process's environment.
pub(super) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_panopticon"));
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("PANOPTICON_") {
            command.env_remove(variable);
        }
    }
    command.args(arguments);
    command
}

pub(super) fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Run {
        exit_code: status.code().expect("no signal killed it"),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// Probes with a timeout that a busy machine does not exceed.
pub(super) fn probe(target: &str, format: &str) -> Run {
    run(&mut program(&["probe", target, "--timeout", "60s", "--format", format]))
}
