//! Calls that are combined in the process.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use panopticon::datadog::Stats;

use crate::agent::{Agent, PATIENCE};
use crate::parser::{Line, parse};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// So long that nothing is sent without a flush.
const MINUTE: Duration = Duration::from_secs(60);

/// Returns a client whose calls wait for a flush.
fn client(agent: &Agent) -> Stats {
    agent.builder().flush_interval(MINUTE).build().unwrap()
}

/// Returns the lines that a flush sends, sorted.
fn flushed(stats: &Stats, agent: &Agent, count: usize) -> Vec<String> {
    stats.flush(PATIENCE).unwrap();
    let mut lines = agent.lines(count);
    lines.sort();
    lines
}

/// Calls `increment` a million times, on four threads.
fn increment_a_million_times(stats: &Stats) {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..250_000 {
                    stats.increment("orders.placed", 1, &[("kind", "book")]);
                }
            });
        }
    });
}

#[test]
fn a_million_increments_are_one_line_with_their_sum() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    increment_a_million_times(&stats);
    assert_eq!(flushed(&stats, &agent, 1), ["panopticon.orders.placed:1000000|c|#kind:book"]);
    let delivery = stats.delivery();
    assert_eq!((delivery.sent, delivery.dropped, delivery.refused), (1_000_000, 0, 0));
}

#[test]
fn the_sum_is_exact_whatever_is_flushed_meanwhile() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent.builder().flush_interval(Duration::from_millis(100)).build().unwrap();
    let is_done = AtomicBool::new(false);
    let sum = thread::scope(|scope| {
        let flushes = scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                stats.flush(PATIENCE).unwrap();
                thread::sleep(Duration::from_millis(5));
            }
        });
        // The remaining line of the sum, if any, is followed by a line of another metric.
        let sum = scope.spawn(|| {
            let mut sum = 0.0;
            loop {
                for line in std::str::from_utf8(&agent.packet()).unwrap().lines() {
                    match parse(line).unwrap() {
                        Line::Metric { name, values, .. } if name == "panopticon.orders.placed" => {
                            sum += values[0];
                        }
                        Line::Event { .. } => return sum,
                        other => panic!("{other:?}"),
                    }
                }
            }
        });
        increment_a_million_times(&stats);
        is_done.store(true, Ordering::Relaxed);
        flushes.join().unwrap();
        stats.flush(PATIENCE).unwrap();
        stats.event(panopticon::datadog::Event::new("the end", ""));
        stats.flush(PATIENCE).unwrap();
        sum.join().unwrap()
    });
    assert!((sum - 1e6).abs() < 0.1, "{sum}");
    assert_eq!(stats.delivery().sent, 1_000_001);
}

#[test]
fn combined_calls_are_sent_every_interval() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent.builder().flush_interval(Duration::from_millis(100)).build().unwrap();
    for round in 0..3 {
        stats.gauge("round", round, &[]);
        assert_eq!(agent.lines(1), [format!("panopticon.round:{round}|g")]);
    }
}

#[test]
fn dropping_the_last_client_sends_what_was_combined() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    for _ in 0..1_000 {
        stats.increment("orders.placed", 2, &[]);
    }
    drop(stats);
    assert_eq!(agent.lines(1), ["panopticon.orders.placed:2000|c"]);
}

#[test]
fn counts_are_added_up_gauges_keep_the_latest_and_sets_different_values() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    stats.increment("count", 3, &[]);
    stats.decrement("count", 5, &[]);
    stats.increment("fraction", 0.25, &[]);
    stats.increment("fraction", 0.5, &[]);
    stats.increment("nothing", 0, &[]);
    for value in [11, 12] {
        stats.gauge("gauge", value, &[("k", "v")]);
        stats.gauge("gauge", value + 100, &[("k", "w")]);
    }
    for user in ["ada", "bob", "ada", "ada"] {
        stats.set("users", user, &[]);
    }
    let lines = [
        "panopticon.count:-2|c",
        "panopticon.fraction:0.75|c",
        "panopticon.gauge:112|g|#k:w",
        "panopticon.gauge:12|g|#k:v",
        "panopticon.nothing:0|c",
        "panopticon.users:ada|s",
        "panopticon.users:bob|s",
    ];
    assert_eq!(flushed(&stats, &agent, lines.len()), lines);
    assert_eq!(stats.delivery().sent, 13);
    // Nothing is sent again.
    stats.increment("count", 1, &[]);
    assert_eq!(flushed(&stats, &agent, 1), ["panopticon.count:1|c"]);
}

#[test]
fn the_order_of_tags_makes_no_difference() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    stats.increment("a", 1, &[("k", "1"), ("l", "2")]);
    stats.increment("a", 1, &[("l", "2"), ("k", "1")]);
    stats.increment("a", 1, &[("l", "1"), ("k", "2")]);
    assert_eq!(
        flushed(&stats, &agent, 2),
        ["panopticon.a:1|c|#l:1,k:2", "panopticon.a:2|c|#k:1,l:2"]
    );
}

