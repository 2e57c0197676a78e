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
//! The checks of what many services depend on have a cargo feature each. [The
//! guide](crate::guide::checks) lists them.

#[cfg(feature = "certificate")]
pub mod certificate;
#[cfg(any(feature = "certificate", feature = "check-url"))]
mod certificate_expiry;
#[cfg(any(feature = "certificate", feature = "tcp"))]
mod connection;
#[cfg(feature = "disk")]
pub mod disk;
#[cfg(feature = "dns")]
pub mod dns;
mod error_rate;
#[cfg(feature = "file-descriptors")]
pub mod file_descriptors;
mod hysteresis;
#[cfg(any(
    feature = "certificate",
    feature = "check-url",
    feature = "disk",
    feature = "dns",
    feature = "file-descriptors",
    feature = "memory",
    feature = "process",
    feature = "runtime",
    feature = "tcp"
))]
mod invalid_check;
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
#[cfg(any(
    feature = "certificate",
    feature = "disk",
    feature = "dns",
    feature = "file-descriptors",
    feature = "memory",
    feature = "process",
    feature = "runtime",
    feature = "tcp"
))]
#[cfg_attr(
    not(all(feature = "disk", feature = "tcp")),
    allow(dead_code, reason = "each check uses a part of it")
)]
mod mistakes;
mod number_text;
#[cfg(any(feature = "certificate", feature = "check-url", feature = "dns", feature = "tcp"))]
mod own_thread;
mod ping;
#[cfg(feature = "process")]
pub mod process;
mod pulse;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "certificate")]
mod served_certificate;
#[cfg(feature = "tcp")]
pub mod tcp;
mod trend;
#[cfg(feature = "check-url")]
pub mod url;

/// How long a check waits for a connection or a lookup by default: less than the 2 s of a health
/// check, whose "timed out" names no cause, and long enough for a lost packet, which TCP sends again
/// after 1 s (RFC 6298, section 2).
#[cfg(any(feature = "certificate", feature = "dns", feature = "tcp"))]
const CONNECTION_TIMEOUT: std::time::Duration = std::time::Duration::from_millis(1500);

pub use self::error_rate::ErrorRate;
#[cfg(any(
    feature = "certificate",
    feature = "check-url",
    feature = "disk",
    feature = "dns",
    feature = "file-descriptors",
    feature = "memory",
    feature = "process",
    feature = "runtime",
    feature = "tcp"
))]
pub use self::invalid_check::InvalidCheck;
pub use self::level::{Level, Measure};
pub use self::ping::{Ping, Pool, PoolState, ping};
pub use self::pulse::Pulse;
