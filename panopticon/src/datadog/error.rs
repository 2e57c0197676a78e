//! Errors of building, installing and flushing a client.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::escaped::Escaped;
use crate::numbered_list::write_numbered_list;
use crate::settings::InvalidSetting;

/// The error of [`StatsBuilder::build`](crate::datadog::StatsBuilder::build) and
/// [`install`](crate::datadog::StatsBuilder::install).
///
/// Displays every problem and how to fix it. `Debug` prints the same, so that the error is readable
/// when `main` returns it.
pub struct StatsError {
    problems: Vec<StatsProblem>,
}

/// A reason why a client cannot be built or installed.
pub(super) enum StatsProblem {
    Setting(InvalidSetting),
    NoApiKey,
    #[cfg(not(feature = "datadog-api"))]
    NoApiFeature,
    DefaultTagsTooLong {
        bytes: usize,
        max: usize,
    },
    Thread(std::io::Error),
    InstalledTwice,
}

impl From<StatsProblem> for StatsError {
    fn from(problem: StatsProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl From<Vec<InvalidSetting>> for StatsError {
    fn from(problems: Vec<InvalidSetting>) -> Self {
        Self { problems: problems.into_iter().map(StatsProblem::Setting).collect() }
    }
}

impl Error for StatsError {}

impl fmt::Debug for StatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_numbered_list(f, "cannot send statistics", &self.problems)
    }
}

impl fmt::Display for StatsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(problem) => fmt::Display::fmt(problem, f),
            Self::NoApiKey => f.write_str(
                "the transport `api` needs a key; set the environment variable `DATADOG_API_KEY`, \
                 or `DATADOG_STATS_TRANSPORT=dogstatsd` to send to an Agent",
            ),
            #[cfg(not(feature = "datadog-api"))]
            Self::NoApiFeature => f.write_str(
                "the transport `api`, the default with a key and without an Agent's address, needs \
                 panopticon's feature `datadog-api`; enable it, or set \
                 `DATADOG_STATS_TRANSPORT=dogstatsd` to send to an Agent",
            ),
            Self::DefaultTagsTooLong { bytes, max } => write!(
                f,
                "the default tags must have at most {max} bytes together, half of a packet to the \
                 Agent, but have {bytes}; remove some from `DATADOG_DEFAULT_TAGS` or the builder"
            ),
            Self::Thread(error) => {
                write!(f, "the thread that sends statistics cannot be started: {error}")
            }
            Self::InstalledTwice => f.write_str(
                "a process-wide client is already installed; install one once, in `main`, and use \
                 `build()` for further clients; in tests, share one recorder in a `static`",
            ),
        }
    }
}

/// The error of [`Stats::flush`](crate::datadog::Stats::flush): not everything was sent in time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushError {
    /// The timeout that has passed.
    pub timeout: Duration,
    /// The latest reason why statistics were not sent, if known.
    pub problem: Option<String>,
}

impl Error for FlushError {}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not all statistics were sent within {:?}", self.timeout)?;
        match &self.problem {
            Some(problem) => write!(f, ": {}", Escaped(problem)),
            None => Ok(()),
        }
    }
}
