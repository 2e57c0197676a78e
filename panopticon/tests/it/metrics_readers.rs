//! The metrics, read by promtool, and by Prometheus's Python client with its strict OpenMetrics
//! parser. `.ci/with-metrics-readers` installs both.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Override, Panopticon, ServiceInfo, Status};

use crate::metrics::text;

/// Returns a variable set by `.ci/with-metrics-readers`.
fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run .ci/with-metrics-readers"))
}

fn run(command: &mut Command, input: &str) -> Output {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A failing program may not read all of its input.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

/// A service with a component in each status, and with everything that must be escaped.
async fn service() -> Panopticon {
    let options = CheckOptions::new;
    let health = Panopticon::empty()
        .service(ServiceInfo::new("a \"b\" \\ {c}, d=e # 🦀").version("2").release_id("2.3.1"))
        .check("Healthy-1.x_y", options().collection("shop.orders"), || async {
            Health::healthy("").response_time(Duration::from_nanos(1))
        })
        .check("degraded", options(), || async { Health::degraded("slow") })
        .check("never-run", options().interval(Duration::from_secs(3600)), || async {})
        .check("overridden", options(), || async {})
        .check("skipped", options().depends_on("unhealthy"), || async {})
        .check("unhealthy", options().critical(false), || async {
            Health::unhealthy("down").response_time(Duration::MAX)
        })
        .build()
        .unwrap();
    health.report().await;
    let maintenance = Override::new(Status::Degraded, "maintenance");
    health.set_override("overridden", maintenance.lasting(Duration::from_secs(3600))).unwrap();
    health
}

#[tokio::test]
#[ignore = "needs promtool, which .ci/with-metrics-readers installs"]
async fn promtool_has_no_objections() {
    let text = text(&service().await, "prometheus").await;
    let mut promtool = Command::new(variable("PROMTOOL"));
    let output = run(promtool.args(["check", "metrics"]), &text);
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
    // It does object to a wrong type.
    let wrong =
        text.replace("# TYPE panopticon_draining gauge", "# TYPE panopticon_draining counter");
    let output = run(Command::new(variable("PROMTOOL")).args(["check", "metrics"]), &wrong);
    assert!(!output.status.success());
}

/// Prints each sample, sorted, as the parser of this syntax understands it.
const SCRIPT: &str = r#"
import sys
if sys.argv[1] == "openmetrics":
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
else:
    from prometheus_client.parser import text_string_to_metric_families
samples = []
for family in text_string_to_metric_families(sys.stdin.buffer.read().decode()):
    assert family.documentation, family.name
    assert family.type in ("gauge", "counter", "info"), family.type
    assert family.unit in ("", "seconds"), family.unit
    samples += [repr((it.name, sorted(it.labels.items()), float(it.value))) for it in family.samples]
print("\n".join(sorted(samples)))
"#;

fn read_by_python(syntax: &str, text: &str) -> Result<String, String> {
    let mut python = Command::new(variable("METRICS_PYTHON"));
    let output = run(python.args(["-c", SCRIPT, syntax]).env("PYTHONIOENCODING", "utf-8"), text);
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

#[tokio::test]
#[ignore = "needs prometheus_client, which .ci/with-metrics-readers installs"]
async fn the_strict_openmetrics_parser_reads_the_same_samples_as_the_text_parser() {
    let health = service().await;
    let open_metrics = text(&health, "openmetrics").await;
    let samples = read_by_python("openmetrics", &open_metrics).unwrap();
    assert_eq!(samples, read_by_python("text", &text(&health, "prometheus").await).unwrap());
    for expected in [
        "('panopticon_service_info', [('name', 'a \"b\" \\\\ {c}, d=e # 🦀'), \
         ('release_id', '2.3.1'), ('version', '2')], 1.0)",
        "('panopticon_component_healthy', [('collection', 'shop.orders'), \
         ('component', 'Healthy-1.x_y'), ('critical', 'true')], 1.0)",
        "('panopticon_check_duration_seconds', [('component', 'Healthy-1.x_y')], 1e-09)",
        "('panopticon_check_duration_seconds', [('component', 'unhealthy')], 2592000.0)",
        "('panopticon_component_status', [('component', 'skipped'), ('status', 'unhealthy')], 1.0)",
        "('panopticon_component_transitions_total', [('component', 'overridden'), \
         ('to', 'degraded')], 1.0)",
    ] {
        assert!(samples.lines().any(|line| line == expected), "{expected} is not in:\n{samples}");
    }
    // The parser is strict.
    for (right, wrong) in
        [("# EOF\n", ""), ("_checks counter", "_checks gauge"), ("# UNIT", "# unit")]
    {
        assert!(read_by_python("openmetrics", &open_metrics.replace(right, wrong)).is_err());
    }
}
