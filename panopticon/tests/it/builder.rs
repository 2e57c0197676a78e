//! What `build()` refuses, and what its error says.

use std::collections::BTreeSet;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Probe, ProblemKind};

use crate::own_process::printed_by;

fn options() -> CheckOptions {
    CheckOptions::new()
}

#[test]
fn a_service_without_a_check_is_refused() {
    let error = Panopticon::empty().build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the health report cannot be served: 1 problem\n\
         1. there is no health check; add one with `.check(…)`, or begin with \
         `Panopticon::builder()`, which finds the functions annotated with `#[healthcheck]`"
    );
}

#[test]
fn everything_that_is_wrong_is_in_one_error() {
    struct Pool;
    let file = file!();
    let first = line!() + 2;
    let builder = Panopticon::empty()
        .check("twice", options(), || async {})
        .check_blocking("twice", options(), || {})
        .check("with space", options(), || async {})
        .check("tagged", options().tag("a b"), || async {})
        .check("hurried", options().timeout(Duration::ZERO), || async {})
        .provide(Pool)
        .provide(Pool)
        .timeout(Duration::from_secs(31 * 24 * 60 * 60));
    let error = builder.build().unwrap_err();
    let pool = std::any::type_name::<Pool>();
    let at = |offset: u32| format!("{file}:{}", first + offset);
    assert_eq!(
        error.to_string(),
        format!(
            "the health report cannot be served: 6 problems\n\
             1. a second `{pool}` was provided at {provided}, after the first at {first_provided}; a \
             check finds a resource by its type, so wrap one of the two in a type of its own\n\
             2. the builder's `timeout` must not be 2678400s; it takes a duration of more than zero, \
             at most 30 days\n\
             3. 2 health checks are named `twice`:\n     at {twice}\n     at {again}\n   pass \
             different names to `.check(…)` and `.check_blocking(…)`\n\
             4. health check `hurried` at {hurried} must have a `timeout` of more than zero and at \
             most 30 days\n\
             5. health check `tagged` at {tagged} must not have the tag \"a b\"; a tag is 1 to 64 \
             ASCII letters, digits and `_ . - : /`; pass another one to `.tag(…)`\n\
             6. health check `with space` at {space} must have a name of ASCII letters, digits, \
             `_`, `.` and `-` only, without the ' ' of `with space`; pass another one to \
             `.check(…)`",
            provided = at(6),
            first_provided = at(5),
            twice = at(0),
            again = at(1),
            hurried = at(4),
            tagged = at(3),
            space = at(2),
        )
    );
    // `main` returns it, and the standard library shows `Debug`.
    assert_eq!(format!("{error:?}"), error.to_string());

    let problems: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| {
            let places = problem.places().iter().map(|place| (place.file(), place.line() - first));
            (problem.kind(), places.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        problems,
        [
            (ProblemKind::DuplicateResource, vec![(file, 6), (file, 5)]),
            (ProblemKind::InvalidSetting, vec![]),
            (ProblemKind::DuplicateName, vec![(file, 0), (file, 1)]),
            (ProblemKind::InvalidOption, vec![(file, 4)]),
            (ProblemKind::InvalidOption, vec![(file, 3)]),
            (ProblemKind::InvalidName, vec![(file, 2)]),
        ]
    );
    let again = &error.problems()[2].places()[1];
    assert_eq!(again.to_string(), at(1));
    for (index, problem) in error.problems().iter().enumerate() {
        assert!(error.to_string().contains(&format!("\n{}. {problem}", index + 1)), "{problem}");
    }
}

#[test]
fn options_of_closures_follow_the_rules_of_the_attribute() {
    let second = Duration::from_secs(1);
    let too_long = Duration::from_secs(31 * 24 * 60 * 60);
    for (options, rule) in [
        (options().interval(Duration::ZERO), "have an `interval` of more than zero"),
        (options().interval(too_long), "have an `interval` of more than zero and at most 30 days"),
        (options().cache(too_long), "have a `cache` of at most 30 days"),
        (options().interval(second).initial_delay(too_long), "have an `initial_delay` of at most"),
        (options().interval(second).retry_interval(Duration::ZERO), "have a `retry_interval` of"),
        (options().retry_interval(second), "have an `interval` if it has a `retry_interval`"),
        (
            options().interval(second).retry_interval(second),
            "have a `retry_interval` that is shorter",
        ),
        (options().failure_threshold(0), "have a `failure_threshold` of at least 1"),
        (options().success_threshold(0), "have a `success_threshold` of at least 1"),
        (options().initial_delay(second), "have an `interval` if it has an `initial_delay`"),
        (options().cache(second).interval(second), "not have both `cache` and `interval`"),
        (options().probe(Probe::Liveness).depends_on("other"), "not depend on other checks"),
        (
            options().probe(Probe::Liveness).probe(Probe::Startup).depends_on("other"),
            "not depend on other checks",
        ),
        (options().no_probe().probe(Probe::Readiness), "not set both `no_probe` and a probe"),
        (options().probe(Probe::Liveness).no_probe(), "not set both `no_probe` and a probe"),
    ] {
        let error = Panopticon::empty()
            .check("one", options, || async {})
            .check("other", CheckOptions::new(), || async {})
            .build()
            .unwrap_err()
            .to_string();
        assert!(error.contains(": 1 problem\n1. health check `one` at "), "{error}");
        assert!(error.contains(&format!(" must {rule}")), "{error}");
    }
}

#[test]
fn the_fix_of_a_closures_name_is_in_the_call_that_gave_it() {
    let long = "x".repeat(65);
    for name in ["", "1", "a b", &long] {
        for (builder, end) in [
            (Panopticon::empty().check(name, options(), || async {}), "`.check(…)`"),
            (Panopticon::empty().check_blocking(name, options(), || {}), "`.check_blocking(…)`"),
            (
                Panopticon::empty().check("a", options().collection(name), || async {}),
                "`.collection(…)`",
            ),
            (Panopticon::empty().check("a", options().tag("a b"), || async {}), "`.tag(…)`"),
        ] {
            let error = builder.build().unwrap_err().to_string();
            assert!(error.contains(": 1 problem\n"), "{error}");
            assert!(error.ends_with(&format!("; pass another one to {end}")), "{error}");
            assert!(!error.contains("name = "), "{error}");
        }
    }
}

/// A line break, and characters that control a terminal or reorder a line.
const HOSTILE: &str = "a\n1. forged \u{1b}[31m \u{85} \u{2028} \u{2029} \u{202e} \u{2066} \u{200f}";

#[test]
fn names_forge_no_line_of_the_error() {
    let builder = Panopticon::empty()
        .check(HOSTILE, options(), || async {})
        .check_blocking(HOSTILE, options(), || {})
        .check("dependent", options().depends_on(format!("{HOSTILE}?")), || async {})
        .check("circle", options().depends_on(HOSTILE), || async {})
        .check(format!("{HOSTILE}!"), options().depends_on(format!("{HOSTILE}!")), || async {})
        .check("collected", options().collection(HOSTILE).tag(HOSTILE), || async {})
        .check(format!("{HOSTILE}."), options().timeout(Duration::ZERO), || async {});
    let error = builder.build().unwrap_err();
    let kinds: BTreeSet<String> =
        error.problems().iter().map(|problem| format!("{:?}", problem.kind())).collect();
    let expected = [
        "CircularDependency",
        "DuplicateName",
        "InvalidName",
        "InvalidOption",
        "UnknownDependency",
    ];
    assert_eq!(kinds, expected.map(str::to_owned).into());
    let text = error.to_string();
    assert!(text.contains("a\\n1. forged"), "{text}");
    let is_hostile =
        |c: char| c != '\n' && !c.is_ascii_graphic() && HOSTILE.contains(c) && c != ' ';
    assert!(!text.contains(is_hostile), "{text:?}");
    assert!(!text.contains("\n1. forged"), "{text}");
}

#[tokio::test]
async fn a_check_that_is_added_at_run_time_runs() {
    let mut builder = Panopticon::empty();
    for shard in 0..4 {
        builder =
            builder.check(format!("shard-{shard}"), options().tag("shard"), move || async move {
                if shard == 3 { Err(format!("shard {shard} is closed")) } else { Ok(()) }
            });
    }
    let report = builder.build().unwrap().report().await;
    assert_eq!(
        report.to_string(),
        "service unhealthy: shard-0 healthy, shard-1 healthy, shard-2 healthy, \
         shard-3 unhealthy (shard 3 is closed)"
    );
}

#[test]
fn debug_shows_components_but_no_resources() {
    struct Password(#[expect(dead_code, reason = "must not be shown")] &'static str);
    let builder =
        Panopticon::empty()
            .provide(Password("hunter2"))
            .check("database", options(), || async { Health::healthy("") });
    assert!(format!("{builder:?}").contains("\"database\""));
    assert!(!format!("{builder:?}").contains("hunter2"));
    let health = builder.build().unwrap();
    assert_eq!(format!("{health:?}"), "Panopticon { components: [\"database\"], .. }");
}

/// Prints, in a process of its own that the tests below start, the report of a check that hangs,
/// which shows its timeout and the message key, or the error of `build()`.
#[test]
#[ignore = "a part of the tests below"]
fn prints_its_settings() {
    let builder = Panopticon::empty().check("hangs", options(), std::future::pending::<()>);
    match builder.build() {
        Ok(health) => println!("{}", serde_json::to_string(&health.report_blocking()).unwrap()),
        Err(error) => println!("{error}"),
    }
}

fn settings_in_environment(variables: &[(&str, &str)]) -> String {
    printed_by("builder::prints_its_settings", variables)
}

#[test]
fn the_environment_sets_what_the_builder_does_not() {
    let printed = settings_in_environment(&[
        ("PANOPTICON_TIMEOUT", "30ms"),
        ("PANOPTICON_MESSAGE_KEY", "status_message"),
    ]);
    assert!(printed.contains(r#""status_message":"timed out after 30ms""#), "{printed}");
}

#[test]
fn the_error_of_a_variable_names_it_and_its_value() {
    let printed =
        settings_in_environment(&[("PANOPTICON_TIMEOUT", "soon"), ("PANOPTICON_MESSAGE_KEY", "")]);
    assert!(
        printed.contains(
            "the environment variable `PANOPTICON_TIMEOUT` must not be \"soon\"; it takes a duration \
             of more than zero, at most 30 days, written as a whole number with one of the units \
             ms, s, m, h, such as `500ms` or `2s`\n"
        ),
        "{printed}"
    );
    assert!(
        printed.contains(
            "the environment variable `PANOPTICON_MESSAGE_KEY` must not be \"\"; it takes \
             `friendly_status` or `status_message`; an empty value is not the default, so remove \
             the variable for that\n"
        ),
        "{printed}"
    );
}

#[cfg(feature = "http")]
#[test]
fn the_environment_says_whether_draining_fails_the_report() {
    let printed = settings_in_environment(&[("PANOPTICON_DRAIN_FAILS_REPORT", "maybe")]);
    let expected = "the environment variable `PANOPTICON_DRAIN_FAILS_REPORT` must not be \"maybe\"; it \
                    takes `true` or `1`, `false` or `0`";
    assert!(printed.contains(expected), "{printed}");
}

#[cfg(feature = "http")]
#[test]
fn an_invalid_path_or_status_is_refused() {
    for path in ["", "/", "healthcheck", "/health check", "//", "/a//b", "/a/../b", "/{name}", "/ä"]
    {
        let error =
            Panopticon::empty().check("a", options(), || async {}).path(path).build().unwrap_err();
        let error = error.to_string();
        assert!(error.contains("the builder's `path` must not be"), "{path:?}: {error}");
    }
    for status in [0, 200, 399, 600] {
        let builder = Panopticon::empty().check("a", options(), || async {});
        let error = builder.unhealthy_status(status).build().unwrap_err().to_string();
        assert!(error.contains("the builder's `unhealthy_status` must not be"), "{error}");
    }
}
