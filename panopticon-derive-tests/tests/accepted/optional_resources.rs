//! Parameters whose resources need not be provided, and checks that are left out without theirs.

#![deny(warnings)]

use std::sync::Mutex;

use panopticon::{Health, Panopticon, healthcheck};

struct Pool(&'static str);

trait Store: Send + Sync {
    fn name(&self) -> &str;
}

impl Store for Pool {
    fn name(&self) -> &str {
        self.0
    }
}

/// Neither the standard library's `Option` nor generic: a resource like any other.
mod finance {
    pub struct Option(pub u32);
}

#[healthcheck]
fn blocking(pool: Option<&Pool>) -> Health {
    Health::healthy(pool.map_or("none", |pool| pool.0))
}

#[healthcheck]
async fn asynchronous(pool: Option<&Pool>, missing: Option<&u8>) -> Health {
    std::future::ready(()).await;
    Health::healthy(format!("{:?} {missing:?}", pool.map(|pool| pool.0)))
}

#[healthcheck]
fn every_path(
    a: std::option::Option<&Pool>,
    b: core::option::Option<&Pool>,
    c: ::std::option::Option<&Pool>,
    d: ::core::option::Option<&'_ Pool>,
    (Some(_) | None): Option<&Pool>,
) -> Health {
    Health::healthy([a, b, c, d].iter().all(Option::is_some).to_string())
}

#[healthcheck]
fn unsized_types(text: Option<&str>, store: Option<&dyn Store>, plain: Option<&(dyn Store + Send)>) -> Health {
    let names = [store.map(Store::name), plain.map(|store| store.name())];
    Health::healthy(format!("{text:?} {names:?}"))
}

#[healthcheck]
fn next_to_one_that_is_needed(pool: &Pool, count: Option<&Mutex<u8>>) -> Health {
    Health::healthy(format!("{} {:?}", pool.0, count.map(|count| *count.lock().unwrap())))
}

#[healthcheck]
fn named_like_it(option: &finance::Option) -> Health {
    Health::healthy(option.0.to_string())
}

macro_rules! check_of {
    ($name:ident, $resource:ty, $optional:ty) => {
        #[healthcheck]
        fn $name(resource: Option<$resource>, optional: $optional) -> Health {
            Health::healthy(format!("{} {}", resource.is_some(), optional.is_some()))
        }
    };
}

check_of!(generated, &Pool, Option<&Pool>);

#[healthcheck(if_provided)]
fn left_out(_: &u64) {}

#[healthcheck(if_provided, timeout = "1s")]
async fn left_in(pool: &Pool, _: Option<&u64>) -> Health {
    Health::healthy(pool.0)
}

mod back_ends {
    panopticon::collection!(name = "back_ends", if_provided, critical = false);

    use panopticon::healthcheck;

    #[healthcheck]
    fn of_collection(_: &u64) {}

    #[healthcheck]
    fn without_resources() {}

    // It takes no resource, so the collection's option does not affect it.
    #[healthcheck(liveness)]
    fn alive() {}
}

fn main() {
    let health = Panopticon::builder()
        .provide(Pool("pool"))
        .provide_arc::<dyn Store>(std::sync::Arc::new(Pool("store")))
        .provide(finance::Option(7))
        .build()
        .unwrap();
    let left_out: Vec<_> = health.left_out().iter().map(|check| check.name()).collect();
    assert_eq!(left_out, ["left_out", "of_collection"]);
    let report = health.report_blocking();
    let messages: Vec<_> = report
        .components()
        .map(|(name, component)| (name, component.message().unwrap_or_default()))
        .collect();
    assert_eq!(
        messages,
        [
            ("alive", ""),
            ("asynchronous", "Some(\"pool\") None"),
            ("blocking", "pool"),
            ("every_path", "true"),
            ("generated", "true true"),
            ("left_in", "pool"),
            ("named_like_it", "7"),
            ("next_to_one_that_is_needed", "pool None"),
            ("unsized_types", "None [Some(\"store\"), None]"),
            ("without_resources", ""),
        ]
    );
}
