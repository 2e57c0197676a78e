//! Variables of the platform, which never stop a service.

use panopticon::datadog::{Stats, StatsSettings};

use crate::own_process::ignored_test;

/// How the client of a process is configured.
struct Configured {
    settings: StatsSettingsText,
    /// The variables and the texts of the warnings.
    warnings: Vec<(String, String)>,
}

/// The `Debug` text of the settings.
type StatsSettingsText = String;

/// Builds a client in a process with this environment. It must not fail.
fn configured(variables: &[(&str, &str)]) -> Configured {
    let output = ignored_test("platform_variables::prints_its_client")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{variables:?}: {printed}");
    let lines = |start: &'static str| {
        printed.lines().filter_map(move |line| line.split_once(start).map(|(_, rest)| rest))
    };
    let warnings = lines("warning: ").map(|line| {
        let (variable, text) = line.split_once(' ').unwrap();
        (variable.to_owned(), text.to_owned())
    });
    Configured {
        settings: lines("settings: ").next().unwrap().to_owned(),
        warnings: warnings.collect(),
    }
}

#[test]
#[ignore = "run by other tests with an environment of their own"]
fn prints_its_client() {
    let stats = Stats::builder().build().unwrap();
    let settings: &StatsSettings = stats.settings().unwrap();
    println!("settings: {settings:?}");
    for warning in stats.setting_warnings() {
        println!("warning: {} {warning}", warning.variable());
    }
}

/// Values that a platform may set for other programs.
const UNUSABLE: [(&str, &str); 11] = [
    ("DD_TAGS", "team:"),
    ("DD_TAGS", ":orders"),
    ("DD_DOGSTATSD_URL", "unixpacket:///var/run/datadog/dsd.socket"),
    ("DD_DOGSTATSD_URL", "tcp://127.0.0.1:8125"),
    ("DD_AGENT_HOST", "a b"),
    ("DD_DOGSTATSD_PORT", "0"),
    ("DD_SITE", "http://datadoghq.eu:80"),
    ("DD_API_KEY", "se cret"),
    // Datadog's Python client reads these.
    ("DATADOG_API_KEY", "se cret"),
    ("DATADOG_HOST", "ftp://secret"),
    ("DATADOG_HOST", "https://secret:99999"),
];

#[test]
fn what_cannot_be_used_is_skipped_with_a_warning() {
    for enabled in ["true", "false"] {
        let own = ("DATADOG_STATS_ENABLED", enabled);
        let defaults = configured(&[own]);
        assert_eq!(defaults.warnings, []);
        for variable in UNUSABLE {
            let Configured { settings, warnings } = configured(&[own, variable]);
            assert_eq!(settings, defaults.settings, "{variable:?}");
            let [(name, text)] = &warnings[..] else { panic!("{variable:?}: {warnings:?}") };
            assert_eq!(name, variable.0);
            let start = format!("the environment variable `{name}` ");
            assert!(text.starts_with(&start) && text.contains("skipped"), "{text}");
            let is_secret = matches!(&**name, "DD_API_KEY" | "DATADOG_API_KEY" | "DATADOG_HOST");
            assert_eq!(text.contains(variable.1), !is_secret, "{text}");
        }
    }
}

#[test]
fn the_next_variable_is_used_instead() {
    let configured = configured(&[
        ("DD_DOGSTATSD_URL", "unixpacket:///var/run/datadog/dsd.socket"),
        ("DD_AGENT_HOST", "10.0.0.7"),
    ]);
    assert!(
        configured.settings.contains("destination: \"udp://10.0.0.7:8125\""),
        "{}",
        configured.settings
    );
}

