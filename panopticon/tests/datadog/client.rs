//! The client, its process-wide installation, and its counts.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;
use std::time::{Duration, UNIX_EPOCH};

use panopticon::Status;
use panopticon::datadog::testing::Recorder;
use panopticon::datadog::{self, Event, ServiceCheck, ServiceStatus, Stats, Value};

use crate::agent::{Agent, PATIENCE};
use crate::own_process::printed_by;

/// Returns the recorder of the process-wide client.
pub(crate) fn installed_recorder() -> &'static Recorder {
    static RECORDER: OnceLock<Recorder> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = Recorder::new();
        recorder.install().unwrap();
        recorder
    })
}

#[test]
fn the_functions_use_the_installed_client() {
    let recorder = installed_recorder();
    let tags = &[("test", "functions")];
    datadog::gauge("client.gauge", 1, tags);
    datadog::increment("client.count", 2, tags);
    datadog::decrement("client.count", 3_u64, tags);
    datadog::histogram("client.histogram", 4.5, tags);
    datadog::distribution("client.distribution", 5_i64, tags);
    datadog::set("client.set", 5.5, tags);
    datadog::set("client.set", "a|b\nc", tags);
    datadog::gauge_with_timestamp("client.dated", 1, tags, UNIX_EPOCH + Duration::from_secs(7));
    datadog::increment_with_timestamp("client.dated", 2, tags, UNIX_EPOCH + Duration::from_secs(8));
    datadog::timing("client.timing", Duration::from_micros(6_500), tags);
    datadog::event(Event::new("client", "text"));
    datadog::service_check(ServiceCheck::new("client.check", ServiceStatus::Ok));
    assert_eq!(recorder.values("client.gauge", tags), [1.0]);
    assert_eq!(recorder.values("client.count", tags), [2.0, -3.0]);
    assert_eq!(recorder.values("client.histogram", tags), [4.5]);
    assert_eq!(recorder.values("client.distribution", tags), [5.0]);
    assert_eq!(recorder.values("client.timing", tags), [6.5]);
    assert!(recorder.set_values("client.set", tags).iter().eq(["5.5", "a_b_c"]));
    let dated = recorder.metrics().into_iter().filter(|it| it.name == "client.dated");
    assert!(dated.map(|it| it.timestamp).eq([Some(7), Some(8)]));
    assert!(recorder.events().contains(&Event::new("client", "text")));
    assert!(recorder.service_checks().iter().any(|check| check.name() == "client.check"));
    assert!(datadog::installed().is_enabled());
}

#[test]
fn a_second_client_cannot_be_installed() {
    installed_recorder();
    let error = Stats::builder().enabled(false).install().unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot send statistics: 1 problem\n\
         1. a process-wide client is already installed; install one once, in `main`, and use \
         `build()` for further clients; in tests, share one recorder in a `static`"
    );
}

#[test]
fn default_tags_are_sent_with_the_tags_of_calls() {
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let stats = agent.builder().default_tag("env", "test").service("shop").build().unwrap();
    stats.increment("a", 1, &[]);
    stats.increment("b", 1, &[("env", "other")]);
    stats.flush(PATIENCE).unwrap();
    let mut lines = agent.lines(2);
    lines.sort();
    assert_eq!(
        lines,
        [
            "panopticon.a:1|c|#service:shop,env:test",
            "panopticon.b:1|c|#service:shop,env:test,env:other"
        ]
    );
}

#[test]
fn integers_are_exact() {
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let stats = agent.builder().aggregation(false).build().unwrap();
    send_integers(&stats);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(
        agent.lines(6),
        [
            "panopticon.a:18446744073709551615|g",
            "panopticon.a:-9223372036854775808|g",
            "panopticon.a:9223372036854775808|c",
            "panopticon.a:-9223372036854775808|c",
            "panopticon.a:18446744073709551615|g",
            "panopticon.a:-1|g",
        ]
    );

    let stats = agent.builder().build().unwrap();
    send_integers(&stats);
    stats.flush(PATIENCE).unwrap();
    let mut lines = agent.lines(3);
    lines.sort();
    assert_eq!(
        lines,
        [
            "panopticon.a:-1|g",
            "panopticon.a:-9223372036854775808|c",
            "panopticon.a:9223372036854775808|c",
        ]
    );
    assert_eq!(stats.delivery().sent, 6);
}

fn send_integers(stats: &Stats) {
    stats.gauge("a", u64::MAX, &[]);
    stats.gauge("a", i64::MIN, &[]);
    stats.decrement("a", i64::MIN, &[]);
    stats.decrement("a", 9_223_372_036_854_775_808_u64, &[]);
    stats.gauge("a", usize::MAX, &[]);
    stats.gauge("a", Value::from(-1_i8), &[]);
}

