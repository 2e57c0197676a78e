//! The report as JSON, exactly, and read back.

use std::collections::BTreeMap;
use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, Component, Health, IntoHealth, MessageKey, Override, Panopticon, Probe,
    Report, Status,
};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

/// Returns a builder with one component, with a fixed response time.
fn one(health: Health) -> Builder {
    let health = health.response_time(Duration::from_micros(1230));
    Panopticon::empty()
        .check("one", CheckOptions::new(), move || std::future::ready(health.clone()))
}

async fn body_of(builder: Builder) -> String {
    serde_json::to_string(&builder.build().unwrap().report().await).unwrap()
}

/// Returns the component `one` of a report that has it.
async fn component(health: Health) -> Value {
    let body: Value = serde_json::from_str(&body_of(one(health)).await).unwrap();
    body["components"]["one"].clone()
}

/// Replaces every instant with `…`, and asserts the form of each.
fn without_instants(body: &str) -> String {
    let mut rest = body;
    let mut masked = String::new();
    while let Some(at) = rest.find("\"20") {
        let instant = &rest[at + 1..at + 25];
        let form: String =
            instant.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(form, "0000-00-00T00:00:00.000Z");
        masked.push_str(&rest[..at]);
        masked.push_str("\"…");
        rest = &rest[at + 25..];
    }
    masked + rest
}

#[tokio::test]
async fn a_report_is_written_in_exactly_this_form() {
    let builder = Panopticon::empty()
        .check("database", CheckOptions::new(), || async {
            Health::healthy("database is available.").response_time(Duration::from_micros(1230))
        })
        .check("background_jobs", CheckOptions::new(), || async {
            Health::healthy("")
                .with("queued_jobs", 423)
                .with("a", [1, 2])
                .response_time(Duration::from_micros(800))
        });
    assert_eq!(
        without_instants(&body_of(builder).await),
        concat!(
            r#"{"service_healthy":true,"status":"healthy","timestamp":"…","components":{"#,
            r#""background_jobs":{"healthy":true,"status":"healthy","response_time":0.0008,"#,
            r#""checked_at":"…","a":[1,2],"queued_jobs":423},"#,
            r#""database":{"healthy":true,"status":"healthy","response_time":0.00123,"#,
            r#""friendly_status":"database is available.","checked_at":"…"}}}"#,
        )
    );
}

#[tokio::test]
async fn a_message_under_the_key_of_python_panopticon_0_4() {
    let builder = one(Health::degraded("slow")).message_key(MessageKey::StatusMessage);
    let body = body_of(builder).await;
    assert!(body.contains(r#""status_message":"slow""#), "{body}");
    assert!(!body.contains("friendly_status"), "{body}");
}

/// The example of python-panopticon's README, "The Response Format".
const PYTHON_PANOPTICON: &str = r#"{
    "service_healthy": true,
    "timestamp": "2014-09-03T23:09:38.702Z",
    "components": {
        "database": {
            "healthy":  true,
            "response_time": 0.00123,
            "friendly_status": "The database is working awesomely great!"
        },
        "background_jobs": {
            "healthy":  true,
            "response_time": 0.00123,
            "queued_jobs": 423
        }
    }
}"#;

#[tokio::test]
async fn python_panopticons_example_can_be_read_and_ours_has_all_its_keys() {
    let theirs: Report = serde_json::from_str(PYTHON_PANOPTICON).unwrap();
    assert!(theirs.service_healthy());
    assert_eq!(theirs.status(), Status::Healthy);
    assert_eq!(theirs.timestamp().timestamp_millis(), 1_409_785_778_702);
    let database = theirs.component("database").unwrap();
    assert_eq!(database.name(), "database");
    assert_eq!(database.message(), Some("The database is working awesomely great!"));
    assert_eq!(database.response_time(), Duration::from_micros(1230));
    assert_eq!(database.checked_at(), None);
    let jobs = theirs.component("background_jobs").unwrap();
    assert_eq!(jobs.detail("queued_jobs"), Some(&json!(423)));

    let example: Value = serde_json::from_str(PYTHON_PANOPTICON).unwrap();
    let builder = Panopticon::empty()
        .check("database", CheckOptions::new(), || async { Health::healthy("available") })
        .check("background_jobs", CheckOptions::new(), || async {
            Health::healthy("").with("queued_jobs", 423)
        });
    let ours: Value = serde_json::from_str(&body_of(builder).await).unwrap();
    assert_has_keys(&ours, &example);
}

/// Asserts that `value` has every key of `promised`, at every depth, with a value of the same type.
#[track_caller]
fn assert_has_keys(value: &Value, promised: &Value) {
    assert_eq!(std::mem::discriminant(value), std::mem::discriminant(promised), "{value}");
    for (key, promised) in promised.as_object().into_iter().flatten() {
        assert_has_keys(value.get(key).unwrap_or_else(|| panic!("{key} in {value}")), promised);
    }
}

#[tokio::test]
async fn a_report_equals_itself_read_back() {
    let builder = one(Health::degraded("slow").with("nested", json!({"a": [null, 1.5]}))).check(
        "two",
        CheckOptions::new().critical(false).tag("sql").tag("team:payments"),
        || async { Health::unhealthy("\u{0} \"quoted\" \\ 🦀 \u{202e}").with("healthy", 1) },
    );
    let report = builder.build().unwrap().report().await;
    for body in
        [serde_json::to_string(&report).unwrap(), serde_json::to_string_pretty(&report).unwrap()]
    {
        assert_eq!(serde_json::from_str::<Report>(&body).unwrap(), report);
    }
    let value = serde_json::to_value(&report).unwrap();
    // A component's own JSON does not have its name.
    assert_eq!(value["components"]["two"]["tags"], json!(["sql", "team:payments"]));
    assert_eq!(value["components"]["one"].get("tags"), None);
    let alone: Component = serde_json::from_value(value["components"]["one"].clone()).unwrap();
    assert_eq!((alone.name(), alone.message()), ("", Some("slow")));
    assert_eq!(serde_json::from_value::<Report>(value).unwrap(), report);
}

/// Nested arrays and objects.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1.5), |inner, level| {
        if level % 2 == 0 { json!([inner, null]) } else { json!({"in": inner, "": ""}) }
    })
}

