//! Health for OpenTelemetry: gauges of the last results, and a log record for each transition.
//!
//! No semantic convention covers health checks yet. The names follow the rules of all others: a
//! namespace, a unit, and for a status one series for each state, as `hw.status` has. A log record is
//! an event: its name says what its attributes are.

use opentelemetry::KeyValue;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};
use opentelemetry::metrics::Meter;
use panopticon::{Publisher, Status, Transition, WeakPanopticon};

/// The name of the event of a transition.
pub const TRANSITION: &str = "panopticon.component.transition";

const STATES: [Status; 4] = [Status::Healthy, Status::Degraded, Status::Unhealthy, Status::Unknown];

/// Creates the gauges. They are read when the reader of the meter's provider collects, from the last
/// results, so no check runs, and no result is shown for longer than it is valid. A component that has
/// not run is `unknown`, and has no duration. Once the service is dropped, they have no values.
pub fn observe(health: &WeakPanopticon, meter: &Meter) {
    let weak = health.clone();
    meter
        .u64_observable_gauge("panopticon.component.status")
        .with_description(
            "1 for the status of the component, by its last result, and 0 for the others.",
        )
        .with_unit("1")
        .with_callback(move |observer| {
            let Some(report) = weak.latest_report() else { return };
            for (name, component) in report.components() {
                for state in STATES {
                    let attributes = [
                        KeyValue::new("panopticon.component.name", name.to_owned()),
                        KeyValue::new("panopticon.component.critical", component.critical()),
                        KeyValue::new("panopticon.component.state", state.as_str()),
                    ];
                    observer.observe(u64::from(component.status() == state), &attributes);
                }
            }
        })
        .build();
    let weak = health.clone();
    meter
        .f64_observable_gauge("panopticon.check.duration")
        .with_description("How long the last run of the check took.")
        .with_unit("s")
        .with_callback(move |observer| {
            let Some(report) = weak.latest_report() else { return };
            for (name, component) in report.components() {
                if component.run_status().is_some() {
                    let name = KeyValue::new("panopticon.component.name", name.to_owned());
                    observer.observe(component.response_time().as_secs_f64(), &[name]);
                }
            }
        })
        .build();
}

/// A publisher that emits a log record for each transition.
#[derive(Debug)]
pub struct TransitionLog<L> {
    logger: L,
}

impl<L: Logger> TransitionLog<L> {
    /// Emits with this logger, from the `LoggerProvider` of the SDK.
    pub fn new(logger: L) -> Self {
        Self { logger }
    }
}

impl<L: Logger + Send + 'static> Publisher for TransitionLog<L> {
    fn transition(&mut self, transition: &Transition) {
        let (severity, text) = severity(transition.to());
        let mut record = self.logger.create_log_record();
        record.set_event_name(TRANSITION);
        record.set_timestamp(transition.at().into());
        record.set_severity_number(severity);
        record.set_severity_text(text);
        record.set_body(AnyValue::from(transition.to_string()));
        record.add_attribute("panopticon.component.name", transition.name().to_owned());
        record.add_attribute("panopticon.component.critical", transition.critical());
        record.add_attribute("panopticon.component.state", transition.to().as_str());
        record.add_attribute("panopticon.component.previous_state", transition.from().as_str());
        let component = transition.component();
        if let Some(cause) = component.root_cause() {
            record.add_attribute("panopticon.component.root_cause", cause.to_owned());
        }
        // What the check found, if it is not what is reported.
        if let Some(found) = component.run_status().filter(|&found| found != transition.to()) {
            record.add_attribute("panopticon.check.state", found.as_str());
        }
        self.logger.emit(record);
    }
}

fn severity(status: Status) -> (Severity, &'static str) {
    match status {
        Status::Healthy => (Severity::Info, "INFO"),
        Status::Degraded | Status::Unknown => (Severity::Warn, "WARN"),
        Status::Unhealthy => (Severity::Error, "ERROR"),
    }
}
