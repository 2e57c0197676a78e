//! The optional health checks, as closures that are given to the builder if the settings ask for
//! them. The checks that every shop has are in `orders` and `billing`.

use std::future::ready;
use std::time::Duration;

use panopticon::checks::url::check_url;
use panopticon::datadog::Stats;
use panopticon::{Builder, CheckOptions};

/// Returns the options of both. The shop sells without either, and not every request to this server
/// should cause one to another company's.
fn optional() -> CheckOptions {
    CheckOptions::new().critical(false).interval(Duration::from_secs(15))
}

/// Adds a check that the payment provider answers at this URL.
pub(crate) fn payment_provider(builder: Builder, url: String) -> Builder {
    // Longer than the timeout of the URL check, 5 s, whose message says more.
    let options = optional().timeout(Duration::from_secs(6)).collection("payments").tag("provider");
    builder.check("payment_provider", options, move || check_url(url.as_str()))
}

/// Adds a check that statistics are not lost.
pub(crate) fn statistics(builder: Builder, stats: Stats) -> Builder {
    builder.check("statistics", optional(), move || ready(stats.health()))
}
