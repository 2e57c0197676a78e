//! Settings from the builder and the environment, and the errors they cause.

use panopticon::datadog::{Stats, Transport};

use crate::own_process::printed_by;

/// Builds a client from the environment alone, and returns its `Debug` text or error.
fn in_environment(variables: &[(&str, &str)]) -> String {
    let printed = printed_by("settings::prints_its_client", variables);
    let (_, printed) = printed.split_once('{').unwrap();
    printed.rsplit_once('}').unwrap().0.to_owned()
}

#[test]
fn a_host_in_the_builder_overrides_a_url_in_the_environment() {
    let url = ("DD_DOGSTATSD_URL", "udp://10.0.0.1:1");
    let printed = printed_by("settings::prints_a_client_with_a_host", &[url]);
    assert!(printed.contains("Udp { host: \"10.0.0.2\", port: 8125 }"), "{printed}");
}

#[test]
#[ignore = "run by the test above"]
fn prints_a_client_with_a_host() {
    println!("{:?}", Stats::builder().enabled(true).agent_host("10.0.0.2").build().unwrap());
}

#[test]
#[ignore = "run by other tests with an environment of their own"]
fn prints_its_client() {
    match Stats::builder().build() {
        Ok(stats) => println!("{{{stats:?}}}"),
        Err(error) => println!("{{{error}}}"),
    }
}

fn enabled(variables: &[(&str, &str)]) -> String {
    in_environment(&[&[("DATADOG_STATS_ENABLED", "true")], variables].concat())
}

const DEFAULTS: &str = "Stats(Dogstatsd { address: Udp { host: \"127.0.0.1\", port: 8125 }, \
                        common: CommonFields { prefix: \"panopticon\", tags: [], hostname: None }, .. })";

