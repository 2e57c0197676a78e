//! Ready-made health checks, and the parts of which you build your own.
//!
//! The parts need no dependency, so they are always there:
//!
//! | part | what it checks |
//! | --- | --- |
//! | [`Level`] | a number with bounds, such as the depth of a queue, a lag or free space |
//!
//! The checks of what many services depend on have a cargo feature each.

#[cfg(feature = "disk")]
pub mod disk;
#[cfg(feature = "file-descriptors")]
pub mod file_descriptors;
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
#[cfg(feature = "process")]
pub mod process;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "check-url")]
pub mod url;

pub use self::level::{Level, Measure};
