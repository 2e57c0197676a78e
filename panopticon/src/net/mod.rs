//! What lies below HTTP: names, addresses and connections.

mod cancellation;
#[cfg(feature = "_connect")]
mod connect;
mod host_and_port;
mod lookups;
#[cfg(feature = "_connect")]
mod open;
#[cfg(feature = "_tls")]
pub(crate) mod tls;

pub(crate) use self::cancellation::{Cancellation, Expired};
#[cfg(feature = "_connect")]
pub(crate) use self::connect::connect;
pub(crate) use self::host_and_port::{Host, HostAndPort, is_name};
pub(crate) use self::lookups::{LookupError, Lookups};
#[cfg(feature = "_connect")]
pub(crate) use self::open::{OpenError, open};