#[test]
fn statistics_are_disabled_by_default() {
    assert_eq!(in_environment(&[]), "Stats(disabled)");
    assert_eq!(in_environment(&[("DATADOG_STATS_ENABLED", "False")]), "Stats(disabled)");
    assert_eq!(in_environment(&[("DATADOG_STATS_ENABLED", "true")]), DEFAULTS);
    assert_eq!(
        in_environment(&[("DATADOG_STATS_ENABLED", "yes")]),
        "cannot send statistics: 1 problem\n\
         1. the environment variable `DATADOG_STATS_ENABLED` must not be \"yes\"; it takes `true` or \
         `1`, `false` or `0`"
    );
    for (value, printed) in [("1", DEFAULTS), ("TRUE", DEFAULTS), ("0", "Stats(disabled)")] {
        assert_eq!(in_environment(&[("DATADOG_STATS_ENABLED", value)]), printed, "{value}");
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let empty = ["DD_SITE", "DD_DOGSTATSD_PORT", "DATADOG_STATS_TRANSPORT", "DD_TAGS", "DD_ENV"];
    assert_eq!(enabled(&empty.map(|variable| (variable, ""))), DEFAULTS);
    let printed =
        in_environment(&["DATADOG_STATS_ENABLED", "DATADOG_STATS_PREFIX"].map(|it| (it, "")));
    assert!(printed.starts_with("cannot send statistics: 2 problems"), "{printed}");
}

#[test]
fn the_agents_address_is_its_url_or_else_its_host_and_port() {
    let address = |variables: &[(&str, &str)]| {
        let printed = enabled(variables);
        let (_, printed) = printed.split_once("address: ").unwrap_or_else(|| panic!("{printed}"));
        printed.split_once(", common").unwrap().0.to_owned()
    };
    let udp = |host: &str, port: u16| format!("Udp {{ host: {host:?}, port: {port} }}");
    assert_eq!(address(&[("DD_AGENT_HOST", "10.0.0.7")]), udp("10.0.0.7", 8125));
    assert_eq!(address(&[("DD_AGENT_HOST", "fd00::7")]), udp("fd00::7", 8125));
    assert_eq!(address(&[("DD_DOGSTATSD_PORT", "18125")]), udp("127.0.0.1", 18125));
    let host_and_port = [("DD_AGENT_HOST", "datadog_agent"), ("DD_DOGSTATSD_PORT", "18125")];
    assert_eq!(address(&host_and_port), udp("datadog_agent", 18125));
    let all = |url| [&host_and_port[..], &[("DD_DOGSTATSD_URL", url)]].concat();
    assert_eq!(address(&all("udp://[::1]:9125")), udp("::1", 9125));
    assert_eq!(address(&all("udp://[::1]")), udp("::1", 8125));
    assert_eq!(address(&all("udp://agent.example")), udp("agent.example", 8125));
    assert_eq!(address(&all("")), udp("datadog_agent", 18125));
    assert_eq!(address(&[("DD_AGENT_HOST", "")]), udp("127.0.0.1", 8125));
    if cfg!(unix) {
        let socket = "Unix(\"/var/run/datadog/dsd.socket\")";
        assert_eq!(address(&all("unix:///var/run/datadog/dsd.socket")), socket);
        assert_eq!(address(&all("unixgram:///var/run/datadog/dsd.socket")), socket);
        let stream = all("unixstream:///var/run/datadog/dsd.socket");
        assert_eq!(address(&stream), "UnixStream(\"/var/run/datadog/dsd.socket\")");
        assert_eq!(address(&[("DD_AGENT_HOST", "unix:///var/run/datadog/dsd.socket")]), socket);
    }
}

#[test]
fn tags_are_merged_by_key() {
    let printed = enabled(&[
        ("DD_TAGS", "team:orders env:from-dd-tags,region:eu"),
        ("DATADOG_DEFAULT_TAGS", "region:us, tier:1"),
        ("DD_ENV", "production"),
        ("DD_SERVICE", "shop"),
        ("DD_VERSION", "1.2.3"),
        ("DD_ENTITY_ID", "5b1f"),
        ("DD_HOSTNAME", "web-1"),
        ("DATADOG_STATS_PREFIX", "shop"),
    ]);
    let expected = "common: CommonFields { prefix: \"shop\", tags: [(\"team\", \"orders\"), \
                    (\"region\", \"us\"), (\"tier\", \"1\"), (\"env\", \"production\"), \
                    (\"service\", \"shop\"), (\"version\", \"1.2.3\"), \
                    (\"dd.internal.entity_id\", \"5b1f\")], hostname: Some(\"web-1\") }";
    assert!(printed.contains(expected), "{printed}");
}

#[test]
fn all_problems_are_in_one_error() {
    let printed = in_environment(&[
        ("DATADOG_STATS_ENABLED", "yes"),
        ("DATADOG_STATS_TRANSPORT", "udp"),
        ("DATADOG_DEFAULT_TAGS", ":orders"),
        ("DATADOG_STATS_PREFIX", "shop."),
        // Those of the platform are not errors.
        ("DD_TAGS", "team:"),
        ("DD_DOGSTATSD_URL", "tcp://127.0.0.1:8125"),
        ("DATADOG_HOST", "ftp://api.datadoghq.eu"),
        ("DATADOG_API_KEY", "se cret"),
    ]);
    for (position, (variable, value)) in (1..).zip([
        ("DATADOG_STATS_ENABLED", "\"yes\""),
        ("DATADOG_STATS_TRANSPORT", "\"udp\""),
        ("DATADOG_DEFAULT_TAGS", "\":orders\""),
        ("DATADOG_STATS_PREFIX", "\"shop.\""),
    ]) {
        let problem = format!(
            "\n{position}. the environment variable `{variable}` must not be {value}; it takes "
        );
        assert!(printed.contains(&problem), "{problem} in {printed}");
    }
    assert!(printed.starts_with("cannot send statistics: 4 problems\n"), "{printed}");
}

#[test]
fn an_empty_key_does_not_hide_the_other() {
    let both = [("DATADOG_API_KEY", ""), ("DD_API_KEY", "0123456789abcdef")];
    assert_eq!(enabled(&both), enabled(&both[1..]));
    let printed = enabled(&[("DATADOG_API_KEY", ""), ("DD_API_KEY", "")]);
    assert_eq!(printed, DEFAULTS);
}

#[test]
fn nothing_but_the_origin_of_the_api_host_is_shown() {
    for (url, shown) in [
        ("https://user:secret@proxy.example:8443", "https://proxy.example:8443"),
        ("https://proxy.example/secret/v2?key=secret", "https://proxy.example"),
        ("https://user:sec/secret@proxy.example", "…"),
    ] {
        let builder = Stats::builder().api_host(url);
        let debug = format!("{builder:?}");
        assert!(debug.contains(&format!("api_host: Some({shown:?})")), "{debug}");
        let error = builder.build().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(!format!("{debug}{error}").contains("secret@"), "{error}");
    }
    let builder = Stats::builder().api_host("https://proxy.example/secret").api_key("0123456789");
    let stats = builder.enabled(true).transport(Transport::Api).build();
    let shown = format!("{stats:?}");
    assert!(!shown.contains("/secret"), "{shown}");
    if let Ok(stats) = stats {
        let settings = stats.settings().unwrap();
        assert_eq!(settings.destination, "https://proxy.example");
        assert!(!format!("{settings:?}").contains("secret"), "{settings:?}");
    }
}

#[test]
fn a_password_in_an_address_is_not_shown() {
    const URL: &str = "https://user:secret@host:80/";
    for (method, builder) in [
        ("dogstatsd_url", Stats::builder().dogstatsd_url(URL)),
        ("dogstatsd_url", Stats::builder().dogstatsd_url("user:secret@host")),
        ("agent_host", Stats::builder().agent_host("user:secret@host")),
        ("site", Stats::builder().site(URL)),
        ("api_host", Stats::builder().api_host(URL)),
        ("prefix", Stats::builder().prefix(URL).enabled(false)),
        ("default_tag", Stats::builder().default_tag("", URL)),
    ] {
        let debug = format!("{builder:?}");
        let is_address = !matches!(method, "prefix" | "default_tag");
        assert!(!(is_address && debug.contains("secret")), "{debug}");
        let error = builder.build().unwrap_err().to_string();
        let expected = format!(
            "the builder's `{method}` has a value that is not accepted (not shown, since it may be \
             a secret); it takes "
        );
        assert!(error.contains(&expected) && !error.contains("secret@"), "{error}");
    }
    let error = in_environment(&[("DATADOG_STATS_PREFIX", "user:secret@host")]);
    assert!(error.contains("`DATADOG_STATS_PREFIX` has a value that is not accepted"), "{error}");
    // What is no secret is shown.
    let debug = format!("{:?}", Stats::builder().site("a b").agent_host("c"));
    assert!(debug.contains("agent_host: Some(\"c\")") && debug.contains("Some(\"a b\")"));
}

#[test]
fn errors_name_the_method_of_the_builder() {
    let error = Stats::builder()
        .enabled(true)
        .prefix("1st")
        .default_tag("", "v")
        .dogstatsd_port(0)
        .site("x y")
        .api_key("se cret")
        .build()
        .unwrap_err()
        .to_string();
    assert!(error.contains("the builder's `prefix` must not be \"1st\"; it takes a letter, then"));
    assert!(error.contains("the builder's `default_tag` must not be \":v\"; "), "{error}");
    assert!(error.contains("the builder's `dogstatsd_port` must not be 0; "), "{error}");
    assert!(error.contains("the builder's `site` must not be \"x y\"; "), "{error}");
    assert!(
        error.contains(
            "the builder's `api_key` has a value that is not accepted (not shown, since it may be a \
             secret); "
        ),
        "{error}"
    );
    for of_rust in ["Some(", "[(", "None"] {
        assert!(!error.contains(of_rust), "{error}");
    }
    assert!(!error.contains("se cret"));
}

#[test]
fn the_key_is_not_shown() {
    let builder = Stats::builder().enabled(true).api_key("abcdef0123456789");
    assert!(!format!("{builder:?}").contains("abcdef"));
    let stats = builder.transport(Transport::Dogstatsd).build().unwrap();
    assert!(!format!("{stats:?}").contains("abcdef"));
}

#[test]
fn a_key_without_an_agent_selects_the_api() {
    let key = ("DD_API_KEY", "abcdef0123456789");
    if cfg!(feature = "datadog-api") {
        assert!(enabled(&[key]).starts_with("Stats(Api "));
        assert!(enabled(&[("DATADOG_API_KEY", key.1)]).starts_with("Stats(Api "));
    } else {
        // The platform's key must not stop the service.
        assert_eq!(enabled(&[key]), DEFAULTS);
        assert_eq!(enabled(&[("DATADOG_API_KEY", key.1)]), DEFAULTS);
        assert_eq!(
            Stats::builder().enabled(true).api_key(key.1).build().unwrap_err().to_string(),
            "cannot send statistics: 1 problem\n\
             1. the transport `api`, the default with a key and without an Agent's address, needs \
             panopticon's feature `datadog-api`; enable it, or set \
             `DATADOG_STATS_TRANSPORT=dogstatsd` to send to an Agent"
        );
    }
    for agent in ["DD_AGENT_HOST", "DD_DOGSTATSD_URL"] {
        let value = if agent == "DD_AGENT_HOST" { "127.0.0.1" } else { "udp://127.0.0.1:8125" };
        assert_eq!(enabled(&[key, (agent, value)]), DEFAULTS);
    }
    assert_eq!(enabled(&[key, ("DATADOG_STATS_TRANSPORT", "dogstatsd")]), DEFAULTS);
    // An address that cannot be used is still that of an Agent.
    for agent in [
        ("DD_DOGSTATSD_URL", "tcp:///var/run/datadog/dsd.socket"),
        ("DD_DOGSTATSD_URL", "http://user:secret@host:80/"),
        ("DD_AGENT_HOST", "a b"),
        ("DD_DOGSTATSD_PORT", "0"),
        ("DD_DOGSTATSD_PORT", "x"),
    ] {
        for key in [key, ("DATADOG_API_KEY", key.1)] {
            assert_eq!(enabled(&[key, agent]), DEFAULTS, "{agent:?}");
        }
    }
    // One that is empty is none.
    let empty = [key, ("DD_DOGSTATSD_URL", " "), ("DD_AGENT_HOST", ""), ("DD_DOGSTATSD_PORT", "")];
    assert_eq!(enabled(&empty), enabled(&[key]));
    assert_eq!(
        enabled(&[("DATADOG_STATS_TRANSPORT", "api")]),
        "cannot send statistics: 1 problem\n\
         1. the transport `api` needs a key; set the environment variable `DATADOG_API_KEY`, or \
         `DATADOG_STATS_TRANSPORT=dogstatsd` to send to an Agent"
    );
}

#[test]
fn default_tags_must_fit_into_half_a_packet() {
    let builder = (0..8).fold(Stats::builder().enabled(true), |builder, position| {
        builder.default_tag(format!("k{position}"), "v".repeat(100))
    });
    assert_eq!(
        builder.transport(Transport::Dogstatsd).build().unwrap_err().to_string(),
        "cannot send statistics: 1 problem\n\
         1. the default tags must have at most 715 bytes together, half of a packet to the Agent, \
         but have 832; remove some from `DATADOG_DEFAULT_TAGS` or the builder"
    );
}
