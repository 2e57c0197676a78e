//! The expansion needs nothing from the prelude.

#![no_implicit_prelude]

use ::panopticon::healthcheck;

mod panopticon {}
mod core {}
mod std {}

struct Pool;

#[healthcheck(timeout = "1m", critical = true, tags = ["queue"])]
fn blocking(_pool: &Pool) {}

#[healthcheck(timeout = "1m", critical = true, tags = ["queue"])]
async fn asynchronous(_pool: &Pool) -> ::core::result::Result<(), ::std::io::Error> {
    ::core::result::Result::Ok(())
}

fn main() {
    let built = ::panopticon::Panopticon::builder().provide(Pool).build();
    let report = ::core::result::Result::unwrap(built).report_blocking();
    ::core::assert_eq!(::core::iter::ExactSizeIterator::len(&report.components()), 2);
}
