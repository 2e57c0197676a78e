//! Mistakes in the declarations of checks that are left out because a resource was not provided, in
//! a binary of their own because no other test could use its registry.

use panopticon::{Builder, Panopticon, ProblemKind, SourceLocation, healthcheck};

struct Pool;

mod restarting {
    panopticon::collection!(name = "restarting", liveness);

    #[panopticon::healthcheck(if_provided)]
    fn alive(_: &super::Pool) {}
}

mod retrying {
    panopticon::collection!(name = "retrying", retry_interval = "60s");

    #[panopticon::healthcheck(if_provided, interval = "30s")]
    fn replication(_: &super::Pool) {}
}

fn no_check() {}

#[healthcheck(if_provided, depends_on = [no_check])]
fn dependent(_: &Pool) {}

mod circle {
    use panopticon::healthcheck;

    #[healthcheck(if_provided, depends_on = [second])]
    fn first(_: &super::Pool) {}

    #[healthcheck(depends_on = [first])]
    fn second() {}
}

/// Returns the kinds and lines of what is wrong.
fn problems(builder: Builder) -> Vec<(String, Vec<u32>)> {
    let error = builder.build().unwrap_err();
    let mut problems: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| {
            let mut lines: Vec<u32> = problem.places().iter().map(SourceLocation::line).collect();
            // A cycle has no beginning.
            lines.sort_unstable();
            (format!("{:?}", problem.kind()), lines)
        })
        .collect();
    problems.sort();
    problems
}

#[test]
fn they_are_found_whether_or_not_the_resource_was_provided() {
    let provided = problems(Panopticon::builder().provide(Pool));
    let kinds: Vec<&str> = provided.iter().map(|(kind, _)| &**kind).collect();
    let expected = [
        ProblemKind::CircularDependency,
        ProblemKind::InvalidOption,
        ProblemKind::InvalidOption,
        ProblemKind::UnknownDependency,
    ];
    assert_eq!(kinds, expected.map(|kind| format!("{kind:?}")));
    assert_eq!(problems(Panopticon::builder()), provided);
}

#[test]
fn those_of_checks_that_are_switched_off_are_no_errors() {
    let builder = || {
        let builder = Panopticon::builder().without("alive").without("replication");
        builder.without("not_provided_mistakes::dependent").without("first")
    };
    for builder in [builder(), builder().provide(Pool)] {
        let health = builder.build().unwrap_or_else(|error| panic!("{error}"));
        let names: Vec<_> = health.components().map(|component| component.name()).collect();
        assert_eq!(names, ["second"]);
        assert_eq!(health.left_out().len(), 4);
    }
}
