//! The checks of a strict crate of edition 2024 are registered.

use std::sync::Arc;

use panopticon::Panopticon;
use strict_2024::{Pool, Store};

struct Name;

impl Store for Name {
    fn name(&self) -> &str {
        "store"
    }
}

fn main() {
    #[allow(deprecated)]
    let builder = Panopticon::builder().provide(strict_2024::OldPool);
    let report = builder
        .provide(Pool { rows: 3 })
        .provide_arc::<str>("text".into())
        .provide_arc::<dyn Store + Send + Sync>(Arc::new(Name))
        .build()
        .unwrap()
        .report_blocking();
    let names: Vec<_> = report.components().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "Strict.read-only_2",
            "asynchronous",
            "blocking",
            "borrowed_error",
            "borrowed_error_later",
            "deprecated",
            "failing",
            "in_a_function",
            "in_a_function_of_a_function",
            "nothing",
            "of_a_module",
            "of_a_private_module",
            "private",
            "takes_deprecated",
            "timed_above",
            "timed_below",
            "unit_later",
        ]
    );
}
