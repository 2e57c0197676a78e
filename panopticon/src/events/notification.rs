//! What publishers are notified of.

use std::sync::Arc;

use super::{Publisher, Transition};
use crate::panics::contain_panics;
use crate::report::Component;

/// Something that a [`Publisher`] is notified of.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notification {
    /// The result of a check; see [`Publisher::result`].
    // Not `Result`, or the compiler writes `std::result::Result` in its errors about checks.
    CheckResult(Arc<Component>),
    /// A change of a component's status; see [`Publisher::transition`].
    Transition(Arc<Transition>),
    /// The beginning of draining, or its end; see [`Publisher::draining`].
    Draining(bool),
}

impl Notification {
    /// Calls the method of the publisher that handles this alone. If it panics, the panic goes no
    /// further.
    pub(super) fn pass_on<P: Publisher + ?Sized>(&self, publisher: &mut P) {
        // The panic hook has already reported it.
        let _ = contain_panics(|| match self {
            Self::CheckResult(component) => publisher.result(component.name(), component),
            Self::Transition(transition) => publisher.transition(transition),
            Self::Draining(is_draining) => publisher.draining(*is_draining),
        });
    }
}
