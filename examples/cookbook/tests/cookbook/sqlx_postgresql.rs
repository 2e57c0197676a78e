use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cookbook::sqlx_postgresql::{ReplicaPool, connect};
use panopticon::{Health, Status};
use rustix::process::Signal;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::time::sleep;

use crate::folder::Folder;
use crate::report::Service;
use crate::server::{LIMIT, Program, Server, free_port};

const PAUSED: &str = "no answer for 1.5s, nor a new connection";
const STOPPED: &str = "Connection refused (os error 111)";

/// Starts a database with one superuser, who needs no password.
pub(crate) fn start() -> (Server, String) {
    let folder = data_folder("postgresql");
    let data = folder.join("data");
    Program::new(["initdb", "--pgdata", &data, "--username=postgres", "--auth=trust", "--no-sync"])
        .not_as_root()
        .env("LC_ALL", "C")
        .run(&folder);
    serve(folder)
}

fn data_folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    if rustix::process::getuid().is_root() {
        folder.give_to("nobody");
    }
    folder
}

/// Starts the database of a folder.
fn serve(folder: Folder) -> (Server, String) {
    let port = free_port();
    let (data, port_option) = (folder.join("data"), format!("--port={port}"));
    let options = [
        "postgres",
        "-D",
        &data,
        &port_option,
        "--listen_addresses=127.0.0.1",
        "--unix_socket_directories=",
        "--fsync=off",
        "--max_connections=20",
        "--superuser_reserved_connections=1",
        "--shared_buffers=1MB",
        "--dynamic_shared_memory_type=mmap",
    ];
    // A "fast" shutdown.
    let mut server =
        Server::new(Program::new(options).not_as_root(), port, folder).stop_signal(Signal::INT);
    server.start();
    (server, format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable"))
}

#[tokio::test]
#[ignore = "needs PostgreSQL; run with .ci/with-cookbook-servers"]
async fn a_lost_database_is_unhealthy_until_it_is_back() {
    let (mut server, url) = start();
    let service = Service::new(&["postgresql"], |it| it.provide(connect(&url).unwrap()));
    service.lives_through("postgresql", &mut server, &[PAUSED], STOPPED).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL; run with .ci/with-cookbook-servers"]
async fn a_busy_database_is_degraded_but_a_lost_one_is_not_busy() {
    let (mut server, url) = start();
    let pool = connect(&url).unwrap();
    let service = Service::new(&["postgresql"], |it| it.provide(pool.clone()));
    let mut held = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        held.push(pool.acquire().await.unwrap());
    }
    let busy = "all 5 connections in use for 1.5s";
    let component = service.becomes("postgresql", Status::Degraded, busy).await;
    assert_eq!(component.detail("connections_in_use"), Some(&5.into()));

    // The same if the database has no connection left for anyone.
    let mut others = Vec::new();
    let refused = loop {
        match PgConnection::connect(&url).await {
            Ok(connection) => others.push(connection),
            Err(error) => break error.to_string(),
        }
    };
    assert!(refused.contains("too many clients already"), "{refused}");
    service.becomes("postgresql", Status::Degraded, busy).await;
    drop(others);

    server.pause();
    service.becomes("postgresql", Status::Unhealthy, PAUSED).await;
    server.resume();
    service.becomes("postgresql", Status::Degraded, busy).await;
    // The pool does not know yet that its connections are lost.
    server.stop();
    service.becomes("postgresql", Status::Unhealthy, STOPPED).await;
    server.start();
    drop(held);
    service.is_healthy("postgresql").await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL; run with .ci/with-cookbook-servers"]
async fn requests_that_wait_for_a_lost_database_do_not_make_it_look_busy() {
    let (mut server, url) = start();
    let pool = connect(&url).unwrap();
    let service = Service::new(&["postgresql"], |it| it.provide(pool.clone()));
    service.is_healthy("postgresql").await;
    server.stop();
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.acquire().await.map(drop) })
        })
        .collect();
    service
        .until("postgresql", |it| {
            assert_ne!(it.status(), Status::Degraded, "{it:?}");
            it.detail("connections_in_use") == Some(&5.into())
        })
        .await;
    service.becomes("postgresql", Status::Unhealthy, STOPPED).await;
    for request in requests {
        request.abort();
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL; run with .ci/with-cookbook-servers"]
async fn a_schema_must_have_all_migrations_that_the_service_needs() {
    let (server, url) = start();
    let pool = connect(&url).unwrap();
    let folder = server.folder().path().join("migrations");
    fs::create_dir(&folder).unwrap();
    for (file, sql) in [
        ("1_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY)"),
        ("2_billed.sql", "ALTER TABLE orders ADD billed boolean NOT NULL DEFAULT false"),
    ] {
        fs::write(folder.join(file), sql).unwrap();
    }
    let migrator = || Migrator::new(Path::new(&folder));
    let newest = migrator().await.unwrap();
    let service =
        Service::new(&["migrations", "postgresql"], |it| it.provide(pool.clone()).provide(newest));
    let never = "relation \"_sqlx_migrations\" does not exist";
    service.becomes("migrations", Status::Unhealthy, never).await;

    let migrator = migrator().await.unwrap();
    migrator.run_to(1, &pool).await.unwrap();
    check_migrations(&pool, &migrator, Status::Unhealthy, 1).await;
    migrator.run(&pool).await.unwrap();
    check_migrations(&pool, &migrator, Status::Healthy, 2).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            VALUES (3, 'of the next version', true, '', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    check_migrations(&pool, &migrator, Status::Healthy, 3).await;
}

/// Calls the check, which runs only every 30 seconds in a service.
async fn check_migrations(pool: &PgPool, migrator: &Migrator, status: Status, applied: i64) {
    let health = cookbook::sqlx_postgresql::migrations(pool, migrator).await.unwrap();
    assert_eq!(health.status(), status, "{health:?}");
    assert_eq!(health.detail("applied_migration"), Some(&applied.into()));
    assert_eq!(health.detail("needed_migration"), Some(&2.into()));
}

#[tokio::test]
#[ignore = "needs PostgreSQL; run with .ci/with-cookbook-servers"]
async fn a_replica_that_is_behind_is_degraded() {
    let (mut server, url) = start();
    let primary = connect(&url).unwrap();
    // It may listen before it accepts connections, for which the pool waits.
    drop(primary.acquire().await.unwrap());
    let folder = data_folder("replica");
    let (data, port) = (folder.join("data"), server.port().to_string());
    Program::new([
        "pg_basebackup",
        "--pgdata",
        &data,
        "--host=127.0.0.1",
        "--port",
        &port,
        "--username=postgres",
        "--checkpoint=fast",
        "--write-recovery-conf",
        "--no-sync",
    ])
    .not_as_root()
    .run(&folder);
    let (_replica, url) = serve(folder);
    let replica = connect(&url).unwrap();
    let execute = async |pool: &PgPool, sql: &'static str| {
        sqlx::query(sql).execute(pool).await.unwrap();
    };
    execute(&primary, "CREATE TABLE orders ()").await;
    let replica = ReplicaPool(replica);
    let began = Instant::now();
    while sqlx::query("SELECT FROM orders").execute(&replica.0).await.is_err() {
        assert!(began.elapsed() < LIMIT, "the replica receives nothing");
        sleep(Duration::from_millis(50)).await;
    }
    let up_to_date = lag_becomes(&replica, |lag| lag == 0.0).await;
    assert_eq!(up_to_date.status(), Status::Healthy);

    execute(&replica.0, "SELECT pg_wal_replay_pause()").await;
    execute(&primary, "DROP TABLE orders").await;
    let behind = lag_becomes(&replica, |lag| lag > 5.0).await;
    assert_eq!(behind.status(), Status::Degraded);
    execute(&replica.0, "SELECT pg_wal_replay_resume()").await;
    let caught_up = lag_becomes(&replica, |lag| lag == 0.0).await;
    assert_eq!(caught_up.status(), Status::Healthy);

    // What it has received is all that it has replayed, but it receives nothing.
    server.stop();
    let cut_off = lag_becomes(&replica, |lag| lag > 5.0).await;
    assert_eq!(cut_off.status(), Status::Degraded);
}

/// Calls the check, which runs only every 5 seconds in a service, until the lag is as expected.
async fn lag_becomes(replica: &ReplicaPool, is_expected: impl Fn(f64) -> bool) -> Health {
    let began = Instant::now();
    loop {
        let health = cookbook::sqlx_postgresql::replication(replica).await.unwrap();
        let lag = health.detail("replication_lag").and_then(serde_json::Value::as_f64);
        if lag.is_some_and(&is_expected) {
            return health;
        }
        assert!(began.elapsed() < LIMIT, "{health:?}");
        sleep(Duration::from_millis(50)).await;
    }
}