#[test]
fn values_are_used_as_far_as_possible() {
    let tags = configured(&[("DD_TAGS", "canary, team: region:eu,:x,url:a:b,")]);
    assert!(
        tags.settings
            .contains(r#"default_tags: [("canary", ""), ("region", "eu"), ("url", "a:b")]"#),
        "{}",
        tags.settings
    );
    let skipped: Vec<_> = tags.warnings.iter().map(|(_, text)| &**text).collect();
    assert_eq!(
        skipped,
        ["the environment variable `DD_TAGS` has 2 tags that are skipped, since a tag must not \
             begin or end with a colon: \"team:\", \":x\""]
    );
    for (variable, expected) in [
        // Datadog's tracer for Python accepts these.
        (("DD_DOGSTATSD_URL", "10.0.0.7:18125"), "destination: \"udp://10.0.0.7:18125\""),
        (("DD_AGENT_HOST", " 10.0.0.7\n"), "destination: \"udp://10.0.0.7:8125\""),
        (("DD_SERVICE", "shop\n"), r#"default_tags: [("service", "shop")]"#),
        (("DD_API_KEY", "0123456789abcdef\n"), "has_api_key: true"),
        (("DATADOG_API_KEY", "0123456789abcdef\n"), "has_api_key: true"),
    ] {
        let configured = configured(&[variable]);
        assert!(configured.settings.contains(expected), "{variable:?}: {}", configured.settings);
        assert_eq!(configured.warnings, [], "{variable:?}");
    }
    if cfg!(unix) {
        let socket = configured(&[("DD_DOGSTATSD_URL", "/var/run/datadog/dsd.socket")]);
        assert!(socket.settings.contains("unix:///var/run/datadog/dsd.socket"));
    }
    if cfg!(feature = "datadog-api") {
        for (variable, value) in [
            ("DD_SITE", "https://datadoghq.eu/"),
            // What a browser shows.
            ("DD_SITE", "https://app.datadoghq.eu"),
            ("DD_SITE", "app.datadoghq.eu"),
            ("DD_SITE", "https://api.datadoghq.eu/"),
            ("DATADOG_HOST", "https://api.datadoghq.eu\n"),
            ("DATADOG_HOST", "api.datadoghq.eu"),
            ("DATADOG_HOST", "https://api.datadoghq.eu/api/v1"),
        ] {
            let used = configured(&[(variable, value), ("DATADOG_API_KEY", "0123456789abcdef")]);
            let expected = "destination: \"https://api.datadoghq.eu\"";
            assert!(used.settings.contains(expected), "{value}: {}", used.settings);
            assert_eq!(used.warnings, []);
        }
    }
}

#[test]
fn tags_that_do_not_fit_into_a_packet_are_skipped() {
    let tags: Vec<_> = (0..20).map(|number| format!("k{number}:{}", "v".repeat(60))).collect();
    let platform = ("DD_TAGS", &*tags.join(","));
    let configured = configured(&[
        ("DATADOG_STATS_ENABLED", "true"),
        platform,
        ("DD_SERVICE", "shop"),
        ("DATADOG_DEFAULT_TAGS", "tier:1"),
    ]);
    for kept in ["(\"k0\", ", "(\"service\", \"shop\")", "(\"tier\", \"1\")"] {
        assert!(configured.settings.contains(kept), "{kept}: {}", configured.settings);
    }
    let [(name, text)] = &configured.warnings[..] else { panic!("{:?}", configured.warnings) };
    assert_eq!(name, "DD_TAGS");
    let kept = configured.settings.matches("(\"k").count();
    let expected = format!(
        "`DD_TAGS` has {} tags that are skipped, since the default tags must have at most 715 bytes \
         together: \"k{kept}:vvv",
        20 - kept
    );
    assert!((1..20).contains(&kept) && text.contains(&expected), "{text}");
    assert!(text.ends_with("vvv\", …") && !text.contains("k19:"), "{text}");
}

#[test]
fn a_variable_has_one_warning_whatever_is_skipped_of_it() {
    let tags: Vec<_> = (0..400).map(|number| format!("k{number}:value,:{number}")).collect();
    let variables = [("DD_TAGS", &*tags.join(",")), ("DATADOG_STATS_ENABLED", "true")];
    let text = |variables: &[(&str, &str)]| {
        let warnings = configured(variables).warnings;
        let [(_, text)] = &warnings[..] else { panic!("{warnings:?}") };
        text.clone()
    };
    let enabled = text(&variables);
    let colons = "has 400 tags that are skipped, since a tag must not begin or end with a colon: \
                  \":0\", \":1\", \":2\", …";
    assert!(enabled.contains(&format!("{colons}; it also has ")), "{enabled}");
    assert!(enabled.contains(" at most 715 bytes together: \"k"), "{enabled}");
    // What is not sent has no limit.
    let disabled = text(&variables[..1]);
    assert!(disabled.ends_with(colons), "{disabled}");
}

#[test]
fn a_password_in_a_value_is_not_shown() {
    for variable in [
        ("DD_DOGSTATSD_URL", "http://user:secret@host:80/"),
        ("DD_DOGSTATSD_URL", "user:secret@host"),
        ("DD_AGENT_HOST", "user:secret@host"),
        ("DD_DOGSTATSD_PORT", "user:secret@host"),
        ("DD_SITE", "https://user:secret@x"),
        ("DD_TAGS", "https://user:secret@x:"),
        ("DATADOG_HOST", "user:secret@x"),
        ("DATADOG_HOST", "https://user:secret@x/api/v1"),
    ] {
        let configured = configured(&[variable, ("DATADOG_STATS_ENABLED", "true")]);
        let [(name, text)] = &configured.warnings[..] else { panic!("{variable:?}") };
        assert_eq!(name, variable.0);
        assert!(text.contains("skipped, since"), "{text}");
        assert!(!format!("{text}{}", configured.settings).contains("secret@"), "{text}");
    }
}

#[test]
fn a_tag_without_a_value_is_accepted_in_our_variable_and_the_builder() {
    let configured = configured(&[("DATADOG_DEFAULT_TAGS", "canary,team:orders")]);
    assert!(
        configured.settings.contains(r#"[("canary", ""), ("team", "orders")]"#),
        "{}",
        configured.settings
    );
    let stats = Stats::builder().default_tag("canary", "").build().unwrap();
    let tags = &stats.settings().unwrap().default_tags;
    assert!(tags.contains(&("canary".to_owned(), String::new())), "{tags:?}");
}
