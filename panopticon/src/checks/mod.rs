//! Ready-made health checks of what many services depend on, each with a cargo feature of its own.

#[cfg(feature = "disk")]
pub mod disk;
#[cfg(feature = "file-descriptors")]
pub mod file_descriptors;
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
