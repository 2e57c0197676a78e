//! Ready-made health checks, and parts to build your own from.
//!
//! The parts need no dependency, and therefore no feature:
//!
//! | part | what it checks |
//! | --- | --- |
//! | [`ping`] | that a dependency answers; a pool whose connections are all in use is busy, not down |
//! | [`Pulse`] | that a worker still makes progress |
//! | [`Level`] | a number with bounds, such as the depth of a queue, a lag or free space |
//! | [`ErrorRate`] | how much of the service's own traffic fails, without extra requests |
//!
//! The checks of what many services depend on have a cargo feature each.

#[cfg(feature = "disk")]
pub mod disk;
mod error_rate;
#[cfg(feature = "file-descriptors")]
pub mod file_descriptors;
mod hysteresis;
mod judged_values;
mod level;
#[cfg(any(
    feature = "disk",
    feature = "file-descriptors",
    feature = "memory",
    feature = "process",
    feature = "runtime"
))]
#[cfg_attr(
    not(all(
        feature = "disk",
        feature = "file-descriptors",
        feature = "memory",
        feature = "process"
    )),
    allow(dead_code, unused_imports, reason = "each check uses a part of it")
)]
mod measurement;
#[cfg(feature = "memory")]
pub mod memory;
mod number_text;
mod ping;
#[cfg(feature = "process")]
pub mod process;
mod pulse;
#[cfg(feature = "runtime")]
pub mod runtime;
mod trend;
#[cfg(feature = "check-url")]
pub mod url;

pub use self::error_rate::ErrorRate;
pub use self::level::{Level, Measure};
pub use self::ping::{Ping, Pool, PoolState, ping};
pub use self::pulse::Pulse;
