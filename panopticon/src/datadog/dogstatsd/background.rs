//! A job that may hang, such as the look-up of a name, on a thread of its own.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// The latest job, if it still runs. There is at most one, however often it is needed.
#[derive(Debug)]
pub(super) struct Background<T> {
    running: Option<Receiver<io::Result<T>>>,
}

impl<T> Default for Background<T> {
    fn default() -> Self {
        Self { running: None }
    }
}

impl<T: Send + 'static> Background<T> {
    /// Runs the job, unless an earlier one still runs, and waits for the result. Returns `None` if it
    /// takes longer than the timeout; a later call returns that result.
    pub(super) fn run(
        &mut self,
        timeout: Duration,
        job: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Option<io::Result<T>> {
        let running = match self.running.take() {
            Some(running) => running,
            None => match start(job) {
                Ok(running) => running,
                Err(error) => return Some(Err(error)),
            },
        };
        match running.recv_timeout(timeout) {
            Ok(result) => Some(result),
            Err(RecvTimeoutError::Timeout) => {
                self.running = Some(running);
                None
            }
            Err(RecvTimeoutError::Disconnected) => {
                Some(Err(io::Error::other("the thread that connects has panicked")))
            }
        }
    }
}

fn start<T: Send + 'static>(
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<Receiver<io::Result<T>>> {
    let (sender, running) = mpsc::channel();
    thread::Builder::new().name("panopticon-dogstatsd-connect".to_owned()).spawn(move || {
        // Nobody waits once the client is dropped.
        let _ = sender.send(job());
    })?;
    Ok(running)
}
