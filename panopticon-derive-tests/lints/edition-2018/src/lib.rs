//! Lints of a strict crate of edition 2018 do not fire in generated code.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused, non_local_definitions)]
#![deny(future_incompatible, let_underscore, nonstandard_style, rust_2018_idioms)]
#![deny(missing_copy_implementations, missing_debug_implementations, single_use_lifetimes)]
#![deny(
    redundant_imports,
    redundant_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings
)]
#![deny(unused_import_braces, unused_lifetimes, unused_qualifications, unused_results)]
#![deny(unused_extern_crates, variant_size_differences, absolute_paths_not_starting_with_crate)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

#[path = "../../checks.rs"]
mod checks;
#[path = "../../timed.rs"]
pub mod timed;

pub use checks::*;
