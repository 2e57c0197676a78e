//! Outgoing heartbeats: what is called, when it is due, and whether that succeeds.

mod call;
mod delivery;
mod pacing;

pub(crate) use self::call::HeartbeatCaller;
pub(crate) use self::delivery::Delivery;
pub(crate) use self::pacing::Pacing;
