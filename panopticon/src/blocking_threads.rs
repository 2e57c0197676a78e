//! Threads for code that blocks. They are ours and detached: nothing that the service does in its
//! runtime's own pool holds them up, and none of them keeps the process from exiting.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, process, thread};

use crate::panics::contain_panics;
use crate::paused_time;

/// How long a thread without work is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce(io::Result<()>) + Send>;

/// Calls a job at once, on an idle thread or on a new one. If no thread can be started for it,
/// calls it on the caller's own with the error. A job never waits for another one, so callers must
/// limit how many they have.
pub(crate) fn spawn(job: impl FnOnce(io::Result<()>) + Send + 'static) {
    let paused_time = paused_time::hold();
    let job = Box::new(move |thread| {
        job(thread);
        drop(paused_time);
    });
    if let Err((job, error)) = THREADS.try_spawn(job) {
        job(Err(error));
    }
}

static THREADS: Threads = Threads { queue: Mutex::new(Queue::new(0)), work: Condvar::new() };

struct Threads {
    queue: Mutex<Queue>,
    work: Condvar,
}

struct Queue {
    /// For each job, a thread has been woken or started.
    jobs: VecDeque<Job>,
    /// The number of threads that wait for work and have not been woken.
    idle: usize,
    /// The number of threads that have been woken and have not noticed yet.
    woken: usize,
    /// The process that the threads belong to.
    process: u32,
}

impl Queue {
    const fn new(process: u32) -> Self {
        Self { jobs: VecDeque::new(), idle: 0, woken: 0, process }
    }
}

impl Threads {
    fn try_spawn(&'static self, job: Job) -> Result<(), (Job, io::Error)> {
        let mut queue = self.lock();
        let process = process::id();
        if queue.process != process {
            // A fork has none of its parent's threads.
            *queue = Queue::new(process);
        }
        queue.jobs.push_back(job);
        if queue.idle > 0 {
            queue.idle -= 1;
            queue.woken += 1;
            self.work.notify_one();
            return Ok(());
        }
        let thread = thread::Builder::new().name("panopticon-check".to_owned());
        match thread.spawn(|| self.work()) {
            Ok(_) => Ok(()),
            // Under the lock, so the last job is still this one.
            Err(error) => queue.jobs.pop_back().map_or(Ok(()), |job| Err((job, error))),
        }
    }

    /// Does one job after another, until there has been none for a while.
    fn work(&self) {
        let mut queue = self.lock();
        loop {
            while let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                // A panic would end this thread, and leave a queued job without one.
                let _ = contain_panics(|| job(Ok(())));
                queue = self.lock();
            }
            queue.idle += 1;
            let until = Instant::now() + KEEP_ALIVE;
            while queue.woken == 0 {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    queue.idle -= 1;
                    return;
                }
                let waited = self.work.wait_timeout(queue, left);
                queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            queue.woken -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
