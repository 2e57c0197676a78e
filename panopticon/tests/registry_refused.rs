//! Annotated functions that do not fit together, in a binary of their own because no other test
//! could use its registry.

use panopticon::{CheckOptions, Panopticon, ProblemKind, SourceLocation, healthcheck};

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
    pub(crate) fn invoices(_queue: &super::Queue, _again: &Queue, _pool: &Pool) {}
}

const JOBS: u32 = line!() + 2;
#[healthcheck(name = "jobs")]
fn background_jobs(_queue: &Queue) {}

type OptionalPool = Option<Pool>;

const ALIAS: u32 = line!() + 2;
#[healthcheck]
fn aliased(_pool: &OptionalPool) {}

fn no_check() {}

const DEPENDENT: u32 = line!() + 2;
#[healthcheck(depends_on = [self::no_check, background_jobs])]
fn dependent() {}

mod circle {
    use panopticon::healthcheck;

    pub(crate) const LINE: u32 = line!() + 2;
    #[healthcheck(depends_on = [second])]
    fn first() {}

    #[healthcheck(name = "circle-2", depends_on = [first])]
    fn second() {}
}

mod restarting {
    panopticon::collection!(name = "restarting", liveness, retry_interval = "10s");

    use panopticon::healthcheck;

    pub(crate) const LINE: u32 = line!() + 2;
    #[healthcheck]
    fn ledger(_queue: &super::Queue) {}

    #[healthcheck(depends_on = [locks])]
    fn leases() {}

    #[healthcheck(interval = "10s")]
    fn locks() {}

    #[healthcheck(interval = "11s", startup, depends_on = [locks])]
    fn valid(_queue: &super::Queue) {}
}

mod empty {
    pub(crate) const LINE: u32 = line!() + 1;
    panopticon::collection!(name = "empty");
}

const FIRST: u32 = line!() + 3;
fn one_function() {
    mod twice {
        panopticon::collection!(name = "first");

        #[panopticon::healthcheck]
        fn queue(_queue: &crate::Queue) {}
    }
}

fn another_function() {
    // The same `module_path!()`.
    mod twice {
        panopticon::collection!(name = "second");

        #[panopticon::healthcheck(name = "second-queue")]
        fn queue() {}
    }
}

