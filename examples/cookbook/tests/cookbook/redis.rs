use cookbook::redis::{BILLING, ORDERS, connect};
use deadpool_redis::redis::{AsyncCommands as _, AsyncConnectionConfig, Client, Cmd, cmd};
use panopticon::Status;

use crate::folder::Folder;
use crate::report::Service;
use crate::server::{Program, Server, free_port};

const PAUSED: &str = "no answer for 1.5s, nor a new connection";

fn start() -> (Server, String) {
    let (folder, port) = (Folder::new("redis"), free_port());
    let port_text = port.to_string();
    let program = Program::new(["redis-server", "--port", &port_text, "--bind", "127.0.0.1"]);
    let mut server = Server::new(program, port, folder);
    server.start();
    (server, format!("redis://127.0.0.1:{port}"))
}

#[tokio::test]
#[ignore = "needs Redis; run with .ci/with-cookbook-servers"]
async fn a_lost_server_is_unhealthy_until_it_is_back() {
    let (mut server, url) = start();
    let service = Service::new(&["redis"], |it| it.provide(connect(&url).unwrap()));
    let stopped = "Connection refused (os error 111)";
    // The driver gives up 1 s after it has begun to connect, which may be before the ping does.
    service.lives_through("redis", &mut server, &[PAUSED, "timed out"], stopped).await;
}

#[tokio::test]
#[ignore = "needs Redis; run with .ci/with-cookbook-servers"]
async fn a_busy_server_is_degraded_but_one_that_hangs_is_not_busy() {
    let (server, url) = start();
    let pool = connect(&url).unwrap();
    let service = Service::new(&["redis"], |it| it.provide(pool.clone()));
    let mut held = Vec::new();
    for _ in 0..pool.status().max_size {
        held.push(pool.get().await.unwrap());
    }
    let busy = "all 5 connections in use for 1.5s";
    service.becomes("redis", Status::Degraded, busy).await;
    server.pause();
    service.becomes("redis", Status::Unhealthy, PAUSED).await;
    server.resume();
    service.becomes("redis", Status::Degraded, busy).await;
    drop(held);
    service.is_healthy("redis").await;
}

#[tokio::test]
#[ignore = "needs Redis; run with .ci/with-cookbook-servers"]
async fn orders_that_nobody_reads_are_counted() {
    let (_server, url) = start();
    let pool = connect(&url).unwrap();
    // Without the driver's time limit of 0.5 s, which a busy machine can exceed.
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let client = Client::open(url.as_str()).unwrap();
    let mut connection =
        client.get_multiplexed_async_connection_with_config(&config).await.unwrap();
    let check = async || cookbook::redis::billing(&pool).await;
    let missing = check().await.unwrap_err().to_string();
    assert!(missing.contains("no such key"), "{missing}");

    let add = |order: usize| Cmd::xadd(ORDERS, "*", &[("order", order)]);
    add(0).exec_async(&mut connection).await.unwrap();
    let unread = check().await.unwrap();
    assert_eq!(unread.status(), Status::Unhealthy);
    assert_eq!(unread.message(), Some("the stream has no group of this name; no one bills orders"));

    let () = connection.xgroup_create(ORDERS, BILLING, "0").await.unwrap();
    for order in 1..=1_000 {
        add(order).exec_async(&mut connection).await.unwrap();
    }
    let behind = check().await.unwrap();
    assert_eq!(behind.status(), Status::Degraded);
    assert_eq!(behind.message(), Some("unread_orders is 1001, above 1000"));

    // A consumer takes them and has not billed them yet.
    let mut read = cmd("XREADGROUP");
    read.arg(&["GROUP", BILLING, "worker", "COUNT", "900", "STREAMS", ORDERS, ">"]);
    read.exec_async(&mut connection).await.unwrap();
    let caught_up = check().await.unwrap();
    assert_eq!(caught_up.status(), Status::Healthy);
    for (key, value) in [("unread_orders", 101), ("unacknowledged_orders", 900), ("consumers", 1)] {
        assert_eq!(caught_up.detail(key), Some(&value.into()), "{caught_up:?}");
    }
}
