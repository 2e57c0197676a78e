//! A procedural macro that depends on a crate with checks. The compiler runs it; nothing links it.

#[cfg(feature = "checks")]
mod checks {
    panopticon::collection!(name = "macros");

    #[panopticon::healthcheck]
    fn in_macros() {}
}
