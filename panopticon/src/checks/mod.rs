//! Ready-made health checks, and the parts of which you build your own.
//!
//! The parts need no dependency, so they are always there:
//!
//! | part | what it checks |
//! | --- | --- |
//! | [`ping`] | that a dependency answers; a pool whose connections are all in use is busy, not down |
//! | [`Pulse`] | that a worker still works |
//! | [`Level`] | a number with bounds, such as the depth of a queue, a lag or free space |
//! | [`ErrorRate`] | how much of the service's own traffic fails, without extra requests |
//!
//! The checks of what many services depend on have a cargo feature each.

mod bounds;
mod error_rate;
mod level;
mod number_text;
mod ping;
mod pulse;
#[cfg(feature = "check-url")]
pub mod url;

pub use self::error_rate::ErrorRate;
pub use self::level::{Level, Measure};
pub use self::ping::{Ping, Pool, PoolState, ping};
pub use self::pulse::Pulse;
