//! Variables of the environment that are set but not used, and the settings in effect.

use std::time::Duration;

use panopticon::{CheckOptions, MessageKey, Panopticon};

use crate::own_process::ignored_test;

/// Builds a service in a process with this environment, and returns the output.
fn built_with(variables: &[(&str, &str)]) -> String {
    printed_by("setting_warnings::prints_its_settings", variables)
}

/// Runs a test in a process with this environment, and returns what it prints.
fn printed_by(test: &str, variables: &[(&str, &str)]) -> String {
    let mut command = ignored_test(test);
    // Cargo sets the variables of a package's build script for its tests.
    let own = std::env::vars_os().map(|(name, _)| name);
    for name in own.filter(|name| name.to_string_lossy().starts_with("PANOPTICON_")) {
        command.env_remove(name);
    }
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "run by other tests with an environment of their own"]
fn prints_its_settings() {
    #[cfg(feature = "tracing")]
    print_log();
    match Panopticon::empty().check("a", CheckOptions::new(), || async {}).build() {
        Ok(health) => {
            println!("{:?}", health.settings());
            for warning in health.setting_warnings() {
                println!("warning: {} {warning}", warning.variable());
            }
        }
        Err(error) => println!("{error}"),
    }
}

#[test]
fn an_unknown_variable_is_a_warning_with_the_nearest_name() {
    let printed = built_with(&[("PANOPTICON_TIMOUT", "3s"), ("PANOPTICON_CACHE", "3s")]);
    assert!(printed.contains("timeout: 2s, cache: 3s, "), "{printed}");
    let warnings: Vec<_> = printed.lines().filter(|it| it.starts_with("warning: ")).collect();
    assert_eq!(
        warnings,
        ["warning: PANOPTICON_TIMOUT the environment variable `PANOPTICON_TIMOUT` has no effect, \
          since there is no such setting; did you mean `PANOPTICON_TIMEOUT`?"]
    );
    if cfg!(feature = "tracing") {
        let logged = "WARN panopticon message=an environment variable is not used \
                      variable=PANOPTICON_TIMOUT problem=has no effect";
        assert!(printed.contains(logged), "{printed}");
    }
}

