//! What a health check is: declared by `#[healthcheck]`, or as a closure given to the builder.

mod check_fn;
mod collection;
mod definition;
pub(crate) mod duration;
pub(crate) mod name;
mod options;
mod probe;
mod probes;
mod registration;
mod resources;
mod source_location;
pub(crate) mod wrapped_types;

pub use self::check_fn::CheckFn;
pub(crate) use self::check_fn::HealthFuture;
pub use self::collection::{Collection, ListedCrate};
pub(crate) use self::definition::{Definition, Freshness, Thresholds};
pub use self::options::CheckOptions;
pub use self::probe::Probe;
pub(crate) use self::probes::Probes;
pub use self::registration::{Dependency, HealthCheck, Module, Origin};
pub(crate) use self::resources::{ProvidedType, ResourceType, Resources};
pub use self::source_location::SourceLocation;
