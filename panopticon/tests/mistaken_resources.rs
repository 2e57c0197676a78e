//! Resources that are there, but not as the type that checks take: as an `Option`, in an `Arc` and
//! the like.

use std::any::type_name;
use std::sync::Arc;

use panopticon::{Builder, Health, LeftOutReason, Panopticon, ProblemKind, healthcheck};

#[derive(Clone, Copy)]
struct Cache;
struct CacheConfig;
struct Local;
struct Queue;
struct Index;
struct Shared;
struct Spool;
struct Disk;
trait Store: Send + Sync {}
impl Store for Cache {}

const SESSIONS: u32 = line!() + 2;
#[healthcheck]
fn sessions(cache: Option<&Cache>) -> Health {
    Health::healthy(if cache.is_some() { "in the cache" } else { "in memory" })
}

#[healthcheck]
fn store(store: Option<&dyn Store>) -> Health {
    Health::healthy(store.is_some().to_string())
}

const LOCAL: u32 = line!() + 2;
#[healthcheck]
fn local(_: Option<&Arc<Local>>) {}

mod needed {
    use std::sync::Arc;

    use panopticon::healthcheck;

    #[healthcheck(name = "queue")]
    fn of_value(_: &super::Queue) {}

    #[healthcheck(name = "index")]
    fn of_arc(_: &Arc<super::Index>) {}
}

mod both_ways {
    use std::sync::Arc;

    use panopticon::healthcheck;

    #[healthcheck]
    fn owned(_: Option<&super::Shared>) {}

    #[healthcheck]
    fn shared(_: Option<&Arc<super::Shared>>) {}
}

#[healthcheck(if_provided)]
fn spool(_: &Spool) {}

#[healthcheck(if_provided)]
fn spool_and_disk(_: &Spool, _: &Disk) {}

/// Returns a builder with the resources without which `build()` fails.
fn builder() -> Builder {
    Panopticon::builder().provide(Queue).provide(Arc::new(Index))
}

/// Returns the only problem of this builder.
#[track_caller]
fn problem(builder: Builder) -> panopticon::Problem {
    let error = builder.build().unwrap_err();
    let [problem] = error.problems() else { panic!("{error}") };
    assert_eq!(problem.kind(), ProblemKind::MissingResource);
    problem.clone()
}

