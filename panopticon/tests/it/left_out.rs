//! Checks that are switched off, by the builder and by the environment.

use panopticon::{CheckOptions, Health, LeftOutReason, Panopticon, ProblemKind, Selection};

use crate::own_process::printed_by;
use crate::scripted::Scripted;

fn options() -> CheckOptions {
    CheckOptions::new()
}

#[tokio::test]
async fn a_switched_off_check_never_runs_and_is_in_no_report() {
    let ledger = Scripted::healthy();
    let line = line!() + 4;
    let health = Panopticon::empty()
        .check("ledger", options().collection("billing"), ledger.check())
        .check("mail", options(), || async {})
        .without("ledger")
        .build()
        .unwrap();
    assert_eq!(health.report().await.to_string(), "service healthy: mail healthy");
    assert_eq!(ledger.runs(), 0);
    assert_eq!(
        health.check("ledger").await.unwrap_err().to_string(),
        "no component is named \"ledger\", because its health check is left out; known components: \
         mail"
    );

    let [left_out] = health.left_out() else { panic!("{:?}", health.left_out()) };
    assert_eq!((left_out.name(), left_out.collection()), ("ledger", Some("billing")));
    assert_eq!((left_out.place().file(), left_out.place().line()), (file!(), line - 2));
    let LeftOutReason::SwitchedOff { place, .. } = *left_out.reason() else {
        panic!("{left_out:?}");
    };
    assert_eq!(place.line(), line);
    let file = file!();
    assert_eq!(
        left_out.to_string(),
        format!("`ledger` at {file}:{}: switched off by `.without` at {file}:{line}", line - 2)
    );
}

#[tokio::test]
async fn what_is_left_out_cannot_be_selected_but_can_be_excluded() {
    let health = Panopticon::empty()
        .check("ledger", options().collection("billing").tag("sql"), || async {})
        .check("mail", options(), || async {})
        .without("ledger")
        .build()
        .unwrap();
    let all = Selection::all;
    for selection in [all().name("ledger"), all().collection("billing"), all().tag("sql")] {
        let error = health.report_for(selection).await.unwrap_err().to_string();
        assert!(error.contains(", because its health check is left out; "), "{error}");
    }
    for selection in [
        all().without_name("ledger"),
        all().without_collection("billing"),
        all().without_tag("sql"),
    ] {
        let report = health.report_for(selection).await.unwrap();
        assert_eq!(report.to_string(), "service healthy: mail healthy");
    }
    let unknown = health.report_for(all().without_name("lodger")).await.unwrap_err().to_string();
    assert_eq!(unknown, "no component is named \"lodger\"; known components: mail");
    let error = health.clear_override("ledger").unwrap_err().to_string();
    assert!(error.contains(", because its health check is left out; "), "{error}");
}

#[tokio::test]
async fn dependents_are_checked_without_it() {
    let health = Panopticon::empty()
        .check("ledger", options(), || async { Health::unhealthy("down") })
        .check("invoices", options().depends_on("ledger").depends_on("ledger"), || async {})
        .check("mail", options().depends_on("ledger").depends_on("invoices"), || async {})
        .check("web", options(), || async {})
        .without("ledger")
        .build()
        .unwrap();
    assert_eq!(
        health.report().await.to_string(),
        "service healthy: invoices healthy, mail healthy, web healthy"
    );
    let left_out = &health.left_out()[0];
    assert_eq!(left_out.dependents().collect::<Vec<_>>(), ["invoices", "mail"]);
    assert!(left_out.to_string().ends_with("; ignored as a dependency of `invoices`, `mail`"));
}

#[test]
fn an_unknown_name_is_an_error_with_the_most_similar_and_all_known_ones() {
    let line = line!() + 5;
    let error = Panopticon::empty()
        .check("ledger", options(), || async {})
        .check("mail", options(), || async {})
        // Already left out, but known.
        .without("mail")
        .without("legder")
        .without("queue")
        .without("billing::ledger")
        .build()
        .unwrap_err();
    let file = file!();
    let messages: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            format!(
                "`.without(\"billing::ledger\")` at {file}:{} is not a health check, so it cannot \
                 be switched off; there are no functions",
                line + 3
            ),
            format!(
                "`.without(\"legder\")` at {file}:{} is not a health check, so it cannot be \
                 switched off; did you mean `ledger`? known components: ledger, mail",
                line + 1
            ),
            format!(
                "`.without(\"queue\")` at {file}:{} is not a health check, so it cannot be \
                 switched off; known components: ledger, mail",
                line + 2
            ),
        ]
    );
    for problem in error.problems() {
        assert_eq!(problem.kind(), ProblemKind::UnknownComponent);
        assert_eq!(problem.places().len(), 1);
    }
}

#[test]
fn no_name_forges_a_line() {
    let error = Panopticon::empty()
        .check("led\nger", options(), || async {})
        .without("a\nb")
        .build()
        .unwrap_err();
    let message = error.problems()[0].to_string();
    assert!(
        !message.contains('\n') && message.contains(r"known components: led\nger"),
        "{message}"
    );
    let health = Panopticon::empty()
        .check("led\nger", options(), || async {})
        .check("mail", options(), || async {})
        .without("led\nger")
        .build()
        .unwrap();
    assert!(health.left_out()[0].to_string().starts_with(r"`led\nger` at "));
}

