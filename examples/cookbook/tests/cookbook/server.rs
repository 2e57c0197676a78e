//! A server process, which can be stopped, started again and paused.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getuid, kill_process};

use crate::folder::Folder;

/// How long something that must happen may take, on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_mins(5);

/// A server that listens on a port of its own. It and its processes are killed when dropped.
pub(crate) struct Server {
    program: Program,
    port: u16,
    /// The signal that ends it in an orderly way, without waiting for its clients.
    stop_signal: Signal,
    process: Option<Child>,
    // Removed after the processes have been killed.
    folder: Folder,
}

/// A program with its arguments and environment.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    words: Vec<String>,
    environment: Vec<(String, String)>,
    is_run_as_nobody: bool,
}

impl Program {
    pub(crate) fn new<S: Into<String>>(words: impl IntoIterator<Item = S>) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        Self { words, environment: Vec::new(), is_run_as_nobody: false }
    }

    pub(crate) fn env(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.environment.push((variable.to_owned(), value.into()));
        self
    }

    /// Runs the program as `nobody` if the tests run as root, which some servers refuse.
    pub(crate) fn not_as_root(mut self) -> Self {
        self.is_run_as_nobody = getuid().is_root();
        self
    }

    fn command(&self) -> Command {
        // The program ends with the thread that starts it, even if that is killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if self.is_run_as_nobody {
            command.args(["--reuid", "nobody", "--regid", &group_of_nobody(), "--clear-groups"]);
        }
        command.args(&self.words).envs(self.environment.iter().cloned()).stdin(Stdio::null());
        command
    }

    /// Runs the program until it has ended.
    pub(crate) fn run(&self, folder: &Folder) {
        let output = self.command().current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{:?}: {output:?}", self.words);
    }
}

fn group_of_nobody() -> String {
    let output = Command::new("id").args(["-gn", "nobody"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

impl Server {
    pub(crate) fn new(program: Program, port: u16, folder: Folder) -> Self {
        Self { program, port, stop_signal: Signal::TERM, process: None, folder }
    }

    pub(crate) fn stop_signal(mut self, signal: Signal) -> Self {
        self.stop_signal = signal;
        self
    }

    /// Starts the server, and waits until it listens.
    pub(crate) fn start(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = self.program.command();
        command.current_dir(self.folder.path()).stdout(log.try_clone().unwrap()).stderr(log);
        let process = self.process.insert(command.spawn().unwrap());
        let began = Instant::now();
        while TcpStream::connect(address(self.port)).is_err() {
            let has_ended = process.try_wait().unwrap();
            if has_ended.is_some() || began.elapsed() > LIMIT {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("{:?} does not listen; {has_ended:?}: {log}", self.program.words);
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server, and waits until it has ended.
    pub(crate) fn stop(&mut self) {
        self.send(self.stop_signal);
        let mut process = self.process.take().expect("it runs");
        assert!(ends(&mut process, LIMIT), "{:?} does not stop", self.program.words);
    }

    /// Stops the processes of the server, without ending them: it no longer answers, but the kernel
    /// still accepts connections for it.
    pub(crate) fn pause(&self) {
        // The first cannot start another one once it is stopped, and so on.
        let mut stopped = Vec::new();
        while let Some(next) = self.processes().into_iter().find(|it| !stopped.contains(it)) {
            let _ = kill_process(next, Signal::STOP);
            stopped.push(next);
        }
    }

    pub(crate) fn resume(&self) {
        for process in self.processes() {
            let _ = kill_process(process, Signal::CONT);
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    fn log_path(&self) -> String {
        self.folder.join("log")
    }

    fn send(&self, signal: Signal) {
        let process = self.process.as_ref().expect("it runs");
        kill_process(Pid::from_child(process), signal).unwrap();
    }

    /// Returns the process and all that come from it, parents first.
    fn processes(&self) -> Vec<Pid> {
        let Some(process) = &self.process else { return Vec::new() };
        let parents = parents();
        let mut processes = vec![Pid::from_child(process)];
        let mut next = 0;
        while let Some(parent) = processes.get(next).copied() {
            processes.extend(parents.iter().filter(|it| it.1 == parent).map(|it| it.0));
            next += 1;
        }
        processes
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Collected before the parents are gone.
        let processes = self.processes();
        self.resume();
        let Some(mut process) = self.process.take() else { return };
        // An orderly end also removes what is outside of the folder, such as shared memory.
        let _ = kill_process(Pid::from_child(&process), self.stop_signal);
        if !ends(&mut process, Duration::from_secs(5)) {
            for process in processes {
                let _ = kill_process(process, Signal::KILL);
            }
            let _ = process.wait();
        }
    }
}

fn ends(process: &mut Child, limit: Duration) -> bool {
    let began = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if began.elapsed() > limit {
            return false;
        }
        sleep(Duration::from_millis(10));
    }
    true
}

/// Returns each process of the machine with its parent.
fn parents() -> Vec<(Pid, Pid)> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter_map(|process| {
            // A process may have ended meanwhile.
            let stat = fs::read_to_string(process.path().join("stat")).ok()?;
            // The name, in parentheses, can contain anything; the state and the parent follow.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            let process = process.file_name().to_str()?.parse().ok()?;
            Some((Pid::from_raw(process)?, Pid::from_raw(parent)?))
        })
        .collect()
}

/// Returns a port that is free. The kernel gives none of these ports to clients, so a server that is
/// stopped can have its port again.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Those of another test process begin elsewhere.
    let first = std::process::id().wrapping_mul(97);
    loop {
        let number = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 20_000 + u16::try_from(number % 12_000).unwrap();
        if TcpListener::bind(address(port)).is_ok() {
            return port;
        }
    }
}

fn address(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}