/// Returns values of every kind at the limits of what a report shows.
fn extreme_results() -> Vec<Health> {
    let text = "\u{0}\u{1f}\"\\/\u{7f}\u{2028}\u{202e}\u{fffd}🦀";
    let durations = [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        Duration::from_secs(30 * 24 * 60 * 60),
        Duration::from_nanos(2_592_000_000_000_000 - 1),
        Duration::from_nanos(1_234_567_123_456_789),
        Duration::from_nanos(1),
        Duration::ZERO,
    ];
    let durations = durations.map(|it| Health::healthy("").response_time(it));
    let floats = [
        (f64::MIN_POSITIVE, f64::EPSILON, f64::MAX),
        (5e-324, -0.0, 1e-9),
        (f64::NAN, f64::INFINITY, f64::NEG_INFINITY),
    ];
    let floats = floats.map(|it| Health::degraded(text).with("floats", it));
    let depths = [0, 1, Health::MAX_DETAIL_DEPTH, Health::MAX_DETAIL_DEPTH + 1, 126];
    let depths = depths.map(|it| Health::unhealthy("").with("nested", nested(it)));
    let many = (0..=Health::MAX_DETAILS).fold(Health::healthy("many"), |health, number| {
        health.with(format!("{number}"), (u64::MAX, i64::MIN, f32::MAX, ()))
    });
    let others = [
        many,
        Health::healthy("x".repeat(2 * Health::MAX_MESSAGE_BYTES)),
        Health::healthy(text).with(text, text).with("", "").with("healthy", 1),
        Health::healthy("").with("x".repeat(Health::MAX_DETAIL_KEY_BYTES), "x".repeat(60_000)),
        Health::healthy("").with("x".repeat(Health::MAX_DETAIL_KEY_BYTES + 1), 1),
        Health::healthy("").with("bytes", vec![b'"'; 20_000]).with("map", BTreeMap::from([(1, 2)])),
    ];
    durations.into_iter().chain(floats).chain(depths).chain(others).collect()
}

