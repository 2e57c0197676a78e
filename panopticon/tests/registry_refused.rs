//! Annotated functions that do not fit together. They stand in a binary of their own, whose
//! registry no other test can use.

use panopticon::{Panopticon, healthcheck};

struct Pool;
struct Queue;

mod orders {
    use super::Pool;
    use panopticon::healthcheck;

    pub(crate) const LINE: u32 = line!() + 2;
    #[healthcheck]
    pub(crate) fn database(_pool: &Pool) {}
}

mod billing {
    use super::{Pool, Queue};
    use panopticon::healthcheck;

    pub(crate) const LINE: u32 = line!() + 2;
    #[healthcheck]
    pub(crate) fn database(_queue: &Queue, _again: &Queue, _pool: &Pool) {}
}

const JOBS: u32 = line!() + 2;
#[healthcheck(name = "jobs")]
fn background_jobs(_queue: &Queue) {}

#[test]
fn every_duplicate_and_every_missing_resource_is_in_one_error() {
    let (file, pool, queue) =
        (file!(), std::any::type_name::<Pool>(), std::any::type_name::<Queue>());
    let (orders, billing, jobs) = (orders::LINE, billing::LINE, JOBS);
    let error = Panopticon::builder().build().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the health report cannot be served: 3 problems\n\
             1. 2 health checks are named `database`:\n     at {file}:{orders}\n     at \
             {file}:{billing}\n   rename all but one of the functions, or give them \
             `#[healthcheck(name = \"…\")]`\n\
             2. no `{pool}` was provided, which is taken by:\n     health check `database` at \
             {file}:{orders}\n     health check `database` at {file}:{billing}\n   give one to \
             the builder with `.provide(…)` before `.build()`\n\
             3. no `{queue}` was provided, which is taken by:\n     health check `database` at \
             {file}:{billing}\n     health check `jobs` at {file}:{jobs}\n   give one to the \
             builder with `.provide(…)` before `.build()`"
        )
    );
}

#[test]
fn what_is_wrong_is_refused_until_the_last_of_it_is_mended() {
    let error = Panopticon::builder().provide(Pool).provide(Queue).build().unwrap_err();
    assert!(error.to_string().contains(": 1 problem\n1. 2 health checks are named"), "{error}");
}
