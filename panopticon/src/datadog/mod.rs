#![doc = include_str!("datadog.md")]

mod agent_address;
#[cfg(feature = "datadog-api")]
mod api;
mod api_url;
mod builder;
mod client;
mod default_tags;
mod delivery;
mod dogstatsd;
mod error;
mod event;
mod global;
mod health_publisher;
mod metric;
mod random;
#[cfg(feature = "datadog-requests")]
pub mod requests;
mod sanitize;
mod secret;
mod service_check;
mod settings;
mod sink;
mod stats_settings;
pub mod testing;
mod timed_block;
pub(crate) mod timer;
mod transport;
mod unit;
mod unix_time;

pub use self::builder::StatsBuilder;
pub use self::client::{FlushGuard, Stats};
pub use self::delivery::Delivery;
pub use self::error::{FlushError, StatsError};
pub use self::event::{AlertType, Event, Priority};
pub use self::global::{
    decrement, distribution, event, flush, gauge, gauge_with_timestamp, histogram, increment,
    increment_with_timestamp, installed, service_check, set, timer, timing,
};
pub use self::health_publisher::HealthPublisher;
pub use self::metric::{Kind, Tags, Value};
pub use self::service_check::{ServiceCheck, ServiceStatus};
pub use self::stats_settings::StatsSettings;
pub use self::timed_block::Timer;
pub use self::transport::Transport;
