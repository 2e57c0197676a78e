//! What the macros wrote in every crate, collected by the linker.

use linkme::distributed_slice;

use crate::check::{Collection, HealthCheck, ListedCrate};

/// Everything that panopticon's macros wrote in the crates that are linked into this process, in no
/// particular order.
#[distributed_slice]
pub static REGISTRY: [RegistryEntry];

/// Something that a macro of panopticon wrote.
#[derive(Debug)]
pub enum RegistryEntry {
    /// Written by `#[healthcheck]`.
    Check(HealthCheck),
    /// Written by `collection!`.
    Collection(Collection),
    /// Written by `discover!`, for each crate.
    ListedCrate(ListedCrate),
    /// Our own element, since some linkers crash on an empty slice.
    BuiltIn,
}

#[allow(unsafe_code, reason = "linkme writes a `link_section`; elsewhere the lint does not see it")]
#[distributed_slice(REGISTRY)]
static BUILT_IN: RegistryEntry = RegistryEntry::BuiltIn;
