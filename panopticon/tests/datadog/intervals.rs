//! Whether and how often calls are combined, from the builder and the environment.

use std::time::Duration;

use panopticon::datadog::{Stats, StatsBuilder, Transport};

use crate::own_process::printed_by;

#[test]
#[ignore = "run by other tests with an environment of their own"]
fn prints_its_settings() {
    match Stats::builder().build() {
        Ok(stats) => {
            let settings = stats.settings().unwrap();
            let (flush, rollup) = (settings.flush_interval, settings.rollup_interval);
            println!("{{{} {flush:?} {rollup:?}}}", settings.aggregation);
        }
        Err(error) => println!("{{{error}}}"),
    }
}

fn in_environment(variables: &[(&str, &str)]) -> String {
    let printed = printed_by("intervals::prints_its_settings", variables);
    let (_, printed) = printed.split_once('{').unwrap();
    printed.rsplit_once('}').unwrap().0.to_owned()
}

const AGGREGATION: &str = "DATADOG_STATS_AGGREGATION";
const FLUSH: &str = "DATADOG_STATS_FLUSH_INTERVAL";
const ROLLUP: &str = "DATADOG_STATS_ROLLUP_INTERVAL";

#[test]
fn the_environment_sets_them() {
    assert_eq!(in_environment(&[]), "true 2s 10s");
    assert_eq!(in_environment(&[("DATADOG_STATS_TRANSPORT", "api")]), "true 10s 10s");
    let all = [(AGGREGATION, "0"), (FLUSH, "500ms"), (ROLLUP, "1m")];
    assert_eq!(in_environment(&all), "false 500ms 60s");
    assert_eq!(in_environment(&[(FLUSH, "")]), "true 2s 10s");
}

#[test]
fn values_out_of_bounds_are_errors() {
    let flush = "a duration of at least 100 ms, at most 1 minute";
    let rollup = "a duration of whole seconds, at least 1 second, at most 1 minute";
    for (variable, value, accepted) in [
        (AGGREGATION, "yes", "`true` or `1`, `false` or `0`"),
        (FLUSH, "10", flush),
        (FLUSH, "99ms", flush),
        (FLUSH, "61s", flush),
        (ROLLUP, "1500ms", rollup),
        (ROLLUP, "0s", rollup),
        (ROLLUP, "2m", rollup),
    ] {
        let printed = in_environment(&[(variable, value)]);
        let expected = format!(
            "1. the environment variable `{variable}` must not be {value:?}; it takes {accepted}"
        );
        assert!(printed.contains(&expected), "{printed}");
    }
    let of_builder = |set: fn(StatsBuilder) -> StatsBuilder| {
        set(Stats::builder().enabled(false)).build().unwrap_err().to_string()
    };
    let error = of_builder(|builder| builder.flush_interval(Duration::MAX));
    assert!(error.contains("the builder's `flush_interval` must not be 1844"), "{error}");
    let error = of_builder(|builder| builder.rollup_interval(Duration::from_millis(1)));
    assert!(error.contains("the builder's `rollup_interval` must not be 1ms"), "{error}");
}

#[test]
fn the_builder_overrides_the_environment() {
    let stats = Stats::builder()
        .transport(Transport::Api)
        .aggregation(false)
        .flush_interval(Duration::from_millis(100))
        .rollup_interval(Duration::from_secs(1))
        .build()
        .unwrap();
    let settings = stats.settings().unwrap();
    assert!(!settings.aggregation);
    assert_eq!(settings.flush_interval, Duration::from_millis(100));
    assert_eq!(settings.rollup_interval, Duration::from_secs(1));
}
