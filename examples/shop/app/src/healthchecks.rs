//! The health checks that not every shop has: closures for the builder, where the settings ask for
//! them. Those that every shop has stand in `orders` and `billing`.

use std::future::ready;
use std::time::Duration;

use panopticon::checks::url::check_url;
use panopticon::datadog::Stats;
use panopticon::{Builder, CheckOptions};

/// Neither keeps the shop from selling, nor is it to be run at each request: one of them asks
/// somebody else's server.
fn optional() -> CheckOptions {
    CheckOptions::new().critical(false).interval(Duration::from_secs(15))
}

/// Whether the payment provider answers at this URL.
pub(crate) fn payment_provider(builder: Builder, url: String) -> Builder {
    // More than the 5 s of the URL check, so that it is the one to say what it waited for.
    let options = optional().timeout(Duration::from_secs(6)).collection("payments").tag("provider");
    builder.check("payment_provider", options, move || check_url(url.as_str()))
}

/// Whether statistics get through.
pub(crate) fn statistics(builder: Builder, stats: Stats) -> Builder {
    builder.check("statistics", optional(), move || ready(stats.health()))
}
