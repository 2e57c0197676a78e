//! Ready-made health checks, and the parts of which you build your own.
//!
//! The parts need no dependency, so they are always there:
//!
//! | part | what it checks |
//! | --- | --- |
//! | [`Level`] | a number with bounds, such as the depth of a queue, a lag or free space |
//!
//! The checks of what many services depend on have a cargo feature each.

mod level;
#[cfg(feature = "check-url")]
pub mod url;

pub use self::level::{Level, Measure};
