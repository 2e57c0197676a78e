//! NATS through async-nats: [`nats`], and the lag of a `JetStream` consumer, [`shipping`].
//!
//! The client has one connection for everything, so there is no pool that could be busy. It reconnects
//! by itself, and keeps what is sent in the meantime: without a look at its state, a request to a lost
//! server would only time out. Critical and in readiness, if the service can do nothing without
//! messages.

use async_nats::client::RequestErrorKind;
use async_nats::connection::State;
use async_nats::{Client, ConnectError, ConnectOptions, jetstream};
use panopticon::checks::{Level, ping};
use panopticon::{Health, healthcheck};

/// The stream of orders, which the consumer [`SHIPPING`] reads.
pub const ORDERS: &str = "ORDERS";

/// The durable consumer that ships the orders.
pub const SHIPPING: &str = "shipping";

/// Creates a client, which connects in the background, so that the service starts without a server.
///
/// # Errors
///
/// If the URL is invalid.
pub async fn connect(url: &str) -> Result<Client, ConnectError> {
    ConnectOptions::new().retry_on_initial_connect().connect(url).await
}

/// Checks that the server answers.
#[healthcheck]
pub async fn nats(client: &Client) -> Health {
    ping(round_trip(client)).await
}

async fn round_trip(client: &Client) -> Result<(), Health> {
    if client.connection_state() != State::Connected {
        return Err(Health::unhealthy("not connected to the server; the client tries again"));
    }
    // The client's `flush` waits for its own buffer only. To a request that nobody receives, the
    // server itself answers.
    match client.request(client.new_inbox(), "".into()).await {
        Err(error) if error.kind() != RequestErrorKind::NoResponders => Err(error.into()),
        _ => Ok(()),
    }
}

/// The number of orders that have not been delivered yet.
static UNDELIVERED: Level =
    Level::new("undelivered_orders").degraded_above(1_000.0).unhealthy_above(100_000.0);

/// Checks that the consumer keeps up.
///
/// In the report and in alarms only: to take the service that fills the stream out of rotation would
/// not help the one that empties it.
///
/// # Errors
///
/// If the server does not answer, or if there is no such stream or consumer.
#[healthcheck(no_probe, critical = false, interval = "5s", depends_on = [nats])]
pub async fn shipping(client: &Client) -> Result<Health, Health> {
    let stream = jetstream::new(client.clone()).get_stream_no_info(ORDERS).await?;
    let consumer = stream.consumer_info(SHIPPING).await?;
    let health = UNDELIVERED.health(consumer.num_pending);
    Ok(health.with("unacknowledged_orders", consumer.num_ack_pending))
}
