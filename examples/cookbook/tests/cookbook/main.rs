//! Each recipe against the real server, which the test starts, stops and pauses. The scripts that
//! find or install the servers run them: `.ci/with-cookbook-servers`.

mod deadpool_postgresql;
mod folder;
mod redis;
mod report;
mod server;
mod sqlx_postgresql;
mod sqlx_sqlite;
