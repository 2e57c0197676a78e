//! A process of a server.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

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

/// A running server, killed when dropped, even if the test fails.
pub(crate) struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts a server on a free port.
    pub(crate) fn start(program: &str) -> Self {
        let mut command = command(program);
        command.env("BIND", "127.0.0.1:0").stdout(Stdio::piped());
        let mut process = command.spawn().expect("the binary that cargo has built can be run");
        let stdout = process.stdout.take().expect("it is piped");
        // From here on, the process is killed if the test fails.
        let mut server = Self { process, address: String::new() };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("it writes UTF-8");
        let address = line.trim_end().strip_prefix("listening on http://");
        server.address.push_str(address.unwrap_or_else(|| panic!("no address in {line:?}")));
        server
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn send_sigterm(&self) {
        let kill = format!("kill -TERM {}", self.process.id());
        // The shell's own `kill`, because there may be no other.
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("there is a shell");
        assert!(sent.success(), "SIGTERM could not be sent");
    }

    /// Returns the exit status, if the server has exited.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("the state of a child process can be read")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
