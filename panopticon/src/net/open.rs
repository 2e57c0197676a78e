//! Opens a connection to a server whose host may be a name.

use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use super::cancellation::{Cancellation, Expired};
use super::connect::{ConnectError, connect};
use super::host_and_port::{Host, HostAndPort};
use super::lookups::{LookupError, Lookups};

/// Why there is no connection.
pub(crate) enum OpenError {
    Lookup(LookupError),
    Connect(ConnectError),
}

pub(crate) fn open(
    server: &HostAndPort,
    deadline: Instant,
    cancellation: &Cancellation,
) -> Result<TcpStream, OpenError> {
    let addresses = match &server.host {
        Host::Address(address) => vec![SocketAddr::new(*address, server.port)],
        Host::Name(name) => Lookups::of_process()
            .look_up(name, server.port, deadline, cancellation)
            .map_err(OpenError::Lookup)?,
    };
    connect(&addresses, deadline, cancellation).map_err(OpenError::Connect)
}

impl OpenError {
    /// Returns whether it is only that time ran out.
    pub(crate) fn is_late(&self) -> bool {
        match self {
            Self::Lookup(error) => error.is_late(),
            Self::Connect(error) => error.expired == Some(Expired::DeadlinePassed),
        }
    }
}
