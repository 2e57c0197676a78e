use std::future::poll_fn;
use std::pin::pin;
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::pull;
use async_nats::{Client, jetstream};
use cookbook::nats::{ORDERS, SHIPPING, connect};
use futures_core::Stream as _;
use panopticon::{Health, Status};
use tokio::time::sleep;

use crate::folder::Folder;
use crate::report::Service;
use crate::server::{LIMIT, Program, Server, free_port};

fn server() -> (Server, String) {
    let (folder, port) = (Folder::new("nats"), free_port());
    let (port_text, data) = (port.to_string(), folder.join("data"));
    let program = ["nats-server", "-a", "127.0.0.1", "-p", &port_text, "-js", "-sd", &data];
    (Server::new(Program::new(program), port, folder), format!("nats://127.0.0.1:{port}"))
}

#[tokio::test]
#[ignore = "needs NATS; run with .ci/with-cookbook-servers"]
async fn a_lost_server_is_unhealthy_until_it_is_back() {
    let (mut server, url) = server();
    // The service is there first.
    let client = connect(&url).await.unwrap();
    let service = Service::new(&["nats"], |it| it.provide(client));
    let stopped = "not connected to the server; the client tries again";
    service.becomes("nats", Status::Unhealthy, stopped).await;
    server.start();
    service.lives_through("nats", &mut server, &["no answer for 1.5s"], stopped).await;
}

#[tokio::test]
#[ignore = "needs NATS; run with .ci/with-cookbook-servers"]
async fn orders_that_are_not_delivered_are_counted() {
    let (mut server, url) = server();
    server.start();
    let client = async_nats::connect(&url).await.unwrap();
    let missing = cookbook::nats::shipping(&client).await.unwrap_err();
    assert_eq!(missing.status(), Status::Unhealthy);
    assert!(missing.message().unwrap().contains("stream not found"), "{missing:?}");

    let mut context = jetstream::new(client.clone());
    context.set_timeout(LIMIT);
    let config = jetstream::stream::Config {
        name: ORDERS.to_owned(),
        subjects: vec!["orders".to_owned()],
        ..jetstream::stream::Config::default()
    };
    let stream = context.create_stream(config).await.unwrap();
    let config =
        pull::Config { durable_name: Some(SHIPPING.to_owned()), ..pull::Config::default() };
    let consumer = stream.create_consumer(config).await.unwrap();
    let _ = shipping_becomes(&client, Status::Healthy, "undelivered_orders is 0").await;

    for _ in 0..1_001 {
        context.publish("orders", "tea".into()).await.unwrap().await.unwrap();
    }
    let behind = "undelivered_orders is 1001, above 1000";
    let _ = shipping_becomes(&client, Status::Degraded, behind).await;

    // A worker takes them, and has not shipped them yet.
    let messages = consumer.fetch().max_messages(900).messages().await.unwrap();
    let mut messages = pin!(messages);
    for _ in 0..900 {
        poll_fn(|context| messages.as_mut().poll_next(context)).await.unwrap().unwrap();
    }
    let caught_up = shipping_becomes(&client, Status::Healthy, "undelivered_orders is 101").await;
    assert_eq!(caught_up.detail("undelivered_orders"), Some(&101.into()));
    assert_eq!(caught_up.detail("unacknowledged_orders"), Some(&900.into()));
}

/// Calls the check, which runs only every 5 seconds in a service, until it is as expected: the server
/// counts for a consumer after it has acknowledged what was published.
async fn shipping_becomes(client: &Client, status: Status, message: &str) -> Health {
    let began = Instant::now();
    loop {
        let (Ok(health) | Err(health)) = cookbook::nats::shipping(client).await;
        if health.status() == status && health.message() == Some(message) {
            return health;
        }
        assert!(began.elapsed() < LIMIT, "{health:?}");
        sleep(Duration::from_millis(50)).await;
    }
}
