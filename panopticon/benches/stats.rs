//! What a call on the statistics costs, beside bare cadence and beside the `metrics` facade with its
//! DogStatsD exporter:
//!
//! ```text
//! cargo bench -p panopticon --features datadog --bench stats
//! ```

mod paired;

use std::hint::black_box;
use std::net::UdpSocket;

use cadence::{BufferedUdpMetricSink, CountedExt, QueuingMetricSink, StatsdClient};
use metrics_exporter_dogstatsd::DogStatsDBuilder;
use panopticon::stats::{self, Stats};

fn main() {
    // Reads nothing: the kernel drops what does not fit its buffer, for all alike.
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = agent.local_addr().unwrap();
    let stats = Stats::builder()
        .enabled(true)
        .prefix("bench")
        .default_tag("service", "shop")
        .dogstatsd_url(format!("udp://{address}"));
    let enabled = stats.clone().build().unwrap();
    let disabled = Stats::disabled();

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sink = BufferedUdpMetricSink::with_capacity(address, socket, 1_432).unwrap();
    let sink = QueuingMetricSink::with_capacity(sink, 8_192);
    let cadence = StatsdClient::builder("bench", sink).with_tag("service", "shop").build();
    let with_cadence = |times| {
        for _ in 0..times {
            let _ = cadence
                .incr_with_tags(black_box("orders.placed"))
                .with_tag("kind", black_box("book"))
                .try_send();
        }
    };
    let with = |stats: &Stats, times| {
        for _ in 0..times {
            stats.increment(black_box("orders.placed"), 1, &[("kind", black_box("book"))]);
        }
    };

    DogStatsDBuilder::default()
        .with_remote_address(format!("udp://{address}"))
        .unwrap()
        .set_global_prefix("bench")
        .install()
        .unwrap();
    let with_metrics = |times| {
        for _ in 0..times {
            metrics::counter!(black_box("orders.placed"), "kind" => black_box("book")).increment(1);
        }
    };

    paired::print_head();
    let increment = "`increment`, enabled";
    paired::compare(increment, "cadence", "≤ 1.3", with_cadence, |times| with(&enabled, times));
    paired::compare(increment, "`metrics`", "", with_metrics, |times| with(&enabled, times));
    let increment = "`increment`, disabled";
    paired::compare(increment, "cadence", "", with_cadence, |times| with(&disabled, times));
    // No clock at hand is finer than a nanosecond; a loop that adds is, and takes about a quarter.
    paired::compare(
        increment,
        "one addition",
        "5 ns, about 20 additions",
        |times| {
            let mut sum = 0_u64;
            for count in 0..times {
                sum = black_box(sum.wrapping_add(count));
            }
        },
        |times| with(&disabled, times),
    );
    let increment = "`stats::increment`, nothing installed";
    paired::compare(increment, "cadence", "", with_cadence, |times| {
        for _ in 0..times {
            stats::increment(black_box("orders.placed"), 1, &[("kind", black_box("book"))]);
        }
    });
    println!("{:?}", enabled.delivery());
}