#[tokio::test]
async fn whatever_is_written_is_read_back() {
    for key in [MessageKey::FriendlyStatus, MessageKey::StatusMessage] {
        let results = extreme_results();
        let count = results.len();
        let builder = results.into_iter().enumerate().fold(
            Panopticon::empty().message_key(key),
            |builder, (number, health)| {
                let options = CheckOptions::new().critical(number % 2 == 0).failure_threshold(2);
                let check = move || std::future::ready(health.clone());
                builder.check(format!("check-{number}"), options.collection("extremes"), check)
            },
        );
        let health = builder.check("no-result", CheckOptions::new().interval(HOUR), || async {});
        let health = health.build().unwrap();
        let (status, reason) = (Status::Unknown, "\u{0}\u{202e}🦀\n".repeat(1000));
        health.set_override("check-1", Override::new(status, reason).lasting(HOUR)).unwrap();
        health.drain();
        let report = health.report().await;
        assert_eq!(report.components().len(), count + 1);
        for body in [
            report.to_json(),
            serde_json::to_vec(&report).unwrap(),
            serde_json::to_vec_pretty(&report).unwrap(),
        ] {
            let read: Report = serde_json::from_slice(&body).unwrap();
            for ((name, expected), (_, component)) in report.components().zip(read.components()) {
                assert_eq!(component, expected, "{name}");
            }
            assert_eq!(read, report);
            assert_eq!(read.to_json(), report.to_json());
        }
        assert_eq!(serde_json::from_value::<Report>(json!(report)).unwrap(), report);
    }
}

#[tokio::test]
async fn the_json_that_reports_share_is_that_of_serde() {
    let builder = one(Health::degraded("slow").with("nested", json!({"a": [null, 1.5]}))).check(
        "two",
        CheckOptions::new().critical(false).tag("sql"),
        || async {
            Health::unhealthy("\u{0} \"quoted\" \\ 🦀 \u{202e}")
                .with("healthy", 1)
                .response_time(Duration::from_millis(2))
        },
    );
    let health = builder.build().unwrap();
    let assert_is_that_of_serde = |report: &Report| {
        for _ in 0..2 {
            assert_eq!(report.to_json(), serde_json::to_vec(report).unwrap());
        }
    };
    assert_is_that_of_serde(&health.report().await);
    // The JSON was written before, and is different now.
    let until = std::time::SystemTime::now() + Duration::from_secs(60);
    health.set_override("two", Override::new(Status::Degraded, "announced").until(until)).unwrap();
    assert_is_that_of_serde(&health.report().await);
    health.drain();
    assert_is_that_of_serde(&health.report().await);
    // A report without components, and one with names that no check may have.
    assert_is_that_of_serde(&health.probe(Probe::Liveness).await);
    let strange = json!({
        "service_healthy": true,
        "timestamp": "2014-09-03T23:09:38.702Z",
        "components": {"\"\\\n🦀": {"healthy": true, "response_time": 0.5}, "": {"healthy": true, "response_time": 0}},
    });
    assert_is_that_of_serde(&serde_json::from_value(strange).unwrap());
}

