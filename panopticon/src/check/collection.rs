//! What `collection!` and `discover!` write: where checks belong, and which crates must have some.

use crate::check::{Options, Origin};

/// The checks in a module and below it, as declared by `collection!`.
#[derive(Debug, Clone, Copy)]
pub struct Collection {
    /// Its name.
    pub name: &'static str,
    /// What holds for those of its checks that do not say otherwise.
    pub options: Options,
    /// Where it is declared; the module is the collection's.
    pub origin: Origin,
}

/// A crate that `discover!` lists.
#[derive(Debug, Clone, Copy)]
pub struct ListedCrate {
    /// As it is listed, which is the dependency's name in the manifest.
    pub name: &'static str,
    /// As it calls itself.
    pub krate: &'static str,
    /// Where it is listed.
    pub origin: Origin,
}
