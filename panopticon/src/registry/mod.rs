//! The health checks of the process: discovered, validated and resolved.

mod build_error;
mod collections;
mod compiled_twice;
mod declaration;
mod dependency_graph;
mod duplicate_names;
mod entry;
mod invalid_options;
mod left_out;
mod listed_crates;
mod missing_resources;
mod mistaken_resources;
mod problem;
mod renames;
mod resolve;

pub use self::build_error::BuildError;
pub(crate) use self::declaration::{Declaration, Declarations};
pub use self::entry::{REGISTRY, RegistryEntry};
pub(crate) use self::left_out::SwitchedOff;
pub use self::left_out::{LeftOutCheck, LeftOutReason};
pub(crate) use self::missing_resources::provided_twice;
pub use self::problem::{Problem, ProblemKind};
pub(crate) use self::renames::Rename;
pub(crate) use self::resolve::Resolved;