#[test]
fn one_check_must_be_left() {
    let error = Panopticon::empty()
        .check("ledger", options(), || async {})
        .check("mail", options(), || async {})
        .without("ledger")
        .without("mail")
        .build()
        .unwrap_err();
    let [problem] = error.problems() else { panic!("{error}") };
    assert_eq!(problem.kind(), ProblemKind::NoHealthChecks);
    assert_eq!(problem.places().len(), 2);
    let message = problem.to_string();
    assert!(message.starts_with("all health checks are left out:\n"), "{message}");
    assert!(message.contains("`mail` at"), "{message}");
}

#[test]
fn a_name_of_two_checks_switches_off_neither() {
    let error = Panopticon::empty()
        .check("ledger", options(), || async {})
        .check("ledger", options(), || async {})
        .without("ledger")
        .build()
        .unwrap_err();
    let [problem] = error.problems() else { panic!("{error}") };
    assert_eq!(problem.kind(), ProblemKind::DuplicateName);
    let message = problem.to_string();
    assert!(message.ends_with(" means both, so it switches off neither"), "{message}");
}

#[test]
fn what_is_switched_off_need_not_be_valid() {
    let builder = Panopticon::empty().check("mail", options(), || async {}).check(
        "ledger",
        options().failure_threshold(0).depends_on("nothing"),
        || async {},
    );
    assert!(builder.without("ledger").build().is_ok());
}

/// Prints what is left out, or the error of `build()`, in a process of its own that the tests below
/// start.
#[test]
#[ignore = "a part of the tests below"]
fn prints_what_is_left_out() {
    let builder = Panopticon::empty()
        .check("database", options(), || async {})
        .check("ledger", options().collection("billing"), || async {})
        .check("mail", options().collection("billing"), || async {})
        .check("queue", options(), || async {})
        .without("queue");
    // What is added for one of the tests.
    let twice = std::env::var("ADDED_CHECK").ok();
    let builder = twice
        .into_iter()
        .fold(builder, |builder, name| builder.check(name, options(), || async {}));
    match builder.build() {
        Ok(health) => {
            println!("report: {}", health.report_blocking());
            println!("without: {}", health.settings().without.join(" "));
            health.left_out().iter().for_each(|left_out| println!("{left_out}"));
        }
        Err(error) => println!("{error}"),
    }
}

fn with_variable(value: &str) -> String {
    with_variables(&[("PANOPTICON_WITHOUT", value)])
}

fn with_variables(variables: &[(&str, &str)]) -> String {
    printed_by("left_out::prints_what_is_left_out", variables)
}

#[test]
fn the_environment_switches_off_in_addition_to_the_builder() {
    for value in ["ledger,mail", " mail ,\tledger,", "mail,ledger,mail,queue"] {
        let printed = with_variable(value);
        assert!(printed.contains("report: service healthy: database healthy\n"), "{printed}");
        for name in ["ledger", "mail"] {
            let line = printed.lines().find(|line| line.starts_with(&format!("`{name}` at")));
            let line = line.unwrap_or_else(|| panic!("{printed}"));
            assert!(line.ends_with(": switched off by `PANOPTICON_WITHOUT`"), "{line}");
        }
        assert!(printed.contains(": switched off by `.without` at "), "{printed}");
        let mut without = value.split(',').map(str::trim).collect::<Vec<_>>().join(" ");
        without.insert_str(0, "without: queue ");
        assert!(printed.contains(without.trim_end()), "{printed}");
    }
}

#[test]
fn an_empty_variable_switches_nothing_off() {
    for value in ["", " ", ","] {
        let printed = with_variable(value);
        let report = "report: service healthy: database healthy, ledger healthy, mail healthy\n";
        assert!(printed.contains(report), "{printed}");
    }
}

#[test]
fn an_unknown_name_in_the_environment_is_an_error() {
    let printed = with_variable("mail, lodger");
    let error = "`lodger` in the environment variable `PANOPTICON_WITHOUT` is not a health check, so \
                 it cannot be switched off; did you mean `ledger`? known components: database, \
                 ledger, mail, queue";
    assert!(printed.contains(error), "{printed}");
}

#[test]
fn a_name_in_the_environment_that_two_checks_have_is_explained() {
    let printed = with_variables(&[("ADDED_CHECK", "mail"), ("PANOPTICON_WITHOUT", "mail")]);
    let expected = "\n   `mail` in the environment variable `PANOPTICON_WITHOUT` means both, so it \
                    switches off neither\n";
    assert!(printed.contains(expected), "{printed}");
}

#[test]
fn a_collection_is_not_a_check_but_its_components_are_listed() {
    let start = "`billing` in the environment variable `PANOPTICON_WITHOUT` is not a health check, so \
                 it cannot be switched off; it is a collection; write its components: ledger, mail";
    let printed = with_variable("queue,billing");
    assert!(printed.contains(start), "{printed}");
    let builder = Panopticon::empty()
        .check("ledger", options().collection("billing"), || async {})
        .check("mail", options(), || async {});
    let error = builder.without("billing").build().unwrap_err().to_string();
    assert!(error.ends_with("; it is a collection; write its components: ledger"), "{error}");
}

#[test]
fn other_separators_than_commas_are_explained() {
    for value in ["ledger;mail", "ledger mail", "ledger|mail", "ledger; mail"] {
        let printed = with_variable(value);
        let expected = format!(
            "`{value}` in the environment variable `PANOPTICON_WITHOUT` is not a health check, so it \
             cannot be switched off; put commas between names, as in `ledger,mail`\n"
        );
        assert!(printed.contains(&expected), "{printed}");
    }
    let builder = Panopticon::empty().check("ledger", options(), || async {});
    let error = builder.without("ledger,mail").build().unwrap_err().to_string();
    assert!(error.ends_with("; call `.without(…)` once for each name"), "{error}");
}