#[track_caller]
fn assert_builds(builder: Builder) -> Panopticon {
    builder.build().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn an_optional_resource_that_was_provided_as_another_type_is_an_error() {
    let cache = type_name::<Cache>();
    let boxed: Box<dyn Store> = Box::new(Cache);
    let failed = Err::<Cache, std::fmt::Error>(std::fmt::Error);
    let itself = format!("provide the `{cache}` itself");
    let option = "pass it to `.provide_option(…)`, which provides what is in it";
    let arc = "pass the `Arc` to `.provide_arc(…)`, which provides what is in it";
    for (builder, provided, remedy) in [
        (builder().provide(Some(Cache)), type_name::<Option<Cache>>(), option),
        (builder().provide(None::<Cache>), type_name::<Option<Cache>>(), option),
        (builder().provide(Arc::new(Cache)), type_name::<Arc<Cache>>(), arc),
        (
            builder().provide(Some(Arc::new(Cache))),
            type_name::<Option<Arc<Cache>>>(),
            "pass the `Arc`, if there is one, to `.provide_arc(…)`, which provides what is in it",
        ),
        (builder().provide(Box::new(Cache)), type_name::<Box<Cache>>(), &itself),
        (builder().provide::<&Cache>(&Cache), type_name::<&Cache>(), &itself),
        (builder().provide_arc(Arc::new(Some(Cache))), type_name::<Option<Cache>>(), option),
        (builder().provide(failed), type_name::<Result<Cache, std::fmt::Error>>(), &itself),
    ] {
        let problem = problem(builder);
        let message = problem.to_string();
        assert!(
            message.starts_with(&format!(
                "no `{cache}` was provided, but these checks take one:\n     health check \
                 `sessions` at {}:{SESSIONS} as `Option<&Cache>`\n   `{provided}` was provided at {}:",
                file!(),
                file!(),
            )),
            "{message}"
        );
        let end = format!(", which is a different type, and no check takes it; {remedy}");
        assert!(message.ends_with(&end), "{message}");
        assert_eq!(problem.places()[0].line(), SESSIONS);
    }
    let problem = problem(builder().provide(boxed)).to_string();
    assert!(problem.contains("`store` at") && problem.contains("Option<&dyn Store>"), "{problem}");
}

#[test]
fn what_is_in_an_arc_is_not_the_arc() {
    let local = type_name::<Local>();
    let message = problem(builder().provide_arc(Arc::new(Local))).to_string();
    let taken = format!("health check `local` at {}:{LOCAL} as `Option<&Arc<Local>>`", file!());
    assert!(message.contains(&taken), "{message}");
    let remedy = format!(
        "`.provide_arc(…)` provides what is in the `Arc`, so take `Option<&{local}>` instead of \
         `Option<&Arc<Local>>`"
    );
    assert!(message.ends_with(&remedy), "{message}");

    let index = type_name::<Index>();
    let line = line!() + 1;
    let builder = Panopticon::builder().provide(Queue).provide_arc(Arc::new(Index));
    let message = problem(builder).to_string();
    let remedy = format!(
        "\n   `{index}` was provided at {}:{line}, which is a different type, and no check takes \
         it; `.provide_arc(…)` provides what is in the `Arc`, so take `&{index}` instead of \
         `&Arc<super::Index>`",
        file!()
    );
    assert!(message.ends_with(&remedy), "{message}");
    assert!(!message.contains("provide one on the builder"), "{message}");

    let builder = Panopticon::builder().provide(Arc::new(Queue)).provide(Arc::new(Index));
    let message = problem(builder).to_string();
    let remedy = "; pass the `Arc` to `.provide_arc(…)`, which provides what is in it";
    assert!(message.ends_with(remedy), "{message}");
    assert!(!message.contains("`.provide(…)`"), "{message}");
}

#[test]
fn a_resource_that_is_not_a_mistake_is_no_error() {
    let has_no_cache = |builder: Builder| {
        let report = assert_builds(builder).report_blocking();
        report.component("sessions").unwrap().message() == Some("in memory")
    };
    // Other types, of a similar name or with the same one inside.
    assert!(has_no_cache(builder()));
    assert!(has_no_cache(builder().provide(CacheConfig).provide(Some(CacheConfig))));
    assert!(has_no_cache(builder().provide(vec![Cache]).provide([Cache]).provide((Cache, 1))));
    assert!(has_no_cache(builder().provide(std::sync::Mutex::new(Cache))));
    // The resource itself is there too.
    assert!(!has_no_cache(builder().provide(Cache).provide(Some(Cache))));
    // Another check takes what was provided.
    assert_builds(builder().provide(Shared));
    assert_builds(builder().provide(Arc::new(Shared)));
    // Even one that is left out.
    assert_builds(builder().provide(Arc::new(Shared)).without("shared"));
    // No check is left that takes it.
    let builder = builder().provide(Some(Cache)).without("sessions");
    assert_eq!(assert_builds(builder).left_out().len(), 3);
}

#[test]
fn a_check_is_not_left_out_if_its_resource_was_provided_as_another_type() {
    let line = line!() + 1;
    let problem = problem(builder().provide(Some(Spool)).provide(Disk));
    assert_eq!(problem.places().len(), 2);
    let message = problem.to_string();
    let provided =
        format!("`{}` was provided at {}:{line}, which", type_name::<Option<Spool>>(), file!());
    assert!(message.contains(&provided), "{message}");
    assert!(message.ends_with("pass it to `.provide_option(…)`, which provides what is in it"));
}

#[test]
fn a_check_is_left_out_if_it_lacks_another_resource_as_well() {
    let builder = builder().provide(Arc::new(Spool)).without("spool");
    let health = assert_builds(builder);
    let left_out = health.left_out().iter().find(|it| it.name() == "spool_and_disk").unwrap();
    let LeftOutReason::NotProvided { resources, similar, .. } = left_out.reason() else {
        panic!("{left_out:?}");
    };
    assert_eq!(resources.len(), 2);
    assert_eq!(similar[..], [type_name::<Arc<Spool>>()]);
}

#[test]
fn an_option_is_provided_if_it_is_some() {
    for (cache, expected) in [(Some(Cache), "in the cache"), (None, "in memory")] {
        let report = assert_builds(builder().provide_option(cache)).report_blocking();
        assert_eq!(report.component("sessions").unwrap().message(), Some(expected));
    }
    let line = line!() + 1;
    let error = builder().provide_option(Some(Cache)).provide_option(Some(Cache)).build();
    let places: Vec<_> = error.unwrap_err().problems()[0]
        .places()
        .iter()
        .map(panopticon::SourceLocation::line)
        .collect();
    assert_eq!(places, [line, line]);
}
