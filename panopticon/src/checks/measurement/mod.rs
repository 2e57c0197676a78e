//! What the checks of the machine and the process share: bounds, results, and the kernel's files.

mod bounds;
mod findings;
pub(super) mod proc_file;
mod quantity;

pub(super) use self::bounds::Bounds;
pub(super) use self::findings::{Findings, Unmeasured, reject};
pub(super) use self::quantity::{percentage, rounded, share, size};
