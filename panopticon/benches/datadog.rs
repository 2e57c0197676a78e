//! What a call on the client costs its caller, compared with plain cadence and with the `metrics`
//! facade and its DogStatsD exporter:
//!
//! ```text
//! cargo bench -p panopticon --features datadog --bench datadog
//! ```
//!
//! Calls come in bursts that fit into the queues. Between the bursts, the queues are sent without
//! being timed: a dropped call costs less than a sent one, so without these pauses the client that
//! drops more would win.

mod paired;

use std::hint::black_box;
use std::net::UdpSocket;
use std::thread::yield_now;
use std::time::{Duration, Instant};

use cadence::{BufferedUdpMetricSink, CountedExt, MetricSink, QueuingMetricSink, StatsdClient};
use metrics_exporter_dogstatsd::DogStatsDBuilder;
use panopticon::datadog::{self, Stats};

use self::paired::compare_parts as compare;

/// The number of calls in a burst.
const BURST: u64 = 2_000;

/// Returns the time of the calls without the pauses between bursts.
fn time_bursts(calls: u64, mut call: impl FnMut(), mut pause: impl FnMut()) -> Duration {
    let mut time = Duration::ZERO;
    let mut left = calls;
    while left > 0 {
        let burst = left.min(BURST);
        let start = Instant::now();
        for _ in 0..burst {
            call();
        }
        time += start.elapsed();
        pause();
        left -= burst;
    }
    time
}

fn time_stats(stats: &Stats, calls: u64) -> Duration {
    let call = || {
        stats.increment(black_box("orders.placed"), 1, &[("kind", black_box("book"))]);
    };
    time_bursts(calls, call, || stats.flush(Duration::from_secs(10)).unwrap())
}

fn time_cadence(client: &StatsdClient, sink: &QueuingMetricSink, calls: u64) -> Duration {
    let call = || {
        client
            .incr_with_tags(black_box("orders.placed"))
            .with_tag("kind", black_box("book"))
            .try_send()
            .unwrap();
    };
    time_bursts(calls, call, || {
        while sink.queued() > 0 {
            yield_now();
        }
        sink.flush().unwrap();
    })
}

fn time_metrics(calls: u64) -> Duration {
    let call = || {
        metrics::counter!(black_box("orders.placed"), "kind" => black_box("book")).increment(1);
    };
    time_bursts(calls, call, || {})
}

fn time_nothing_installed(calls: u64) -> Duration {
    let call = || {
        datadog::increment(black_box("orders.placed"), 1, &[("kind", black_box("book"))]);
    };
    time_bursts(calls, call, || {})
}

/// Adds to a number that the compiler must keep in memory, which takes about 0.7 ns; so 5 ns are
/// about seven additions.
fn time_additions(calls: u64) -> Duration {
    let mut sum = 0_u64;
    time_bursts(calls, || sum = black_box(sum.wrapping_add(1)), || {})
}

fn main() {
    // Reads nothing: the kernel drops what does not fit into its buffer, for all clients alike.
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = agent.local_addr().unwrap();
    let stats = Stats::builder()
        .enabled(true)
        .prefix("bench")
        .default_tag("service", "shop")
        .dogstatsd_url(format!("udp://{address}"));
    let enabled = stats.build().unwrap();
    let disabled = Stats::disabled();

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sink = BufferedUdpMetricSink::with_capacity(address, socket, 1_432).unwrap();
    let sink = QueuingMetricSink::with_capacity(sink, 8_192);
    let cadence = StatsdClient::builder("bench", sink.clone()).with_tag("service", "shop").build();

    DogStatsDBuilder::default()
        .with_remote_address(format!("udp://{address}"))
        .unwrap()
        .set_global_prefix("bench")
        .install()
        .unwrap();

    let with_cadence = |calls| time_cadence(&cadence, &sink, calls);
    let with_enabled = |calls| time_stats(&enabled, calls);
    let with_disabled = |calls| time_stats(&disabled, calls);
    let enabled_call = "`increment`, enabled";
    let disabled_call = "`increment`, disabled";
    let uninstalled_call = "`datadog::increment`, nothing installed";
    let aim = "≤ 5 ns, some 7";
    paired::print_head();
    compare(enabled_call, "cadence", "≤ 1.3", with_cadence, with_enabled);
    compare(enabled_call, "`metrics`", "≤ 1.0", time_metrics, with_enabled);
    compare(disabled_call, "cadence", "", with_cadence, with_disabled);
    compare(disabled_call, "one addition", aim, time_additions, with_disabled);
    compare(uninstalled_call, "one addition", aim, time_additions, time_nothing_installed);

    let delivery = enabled.delivery();
    assert_eq!(delivery.dropped, 0, "{delivery:?}");
}
