//! What a call on the statistics costs its caller, beside bare cadence and beside the `metrics` facade
//! with its DogStatsD exporter:
//!
//! ```text
//! cargo bench -p panopticon --features datadog --bench datadog
//! ```
//!
//! Calls come in bursts that fit the queues, which are sent in between, untimed: a call that is
//! dropped costs less than one that is not, so without the pauses whoever drops more would win.

mod paired;

use std::hint::black_box;
use std::net::UdpSocket;
use std::thread::yield_now;
use std::time::{Duration, Instant};

use cadence::{BufferedUdpMetricSink, CountedExt, MetricSink, QueuingMetricSink, StatsdClient};
use metrics_exporter_dogstatsd::DogStatsDBuilder;
use panopticon::datadog::{self, Stats};

use self::paired::compare_parts as compare;

/// How many calls come at once.
const BURST: u64 = 2_000;

/// The time that the calls take, without the pauses.
fn bursts(times: u64, mut call: impl FnMut(), mut pause: impl FnMut()) -> Duration {
    let mut taken = Duration::ZERO;
    let mut left = times;
    while left > 0 {
        let burst = left.min(BURST);
        let start = Instant::now();
        for _ in 0..burst {
            call();
        }
        taken += start.elapsed();
        pause();
        left -= burst;
    }
    taken
}

fn main() {
    // Reads nothing: the kernel drops what does not fit its buffer, for all alike.
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = agent.local_addr().unwrap();
    let stats = Stats::builder()
        .enabled(true)
        .prefix("bench")
        .default_tag("service", "shop")
        .dogstatsd_url(format!("udp://{address}"));
    let enabled = stats.build().unwrap();
    let disabled = Stats::disabled();
    let with = |stats: &Stats, times| {
        let call = || {
            stats.increment(black_box("orders.placed"), 1, &[("kind", black_box("book"))]);
        };
        bursts(times, call, || stats.flush(Duration::from_secs(10)).unwrap())
    };

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sink = BufferedUdpMetricSink::with_capacity(address, socket, 1_432).unwrap();
    let sink = QueuingMetricSink::with_capacity(sink, 8_192);
    let cadence = StatsdClient::builder("bench", sink.clone()).with_tag("service", "shop").build();
    let with_cadence = |times| {
        let call = || {
            cadence
                .incr_with_tags(black_box("orders.placed"))
                .with_tag("kind", black_box("book"))
                .try_send()
                .unwrap();
        };
        bursts(times, call, || {
            while sink.queued() > 0 {
                yield_now();
            }
            sink.flush().unwrap();
        })
    };

    DogStatsDBuilder::default()
        .with_remote_address(format!("udp://{address}"))
        .unwrap()
        .set_global_prefix("bench")
        .install()
        .unwrap();
    let with_metrics = |times| {
        let call = || {
            metrics::counter!(black_box("orders.placed"), "kind" => black_box("book")).increment(1);
        };
        bursts(times, call, || {})
    };
    let with_nothing_installed = |times| {
        let call = || {
            datadog::increment(black_box("orders.placed"), 1, &[("kind", black_box("book"))]);
        };
        bursts(times, call, || {})
    };
    // Of a number that the compiler must keep in memory, which takes some 0.7 ns: 5 ns are seven.
    let additions = |times| {
        let mut sum = 0_u64;
        bursts(times, || sum = black_box(sum.wrapping_add(1)), || {})
    };

    paired::print_head();
    let enabled_call = "`increment`, enabled";
    let disabled_call = "`increment`, disabled";
    compare(enabled_call, "cadence", "≤ 1.3", with_cadence, |times| with(&enabled, times));
    compare(enabled_call, "`metrics`", "", with_metrics, |times| with(&enabled, times));
    compare(disabled_call, "cadence", "", with_cadence, |times| with(&disabled, times));
    compare(disabled_call, "one addition", "≤ 5 ns, some 7", additions, |times| {
        with(&disabled, times)
    });
    let free = "`datadog::increment`, nothing installed";
    compare(free, "one addition", "≤ 5 ns, some 7", additions, with_nothing_installed);

    let delivery = enabled.delivery();
    assert_eq!(delivery.dropped, 0, "{delivery:?}");
}