#[test]
fn calls_that_cannot_be_sent_are_counted_with_the_reason() {
    let agent = Agent::new(IpAddr::from(Ipv4Addr::LOCALHOST));
    let stats = agent.builder().build().unwrap();
    let problem = || stats.delivery().problem.unwrap();

    stats.gauge("queue\nlength", f64::NAN, &[]);
    assert_eq!(problem(), "metric `queue_length` is NaN, not a number");
    stats.gauge("queue.length", f64::NEG_INFINITY, &[]);
    assert_eq!(problem(), "metric `queue.length` is -inf, not a number");
    stats.gauge("", 1, &[]);
    assert_eq!(problem(), "a metric has no name");
    stats.service_check(ServiceCheck::new("", ServiceStatus::Ok));
    assert_eq!(problem(), "a service check has no name");
    stats.event(Event::new("", "text"));
    assert_eq!(problem(), "an event has no title");
    let long = "v".repeat(190);
    stats.gauge("queue.length", 1, &[("k", &*long); 10]);
    assert_eq!(
        problem(),
        "`panopticon.queue.length` with its tags has 1958 bytes; a packet to the Agent has at most 1431"
    );
    let check = ServiceCheck::new("supplier", ServiceStatus::Ok).tags(&[("k", &*long); 10]);
    stats.service_check(check.message("m"));
    assert_eq!(problem(), "the tags of service check `supplier` are too long");

    let many = vec![("k", "v"); 101];
    stats.gauge("queue.length", 1, &many);
    assert_eq!(problem(), "`queue.length` has 101 tags; the maximum is 100");
    stats.service_check(ServiceCheck::new("supplier", ServiceStatus::Ok).tags(&many));
    assert_eq!(problem(), "`supplier` has 101 tags; the maximum is 100");
    stats.event(Event::new("Import finished", "").tags(&many));
    assert_eq!(problem(), "`Import finished` has 101 tags; the maximum is 100");

    for rate in [0.0, -0.5, 1.5, f64::NAN] {
        stats.sampled(rate).histogram("queue.length", 1, &[]);
        let expected = format!(
            "metric `queue.length` has the sample rate {rate}; it must be more than 0 and at most 1"
        );
        assert_eq!(problem(), expected);
    }
    stats.set("users", "", &[]);
    assert_eq!(problem(), "set `users` has a value without a text");

    for at in [UNIX_EPOCH, UNIX_EPOCH - Duration::from_secs(5)] {
        stats.gauge_with_timestamp("queue.length", 1, &[], at);
        assert_eq!(problem(), "metric `queue.length` has a time before 1970-01-01T00:00:01Z");
        stats.increment_with_timestamp("queue.length", 1, &[], at);
    }

    assert_eq!(stats.delivery().refused, 19);
    stats.gauge("queue.length", 1, &[]);
    stats.flush(PATIENCE).unwrap();
    assert_eq!(agent.lines(1), ["panopticon.queue.length:1|g"]);
    let delivery = stats.delivery();
    assert_eq!((delivery.sent, delivery.dropped), (1, 0));
}

#[test]
fn a_lost_call_makes_the_health_degraded() {
    let stats = Recorder::new().stats();
    let health = stats.health();
    assert_eq!(
        (health.status(), health.message()),
        (Status::Healthy, Some("statistics are delivered"))
    );
    stats.gauge("ratio", f64::NAN, &[]);
    let health = stats.health();
    assert_eq!(health.status(), Status::Degraded);
    assert_eq!(health.message(), Some("metric `ratio` is NaN, not a number"));
    let delivery = serde_json::json!({
        "sent": 0, "dropped": 0, "refused": 1, "problem": "metric `ratio` is NaN, not a number"
    });
    assert_eq!(health.detail("delivery"), Some(&delivery));
    assert_eq!(Stats::disabled().health().message(), Some("statistics are disabled"));
}

#[test]
fn a_disabled_client_does_nothing() {
    let stats = Stats::builder().enabled(false).build().unwrap();
    assert!(!stats.is_enabled());
    stats.gauge("queue.length", f64::NAN, &[]);
    stats.event(Event::new("", ""));
    stats.service_check(ServiceCheck::new("", ServiceStatus::Ok));
    stats.flush(Duration::ZERO).unwrap();
    drop(stats.flush_on_drop());
    assert_eq!(stats.delivery(), datadog::Delivery::default());
    assert_eq!(format!("{stats:?}"), "Stats(disabled)");
}

/// Returns the anonymous memory of the process in kilobytes. File pages are left out, since they
/// are loaded on demand.
#[cfg(target_os = "linux")]
fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let (_, rest) = status.split_once("RssAnon:").unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

/// Runs in its own process, since other tests use memory too.
#[test]
#[ignore = "run by the next test"]
#[cfg(target_os = "linux")]
fn prints_the_memory_of_a_million_disabled_calls() {
    let stats = Stats::disabled();
    let call = |count: u32| {
        stats.increment("orders.placed", count, &[("kind", "book")]);
        stats.gauge("queue.length", count, &[]);
        stats.timing("import", Duration::from_millis(1), &[]);
    };
    (0..1_000).for_each(call);
    let before = resident_kilobytes();
    (0..1_000_000).for_each(call);
    println!("{{{}}}", resident_kilobytes().saturating_sub(before));
}

#[test]
#[cfg(target_os = "linux")]
fn a_million_disabled_calls_take_no_memory() {
    let printed = printed_by("client::prints_the_memory_of_a_million_disabled_calls", &[]);
    let taken = printed.split_once('{').and_then(|(_, rest)| rest.split_once('}')).unwrap().0;
    // Keeping one byte per call would take 2,930.
    assert!(taken.parse::<u64>().unwrap() < 500, "{taken} kilobytes");
}
