//! What `MetricsPublisher` records, as an exporter for Prometheus writes it, compared with our own
//! format of the same service.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use panopticon::publishers::MetricsPublisher;
use panopticon::{
    Builder, CheckOptions, Health, HealthRequest, Override, Panopticon, ServiceInfo, Status,
};

/// How long a test waits for what must happen.
const LIMIT: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A sample's name and labels, which are sorted, and its value.
type Samples = BTreeMap<(String, Vec<String>), f64>;

/// Everything that a text in Prometheus's format says.
#[derive(Debug, Default, PartialEq)]
struct Metrics {
    samples: Samples,
    helps: BTreeMap<String, String>,
    types: BTreeMap<String, String>,
}

impl Metrics {
    fn parse(text: &str) -> Self {
        let mut metrics = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').unwrap();
                metrics.helps.insert(name.to_owned(), help.to_owned());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                metrics.types.insert(name.to_owned(), kind.to_owned());
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
                // No value of a label contains a comma.
                let labels = labels.strip_suffix('}').unwrap().split(',');
                let mut labels: Vec<_> = labels.map(str::to_owned).collect();
                labels.sort();
                let replaced =
                    metrics.samples.insert((name.to_owned(), labels), value.parse().unwrap());
                assert_eq!(replaced, None, "{series} is there twice");
            }
        }
        metrics
    }

    async fn of_our_format(health: &Panopticon) -> Self {
        let request = HealthRequest::get("/healthcheck/metrics");
        let body = health.answer(request).await.into_body();
        Self::parse(std::str::from_utf8(&body).unwrap())
    }

    /// Returns a value, unless it has not been recorded yet.
    fn get(&self, name: &str, labels: &[&str]) -> Option<String> {
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        self.samples.get(&(name.to_owned(), labels)).map(f64::to_string)
    }

    #[track_caller]
    fn value(&self, name: &str, labels: &[&str]) -> String {
        let value = self.get(name, labels);
        value.unwrap_or_else(|| panic!("{name} {labels:?} is not in {self:#?}"))
    }

    /// Returns the status of a component, which exactly one series says.
    #[track_caller]
    fn status(&self, component: &str) -> &'static str {
        let set = self.statuses(component);
        let [status] = set[..] else { panic!("{component}: {set:?}") };
        status
    }

    /// Returns whether a component has this status, and no other one, as it may have while an exporter
    /// writes what is being recorded.
    fn is(&self, component: &str, status: &str) -> bool {
        self.statuses(component) == [status]
    }

    fn statuses(&self, component: &str) -> Vec<&'static str> {
        let label = format!("component=\"{component}\"");
        let is_set = |status: &&str| {
            let status = format!("status=\"{status}\"");
            let value = self.get("panopticon_component_status", &[&label, &status]);
            value.as_deref() == Some("1")
        };
        let all = ["healthy", "degraded", "unhealthy", "unknown"];
        all.into_iter().filter(is_set).collect()
    }
}

