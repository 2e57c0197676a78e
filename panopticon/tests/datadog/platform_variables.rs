//! Variables of the platform, which never stop a service.

use std::process::Command;

use panopticon::datadog::{Stats, StatsSettings};

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
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "platform_variables::prints_its_client", "--ignored", "--nocapture"])
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
const UNUSABLE: [(&str, &str); 8] = [
    ("DD_TAGS", "team:"),
    ("DD_TAGS", ":orders"),
    ("DD_DOGSTATSD_URL", "unixstream:///var/run/datadog/dsd.socket"),
    ("DD_DOGSTATSD_URL", "tcp://127.0.0.1:8125"),
    ("DD_AGENT_HOST", "a b"),
    ("DD_DOGSTATSD_PORT", "0"),
    ("DD_SITE", "http://datadoghq.eu:80"),
    ("DD_API_KEY", "se cret"),
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
            assert_eq!(text.contains(variable.1), name != "DD_API_KEY", "{text}");
        }
    }
}

#[test]
fn the_next_variable_is_used_instead() {
    let configured = configured(&[
        ("DD_DOGSTATSD_URL", "unixstream:///var/run/datadog/dsd.socket"),
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
        [
            "the environment variable `DD_TAGS` has the tag \"team:\", which is skipped, since a \
             tag must not begin or end with a colon",
            "the environment variable `DD_TAGS` has the tag \":x\", which is skipped, since a tag \
             must not begin or end with a colon",
        ]
    );
    for (variable, expected) in [
        // Datadog's tracer for Python accepts these.
        (("DD_DOGSTATSD_URL", "10.0.0.7:18125"), "destination: \"udp://10.0.0.7:18125\""),
        (("DD_AGENT_HOST", " 10.0.0.7\n"), "destination: \"udp://10.0.0.7:8125\""),
        (("DD_SERVICE", "shop\n"), r#"default_tags: [("service", "shop")]"#),
        (("DD_API_KEY", "0123456789abcdef\n"), "has_api_key: true"),
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
        let site =
            configured(&[("DD_SITE", "https://datadoghq.eu/"), ("DD_API_KEY", "0123456789abcdef")]);
        assert!(site.settings.contains("https://api.datadoghq.eu"), "{}", site.settings);
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
    let skipped = configured.warnings.len();
    assert!((1..20).contains(&skipped), "{skipped}");
    let (name, text) = &configured.warnings[0];
    assert_eq!(name, "DD_TAGS");
    assert!(text.contains("`DD_TAGS` has the tag \"k19:vvv"), "{text}");
    assert!(text.ends_with("the default tags must have at most 715 bytes together"), "{text}");
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