#[test]
fn histograms_distributions_and_timings_share_lines() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    for value in [1.5, 2.0, -3.0] {
        stats.histogram("size", value, &[("k", "v")]);
        stats.distribution("weight", value, &[]);
    }
    stats.histogram("size", u64::MAX, &[("k", "v")]);
    stats.timing("time", Duration::from_micros(1_500), &[]);
    stats.timing("time", Duration::from_millis(2), &[]);
    let lines = [
        "panopticon.size:1.5:2:-3:18446744073709551615|h|#k:v",
        "panopticon.time:1.5:2|ms",
        "panopticon.weight:1.5:2:-3|d",
    ];
    assert_eq!(flushed(&stats, &agent, lines.len()), lines);
    assert_eq!(stats.delivery().sent, 9);
}

#[test]
fn many_values_are_several_full_lines() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    for value in 0..2_000 {
        stats.histogram("size", value, &[("kind", "book")]);
    }
    stats.flush(PATIENCE).unwrap();
    let (mut read, mut lines) = (Vec::new(), 0);
    while read.len() < 2_000 {
        let packet = String::from_utf8(agent.packet()).unwrap();
        assert!(packet.len() <= 1_432, "{} bytes", packet.len());
        for line in packet.lines() {
            let Line::Metric { values, .. } = parse(line).unwrap() else { panic!("{line}") };
            read.extend(values);
            lines += 1;
        }
    }
    assert!(read.iter().copied().eq((0..2_000).map(f64::from)));
    assert!(lines < 10, "{lines}");
    assert_eq!(stats.delivery().sent, 2_000);
}

#[test]
fn values_that_do_not_fit_into_a_sum_are_sent_on_their_own() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    stats.increment("bytes", u64::MAX, &[]);
    stats.increment("bytes", 1, &[]);
    stats.decrement("bytes", i64::MIN, &[]);
    stats.increment("large", f64::MAX, &[]);
    stats.increment("large", f64::MAX, &[]);
    let lines = flushed(&stats, &agent, 5);
    let bytes = ["18446744073709551615", "1", "9223372036854775808"];
    assert_eq!(lines[..3], bytes.map(|sum| format!("panopticon.bytes:{sum}|c")));
    assert_eq!(lines[3], lines[4]);
    assert_eq!(stats.delivery().sent, 5);
}

#[test]
fn only_samples_are_sent_and_only_where_nothing_else_is_lost() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    let sampled = stats.sampled(0.5);
    for _ in 0..400 {
        sampled.distribution("weight", 1, &[]);
        sampled.increment("count", 1, &[]);
        sampled.gauge("gauge", 7, &[]);
        sampled.set("users", "ada", &[]);
    }
    stats.distribution("weight", 2, &[]);
    let lines = flushed(&stats, &agent, 5);
    assert_eq!(lines[0], "panopticon.count:400|c");
    assert_eq!(lines[1], "panopticon.gauge:7|g");
    assert_eq!(lines[2], "panopticon.users:ada|s");
    assert_eq!(lines[4], "panopticon.weight:2|d");
    let Line::Metric { values, rate, .. } = parse(&lines[3]).unwrap() else { panic!("{lines:?}") };
    assert_eq!(rate, Some(0.5));
    // Eight standard deviations.
    assert!((120..=280).contains(&values.len()), "{}", values.len());
    assert_eq!(stats.delivery().sent, 1_201 + values.len() as u64);
}

#[test]
fn without_aggregation_counts_are_sampled_too() {
    let agent = Agent::new(LOCALHOST);
    let stats = agent.builder().aggregation(false).build().unwrap();
    for _ in 0..400 {
        stats.sampled(0.5).increment("count", 1, &[("k", "v")]);
    }
    stats.flush(PATIENCE).unwrap();
    let sent = usize::try_from(stats.delivery().sent).unwrap();
    assert!((120..=280).contains(&sent), "{sent}");
    assert!(agent.lines(sent).iter().all(|line| line == "panopticon.count:1|c|@0.5|#k:v"));
}

#[test]
fn values_with_a_time_are_not_combined() {
    let agent = Agent::new(LOCALHOST);
    let stats = client(&agent);
    let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_900);
    for _ in 0..2 {
        stats.increment_with_timestamp("count", 3, &[("k", "v")], at);
    }
    stats.sampled(0.001).gauge_with_timestamp("gauge", 1.5, &[], at);
    let count = "panopticon.count:3|c|#k:v|T1700000000";
    let lines = [count, count, "panopticon.gauge:1.5|g|T1700000000"];
    assert_eq!(flushed(&stats, &agent, 3), lines);
}
