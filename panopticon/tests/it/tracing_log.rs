//! The log, written with `tracing`.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, Once};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Override, Panopticon, Status};

use crate::log_events::{EventHandler, Fields};
use crate::scripted::Scripted;

/// The components under test; events about others come from other tests.
static RECORDED: Mutex<BTreeMap<String, Sender<String>>> = Mutex::new(BTreeMap::new());

/// Returns the lines about a component. The subscriber is the global one, since events come from a
/// thread of the library.
fn record(component: &str) -> Receiver<String> {
    let (sender, lines) = channel();
    RECORDED.lock().unwrap().insert(component.to_owned(), sender);
    install_recorder();
    lines
}

fn install_recorder() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let recorder = EventHandler::new(
            |event| event.target().starts_with("panopticon"),
            |event, Fields { component, line }| {
                let recorded = RECORDED.lock().unwrap();
                if let Some(sender) = component.and_then(|component| recorded.get(&component)) {
                    let _ = sender.send(format!("{}{line}", event.level()));
                }
            },
        );
        tracing::subscriber::set_global_default(recorder).unwrap();
    });
}

/// A service with one check, and the lines about it.
struct Logged {
    name: &'static str,
    health: Panopticon,
    check: Scripted,
    lines: Receiver<String>,
}

impl Logged {
    fn new(name: &'static str) -> Self {
        let lines = record(name);
        let check = Scripted::healthy();
        let options = CheckOptions::new().cache(Duration::ZERO);
        let health = Panopticon::empty().check(name, options, check.check()).build().unwrap();
        let set_up = lines.recv().unwrap();
        assert!(set_up.starts_with("DEBUG message=health check is set up "), "{set_up}");
        Self { name, health, check, lines }
    }

    /// Reports a result.
    async fn report(&self, result: Health) {
        self.check.say(result);
        self.health.report().await;
    }

    fn set_override(&self, status: Status, reason: &str) {
        let set = Override::new(status, reason).lasting(Duration::from_secs(3600));
        self.health.set_override(self.name, set).unwrap();
    }

    /// Returns the lines so far.
    fn lines(&self) -> Vec<String> {
        // The last line of all, since they are in order.
        self.set_override(Status::Healthy, "the end");
        self.lines.iter().take_while(|line| !line.contains("the end")).collect()
    }
}

fn without_traces(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).filter(|line| !line.starts_with("TRACE")).collect()
}