#[test]
fn known_variables_and_those_of_the_platform_are_no_warning() {
    let printed = built_with(&[
        ("PANOPTICON_TIMEOUT", "3s"),
        ("PANOPTICON_SERVICE_HOST", "10.0.0.1"),
        ("PANOPTICON_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("HTTPS_PROXY", "http://proxy.example:3128"),
        ("NO_PROXY", "localhost, .example.com:8080,,10.0.0.0/8"),
        ("DD_TAGS", "team:"),
    ]);
    assert!(printed.contains("timeout: 3s"), "{printed}");
    assert!(!printed.contains("warning: ") && !printed.contains("WARN"), "{printed}");
}

#[cfg(not(feature = "http"))]
#[test]
fn a_setting_of_a_disabled_feature_is_a_warning_that_names_the_feature() {
    let printed = built_with(&[("PANOPTICON_PATH", "/health")]);
    let warning = "warning: PANOPTICON_PATH the environment variable `PANOPTICON_PATH` has no \
                   effect, since it needs panopticon's feature `http`";
    assert!(printed.contains(warning), "{printed}");
}

#[cfg(feature = "check-url")]
#[test]
fn entries_of_no_proxy_that_cannot_be_used_are_one_warning() {
    let printed = built_with(&[
        ("HTTPS_PROXY", "http://proxy.example:3128"),
        ("NO_PROXY", "localhost,http://a.example,10.0.0.0/99,user:secret@b.example"),
    ]);
    let warnings: Vec<_> = printed.lines().filter(|it| it.starts_with("warning: ")).collect();
    assert_eq!(warnings.len(), 1, "{printed}");
    let expected = "warning: NO_PROXY the environment variable `NO_PROXY` has entries that are skipped: \
                    `http://a.example`, `10.0.0.0/99`, entry 4; write `example.com`";
    assert!(warnings[0].starts_with(expected), "{printed}");
    assert!(!printed.contains("secret"), "{printed}");
    // Without a proxy, nothing is exempt from one.
    let printed = built_with(&[("NO_PROXY", "http://a.example")]);
    assert!(!printed.contains("warning: "), "{printed}");
}

#[cfg(feature = "check-url")]
#[test]
fn a_proxy_that_cannot_be_used_is_a_warning_without_its_value() {
    let printed = built_with(&[("HTTPS_PROXY", "ftp://user:secret@proxy")]);
    assert!(printed.contains("warning: HTTPS_PROXY "), "{printed}");
    assert!(!printed.contains("secret"), "{printed}");
}

#[cfg(all(feature = "check-url", feature = "datadog-api", feature = "tracing"))]
#[test]
fn a_proxy_that_cannot_be_used_is_logged_once_and_only_if_it_is_needed() {
    const LOGGED: &str = "WARN panopticon message=an environment variable is not used \
                          variable=HTTP_PROXY";
    for (needed, count) in [("", 0), ("url", 1), ("statistics", 1), ("url, statistics", 1)] {
        let proxy = ("HTTP_PROXY", "http://user:secret@proxy:99999999");
        let printed = printed_by("setting_warnings::sends_requests", &[proxy, ("NEEDED", needed)]);
        assert!(printed.contains("1 passed"), "{printed}");
        assert_eq!(printed.matches(LOGGED).count(), count, "{needed}: {printed}");
        assert!(!printed.contains("secret"), "{printed}");
    }
}

#[cfg(all(feature = "check-url", feature = "datadog-api", feature = "tracing"))]
#[test]
#[ignore = "run by another test with an environment of its own"]
fn sends_requests() {
    use panopticon::checks::url::check_url;
    use panopticon::datadog::{Stats, Transport};

    let Ok(needed) = std::env::var("NEEDED") else { return };
    print_log();
    for _ in 0..2 {
        let health = Panopticon::empty().check("a", CheckOptions::new(), || async {}).build();
        assert_eq!(health.unwrap().setting_warnings()[0].variable(), "HTTP_PROXY");
        if needed.contains("url") {
            let _ = check_url("http://127.0.0.1:1/").check_blocking();
        }
        let sends = needed.contains("statistics");
        let stats = Stats::builder().enabled(sends).transport(Transport::Api).api_key("0123");
        let stats = stats.api_host("http://127.0.0.1:1").build().unwrap();
        assert_eq!(stats.setting_warnings().len(), usize::from(sends));
    }
}

#[cfg(feature = "http")]
#[test]
fn booleans_are_words_or_digits_in_any_case() {
    for (text, value) in [("1", "true"), ("0", "false"), ("TRUE", "true"), ("False", "false")] {
        let printed = built_with(&[("PANOPTICON_DRAIN_FAILS_REPORT", text)]);
        assert!(printed.contains(&format!("drain_fails_report: {value}")), "{printed}");
    }
    for text in ["yes", "", "2", " true"] {
        let printed = built_with(&[("PANOPTICON_DRAIN_FAILS_REPORT", text)]);
        assert!(
            printed.contains(&format!(
                "the environment variable `PANOPTICON_DRAIN_FAILS_REPORT` must not be {text:?}; it \
                 takes `true` or `1`, `false` or `0`"
            )),
            "{printed}"
        );
    }
}

#[test]
fn a_name_that_is_like_no_setting_lists_the_settings() {
    let printed = built_with(&[("PANOPTICON_LOG", "debug")]);
    let warning = "warning: PANOPTICON_LOG the environment variable `PANOPTICON_LOG` has no effect, \
                   since there is no such setting; known ones: `PANOPTICON_TIMEOUT`, \
                   `PANOPTICON_CACHE`, ";
    assert!(printed.contains(warning), "{printed}");
}

/// The rule of `guide/settings.md`: only a list may be empty.
#[test]
fn an_empty_variable_is_an_error_unless_it_is_a_list() {
    let mut variables = vec!["TIMEOUT", "CACHE", "REPORT_TIMEOUT", "MESSAGE_KEY"];
    if cfg!(feature = "http") {
        variables.extend(["PATH", "UNHEALTHY_STATUS", "DRAIN_FAILS_REPORT"]);
    }
    for variable in variables {
        let variable = format!("PANOPTICON_{variable}");
        let printed = built_with(&[(&variable, "")]);
        let start = format!("the environment variable `{variable}` must not be \"\"; it takes ");
        assert!(printed.contains(&start), "{printed}");
        let end = "; an empty value is not the default, so remove the variable for that\n";
        assert!(printed.contains(end), "{printed}");
    }
    let printed = built_with(&[("PANOPTICON_WITHOUT", "")]);
    assert!(printed.contains("without: []"), "{printed}");
}

#[test]
fn the_builder_is_told_of_durations_and_the_environment_of_their_text() {
    let builder = || Panopticon::empty().check("a", CheckOptions::new(), || async {});
    let too_long = Duration::from_secs(31 * 24 * 60 * 60);
    for (builder, expected) in [
        (
            builder().timeout(Duration::ZERO),
            "`timeout` must not be 0ns; it takes a duration of more than zero, at most 30 days",
        ),
        (
            builder().cache(too_long),
            "`cache` must not be 2678400s; it takes a duration of at most 30 days",
        ),
        (
            builder().report_timeout(Duration::ZERO),
            "`report_timeout` must not be 0ns; it takes a duration of more than zero, at most 30 days",
        ),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.ends_with(&format!("1. the builder's {expected}")), "{error}");
    }
    for variable in ["PANOPTICON_TIMEOUT", "PANOPTICON_CACHE", "PANOPTICON_REPORT_TIMEOUT"] {
        let printed = built_with(&[(variable, "721h")]);
        let end = "at most 30 days, written as a whole number with one of the units ms, s, m, h, \
                   such as `500ms` or `2s`\n";
        assert!(printed.contains(end), "{printed}");
    }
}

#[test]
fn the_settings_in_effect_can_be_read() {
    let health = Panopticon::empty()
        .check("a", CheckOptions::new(), || async {})
        .timeout(Duration::from_millis(1500))
        .message_key(MessageKey::StatusMessage)
        .build()
        .unwrap();
    let settings = health.settings();
    assert_eq!(settings.timeout, Duration::from_millis(1500));
    assert_eq!(settings.message_key, MessageKey::StatusMessage);
    assert_eq!(settings.cache, Duration::from_secs(1));
    assert_eq!(settings.report_timeout, None);
    #[cfg(feature = "http")]
    assert_eq!((&*settings.path, settings.unhealthy_status), ("/healthcheck", 503));
}

/// Prints each event as a line.
#[cfg(feature = "tracing")]
fn print_log() {
    use crate::log_events::{EventHandler, Fields};

    let print = EventHandler::new(
        |_| true,
        |event, Fields { line, .. }| println!("{} {}{line}", event.level(), event.target()),
    );
    tracing::subscriber::set_global_default(print).unwrap();
}
