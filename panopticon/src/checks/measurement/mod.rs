//! What the checks of the machine and the process share: numbers with bounds, results, and the kernel's files.

mod findings;
mod gauge;
pub(super) mod proc_file;
mod quantity;

pub(super) use self::findings::{Findings, Systems, Unmeasured};
pub(super) use self::gauge::Gauge;
pub(super) use self::quantity::{as_f64, percentage, rounded_share, share, size};
