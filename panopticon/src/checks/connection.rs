//! What the checks that connect to a server share.

use std::time::Duration;

use crate::health::{Health, Message};
use crate::net::{HostAndPort, OpenError};

/// The server that a check was given, or what should have been given instead.
pub(super) type Server = Result<HostAndPort, &'static str>;

/// Returns the result of a check that got no connection.
pub(super) fn no_connection(server: &HostAndPort, error: &OpenError, timeout: Duration) -> Health {
    let within = if error.is_late() { format!(" within {timeout:?}") } else { String::new() };
    let (summary, error) = match error {
        OpenError::Lookup(error) => {
            (format!("{} cannot be resolved{within}", server.host), error.to_string())
        }
        OpenError::Connect(error) => {
            (format!("{server} does not accept connections{within}"), error.to_string())
        }
    };
    Health::from_message(Message::with_error(format!("{summary}: {error}"), summary))
}
