//! Results and transitions of components, their history, and everything that is notified of them.

mod draining;
mod history;
mod hub;
mod notification;
mod publisher;
mod publisher_queue;
mod publisher_thread;
#[cfg(feature = "stream")]
mod stream;
mod subscription;
#[cfg(feature = "tracing")]
mod tracing;
mod transition;
mod watch;

pub use self::draining::DrainingChanges;
pub use self::history::{ComponentHistory, History, PastResult};
pub(crate) use self::history::{ResultHistory, TransitionHistory};
pub(crate) use self::hub::EventHub;
pub use self::notification::Notification;
pub use self::publisher::Publisher;
pub(crate) use self::publisher::invalid_capacity;
pub(crate) use self::publisher_thread::PublisherThread;
pub use self::subscription::{Missed, Transitions};
#[cfg(feature = "tracing")]
pub(crate) use self::tracing::{LogPublisher, log_exit};
pub use self::transition::Transition;
#[cfg(feature = "grpc")]
pub(crate) use self::watch::Watched;
