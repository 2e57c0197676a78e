//! When and where checks run.

mod answer;
mod cell;
mod outcome;
mod report_cache;
mod run;
mod runtimes;
mod schedule;
mod thresholds;
mod watch;

pub(crate) use self::cell::{Cell, Pin};
pub(crate) use self::report_cache::{Kept, OpenQuestion, Scope};
pub(crate) use self::run::Executor;
pub(crate) use self::runtimes::Runtimes;
pub(crate) use self::schedule::Schedule;
pub(crate) use self::watch::{Answers, Watch};
