//! `RabbitMQ` through deadpool-lapin: [`rabbitmq`], and the depth of a queue, [`invoices`].
//!
//! Critical and in readiness, if the service can do nothing without messages. A channel is opened, for
//! which the server must answer: a connection can look open long after the server is gone. If all
//! connections are in use, a new one tells a busy server from one that hangs.

use deadpool::managed::Manager as _;
use deadpool_lapin::lapin::options::QueueDeclareOptions;
use deadpool_lapin::lapin::types::FieldTable;
use deadpool_lapin::{
    Config, CreatePoolError, Pool as RabbitMqPool, PoolConfig, PoolError, Runtime,
};
use panopticon::checks::{Level, Pool, ping};
use panopticon::{Health, healthcheck};

/// The queue of invoices to send.
pub const INVOICES: &str = "invoices";

/// Creates a pool, which connects when it is first used. It must be called in a tokio runtime.
///
/// # Errors
///
/// If the URL is invalid.
pub fn connect(url: &str) -> Result<RabbitMqPool, CreatePoolError> {
    let config = Config { url: Some(url.to_owned()), pool: Some(PoolConfig::new(5)) };
    config.create_pool(Default::default, Runtime::Tokio1)
}

/// Checks that the server opens a channel. A busy server is degraded.
#[healthcheck]
pub async fn rabbitmq(pool: &RabbitMqPool) -> Health {
    ping(async { Ok(pool.get().await?.create_channel().await?) })
        .pool(|| {
            let status = pool.status();
            let in_use = status.size.saturating_sub(status.available);
            Pool::of(in_use, status.max_size, status.waiting)
        })
        .connect(async { Ok::<_, PoolError>(pool.manager().create().await?) })
        .await
}

/// The number of invoices that wait in the queue.
static QUEUED: Level =
    Level::new("queued_invoices").degraded_above(1_000.0).unhealthy_above(100_000.0);

/// Checks that the queue is emptied.
///
/// In the report and in alarms only: to take the service that fills the queue out of rotation would
/// not help the one that empties it. A queue without a consumer is never emptied, so that is degraded
/// at once.
///
/// # Errors
///
/// If the server does not answer, or if there is no such queue.
#[healthcheck(no_probe, critical = false, interval = "5s", depends_on = [rabbitmq])]
pub async fn invoices(pool: &RabbitMqPool) -> Result<Health, PoolError> {
    let channel = pool.get().await?.create_channel().await?;
    // Passive: it fails instead of creating the queue.
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare(INVOICES.into(), options, FieldTable::default()).await?;
    let health = QUEUED.health(queue.message_count());
    Ok(match queue.consumer_count() {
        0 => Health::degraded("no one consumes the queue")
            .with("queued_invoices", queue.message_count()),
        consumers => health.with("consumers", consumers),
    })
}