#[tokio::test]
async fn transitions_are_logged_at_warn_or_info_and_runs_at_trace() {
    let logged = Logged::new("logged-transitions");
    for result in [
        Health::healthy("up"),
        Health::healthy("up"),
        Health::degraded("slow"),
        Health::unhealthy("down\n2026-01-01 INFO forged"),
        Health::unhealthy("down\n2026-01-01 INFO forged"),
        Health::healthy("up"),
    ] {
        logged.report(result).await;
    }
    let lines = logged.lines();
    let others = without_traces(&lines);
    assert_eq!(lines.len() - others.len(), 6, "{lines:?}");
    let runs = lines.iter().filter(|line| line.contains("message=health check has run"));
    assert_eq!(runs.count(), 6, "{lines:?}");
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

#[tokio::test]
async fn another_reason_while_a_component_is_not_healthy_is_logged_at_debug() {
    let logged = Logged::new("logged-reasons");
    for result in [
        Health::healthy("up"),
        Health::healthy("still up"),
        Health::unhealthy("timed out; its last result, 3 s ago, was healthy"),
        // Only an age has changed.
        Health::unhealthy("timed out; its last result, 15 s ago, was healthy"),
        Health::unhealthy("refused\n2026-01-01 INFO forged"),
        Health::unhealthy("refused\n2026-01-01 INFO forged"),
        Health::degraded("slow"),
        Health::degraded("slower"),
        Health::healthy("up"),
        Health::healthy("still up"),
        Health::unhealthy("timed out"),
    ] {
        logged.report(result).await;
    }
    let lines = logged.lines();
    let other = "message=a health check is not healthy, for a new reason";
    assert_eq!(
        without_traces(&lines),
        [
            "INFO message=component is healthy from=unknown to=healthy reason=up".to_owned(),
            "WARN message=component is not healthy from=healthy to=unhealthy reason=timed out; \
             its last result, 3 s ago, was healthy"
                .to_owned(),
            format!(r"DEBUG {other} status=unhealthy reason=refused\n2026-01-01 INFO forged"),
            "WARN message=component is degraded from=unhealthy to=degraded reason=slow".to_owned(),
            format!("DEBUG {other} status=degraded reason=slower"),
            "INFO message=component is healthy from=degraded to=healthy reason=up".to_owned(),
            "WARN message=component is not healthy from=healthy to=unhealthy reason=timed out"
                .to_owned(),
        ]
    );
}

/// Reports refer their readers to the log.
#[tokio::test]
async fn the_text_of_an_error_is_logged_even_if_no_status_changes() {
    let lines = record("logged-errors");
    let check = Scripted::healthy();
    let options = CheckOptions::new().cache(Duration::ZERO).failure_threshold(3);
    let health =
        Panopticon::empty().check("logged-errors", options, check.check()).build().unwrap();
    let logged = Logged { name: "logged-errors", health, check, lines };
    let error = |text: &str| Health::from_error(&std::io::Error::other(text));
    // Before the first result counts, and while thresholds hide failures.
    logged.report(error("not yet")).await;
    logged.report(Health::healthy("up")).await;
    logged.report(error("once")).await;
    logged.report(error("once")).await;
    logged.report(Health::healthy("up")).await;
    logged.report(error("once")).await;
    // While an override says that it is healthy.
    logged.set_override(Status::Healthy, "known");
    logged.report(error("hidden")).await;
    logged.report(error("hidden")).await;
    let lines = logged.lines();
    let error = "DEBUG message=a health check is not healthy, for a new reason";
    let reasons: Vec<_> = lines.iter().filter(|line| line.starts_with("DEBUG message=a")).collect();
    assert_eq!(
        reasons,
        [
            &format!("{error} status=unknown reason=not yet"),
            &format!("{error} status=healthy reason=once"),
            &format!("{error} status=healthy reason=once"),
            &format!("{error} status=healthy reason=hidden"),
        ]
    );
}

#[tokio::test]
async fn overrides_are_logged_with_their_reasons() {
    let logged = Logged::new("logged-overrides");
    logged.set_override(Status::Degraded, "announced\nmaintenance");
    logged.report(Health::unhealthy("no answer")).await;
    let component = logged.health.check(logged.name).await.unwrap();
    logged.health.clear_override(logged.name).unwrap();
    logged.set_override(Status::Healthy, "known");
    let lines = logged.lines();
    let [set, reason, ended, known] = &without_traces(&lines)[..] else { panic!("{lines:?}") };
    let until = component.active_override().unwrap().ends_at().unwrap();
    let until = until.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let not_healthy = "WARN message=component is not healthy";
    assert_eq!(
        *set,
        format!(
            r"WARN message=component is degraded from=unknown to=degraded reason=announced\nmaintenance override_until={until}"
        )
    );
    assert!(reason.starts_with("DEBUG") && reason.ends_with("reason=no answer"), "{reason}");
    assert_eq!(
        *ended,
        format!(
            r"{not_healthy} from=degraded to=unhealthy reason=no answer ended_override=announced\nmaintenance"
        )
    );
    let healthy = "INFO message=component is healthy from=unhealthy to=healthy reason=known";
    assert!(known.starts_with(&format!("{healthy} override_until=")), "{known}");
}

/// Returns what `build()` logs, up to this level.
fn logged_by_build(level: tracing::Level, builder: panopticon::Builder) -> Vec<String> {
    // If only this thread had a subscriber, another thread could make `tracing` cache that nobody
    // wants an event.
    install_recorder();
    let (sender, lines) = channel();
    let handler = EventHandler::new(
        // Like the filter `panopticon=info`.
        move |event| event.target() == "panopticon" && *event.level() <= level,
        move |event, Fields { component, line }| {
            let component = component.map(|name| format!(" component={name}")).unwrap_or_default();
            sender.send(format!("{}{component}{line}", event.level())).unwrap();
        },
    );
    tracing::subscriber::with_default(handler, || builder.build().unwrap());
    // Cargo sets the variables of our build script in this process.
    lines.try_iter().filter(|line| !line.contains("an environment variable")).collect()
}

fn three_checks() -> panopticon::Builder {
    let options = CheckOptions::new;
    Panopticon::empty()
        .check("queue", options().collection("jobs").tag("sql").tag("pci"), || async {})
        .check(
            "mail",
            options()
                .collection("billing")
                .interval(Duration::from_secs(30))
                .retry_interval(Duration::from_secs(10))
                .initial_delay(Duration::from_secs(1))
                .failure_threshold(3)
                .success_threshold(2)
                .critical(false)
                .no_probe()
                .depends_on("ledger")
                .depends_on("queue"),
            || async {},
        )
        .check("ledger", options().probe(panopticon::Probe::Startup), || async {})
}

#[test]
fn build_logs_what_it_has_set_up_in_one_line_at_info() {
    assert_eq!(
        logged_by_build(tracing::Level::INFO, three_checks()),
        ["INFO message=health checks are set up components=3 liveness=0 readiness=1 startup=1 \
          no_probe=1 critical=2 optional=1 collections=billing, jobs left_out=0"]
    );
}

#[test]
fn build_logs_what_is_left_out_and_why() {
    // The name of a check that is left out need not be valid.
    let builder = three_checks().check("a\nb", CheckOptions::new(), || async {});
    let lines = logged_by_build(tracing::Level::INFO, builder.without("ledger").without("a\nb"));
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert!(line.contains(" components=2 "), "{line}");
    assert!(line.contains(r" left_out=2 left_out_checks=`a\nb` at "), "{line}");
    assert!(line.contains("`ledger` at "), "{line}");
    assert!(line.contains(": switched off by `.without` at "), "{line}");
    assert!(line.ends_with("; ignored as a dependency of `mail`"), "{line}");
    assert!(!line.contains('\n'), "{line}");
}

#[test]
fn build_logs_each_check_at_debug() {
    let lines = logged_by_build(tracing::Level::DEBUG, three_checks());
    let [_, ledger, mail, queue] = &lines[..] else { panic!("{lines:?}") };
    let set_up = "message=health check is set up";
    assert!(
        ledger.starts_with(&format!(
            "DEBUG component=ledger {set_up} probes=startup critical=true timeout=2s cache=1s \
             failure_threshold=1 success_threshold=1 place={}:",
            file!()
        )),
        "{ledger}"
    );
    assert!(
        mail.starts_with(&format!(
            "DEBUG component=mail {set_up} collection=billing critical=false timeout=2s \
             interval=30s retry_interval=10s initial_delay=1s failure_threshold=3 \
             success_threshold=2 depends_on=ledger, queue place="
        )),
        "{mail}"
    );
    assert!(
        queue.starts_with(&format!(
            "DEBUG component=queue {set_up} collection=jobs probes=readiness critical=true \
             tags=sql, pci timeout=2s cache=1s failure_threshold=1 \
             success_threshold=1 place="
        )),
        "{queue}"
    );
}
