//! The queue: a folder with a file for each job, taken in the order of their names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The folder in the queue's folder for jobs that cannot be done.
const FAILED: &str = "failed";

#[derive(Debug, Clone)]
pub(crate) struct Queue {
    folder: PathBuf,
}

/// What waits in the queue.
#[derive(Debug, PartialEq)]
pub(crate) struct Backlog {
    pub(crate) jobs: usize,
    /// The age of the oldest job.
    pub(crate) lag: Duration,
}

impl Queue {
    pub(crate) fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(folder.join(FAILED))?;
        Ok(Self { folder })
    }

    /// Returns the next job, which stays in the queue until it is done or has failed.
    pub(crate) fn next(&self) -> io::Result<Option<PathBuf>> {
        Ok(jobs(&self.folder)?.into_iter().min())
    }

    pub(crate) fn done(job: &Path) -> io::Result<()> {
        fs::remove_file(job)
    }

    pub(crate) fn failed(&self, job: &Path) -> io::Result<()> {
        let name = job.file_name().unwrap_or_default();
        fs::rename(job, self.folder.join(FAILED).join(name))
    }

    pub(crate) fn backlog(&self) -> io::Result<Backlog> {
        let now = SystemTime::now();
        let mut backlog = Backlog { jobs: 0, lag: Duration::ZERO };
        for job in jobs(&self.folder)? {
            let modified = match fs::symlink_metadata(&job) {
                Ok(metadata) => metadata.modified()?,
                // It has just been done.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            backlog.jobs += 1;
            // A file from the future has not waited at all.
            backlog.lag = backlog.lag.max(now.duration_since(modified).unwrap_or_default());
        }
        Ok(backlog)
    }

    pub(crate) fn failed_jobs(&self) -> io::Result<usize> {
        Ok(jobs(&self.folder.join(FAILED))?.len())
    }
}

fn jobs(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut jobs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            jobs.push(entry.path());
        }
    }
    Ok(jobs)
}
