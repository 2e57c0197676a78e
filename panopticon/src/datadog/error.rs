use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::registry::write_numbered;
use crate::settings::InvalidSetting;

/// Everything that is wrong with a client's settings, from
/// [`StatsBuilder::build`](crate::datadog::StatsBuilder::build) or
/// [`install`](crate::datadog::StatsBuilder::install).
///
/// Displays each problem with what to do. `Debug` displays the same, so that it can be read where
/// `main` returns it.
pub struct StatsError {
    problems: Vec<Problem>,
}

/// One thing that is refused.
pub(super) enum Problem {
    Setting(InvalidSetting),
    NoApiKey,
    #[cfg(not(feature = "datadog-api"))]
    NoApiFeature,
    #[cfg(feature = "datadog-api")]
    ApiUrl {
        url: String,
        problem: String,
    },
    DefaultTagsTooLong {
        bytes: usize,
        most: usize,
    },
    Thread(std::io::Error),
    InstalledTwice,
}

impl StatsError {
    /// No error where there is no problem.
    pub(super) fn unless_none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

impl From<Problem> for StatsError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
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
        write_numbered(f, "no statistics can be sent", &self.problems)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(problem) => fmt::Display::fmt(problem, f),
            Self::NoApiKey => f.write_str(
                "the transport `api` needs a key; set the environment variable `DATADOG_API_KEY`, \
                 or `DATADOG_STATS_TRANSPORT=dogstatsd` where there is an Agent",
            ),
            #[cfg(not(feature = "datadog-api"))]
            Self::NoApiFeature => f.write_str(
                "the transport `api`, which a key without an Agent's address leads to, needs \
                 panopticon's feature `datadog-api`; enable it, or set \
                 `DATADOG_STATS_TRANSPORT=dogstatsd` where there is an Agent",
            ),
            #[cfg(feature = "datadog-api")]
            Self::ApiUrl { url, problem } => write!(
                f,
                "the API's URL must not be `{url}`: {problem}; mend `DATADOG_HOST` or the \
                 builder's `api_host`"
            ),
            Self::DefaultTagsTooLong { bytes, most } => write!(
                f,
                "the default tags must be at most {most} bytes together, half of a packet to the \
                 Agent, not {bytes}; take some off `DD_TAGS`, `DATADOG_DEFAULT_TAGS` or the builder"
            ),
            Self::Thread(error) => {
                write!(f, "no thread can be started to send statistics: {error}")
            }
            Self::InstalledTwice => f.write_str(
                "a client is installed already, and a process has one; install it once, in `main`, \
                 and use `build()` for further clients; in tests, share one recorder in a `static`",
            ),
        }
    }
}

/// That not everything was sent in time, from [`Stats::flush`](crate::datadog::Stats::flush).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushError {
    /// How long was waited.
    pub timeout: Duration,
    /// The latest reason why statistics were not sent, if one is known.
    pub problem: Option<String>,
}

impl Error for FlushError {}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statistics were not all sent within {:?}", self.timeout)?;
        match &self.problem {
            Some(problem) => write!(f, ": {problem}"),
            None => Ok(()),
        }
    }
}
