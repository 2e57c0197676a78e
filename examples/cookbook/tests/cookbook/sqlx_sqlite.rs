use std::fs;

use cookbook::sqlx_sqlite::connect;
use panopticon::Status;

use crate::folder::Folder;
use crate::report::Service;

#[tokio::test]
async fn a_file_that_is_missing_or_no_database_is_unhealthy_until_it_is_one() {
    let folder = Folder::new("sqlite");
    let file = folder.join("orders.db");
    let url = format!("sqlite://{file}");
    let service = Service::new(&["sqlite"], |it| it.provide(connect(&url).unwrap()));
    service.becomes("sqlite", Status::Unhealthy, "unable to open database file").await;
    fs::write(&file, [b'x'; 4096]).unwrap();
    service.becomes("sqlite", Status::Unhealthy, "file is not a database").await;
    fs::remove_file(&file).unwrap();
    connect(&format!("{url}?mode=rwc")).unwrap().acquire().await.unwrap();
    service.is_healthy("sqlite").await;
    // The pool still has it open.
    fs::remove_file(&file).unwrap();
    let gone = "the file is gone, so what is written is lost";
    service.becomes("sqlite", Status::Unhealthy, gone).await;
}

#[tokio::test]
async fn a_database_that_cannot_be_written_to_is_unhealthy() {
    let folder = Folder::new("sqlite");
    let url = format!("sqlite://{}", folder.join("orders.db"));
    connect(&format!("{url}?mode=rwc")).unwrap().acquire().await.unwrap();
    let pool = connect(&format!("{url}?mode=ro")).unwrap();
    sqlx::query("SELECT 1").execute(&pool).await.unwrap();
    let service = Service::new(&["sqlite"], |it| it.provide(pool));
    let read_only = "attempt to write a readonly database";
    service.becomes("sqlite", Status::Unhealthy, read_only).await;
}

#[tokio::test]
async fn a_locked_database_and_an_exhausted_pool_are_degraded() {
    let folder = Folder::new("sqlite");
    let url = format!("sqlite://{}?mode=rwc", folder.join("orders.db"));
    let pool = connect(&url).unwrap();
    let service = Service::new(&["sqlite"], |it| it.provide(pool.clone()));
    service.is_healthy("sqlite").await;

    let other = connect(&url).unwrap();
    let writes = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let locked = "another connection has kept the lock of writers for 1 s";
    service.becomes("sqlite", Status::Degraded, locked).await;
    drop(writes);
    service.is_healthy("sqlite").await;

    let mut held = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        held.push(pool.acquire().await.unwrap());
    }
    let busy = "all 5 connections in use for 1.5s";
    service.becomes("sqlite", Status::Degraded, busy).await;
    drop(held);
    service.is_healthy("sqlite").await;
}