/// Waits until the exporter writes the same as our own format, and returns it.
async fn same(health: &Panopticon, exporter: &PrometheusHandle) -> Metrics {
    let start = Instant::now();
    loop {
        let ours = Metrics::of_our_format(health).await;
        let theirs = Metrics::parse(&exporter.render());
        if ours == theirs {
            return ours;
        }
        if start.elapsed() > LIMIT {
            for (key, value) in &ours.samples {
                if theirs.samples.get(key) != Some(value) {
                    println!("{key:?}: {value} ≠ {:?}", theirs.samples.get(key));
                }
            }
            assert_eq!(theirs, ours);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until the exporter's text fulfils a condition.
#[track_caller]
fn wait(exporter: &PrometheusHandle, condition: impl Fn(&Metrics) -> bool) {
    let start = Instant::now();
    while !condition(&Metrics::parse(&exporter.render())) {
        assert!(start.elapsed() < LIMIT, "{}", exporter.render());
        thread::sleep(Duration::from_millis(2));
    }
}

/// Records with a recorder of its own, for the test that this service belongs to.
fn recorded(builder: Builder) -> (Panopticon, PrometheusHandle) {
    let recorder = Arc::new(PrometheusBuilder::new().build_recorder());
    let exporter = recorder.handle();
    let builder =
        builder.publish_with(move |health| MetricsPublisher::new(health).with_recorder(recorder));
    (builder.build().unwrap(), exporter)
}

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

/// A service with a component in each status.
fn service() -> Builder {
    let runs = AtomicUsize::new(0);
    Panopticon::empty()
        .service(ServiceInfo::new("orders \"b\" \\").version("2").release_id("2.3.1"))
        .check("degraded", options().critical(false), || async { Health::degraded("slow") })
        .check("flapping", options().critical(false), move || {
            let results = [Health::healthy(""), Health::unhealthy(""), Health::degraded("")];
            let run = runs.fetch_add(1, Ordering::SeqCst);
            let result = results[run % results.len()].clone();
            async move { result.response_time(Duration::from_nanos(1_234_567_891)) }
        })
        .check("hangs", options().timeout(Duration::from_millis(1)), std::future::pending::<()>)
        .check("healthy", options().collection("shop.orders"), || async {})
        .check("never", CheckOptions::new().interval(HOUR).initial_delay(HOUR), || async {})
        .check("skipped", options().depends_on("unhealthy"), || async {})
        .check("thresholds", options().failure_threshold(5), || async { Health::unhealthy("") })
        .check("unhealthy", options(), || async { Health::unhealthy("no answer") })
}

#[tokio::test]
async fn an_exporter_writes_what_our_own_format_does_whatever_happens() {
    let (health, exporter) = recorded(service());
    let metrics = same(&health, &exporter).await;
    assert_eq!(metrics.samples.len(), 3 + 8 * (1 + 4 + 1 + 4 + 1 + 1 + 4));
    assert_eq!(metrics.helps.len(), 10);
    assert_eq!(metrics.types.len(), 10);
    assert_eq!(metrics.status("healthy"), "unknown");

    for run in 0..7 {
        health.report().await;
        let metrics = same(&health, &exporter).await;
        let expected = ["healthy", "unhealthy", "degraded"][run % 3];
        assert_eq!(metrics.status("flapping"), expected);
    }
    let metrics = same(&health, &exporter).await;
    let statuses = ["degraded", "hangs", "healthy", "never", "skipped", "thresholds", "unhealthy"];
    let statuses = statuses.map(|component| metrics.status(component));
    let expected =
        ["degraded", "unhealthy", "healthy", "unknown", "unhealthy", "unhealthy", "unhealthy"];
    assert_eq!(statuses, expected);
    assert_eq!(metrics.value("panopticon_component_skipped", &["component=\"skipped\""]), "1");
    let labels = ["component=\"flapping\"", "to=\"unhealthy\""];
    assert_eq!(metrics.value("panopticon_component_transitions_total", &labels), "2");
    let labels = ["component=\"hangs\"", "result=\"no_answer\""];
    assert!(metrics.value("panopticon_checks_total", &labels) != "0");

    let maintenance = Override::new(Status::Healthy, "maintenance").lasting(HOUR);
    health.set_override("unhealthy", maintenance).unwrap();
    let metrics = same(&health, &exporter).await;
    assert_eq!(metrics.status("unhealthy"), "healthy");
    health.report().await;
    let metrics = same(&health, &exporter).await;
    assert_eq!((metrics.status("unhealthy"), metrics.status("skipped")), ("healthy", "healthy"));
    health.clear_override("unhealthy").unwrap();
    assert_eq!(same(&health, &exporter).await.status("unhealthy"), "unhealthy");

    health.drain();
    let metrics = same(&health, &exporter).await;
    assert_eq!(metrics.value("panopticon_draining", &[""]), "1");
    health.undrain();
    same(&health, &exporter).await;
}

#[tokio::test]
async fn an_override_that_ends_by_itself_is_recorded() {
    let (health, exporter) = recorded(service());
    health.report().await;
    let short = Override::new(Status::Unhealthy, "for a moment");
    health.set_override("healthy", short.lasting(Duration::from_millis(50))).unwrap();
    // It may have ended before anybody looks, but not without its transition.
    let labels = ["component=\"healthy\"", "to=\"unhealthy\""];
    let transitions = "panopticon_component_transitions_total";
    wait(&exporter, |metrics| metrics.get(transitions, &labels).as_deref() == Some("1"));
    wait(&exporter, |metrics| metrics.is("healthy", "healthy"));
    same(&health, &exporter).await;
}

#[tokio::test]
async fn after_a_shutdown_the_last_results_are_recorded_until_they_are_too_old() {
    let often = CheckOptions::new().interval(Duration::from_millis(1));
    let builder = Panopticon::empty().check("often", often, || async {});
    let (health, exporter) = recorded(builder);
    health.first_results().await;
    health.shutdown().await;
    let runs = ["component=\"often\"", "result=\"healthy\""];
    let runs = |metrics: &Metrics| metrics.get("panopticon_checks_total", &runs);
    wait(&exporter, |metrics| runs(metrics).is_some_and(|runs| runs != "0"));
    wait(&exporter, |metrics| metrics.is("often", "unknown"));
    same(&health, &exporter).await;
}

#[tokio::test]
async fn what_is_no_longer_checked_is_not_recorded_as_healthy() {
    let (health, exporter) = recorded(service());
    health.set_override("degraded", Override::new(Status::Healthy, "fine").lasting(HOUR)).unwrap();
    health.report().await;
    let before = same(&health, &exporter).await;
    drop(health);
    let names = ["degraded", "flapping", "hangs", "healthy", "never", "skipped", "unhealthy"];
    wait(&exporter, |metrics| names.iter().all(|name| metrics.is(name, "unknown")));
    let after = Metrics::parse(&exporter.render());
    assert_eq!(after.value("panopticon_service_healthy", &[""]), "0");
    let is_state = |name: &str| {
        name == "panopticon_service_healthy"
            || ["_healthy", "_status", "_skipped"]
                .iter()
                .any(|end| name.strip_prefix("panopticon_component") == Some(end))
    };
    let rest = |metrics: &Metrics| {
        let samples = metrics.samples.iter().filter(|((name, _), _)| !is_state(name));
        samples.map(|(key, value)| (key.clone(), *value)).collect::<Samples>()
    };
    assert_eq!(rest(&after), rest(&before), "counters and times stay as they were");
}

#[tokio::test]
async fn a_recorder_that_is_installed_after_build_gets_everything() {
    let health = service().publish_with(MetricsPublisher::new).build().unwrap();
    for _ in 0..3 {
        health.report().await;
    }
    let recorder = PrometheusBuilder::new().build_recorder();
    let exporter = recorder.handle();
    metrics::set_global_recorder(recorder).unwrap();
    let metrics = same(&health, &exporter).await;
    let labels = ["component=\"healthy\"", "result=\"healthy\""];
    assert_eq!(metrics.value("panopticon_checks_total", &labels), "3");
}
