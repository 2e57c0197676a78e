//! Each recipe against the real server, which the test starts, stops and pauses. The servers must be
//! in PATH, where `.ci/with-cookbook-servers` puts them.

mod deadpool_postgresql;
mod folder;
mod nats;
mod rabbitmq;
mod redis;
mod report;
mod server;
mod sqlx_mariadb;
mod sqlx_postgresql;
mod sqlx_sqlite;
mod upstream;
