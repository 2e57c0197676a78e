//! The status of a service by those of its components, and the report as text.

use panopticon::{CheckOptions, Health, Panopticon, Report, Status};

async fn report_of(components: &[(&'static str, bool, Health)]) -> Report {
    let mut builder = Panopticon::empty();
    for (name, critical, health) in components.iter().cloned() {
        let options = CheckOptions::new().critical(critical);
        builder = builder.check(name, options, move || std::future::ready(health.clone()));
    }
    builder.build().unwrap().report().await
}

#[tokio::test]
async fn critical_components_decide_whether_the_service_is_healthy() {
    let (healthy, degraded, unhealthy) =
        (Health::healthy(""), Health::degraded(""), Health::unhealthy(""));
    let table = [
        (true, &healthy, true, &healthy, true, Status::Healthy),
        (true, &healthy, true, &degraded, true, Status::Degraded),
        (true, &degraded, true, &unhealthy, false, Status::Unhealthy),
        (true, &healthy, false, &degraded, true, Status::Degraded),
        (true, &healthy, false, &unhealthy, true, Status::Degraded),
        (false, &unhealthy, false, &unhealthy, true, Status::Degraded),
        (true, &unhealthy, false, &healthy, false, Status::Unhealthy),
    ];
    for (a_is_critical, a, b_is_critical, b, service_healthy, status) in table {
        let report =
            report_of(&[("a", a_is_critical, a.clone()), ("b", b_is_critical, b.clone())]).await;
        assert_eq!(
            (report.service_healthy(), report.status()),
            (service_healthy, status),
            "{report}"
        );
    }
}

#[tokio::test]
async fn a_report_as_text() {
    let report = report_of(&[
        ("database", true, Health::unhealthy("no\nanswer \u{1b}[31m")),
        ("queue", true, Health::healthy("").with("queued_jobs", 423).with("status", 1)),
    ])
    .await;
    assert_eq!(
        report.to_string(),
        "service unhealthy: database unhealthy (no\\nanswer \\u{1b}[31m), queue healthy"
    );
    let table = format!("{report:#}");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].starts_with("service unhealthy at 20"), "{table}");
    assert!(lines[1].starts_with("  database  unhealthy "), "{table}");
    assert!(lines[1].ends_with(" ms  no\\nanswer \\u{1b}[31m"), "{table}");
    assert!(lines[2].starts_with("  queue     healthy "), "{table}");
    assert!(
        lines[2].ends_with(
            "queued_jobs=423  status: the report itself uses this key; give the detail another one"
        ),
        "{table}"
    );
}
