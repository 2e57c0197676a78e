//! The log, written with `tracing`.

use std::fmt::{Debug, Write as _};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use panopticon::{CheckOptions, Health, Panopticon};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::scripted::Scripted;

/// The component under test; events about others come from other tests.
const NAME: &str = "seen-by-tracing";

/// A subscriber that sends each event about the component as a line. It is the global subscriber,
/// since events come from a thread of the library.
struct Recorder(Mutex<Sender<String>>);

/// The fields of an event, as a line.
#[derive(Default)]
pub(crate) struct Fields {
    component: Option<String>,
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

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("panopticon")
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if fields.component.as_deref() == Some(NAME) {
            let line = format!("{}{}", event.metadata().level(), fields.line);
            let _ = self.0.lock().unwrap().send(line);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn transitions_are_logged_at_warn_or_info_and_runs_at_trace() {
    let (sender, lines) = channel();
    tracing::subscriber::set_global_default(Recorder(Mutex::new(sender))).unwrap();
    let check = Scripted::healthy();
    let options = CheckOptions::new().cache(std::time::Duration::ZERO);
    let health = Panopticon::empty().check(NAME, options, check.check()).build().unwrap();
    for result in [
        Health::healthy("up"),
        Health::healthy("up"),
        Health::degraded("slow"),
        Health::unhealthy("down\n2026-01-01 INFO forged"),
        Health::unhealthy("down"),
        Health::healthy("up"),
    ] {
        check.say(result);
        health.report().await;
    }
    let lines: Vec<String> = lines.iter().take(10).collect();
    let (traces, others): (Vec<_>, Vec<_>) =
        lines.iter().map(String::as_str).partition(|line| line.starts_with("TRACE"));
    assert_eq!(traces.len(), 6, "{lines:?}");
    assert!(traces.iter().all(|line| line.contains("message=health check has run")), "{traces:?}");
    let [up, slow, down, back] = &others[..] else { panic!("{others:?}") };
    assert!(up.starts_with("INFO") && up.contains("from=unknown to=healthy"), "{up}");
    assert!(slow.starts_with("WARN") && slow.contains("from=healthy to=degraded"), "{slow}");
    assert!(down.starts_with("WARN") && down.contains("from=degraded to=unhealthy"), "{down}");
    assert!(
        down.contains(r"reason=down\n2026-01-01 INFO forged"),
        "a line break is escaped: {down}"
    );
    assert!(back.starts_with("INFO") && back.contains("from=unhealthy to=healthy"), "{back}");
}
