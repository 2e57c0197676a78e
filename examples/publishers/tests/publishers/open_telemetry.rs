//! Gauges and log records, as the SDK's in-memory exporters get them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, LoggerProvider, Severity};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, GaugeDataPoint, MetricData, ScopeMetrics,
};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use panopticon::{Health, Override, Panopticon, Status};
use publishers::open_telemetry::{TRANSITION, TransitionLog, observe};

use crate::{Script, options};

/// The values of all series, by the name of the metric and its attributes, sorted.
fn collected(
    provider: &SdkMeterProvider,
    exporter: &InMemoryMetricExporter,
) -> BTreeMap<String, f64> {
    exporter.reset();
    provider.force_flush().unwrap();
    let mut values = BTreeMap::new();
    for metrics in exporter.get_finished_metrics().unwrap() {
        for metric in metrics.scope_metrics().flat_map(ScopeMetrics::metrics) {
            let name = format!("{} ({})", metric.name(), metric.unit());
            match metric.data() {
                AggregatedMetrics::U64(MetricData::Gauge(gauge)) => {
                    for point in gauge.data_points() {
                        values.insert(
                            series(&name, point),
                            f64::from(u32::try_from(point.value()).unwrap()),
                        );
                    }
                }
                AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                    for point in gauge.data_points() {
                        values.insert(series(&name, point), point.value());
                    }
                }
                other => panic!("{name} is no gauge: {other:?}"),
            }
        }
    }
    values
}

fn series<T: Copy>(name: &str, point: &GaugeDataPoint<T>) -> String {
    let mut attributes: Vec<_> = point
        .attributes()
        .map(|it| format!("{}={}", it.key.as_str().rsplit('.').next().unwrap(), it.value))
        .collect();
    attributes.sort();
    format!("{name} {}", attributes.join(" "))
}

/// Returns the states for which a component's series are 1.
fn states(values: &BTreeMap<String, f64>, component: &str) -> Vec<String> {
    let set = values.iter().filter(|(series, value)| {
        series.starts_with("panopticon.component.status (1)")
            && series.contains(&format!("name={component} "))
            && **value > 0.0
    });
    set.map(|(series, _)| series.rsplit('=').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn gauges_show_the_last_results_without_running_checks() {
    let database = Script::new(Health::unhealthy("no answer"));
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let health = Panopticon::empty()
        .check("database", options(), database.check())
        .check("orders", options().critical(false).depends_on("database"), || async {
            Health::degraded("slow").response_time(Duration::from_millis(250))
        })
        .build()
        .unwrap();
    observe(&health.downgrade(), &provider.meter("panopticon"));

    let values = collected(&provider, &exporter);
    assert_eq!((states(&values, "database"), values.len()), (vec!["unknown".to_owned()], 8));

    health.report().await;
    let values = collected(&provider, &exporter);
    assert_eq!(states(&values, "database"), ["unhealthy"]);
    assert_eq!(states(&values, "orders"), ["unhealthy"]);
    assert!(values.contains_key("panopticon.check.duration (s) name=database"));
    assert_eq!(values.len(), 9, "what was skipped has no duration");

    database.say(Health::healthy(""));
    health.report().await;
    let values = collected(&provider, &exporter);
    assert_eq!(states(&values, "orders"), ["degraded"]);
    let duration = values["panopticon.check.duration (s) name=orders"];
    assert!((duration - 0.25).abs() < 1e-9, "{duration}");
    let series = "panopticon.component.status (1) critical=false name=orders state=degraded";
    assert!(values.contains_key(series), "{values:?}");

    drop(health);
    assert_eq!(collected(&provider, &exporter), BTreeMap::new());
}

#[tokio::test]
async fn each_transition_is_a_log_record() {
    let check = Script::new(Health::healthy(""));
    let exporter = InMemoryLogExporter::default();
    let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let start = SystemTime::now() - Duration::from_secs(1);
    let health = Panopticon::empty()
        .check("database", options(), check.check())
        .publish(TransitionLog::new(provider.logger("panopticon")))
        .build()
        .unwrap();
    health.report().await;
    check.say(Health::unhealthy("no answer"));
    health.report().await;
    let maintenance = Override::new(Status::Degraded, "maintenance");
    health.set_override("database", maintenance.lasting(Duration::from_secs(60))).unwrap();
    health.shutdown().await;

    let logs = exporter.get_emitted_logs().unwrap();
    let severities: Vec<_> = logs.iter().map(|log| log.record.severity_number().unwrap()).collect();
    assert_eq!(severities, [Severity::Info, Severity::Error, Severity::Warn]);
    for log in &logs {
        assert_eq!(log.record.event_name(), Some(TRANSITION));
        assert!(log.record.timestamp().unwrap() > start);
    }
    let body = Some(AnyValue::from("database: healthy → unhealthy (no answer)"));
    assert_eq!(logs[1].record.body(), body.as_ref());
    let attributes: BTreeMap<_, _> = logs[2]
        .record
        .attributes_iter()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    let expected = BTreeMap::from([
        ("panopticon.check.state", AnyValue::from("unhealthy")),
        ("panopticon.component.critical", AnyValue::from(true)),
        ("panopticon.component.name", AnyValue::from("database")),
        ("panopticon.component.previous_state", AnyValue::from("unhealthy")),
        ("panopticon.component.state", AnyValue::from("degraded")),
    ]);
    assert_eq!(attributes, expected);
}
