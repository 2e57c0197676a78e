//! The expansion uses its own `Option`, `core` and methods, whatever is in scope.

#![allow(dead_code, unused_macros, non_camel_case_types)]

use panopticon::{IntoHealth, Panopticon, healthcheck};

mod core {}
mod std {}
mod alloc {}
mod linkme {}

struct Option;
struct Result<T>(T);
struct Some;
struct None;
struct Ok;
struct Err;
struct Arc;
struct Box;
struct Duration;
struct Send;
struct Health;
struct str_;
type u32 = ();
type u64 = ();
type bool = ();

macro_rules! line {
    () => {
        compile_error!("not this one")
    };
}
macro_rules! file {
    () => {
        compile_error!("not this one")
    };
}
macro_rules! module_path {
    () => {
        compile_error!("not this one")
    };
}

/// Has every method that the expansion calls, on every type.
trait Methods {
    fn get<T>(&self) -> T {
        unreachable!()
    }
    fn health(&self) -> ::core::primitive::bool {
        unreachable!()
    }
    fn into_health(&self) -> ::core::primitive::bool {
        unreachable!()
    }
    fn into_future(&self) -> ::core::primitive::bool {
        unreachable!()
    }
    fn of(&self) {}
    fn new(&self) {}
}

impl<T> Methods for T {}

impl IntoHealth for Result<()> {
    fn into_health(self) -> panopticon::Health {
        panopticon::Health::degraded("from a `Result` of our own")
    }
}

struct Pool;

#[healthcheck(timeout = "1m", critical = true, tags = ["queue"])]
fn blocking(_pool: &Pool) -> Result<()> {
    Result(())
}

#[healthcheck(timeout = "1m", critical = true, tags = ["queue"])]
async fn asynchronous(_pool: &Pool) -> Result<()> {
    Result(())
}

fn main() {
    let report = Panopticon::builder().provide(Pool).build().unwrap().report_blocking();
    assert_eq!(report.components().len(), 2);
    for (_, component) in report.components() {
        assert_eq!(component.message(), ::core::option::Option::Some("from a `Result` of our own"));
    }
}
