//! The [`Panopticon`] handle: building it, requesting reports, controlling it.

mod builder;
mod drain;
mod drain_switch;
mod exit_bound;
mod handle;
mod overrides;
mod questions;
mod selection;
#[cfg(all(feature = "signal", any(unix, windows)))]
mod signals;

pub use self::builder::Builder;
pub use self::handle::Panopticon;
pub use self::overrides::OverrideError;
pub use self::selection::{Selection, SelectionError};
