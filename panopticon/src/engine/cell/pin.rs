//! What an operator says in a check's place.

use std::sync::Arc;

use tokio::time::Instant;

use super::known::Known;
use super::{Cell, Inner};
use crate::events::News;
use crate::report::{Component, Override};

/// What an operator says in the check's place.
pub(crate) struct Pin {
    pub(crate) active: Override,
    /// When the override ends, by a clock that nobody sets.
    pub(crate) ends: Instant,
}

impl Cell {
    /// Pins the component to a status until `ends`.
    pub(crate) fn pin(&self, pin: Pin, news: &News) {
        let mut inner = self.lock();
        inner.pin = Some(Box::new(pin));
        news.changed();
    }

    /// Ends a pin before its time; false where there is none.
    pub(crate) fn unpin(&self, news: &News) -> bool {
        let mut inner = self.lock();
        let pin = inner.pin.take();
        news.changed();
        pin.is_some_and(|pin| pin.is_active())
    }
}

impl Inner {
    pub(crate) fn shown(&mut self, known: Known) -> Known {
        let component = self.pinned(known.component);
        let until = self.pin.as_ref().map_or(known.until, |pin| known.until.min(pin.ends));
        Known { component, until }
    }

    pub(crate) fn pinned(&mut self, component: Arc<Component>) -> Arc<Component> {
        self.pin.take_if(|pin| !pin.is_active());
        match &self.pin {
            Some(pin) => Arc::new(component.with_override(&pin.active)),
            None => component,
        }
    }
}

impl Pin {
    fn is_active(&self) -> bool {
        Instant::now() < self.ends
    }
}