#[tokio::test]
async fn a_short_response_time_is_written_without_an_exponent() {
    let nanoseconds =
        [0, 1, 9, 10, 82, 234, 999, 1_000, 9_999, 10_000, 10_001, 12_345, 1_000_000_001];
    for response_time in nanoseconds.map(Duration::from_nanos) {
        let health = Health::healthy("").with("small", [2.5e-7, -2.5e-7, 2.5e-10, 2.5e200]);
        let builder = one(health.clone()).check("two", CheckOptions::new(), move || {
            std::future::ready(health.clone().response_time(response_time))
        });
        let report = builder.build().unwrap().report().await;
        let json = String::from_utf8(report.to_json()).unwrap();
        let decimal = format!("{:.9}", response_time.as_secs_f64());
        let decimal = decimal.trim_end_matches('0');
        let decimal = if decimal.ends_with('.') { format!("{decimal}0") } else { decimal.into() };
        assert!(json.contains(&format!(r#""response_time":{decimal},"#)), "{json}: {decimal}");
        // The same holds for details, unless they would have more digits than a duration can.
        let small = r#""small":[0.00000025,-0.00000025,2.5e-10,2.5e"#;
        assert!(json.contains(small), "{json}");
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }
}

#[test]
fn json_that_lacks_keys_or_contradicts_itself_is_refused() {
    let table = [
        (r#"{"timestamp":"2014-09-03T23:09:38.702Z","components":{}}"#, "service_healthy"),
        (r#"{"service_healthy":true,"components":{}}"#, "timestamp"),
        (r#"{"service_healthy":true,"timestamp":"2014-09-03T23:09:38.702Z"}"#, "components"),
        (r#"{"service_healthy":true,"timestamp":"yesterday","components":{}}"#, "invalid"),
        (
            r#"{"service_healthy":true,"status":"unhealthy","timestamp":"2014-09-03T23:09:38.702Z","components":{}}"#,
            "`service_healthy` is true, but `status` is \"unhealthy\"",
        ),
        (
            r#"{"service_healthy":true,"timestamp":"2014-09-03T23:09:38.702Z","components":{"a":{"healthy":true}}}"#,
            "response_time",
        ),
        (
            r#"{"service_healthy":true,"timestamp":"2014-09-03T23:09:38.702Z","components":{"a":{"healthy":true,"response_time":-1}}}"#,
            "`response_time` -1",
        ),
        (
            r#"{"service_healthy":true,"timestamp":"2014-09-03T23:09:38.702Z","components":{"a":{"healthy":false,"status":"degraded","response_time":1}}}"#,
            "`healthy` is false, but `status` is \"degraded\"",
        ),
        (
            r#"{"service_healthy":true,"timestamp":"2014-09-03T23:09:38.702Z","components":{"a":{"healthy":true,"response_time":1},"a":{"healthy":true,"response_time":1}}}"#,
            "two components named `a`",
        ),
        (
            r#"{"service_healthy":true,"timestamp":"2014-09-03T23:09:38.702Z","components":{"a":{"healthy":true,"response_time":1,"friendly_status":"x","status_message":"y"}}}"#,
            "which mean the same",
        ),
        (
            r#"{"service_healthy":true,"service_healthy":true,"timestamp":"2014-09-03T23:09:38.702Z","components":{}}"#,
            "duplicate field `service_healthy`",
        ),
        (
            r#"{"service_healthy":true,"timestamp":"2014-09-03T23:09:38.702Z","components":{"a":{"healthy":true,"response_time":1,"healthy":true}}}"#,
            "duplicate field `healthy`",
        ),
        ("[]", "expected a report"),
    ];
    for (body, expected) in table {
        let error = serde_json::from_str::<Report>(body).unwrap_err().to_string();
        assert!(error.contains(expected), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_detail_with_a_reserved_key_is_left_out_and_an_error_says_why() {
    let reserved = [
        "healthy",
        "status",
        "response_time",
        "friendly_status",
        "status_message",
        "checked_at",
        "collection",
        "critical",
        "damped",
        "hung_since",
        "override",
        "tags",
        "detail_errors",
    ];
    let health =
        reserved.iter().fold(Health::healthy("fine"), |health, key| health.with(*key, "own"));
    let component = component(health.with("free", 1)).await;
    assert_eq!(component["healthy"], json!(true));
    assert_eq!(component["status"], json!("healthy"));
    assert_eq!(component["response_time"], json!(0.00123));
    assert_eq!(component["friendly_status"], json!("fine"));
    assert_eq!(component["free"], json!(1));
    let reason = "the report itself uses this key; give the detail another one";
    let errors: BTreeMap<&str, &str> = reserved.iter().map(|key| (*key, reason)).collect();
    assert_eq!(component["detail_errors"], json!(errors));
}

#[tokio::test]
async fn numbers_that_json_does_not_have_become_strings() {
    #[derive(serde::Serialize)]
    struct Measured {
        at_depth: [f64; 2],
        single: f32,
    }
    let component = component(
        Health::healthy("")
            .with("nan", f64::NAN)
            .with("most", f64::INFINITY)
            .with("least", f32::NEG_INFINITY)
            .with("measured", Measured { at_depth: [1.5, f64::NAN], single: 0.1 })
            .with("optional", Some(f64::NAN))
            .with("by_key", BTreeMap::from([("a", f64::INFINITY)])),
    )
    .await;
    assert_eq!(component["nan"], json!("NaN"));
    assert_eq!(component["most"], json!("Infinity"));
    assert_eq!(component["least"], json!("-Infinity"));
    assert_eq!(component["measured"].to_string(), r#"{"at_depth":[1.5,"NaN"],"single":0.1}"#);
    assert_eq!(component["optional"], json!("NaN"));
    assert_eq!(component["by_key"], json!({"a": "Infinity"}));
    assert_eq!(component.get("detail_errors"), None);
}

#[tokio::test]
async fn a_value_that_cannot_be_serialized_is_an_error_next_to_the_others() {
    struct Refuses;
    impl serde::Serialize for Refuses {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("lost the connection"))
        }
    }
    let component = component(
        Health::degraded("slow")
            .with("queued_jobs", 423)
            .with("refuses", Refuses)
            .with("no_text_as_key", BTreeMap::from([(vec![1], 1)]))
            .with("too_large", u128::MAX)
            .with("fixed", Refuses)
            .with("fixed", 1)
            .with("broken", 1)
            .with("broken", Refuses),
    )
    .await;
    assert_eq!(component["status"], json!("degraded"));
    assert_eq!(component["queued_jobs"], json!(423));
    assert_eq!(component["fixed"], json!(1));
    for missing in ["refuses", "no_text_as_key", "too_large", "broken"] {
        assert_eq!(component.get(missing), None, "{missing}");
    }
    assert_eq!(
        component["detail_errors"],
        json!({
            "broken": "cannot be written as JSON: lost the connection",
            "no_text_as_key": "cannot be written as JSON: key must be a string",
            "refuses": "cannot be written as JSON: lost the connection",
            "too_large": "cannot be written as JSON: number out of range",
        })
    );
}

#[tokio::test]
async fn nan_is_found_in_every_shape_that_serde_has() {
    #[derive(serde::Serialize)]
    struct Unit;
    #[derive(serde::Serialize)]
    struct Newtype(f64);
    #[derive(serde::Serialize)]
    struct Tuple(f64, u8);
    #[derive(serde::Serialize)]
    enum Shape {
        Unit,
        Newtype(f64),
        Tuple(f64, u8),
        Struct { a: f64 },
    }
    #[derive(serde::Serialize)]
    struct Skips {
        #[serde(skip_serializing_if = "Option::is_none")]
        a: Option<u8>,
    }
    let nan = f64::NAN;
    let component = component(
        Health::healthy("")
            .with("unit", Unit)
            .with("newtype", Newtype(nan))
            .with("tuple", Tuple(nan, 1))
            .with("plain_tuple", (nan, 'c', "text", true, None::<u8>, ()))
            .with(
                "shapes",
                [Shape::Unit, Shape::Newtype(nan), Shape::Tuple(nan, 1), Shape::Struct { a: nan }],
            )
            .with("skips", Skips { a: None })
            .with(
                "integers",
                (i8::MIN, i16::MIN, i32::MIN, i64::MIN, u16::MAX, u32::MAX, u64::MAX),
            ),
    )
    .await;
    assert_eq!(component["unit"], json!(null));
    assert_eq!(component["newtype"], json!("NaN"));
    assert_eq!(component["tuple"], json!(["NaN", 1]));
    assert_eq!(component["plain_tuple"], json!(["NaN", "c", "text", true, null, null]));
    assert_eq!(
        component["shapes"],
        json!(["Unit", {"Newtype": "NaN"}, {"Tuple": ["NaN", 1]}, {"Struct": {"a": "NaN"}}])
    );
    assert_eq!(component["skips"], json!({}));
    assert_eq!(
        component["integers"],
        json!([i8::MIN, i16::MIN, i32::MIN, i64::MIN, u16::MAX, u32::MAX, u64::MAX])
    );
}

#[tokio::test]
async fn a_message_of_a_megabyte_is_cut_between_two_characters() {
    for character in ["x", "é", "界", "🦀"] {
        let long = character.repeat(1_000_000);
        let component = component(Health::unhealthy(long)).await;
        let message = component["friendly_status"].as_str().unwrap();
        let (kept, ellipsis) = message.split_at(message.len() - '…'.len_utf8());
        assert_eq!(ellipsis, "…");
        assert!(message.len() <= Health::MAX_MESSAGE_BYTES);
        assert!(message.len() + character.len() > Health::MAX_MESSAGE_BYTES);
        assert_eq!(kept, character.repeat(kept.len() / character.len()));
    }
    let fits = "x".repeat(Health::MAX_MESSAGE_BYTES);
    assert_eq!(component(Health::healthy(fits.clone())).await["friendly_status"], json!(fits));
}

#[tokio::test]
async fn an_empty_message_of_a_healthy_check_is_left_out() {
    assert_eq!(component(Health::healthy("")).await.get("friendly_status"), None);
}

#[tokio::test]
async fn a_check_that_is_not_healthy_and_says_nothing_has_a_default_text() {
    const NO_REASON: &str = "the health check gave no reason";
    let said = async |health: fn() -> Health| {
        let service = Panopticon::empty()
            .check("a", CheckOptions::new(), move || std::future::ready(health()))
            .build()
            .unwrap();
        service.report().await.component("a").unwrap().message().map(str::to_owned)
    };
    for silent in [
        (|| Health::unhealthy("")) as fn() -> Health,
        || Health::unhealthy(" \n"),
        || Health::degraded(""),
        || Err::<(), _>("").into_health(),
        || Health::from_error(&std::io::Error::other("")),
    ] {
        assert_eq!(said(silent).await.as_deref(), Some(NO_REASON));
    }
    assert_eq!(said(|| Health::healthy("")).await, None);
    assert_eq!(said(|| ().into_health()).await, None);
    assert_eq!(said(|| Health::unhealthy("down")).await.as_deref(), Some("down"));
}
