//! `RabbitMQ` through lapin and deadpool: [`rabbitmq`], and the depth of a queue, [`invoices`].
//!
//! Critical and in readiness, if the service can do nothing without messages. A channel is opened, for
//! which the server must answer: a connection can look open long after the server is gone. If all
//! connections are in use, a new one tells a busy server from one that hangs.
//!
//! lapin has a thread for each connection, and keeps it when opening the connection is given up: each
//! ping of a server that hangs, and each request, would leave one. [`Connector`] therefore opens one
//! connection at a time, and the next caller waits for it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, Manager as _, Metrics, RecycleResult};
use deadpool_lapin::Manager;
use deadpool_lapin::lapin::options::QueueDeclareOptions;
use deadpool_lapin::lapin::runtime::default_runtime;
use deadpool_lapin::lapin::types::FieldTable;
use deadpool_lapin::lapin::uri::AMQPUri;
use deadpool_lapin::lapin::{self, Connection, ConnectionProperties};
use panopticon::checks::{Level, Pool, ping};
use panopticon::{Health, healthcheck};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// A pool of connections.
pub type RabbitMqPool = managed::Pool<Connector>;

/// An error of the pool, or of a connection.
pub type PoolError = managed::PoolError<lapin::Error>;

/// The queue of invoices to send.
pub const INVOICES: &str = "invoices";

/// Creates a pool, which connects when it is first used. It must be called in a tokio runtime.
///
/// # Errors
///
/// If the URL is invalid.
pub fn connect(url: &str) -> Result<RabbitMqPool, Box<dyn Error>> {
    url.parse::<AMQPUri>()?;
    let manager = Manager::new(url, ConnectionProperties::default, default_runtime()?);
    let connector = Connector { manager: Arc::new(manager), opening: Arc::default() };
    Ok(RabbitMqPool::builder(connector).max_size(5).build()?)
}

/// Opens one connection at a time.
#[derive(Debug)]
pub struct Connector {
    manager: Arc<Manager>,
    opening: Arc<Mutex<()>>,
}

/// How long an attempt may take, since its server may be gone silently. At most one thread a minute is
/// left behind.
const GIVEN_UP: Duration = Duration::from_mins(1);

impl managed::Manager for Connector {
    type Type = Connection;
    type Error = lapin::Error;

    async fn create(&self) -> Result<Connection, lapin::Error> {
        let opening = Arc::clone(&self.opening).lock_owned().await;
        let manager = Arc::clone(&self.manager);
        // A task of its own goes on when the caller does not.
        let attempt = tokio::spawn(async move {
            let connection = timeout(GIVEN_UP, manager.create()).await;
            drop(opening);
            connection.map_err(std::io::Error::from)?
        });
        attempt.await.map_err(std::io::Error::from)?
    }

    async fn recycle(
        &self,
        connection: &mut Connection,
        metrics: &Metrics,
    ) -> RecycleResult<lapin::Error> {
        self.manager.recycle(connection, metrics).await
    }
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
