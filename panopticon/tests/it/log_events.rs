//! A subscriber that passes events of `tracing` on, with their fields as a line.

use std::fmt::{Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Handles the events that are enabled.
pub(crate) struct EventHandler<E, H> {
    is_enabled: E,
    handle: H,
}

impl<E, H> EventHandler<E, H>
where
    E: Fn(&Metadata<'_>) -> bool + 'static,
    H: Fn(&Metadata<'_>, Fields) + 'static,
{
    pub(crate) fn new(is_enabled: E, handle: H) -> Self {
        Self { is_enabled, handle }
    }
}

/// The fields of an event, as a line.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) component: Option<String>,
    pub(crate) line: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.line, " {}={value:?}", field.name());
    }

    fn record_f64(&mut self, _: &Field, _: f64) {
        // The response time, which varies.
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "component" => self.component = Some(value.to_owned()),
            name => {
                let _ = write!(self.line, " {name}={value}");
            }
        }
    }
}

impl<E, H> Subscriber for EventHandler<E, H>
where
    E: Fn(&Metadata<'_>) -> bool + 'static,
    H: Fn(&Metadata<'_>, Fields) + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        (self.is_enabled)(metadata)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        (self.handle)(event.metadata(), fields);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
