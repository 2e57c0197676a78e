//! Does the jobs.

use std::future::Future;
use std::io::{self, Write as _};
use std::path::{Display, Path};
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use crate::queue::Queue;

/// How long the worker waits if there is no job, or if the queue cannot be read.
const PAUSE: Duration = Duration::from_millis(100);

/// Does one job after the other until `stop` is ready, and then finishes the current one.
pub(crate) async fn work(queue: &Queue, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    loop {
        let queue = queue.clone();
        // Reading files blocks.
        let worked = tokio::task::spawn_blocking(move || do_next(&queue));
        let pause = match worked.await {
            Ok(Ok(true)) => Duration::ZERO,
            Ok(Ok(false)) => PAUSE,
            Ok(Err(error)) => pause_after(&error),
            Err(panicked) => pause_after(&panicked),
        };
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = sleep(pause) => {}
        }
    }
}

fn pause_after(error: &dyn std::error::Error) -> Duration {
    let _ = writeln!(io::stderr(), "worker: {error}");
    PAUSE
}

/// Does the next job. Returns whether there was one.
fn do_next(queue: &Queue) -> io::Result<bool> {
    let Some(job) = queue.next()? else { return Ok(false) };
    match words(&job) {
        Ok(words) => {
            let _ = writeln!(io::stdout(), "{}: {words} words", name(&job));
            Queue::done(&job)?;
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "worker: {}: {error}", name(&job));
            queue.failed(&job)?;
        }
    }
    Ok(true)
}

/// The job itself: counts the words of a text.
fn words(job: &Path) -> io::Result<usize> {
    Ok(std::fs::read_to_string(job)?.split_whitespace().count())
}

fn name(job: &Path) -> Display<'_> {
    Path::new(job.file_name().unwrap_or_default()).display()
}
