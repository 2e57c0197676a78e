//! A service that a kubelet watches for a minute, while faults come and go: it restarts the service,
//! or takes it out of rotation, only if a fault of a critical component explains that.
//!
//! It takes a minute of real time, with real sockets and threads. The order of the faults depends on
//! a seed; `KUBELET_SEED` sets another one. What happens is printed with `--nocapture`.
// With all features only, which the examples do not enable: `cargo test` alone stays quick.
#![cfg(all(feature = "axum", feature = "tracing"))]

mod faults;
mod judgment;
mod judgment_tests;
mod machine;
mod plan;
mod prober;
mod random;
mod service;
mod switch;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use self::judgment::Record;
use self::prober::Path;
use self::random::Random;
use self::service::Service;

#[test]
fn no_restart_and_no_loss_of_readiness_without_a_cause() {
    let seed = std::env::var("KUBELET_SEED").map_or(1, |seed| seed.parse().unwrap());
    println!("KUBELET_SEED={seed}");
    let service = Service::start();
    let has_ended = AtomicBool::new(false);
    let start = Instant::now();
    let record = thread::scope(|scope| {
        let stalls = scope.spawn(|| machine::stalls(&has_ended));
        let probers = Path::ALL.map(|path| {
            let (address, has_ended) = (service.address, &has_ended);
            scope.spawn(move || prober::ask_every_second(address, path, has_ended))
        });
        let episodes = plan::carry_out(plan::faults(&mut Random::new(seed)), &service, start);
        has_ended.store(true, Ordering::Relaxed);
        let answers = probers.into_iter().flat_map(|prober| prober.join().unwrap());
        Record { start, answers: answers.collect(), episodes, stalls: stalls.join().unwrap() }
    });
    println!("{record}");
    let complaints = record.complaints();
    assert!(complaints.is_empty(), "KUBELET_SEED={seed}\n{}", complaints.join("\n"));
}
