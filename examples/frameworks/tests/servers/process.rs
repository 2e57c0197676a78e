//! A process of a server.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// Returns a command that runs a program without the settings in this process's environment.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for (variable, _) in env::vars_os() {
        if variable.to_string_lossy().starts_with("PANOPTICON_") {
            command.env_remove(variable);
        }
    }
    command
}

/// A running program, killed when dropped, even if the test fails.
pub(crate) struct Program {
    process: Child,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let process = command.stdout(Stdio::piped()).spawn();
        let mut process = process.expect("the binary that cargo has built can be run");
        let stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        Self { process, stdout }
    }

    /// Waits for the next line that the program prints.
    pub(crate) fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it writes UTF-8");
        line
    }

    pub(crate) fn send_sigterm(&self) {
        let kill = format!("kill -TERM {}", self.process.id());
        // The shell's own `kill`, because there may be no other.
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("there is a shell");
        assert!(sent.success(), "SIGTERM could not be sent");
    }

    /// Returns the exit status, if the program has exited.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("the state of a child process can be read")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A program that listens.
pub(crate) struct Server {
    pub(crate) program: Program,
    address: String,
}

impl Server {
    /// Starts a server on a free port, with these variables in its environment.
    pub(crate) fn start(program: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = command(program);
        command.env("BIND", "127.0.0.1:0").envs(variables.iter().copied());
        let mut program = Program::start(&mut command);
        let line = program.read_line();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}")).to_owned();
        Self { program, address }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}
