use std::fs;
use std::time::{Duration, Instant};

use cookbook::rabbitmq::{INVOICES, RabbitMqPool, connect};
use deadpool_lapin::lapin::BasicProperties;
use deadpool_lapin::lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, QueueDeclareOptions,
};
use deadpool_lapin::lapin::types::FieldTable;
use panopticon::{Health, Status};
use tokio::time::sleep;

use crate::folder::Folder;
use crate::report::Service;
use crate::server::{LIMIT, Program, Server, free_port};

const PAUSED: &str = "no answer for 1.5s, nor a new connection";

/// A server, and the daemon of Erlang by which its nodes find each other.
struct RabbitMq {
    server: Server,
    _epmd: Server,
}

fn start() -> (RabbitMq, String) {
    let (epmd_port, port) = (free_port(), free_port());
    // Otherwise the server would start it, and it would stay.
    let words = ["epmd", "-address", "127.0.0.1", "-port", &epmd_port.to_string()];
    let mut epmd = Server::new(Program::new(words), epmd_port, Folder::new("epmd"));
    epmd.start();

    let folder = Folder::new("rabbitmq");
    let none = folder.join("none");
    let program = Program::new(["rabbitmq-server"])
        .env("ERL_EPMD_PORT", epmd_port.to_string())
        .env("HOME", folder.join(""))
        .env("RABBITMQ_CONF_ENV_FILE", &none)
        .env("RABBITMQ_CONFIG_FILE", &none)
        .env("RABBITMQ_DIST_PORT", free_port().to_string())
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", &none)
        .env("RABBITMQ_LOG_BASE", folder.join("log_files"))
        .env("RABBITMQ_LOGS", "-")
        .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
        .env("RABBITMQ_NODENAME", format!("cookbook{port}@localhost"))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", port.to_string())
        // The script becomes the server, instead of waiting for it.
        .env("RUNNING_UNDER_SYSTEMD", "1");
    let mut server = Server::new(program, port, folder);
    server.start();
    (RabbitMq { server, _epmd: epmd }, format!("amqp://guest:guest@127.0.0.1:{port}"))
}

#[tokio::test]
#[ignore = "needs RabbitMQ; run with .ci/with-cookbook-servers"]
async fn a_server_that_is_busy_or_lost_and_a_queue_that_grows() {
    let (mut rabbitmq, url) = start();
    let pool = connect(&url).unwrap();
    let service = Service::new(&["rabbitmq"], |it| it.provide(pool.clone()));
    let stopped = "Connection refused (os error 111)";
    service.lives_through("rabbitmq", &mut rabbitmq.server, &[PAUSED], stopped).await;

    let mut held = Vec::new();
    for _ in 0..pool.status().max_size {
        held.push(pool.get().await.unwrap());
    }
    let busy = "all 5 connections in use for 1.5s";
    service.becomes("rabbitmq", Status::Degraded, busy).await;
    rabbitmq.server.pause();
    for _ in 0..10 {
        service.becomes("rabbitmq", Status::Unhealthy, PAUSED).await;
    }
    // One for each connection, and one a minute for attempts.
    let threads = driver_threads();
    assert!(threads <= 5 + 3, "{threads}");
    rabbitmq.server.resume();
    service.becomes("rabbitmq", Status::Degraded, busy).await;
    drop(held);
    service.is_healthy("rabbitmq").await;

    let missing = cookbook::rabbitmq::invoices(&pool).await.unwrap_err().to_string();
    assert!(missing.contains("no queue 'invoices'"), "{missing}");
    let connection = pool.get().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let options = QueueDeclareOptions::default();
    channel.queue_declare(INVOICES.into(), options, FieldTable::default()).await.unwrap();
    for _ in 0..1_001 {
        let options = BasicPublishOptions::default();
        let properties = BasicProperties::default();
        channel
            .basic_publish("".into(), INVOICES.into(), options, b"tea", properties)
            .await
            .unwrap();
    }
    let abandoned =
        invoices_become(&pool, |it| it.detail("queued_invoices") == Some(&1_001.into()));
    let abandoned = abandoned.await;
    assert_eq!(abandoned.status(), Status::Degraded);
    assert_eq!(abandoned.message(), Some("no one consumes the queue"));

    // A consumer that takes some, and no more until it has sent them.
    channel.basic_qos(100, BasicQosOptions::default()).await.unwrap();
    let options = BasicConsumeOptions::default();
    let consumer =
        channel.basic_consume(INVOICES.into(), "".into(), options, FieldTable::default()).await;
    let emptied =
        invoices_become(&pool, |it| it.detail("queued_invoices") == Some(&901.into())).await;
    assert_eq!(emptied.status(), Status::Healthy);
    assert_eq!(emptied.detail("consumers"), Some(&1.into()));
    assert_eq!(emptied.message(), Some("queued_invoices is 901"));
    drop(consumer);
}

/// Calls the check, which runs only every 5 seconds in a service, until it is as expected.
async fn invoices_become(pool: &RabbitMqPool, is_expected: impl Fn(&Health) -> bool) -> Health {
    let began = Instant::now();
    loop {
        let health = cookbook::rabbitmq::invoices(pool).await.unwrap();
        if is_expected(&health) {
            return health;
        }
        assert!(began.elapsed() < LIMIT, "{health:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Returns how many connections the driver has, or tries to open: each has a thread.
fn driver_threads() -> usize {
    let threads = fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok);
    threads
        .filter(|it| {
            let name = fs::read_to_string(it.path().join("comm")).unwrap_or_default();
            name.starts_with("lapin-io-loop")
        })
        .count()
}
