//! The health checks that not every shop has: closures for the builder, where the settings ask for
//! them. Those that every shop has stand in `orders` and `billing`.

use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use panopticon::checks::url::check_url;
use panopticon::stats::{Delivery, Stats};
use panopticon::{Builder, CheckOptions, Health};

/// Neither keeps the shop from selling, nor is it to be run at each request: one of them asks
/// somebody else's server.
fn optional() -> CheckOptions {
    CheckOptions::new().critical(false).interval(Duration::from_secs(15))
}

/// Whether the payment provider answers at this URL.
pub(crate) fn payment_provider(builder: Builder, url: String) -> Builder {
    // More than the 5 s of the URL check, so that it is the one to say what it waited for.
    let options = optional().timeout(Duration::from_secs(6)).collection("payments").tag("provider");
    builder.check("payment_provider", options, move || {
        let check = check_url(url.as_str());
        async { check.await }
    })
}

/// Whether statistics were lost since the last run: degraded if so, with the latest reason.
pub(crate) fn statistics(builder: Builder, stats: Stats) -> Builder {
    let known = AtomicU64::new(0);
    builder.check("statistics", optional(), move || ready(losses(&stats.delivery(), &known)))
}

/// The reason stays when nothing is lost any more; what counts is whether more was lost than is
/// known.
fn losses(delivery: &Delivery, known: &AtomicU64) -> Health {
    let lost = delivery.dropped + delivery.refused;
    let is_more = lost > known.swap(lost, Ordering::Relaxed);
    let health = match &delivery.problem {
        Some(problem) if is_more => Health::degraded(problem),
        _ => Health::healthy("no statistics were lost of late"),
    };
    health.with("delivery", delivery)
}

#[cfg(test)]
mod tests {
    use panopticon::Status;
    use panopticon::stats::testing::Recorder;

    use super::*;

    #[test]
    fn statistics_are_degraded_while_more_and_more_are_lost() {
        let stats = Recorder::new().stats();
        let known = AtomicU64::new(0);
        let look = || losses(&stats.delivery(), &known);

        assert_eq!(look().status(), Status::Healthy);
        for _ in 0..2 {
            stats.gauge("ratio", f64::NAN, &[]);
            let health = look();
            assert_eq!(health.status(), Status::Degraded);
            assert!(health.message().is_some_and(|it| it.contains("`ratio`")), "{health:?}");
        }
        let health = look();
        assert_eq!(health.status(), Status::Healthy);
        assert_eq!(health.detail("delivery").map(|delivery| &delivery["refused"]), Some(&2.into()));
    }
}
