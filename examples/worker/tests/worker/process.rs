//! A worker process in its own folder.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// The queue of a worker and the socket of its management server, removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("worker_{}_{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join("queue")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Adds a job. It is not in the queue until it is complete.
    pub(crate) fn add_job(&self, name: &str, text: &[u8], age: Duration) {
        let unfinished = self.path(name);
        fs::write(&unfinished, text).unwrap();
        let file = fs::File::options().write(true).open(&unfinished).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
        fs::rename(unfinished, self.path("queue").join(name)).unwrap();
    }

    /// Adds a job that lasts until the returned file is dropped.
    pub(crate) fn add_long_job(&self, name: &str) -> fs::File {
        let pipe = self.path("queue").join(name);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // Opening it for both does not wait for a reader or a writer.
        fs::File::options().read(true).write(true).open(pipe).unwrap()
    }

    /// Returns a command of the container: the worker with these arguments and its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PANOPTICON_") {
                command.env_remove(variable);
            }
        }
        command
            .args(arguments)
            .current_dir(&self.0)
            .env("MANAGEMENT", format!("unix:{}", self.path("worker.sock").display()))
            .env("QUEUE", self.path("queue"));
        command
    }

    /// Runs a command of the container, and returns its exit code, standard output and error.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().expect("no signal killed it"), text(stdout), text(stderr))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running worker, killed when dropped.
pub(crate) struct Worker {
    process: Child,
    stdout: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a worker, and waits until its management server listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let mut worker = Self { process, stdout };
        let line = worker.read_line();
        assert!(line.starts_with("the worker takes jobs from "), "{line}");
        worker
    }

    pub(crate) fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    pub(crate) fn send_sigterm(&self) {
        let kill = format!("kill -TERM {}", self.process.id());
        // The shell's own `kill`, because there may be no other.
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits until the worker has exited. Returns its status and the rest of its output.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let mut status = None;
        eventually(|| {
            status = self.process.try_wait().unwrap();
            status.is_some()
        });
        (status.unwrap(), rest)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until the condition holds. The limit only bounds a failing test.
pub(crate) fn eventually(mut is_true: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_true() {
        assert!(started.elapsed() < Duration::from_secs(60), "the condition did not hold in 60 s");
        thread::sleep(Duration::from_millis(10));
    }
}
