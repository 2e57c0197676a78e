//! A procedural macro that depends on a crate with checks. The compiler runs it; nothing links it.
