use cookbook::sqlx_mariadb::connect;
use panopticon::Status;
use rustix::process::getuid;
use sqlx::{Connection as _, MySqlConnection};

use crate::folder::Folder;
use crate::report::Service;
use crate::server::{Program, Server, free_port};

const PAUSED: &str = "no answer for 1.5s, nor a new connection";
const STOPPED: &str = "Connection refused (os error 111)";

/// Starts a database whose `root` needs no password.
fn start() -> (Server, String) {
    let (folder, port) = (Folder::new("mariadb"), free_port());
    let data = format!("--datadir={}", folder.join("data"));
    // It refuses to run as root unless it is told to.
    let user = getuid().is_root().then_some("--user=root");
    let create = ["mariadb-install-db", &data, "--skip-test-db"];
    let no_password = "--auth-root-authentication-method=normal";
    // Not that of other servers: each one removes all temporary tables there when it starts.
    let temporary = folder.join("");
    Program::new(create.into_iter().chain([no_password]).chain(user))
        .env("TMPDIR", &temporary)
        .run(&folder);

    let (port_option, socket) =
        (format!("--port={port}"), format!("--socket={}", folder.join("s")));
    let serve = ["mariadbd", &data, &port_option, &socket, "--bind-address=127.0.0.1"];
    let connections = "--max-connections=15";
    let program =
        Program::new(serve.into_iter().chain([connections]).chain(user)).env("TMPDIR", temporary);
    let mut server = Server::new(program, port, folder);
    server.start();
    (server, format!("mysql://root@127.0.0.1:{port}/mysql"))
}

#[tokio::test]
#[ignore = "needs MariaDB; run with .ci/with-cookbook-servers"]
async fn a_lost_database_is_unhealthy_until_it_is_back() {
    let (mut server, url) = start();
    let service = Service::new(&["mariadb"], |it| it.provide(connect(&url).unwrap()));
    service.lives_through("mariadb", &mut server, &[PAUSED], STOPPED).await;
}

#[tokio::test]
#[ignore = "needs MariaDB; run with .ci/with-cookbook-servers"]
async fn a_busy_database_is_degraded_but_a_lost_one_is_not_busy() {
    let (mut server, url) = start();
    let pool = connect(&url).unwrap();
    let service = Service::new(&["mariadb"], |it| it.provide(pool.clone()));
    let mut held = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        held.push(pool.acquire().await.unwrap());
    }
    let busy = "all 5 connections in use for 1.5s";
    service.becomes("mariadb", Status::Degraded, busy).await;

    // The same if the database has no connection left for anyone.
    let mut others = Vec::new();
    let refused = loop {
        match MySqlConnection::connect(&url).await {
            Ok(connection) => others.push(connection),
            Err(error) => break error.to_string(),
        }
    };
    assert!(refused.contains("Too many connections"), "{refused}");
    service.becomes("mariadb", Status::Degraded, busy).await;
    drop(others);

    server.pause();
    service.becomes("mariadb", Status::Unhealthy, PAUSED).await;
    server.resume();
    service.becomes("mariadb", Status::Degraded, busy).await;
    server.stop();
    service.becomes("mariadb", Status::Unhealthy, STOPPED).await;
    server.start();
    drop(held);
    service.is_healthy("mariadb").await;
}
