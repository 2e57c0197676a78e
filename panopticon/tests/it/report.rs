//! The status of a service by those of its components, and the report as text.

use std::time::Duration;

use panopticon::{CheckOptions, Health, Override, Panopticon, Report, Status};

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

/// Characters that begin a line, control a terminal or reorder a line.
const HOSTILE: &str = "\n\r\t\0\u{1b}\u{7f}\u{85}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\
     \u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";

#[track_caller]
fn assert_escaped(text: &str, lines: usize) {
    let is_hostile = |c: char| c != '\n' && HOSTILE.contains(c);
    assert!(!text.contains(is_hostile) && text.lines().count() == lines, "{text:?}");
    for escape in ["\\n", "\\u{1b}", "\\u{2028}", "\\u{202e}", "\\u{2066}"] {
        assert!(text.contains(escape), "{escape} is not in {text}");
    }
    assert!(text.contains("e\u{301} \u{94d} 👩\u{200d}🔧"), "other characters stay: {text}");
}

#[tokio::test]
async fn nothing_in_a_report_or_transition_leaves_its_line() {
    let text = format!("{HOSTILE}e\u{301} \u{94d} 👩\u{200d}🔧");
    let said = text.clone();
    let health = Panopticon::empty()
        .check("one", CheckOptions::new().cache(Duration::ZERO), move || {
            let health = Health::unhealthy(&said).with(&said, [&said]);
            std::future::ready(health.with("refused", Refuses(said.clone())))
        })
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    let report = health.report().await;
    assert_escaped(&report.to_string(), 1);
    assert_escaped(&format!("{report:#}"), 2);
    assert_escaped(&report.component("one").unwrap().to_string(), 1);
    assert_escaped(&transitions.next().await.unwrap().unwrap().to_string(), 1);
    let set = Override::new(Status::Degraded, &text).lasting(Duration::from_secs(60));
    health.set_override("one", set).unwrap();
    assert_escaped(&transitions.next().await.unwrap().unwrap().to_string(), 1);
    assert_escaped(&format!("{:#}", health.report().await), 2);
    health.clear_override("one").unwrap();
    assert_escaped(&transitions.next().await.unwrap().unwrap().to_string(), 1);

    // A deserialized report may have any name.
    let mut json = serde_json::to_value(&report).unwrap();
    let components = json["components"].as_object_mut().unwrap();
    let component = components.remove("one").unwrap();
    components.insert(text.clone(), component.clone());
    let read: Report = serde_json::from_value(json).unwrap();
    assert_escaped(&read.to_string(), 1);
    assert_escaped(&format!("{read:#}"), 2);
    let name = serde_json::to_string(&text).unwrap();
    let twice = format!(
        r#"{{"service_healthy":false,"timestamp":"2014-09-03T23:09:38.702Z","components":{{{name}:{component},{name}:{component}}}}}"#
    );
    assert_escaped(&serde_json::from_str::<Report>(&twice).unwrap_err().to_string(), 1);
}

struct Refuses(String);

impl serde::Serialize for Refuses {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(&self.0))
    }
}
