//! Another service that has panopticon: [`orders`].
//!
//! Its report says which of its components fail, so this check does too. It is not critical: a failure
//! in the other service is an alarm there, and should not be one in every service that calls it. The
//! status is the report's own, so a degraded service is degraded here.

use std::time::Duration;

use panopticon::checks::url::check_url;
use panopticon::{Health, healthcheck};

/// The URL of the other service's report.
#[derive(Debug, Clone)]
pub struct OrdersUrl(pub String);

/// Checks the report of the service for orders.
#[healthcheck(critical = false)]
pub async fn orders(url: &OrdersUrl) -> Health {
    check_url(&*url.0).panopticon_report().timeout(Duration::from_millis(1500)).await
}
