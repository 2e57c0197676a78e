//! What happens to components, and who is notified of it.

mod hub;
mod publisher;
#[cfg(feature = "tracing")]
mod tracing;
mod transition;

pub(crate) use self::hub::News;
pub use self::publisher::Publisher;
pub(crate) use self::publisher::{Opening, Outlet, opening};
#[cfg(feature = "tracing")]
pub(crate) use self::tracing::Log;
pub use self::transition::{Missed, Transition, Transitions};