#[test]
fn everything_that_is_wrong_is_in_one_error() {
    one_function();
    another_function();
    let (file, pool, queue) =
        (file!(), std::any::type_name::<Pool>(), std::any::type_name::<Queue>());
    let (orders, billing, jobs) = (orders::LINE, billing::LINE, JOBS);
    let (empty, first, second) = (empty::LINE, FIRST, FIRST + 10);
    let queue_taker = FIRST + 3;
    let (circle_1, circle_2) = (circle::LINE, circle::LINE + 3);
    let (ledger, leases, locks) = (restarting::LINE, restarting::LINE + 3, restarting::LINE + 6);
    let valid = restarting::LINE + 9;
    let closure = line!() + 2;
    let error = Panopticon::builder()
        .check("database", CheckOptions::new().collection("by hand"), || async {})
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the health report cannot be served: 12 problems\n\
             1. 2 health checks are named `database`:\n     at {file}:{orders}\n     at \
             {file}:{closure}\n   pass another name to `.check(…)`, or rename all but one of the \
             functions, or write `#[healthcheck(name = \"…\")]`\n\
             2. the collection of health check `database` at {file}:{closure} must have a name of \
             ASCII letters, digits, `_`, `.` and `-` only, without the ' ' of `by hand`; pass \
             another one to `.collection(…)`\n\
             3. health check `leases` at {file}:{leases} must not depend on other checks, since it is a \
             liveness check, by its own options or its collection's; while they are unhealthy, every \
             replica would be restarted\n\
             4. health check `ledger` at {file}:{ledger} must not take a resource, since its \
             collection makes it a liveness check, and a restart does not fix the resource; give it a \
             probe of its own, such as `readiness`, or check something that only a restart can fix, \
             without resources\n\
             5. health check `locks` at {file}:{locks} must have a `retry_interval` that \
             is shorter than its `interval`; set a shorter one, which also replaces that of its \
             collection\n\
             6. no `core::option::Option<{pool}>` was provided, but these checks need one:\n     \
             health check `aliased` at {file}:{ALIAS} as `&OptionalPool`\n   that is a type alias \
             of an `Option`; take `Option<&T>`, without an alias\n   provide one on the builder \
             with `.provide(…)`, or with `.provide_arc(…)` if it is in an `Arc`, as a `dyn Trait` \
             or `str` must be\n   if the service can run without one, take `Option<&T>`, or leave the check \
             out with `#[healthcheck(if_provided)]`, or with `.without(\"aliased\")` on the \
             builder\n\
             7. no `{pool}` was provided, but these checks need one:\n     health check `database` at \
             {file}:{orders} as `&Pool`\n     health check `invoices` at {file}:{billing} as \
             `&Pool`\n   provide one on the builder with `.provide(…)`, or with `.provide_arc(…)` if it is in an `Arc`, as a `dyn Trait` or `str` must be\n   if the service can run without one, take `Option<&Pool>`, or leave the check out with `#[healthcheck(if_provided)]`, or with `.without(\"…\")` on the builder\n\
             8. no `{queue}` was provided, but these checks need one:\n     health check `invoices` at \
             {file}:{billing} as `&super::Queue`\n     health check `jobs` at {file}:{jobs} as `&Queue`\n     health check `ledger` at {file}:{ledger} as `&super::Queue`\n     health check `queue` at {file}:{queue_taker} as `&crate::Queue`\n     health check `valid` at {file}:{valid} as `&super::Queue`\n   provide one on \
             the builder with `.provide(…)`, or with `.provide_arc(…)` if it is in an `Arc`, as a `dyn Trait` or `str` must be\n   if the service can run without one, take `Option<&super::Queue>`, or leave the check out with `#[healthcheck(if_provided)]`, or with `.without(\"…\")` on the builder\n\
             9. health check `dependent` at {file}:{DEPENDENT} depends on `self::no_check`, which is not a \
             health check; annotate it with `#[healthcheck]`, or depend on another function\n\
             10. health checks depend on each other in a cycle:\n     health check `circle-2` at \
             {file}:{circle_2}\n     health check `first` at {file}:{circle_1}\n   each depends on \
             the one below it, and the last on the first; remove one `depends_on`\n\
             11. module `registry_refused::twice` has 2 collections:\n     at {file}:{first}\n     at \
             {file}:{second}\n   keep one, or move the others into modules of their own\n\
             12. collection `empty` at {file}:{empty} has no health check; annotate a function in \
             its module, or in one below it, with `#[healthcheck]`, or remove the `collection!`"
        )
    );
    let found: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| {
            (problem.kind(), problem.places().iter().map(SourceLocation::line).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        found,
        [
            (ProblemKind::DuplicateName, vec![orders, closure]),
            (ProblemKind::InvalidName, vec![closure]),
            (ProblemKind::InvalidOption, vec![leases]),
            (ProblemKind::InvalidOption, vec![ledger]),
            (ProblemKind::InvalidOption, vec![locks]),
            (ProblemKind::MissingResource, vec![ALIAS]),
            (ProblemKind::MissingResource, vec![orders, billing]),
            (ProblemKind::MissingResource, vec![billing, jobs, ledger, queue_taker, valid]),
            (ProblemKind::UnknownDependency, vec![DEPENDENT]),
            (ProblemKind::CircularDependency, vec![circle_2, circle_1]),
            (ProblemKind::CollectionsInOneModule, vec![first, second]),
            (ProblemKind::EmptyCollection, vec![empty]),
        ]
    );
}

#[test]
fn a_path_of_two_functions_cannot_be_renamed() {
    let path = "registry_refused::twice::queue";
    let error = Panopticon::builder().rename(path, "first-queue").build().unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.kind(), ProblemKind::InvalidRename);
    assert_eq!(problem.places().len(), 3);
    let (file, first, second) = (file!(), FIRST + 3, FIRST + 13);
    let expected = format!(
        "must name one function, but this is the path of several:\n     at {file}:{first}\n     at \
         {file}:{second}\n   write `#[healthcheck(name = \"…\")]` on the one that you mean instead"
    );
    assert!(problem.to_string().ends_with(&expected), "{problem}");
}

#[test]
fn build_fails_until_every_problem_is_fixed() {
    let error = Panopticon::builder().provide(Pool).provide(Queue).build().unwrap_err();
    assert!(error.to_string().contains(": 8 problems\n1. health check `leases`"), "{error}");
}

#[test]
fn a_similar_resource_that_was_provided_is_named() {
    let error = Panopticon::builder().provide(vec![Pool]).provide(7).build();
    let error = error.unwrap_err().to_string();
    let provided =
        "`alloc::vec::Vec<registry_refused::Pool>` was provided, but that is a different type";
    assert!(error.contains(provided), "{error}");
    assert!(!error.contains("`i32` was provided"), "{error}");
}

#[test]
fn the_check_to_switch_off_is_named_by_its_path_if_another_has_its_name() {
    let builder = Panopticon::builder().check("aliased", CheckOptions::new(), || async {});
    let error = builder.build().unwrap_err().to_string();
    assert!(error.contains("or with `.without(\"registry_refused::aliased\")`"), "{error}");
    assert!(!error.contains(".without(\"aliased\")"), "{error}");
}
