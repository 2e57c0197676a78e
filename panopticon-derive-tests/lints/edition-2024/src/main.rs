//! Lints of a strict program of edition 2024 do not fire in generated code.

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

use std::sync::Arc;

use panopticon::{Health, Panopticon, healthcheck};
use strict_2024::{Pool, Store};

panopticon::discover!(
    strict_2024,
    #[link_only]
    harbour,
    #[cfg(any())]
    absent,
);

#[derive(Debug, Clone, Copy)]
struct Name;

impl Store for Name {
    fn name(&self) -> &'static str {
        "store"
    }
}

#[healthcheck]
fn of_the_program() -> Health {
    Health::healthy("running")
}

fn main() -> Result<(), panopticon::BuildError> {
    #[allow(deprecated)]
    let builder = Panopticon::builder().provide(strict_2024::OldPool);
    let health = builder
        .provide(Pool { rows: 3 })
        .provide_arc::<str>("text".into())
        .provide_arc::<dyn Store + Send + Sync>(Arc::new(Name))
        .build()?;
    println!("{:#}", health.report_blocking());
    Ok(())
}
