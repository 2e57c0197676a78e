//! Which names the builder accepts.

use panopticon::{CheckOptions, Panopticon, ProblemKind, Selection};

fn options() -> CheckOptions {
    CheckOptions::new()
}

#[test]
fn every_name_that_is_taken_or_selects_nothing_is_a_problem() {
    let line = line!();
    let error = Panopticon::empty()
        .check("database", options().collection("orders"), || async {})
        .check("mail", options().collection("mailing"), || async {})
        .without("mail")
        .grpc_name("", Selection::all())
        .grpc_name("liveness", Selection::all())
        .grpc_name("database", Selection::all())
        .grpc_name("orders", Selection::all())
        .grpc_name("mail", Selection::all())
        .grpc_name("mailing", Selection::all())
        .grpc_name("a.v1.A", Selection::all())
        .grpc_name("a.v1.A", Selection::all().name("database"))
        .grpc_name("b.v1.B", Selection::all().name("databse"))
        .grpc_name("c.v1.C", Selection::all().name("mail"))
        .grpc_name(&*"d".repeat(257), Selection::all())
        .grpc_name("e.v1.E", Selection::all().name("database").without_name("database"))
        .build()
        .unwrap_err();
    let at = |offset| format!("at {}:{}", file!(), line + offset);
    let expected = [
        (
            "",
            4,
            "must have a name: the empty one is that of the whole service, whose readiness it stands for; write the \
             name of your gRPC service"
                .to_owned(),
        ),
        ("liveness", 5, "must not use the name of the liveness probe; choose another name".to_owned()),
        (
            "database",
            6,
            format!("must not use the name of the component {}; choose another name", at(2)),
        ),
        ("orders", 7, "must not use the name of a collection; choose another name".to_owned()),
        ("mail", 8, format!("must not use the name of the component {}; choose another name", at(3))),
        ("mailing", 9, "must not use the name of a collection; choose another name".to_owned()),
        ("a.v1.A", 11, format!("must not use a name twice, which is also {}; remove one", at(11))),
        (
            "b.v1.B",
            12,
            "must select components: no component is named \"databse\"; did you mean `database`? known \
             components: database"
                .to_owned(),
        ),
        (
            "c.v1.C",
            13,
            "must select components: no component is named \"mail\", because its health check is left out; \
             known components: database"
                .to_owned(),
        ),
        ("ddd", 14, "must have a name of at most 256 bytes, not 257; shorten it".to_owned()),
        (
            "e.v1.E",
            15,
            "must select components: nothing is selected: no component matches the probe, names, collections \
             and tags together; select by fewer of them, or exclude less"
                .to_owned(),
        ),
    ];
    let problems = error.problems();
    assert_eq!(problems.len(), expected.len(), "{error}");
    for (problem, (name, offset, reason)) in problems.iter().zip(expected) {
        assert_eq!(problem.kind(), ProblemKind::InvalidGrpcName);
        let shown = problem.to_string().replace(&"d".repeat(257), "ddd");
        // The column is that of the method.
        let (call, rest) = shown.split_once(", …)` at ").unwrap_or_else(|| panic!("{shown}"));
        assert_eq!(call, format!("`.grpc_name({name:?}"));
        let place = format!("{}:{}", file!(), line + 1 + offset);
        assert_eq!(rest, format!("{place} {reason}"));
        assert_eq!(problem.places()[0].to_string(), place);
    }
    assert_eq!(problems[6].places().len(), 2);
}
