//! The statics that `collection!` and `discover!` write.

use super::options::CheckOptions;
use super::registration::Origin;

/// A collection: the checks in a module and below it.
#[derive(Debug)]
pub struct Collection {
    /// Its name.
    pub name: &'static str,
    /// The defaults for the options of its checks.
    pub options: CheckOptions,
    /// Where it is declared; the module is the collection's.
    pub origin: Origin,
}

/// A crate in the list of `discover!`.
#[derive(Debug)]
pub struct ListedCrate {
    /// The name in the list, which is the dependency's name in the manifest.
    pub name: &'static str,
    /// The crate's own name.
    pub krate: &'static str,
    /// Its package; empty if its metadata is unknown or if it was built without cargo.
    pub package: &'static str,
    /// The version of the package; empty in the same cases.
    pub version: &'static str,
    /// The health checks in its metadata; none if the metadata is unknown.
    pub health_checks: &'static [&'static str],
    /// The collections in its metadata; none if the metadata is unknown.
    pub collections: &'static [&'static str],
    /// Where it is listed.
    pub origin: Origin,
}
