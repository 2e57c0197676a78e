//! Health checks of databases, queues and other services, one file for each dependency.
//!
//! Copy the file that you need. Each one has a `connect` function with the settings that the check
//! relies on, and says which probe the check answers, whether it is critical, and why. The tests run
//! every check against the real server.

pub mod deadpool_postgresql;
pub mod grpc;
pub mod nats;
pub mod other_panopticon;
pub mod rabbitmq;
pub mod redis;
pub mod sqlx_mariadb;
pub mod sqlx_postgresql;
pub mod sqlx_sqlite;
