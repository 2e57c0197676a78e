//! The management server: the health report over HTTP, on its own thread and runtime, so that it
//! answers while the service's runtime is stuck.
//!
//! [`management_server`] starts the thread. It binds the [`listener`] to a [`listen_address`],
//! accepts connections until the server stops ([`accept`]), bounds their number ([`connections`]),
//! and serves each of them ([`connection`]), in one of its [`protocols`].

mod accept;
mod activity;
#[cfg(feature = "grpc")]
mod answer_body;
mod connection;
mod connections;
mod limits;
mod listen_address;
mod listener;
mod management_server;
mod protocols;
#[cfg(unix)]
mod socket_file;

pub use self::listen_address::ListenAddress;
pub use self::management_server::ManagementServer;
