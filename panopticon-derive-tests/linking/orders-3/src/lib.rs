//! Has the name of a crate with checks, and none itself.
