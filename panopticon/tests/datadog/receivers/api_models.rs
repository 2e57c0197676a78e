//! Checks bodies with the models of Datadog's own API client, in `api_models.py`.

use serde_json::{Value, json};

use super::{lines_of, run_python};

const SERIES: &str = "/api/v1/series";
const DISTRIBUTIONS: &str = "/api/v1/distribution_points";
const EVENTS: &str = "/api/v1/events";
const CHECKS: &str = "/api/v1/check_run";

/// Returns the result for each request: `accepted`, or `rejected: ` and the reason.
pub(super) fn validate(requests: &[(String, String)]) -> Vec<String> {
    let lines: Vec<_> =
        requests.iter().map(|(path, body)| json!({"path": path, "body": body})).collect();
    let output = run_python("api_models.py", &[], &lines_of(&lines));
    let printed = String::from_utf8(output.stdout).unwrap();
    let results: Vec<_> = printed.lines().map(str::to_owned).collect();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert_eq!(results.len(), requests.len(), "{problem}");
    assert_eq!(output.status.success(), results.iter().all(|result| result == "accepted"));
    results
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn valid_bodies_are_accepted() {
    let requests = [
        (SERIES, r#"{"series":[{"metric":"a","points":[[1,2]]}]}"#),
        (
            SERIES,
            r#"{"series":[{"metric":"a","points":[[1,2]],"type":"rate","interval":1,"host":"h","tags":[]}]}"#,
        ),
        (
            DISTRIBUTIONS,
            r#"{"series":[{"metric":"a","points":[[1,[2,2.5]]],"type":"distribution"}]}"#,
        ),
        (
            EVENTS,
            r#"{"title":"a","text":"b","alert_type":"info","priority":"low","date_happened":1}"#,
        ),
        (
            CHECKS,
            r#"[{"check":"a","host_name":"h","status":0,"tags":[],"message":"","timestamp":3}]"#,
        ),
    ];
    let requests = requests.map(|(path, body)| (path.to_owned(), body.to_owned()));
    assert_eq!(validate(&requests), ["accepted"; 5]);
}

/// A path, an invalid body, and a part of the reason why it is rejected.
type Invalid = (&'static str, String, &'static str);

fn assert_rejected(invalid: &[Invalid]) {
    let requests: Vec<_> =
        invalid.iter().map(|(path, body, _)| ((*path).to_owned(), body.clone())).collect();
    for ((path, body, reason), result) in invalid.iter().zip(validate(&requests)) {
        assert!(result.starts_with("rejected: "), "{path} {body}: {result}");
        assert!(result.contains(reason), "{path} {body}: {result}, not {reason}");
    }
}

fn with(mut json: Value, more: &Value) -> Value {
    json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn invalid_metrics_are_rejected() {
    let series = |more| {
        let one = with(json!({"metric": "a", "points": [[1, 2]]}), &more);
        json!({"series": [one]}).to_string()
    };
    let points = |points: Value| series(json!({"points": points}));
    let distribution = |more| {
        let one = with(json!({"metric": "a", "points": [[1, [2]]]}), &more);
        json!({"series": [one]}).to_string()
    };
    let wrong_type = "body.series[0] does not match its model";
    assert_rejected(&[
        ("/api/v1/serie", "{}".to_owned(), "the path /api/v1/serie is unknown"),
        (SERIES, "x".to_owned(), "Expecting value"),
        (SERIES, "{}".to_owned(), "missing 1 required positional argument: 'series'"),
        (SERIES, r#"{"series":[{"metric":"a"}]}"#.to_owned(), wrong_type),
        (SERIES, r#"{"series":[],"series":[]}"#.to_owned(), "duplicate key"),
        (SERIES, r#"{"series":[{"metric":"a","points":[[1,NaN]]}]}"#.to_owned(), "NaN is not JSON"),
        (SERIES, series(json!({"unit": "s"})), "body.series[0] has the unknown property unit"),
        (SERIES, series(json!({"metric": 1})), wrong_type),
        (SERIES, series(json!({"tags": null})), "body.series[0].tags is null"),
        (SERIES, series(json!({"tags": "a:b"})), wrong_type),
        (SERIES, series(json!({"tags": [1]})), wrong_type),
        (SERIES, series(json!({"interval": 1.5})), wrong_type),
        (SERIES, series(json!({"interval": "10"})), wrong_type),
        (SERIES, series(json!({"type": "counter"})), "body.series[0].type is counter"),
        (SERIES, points(json!([["1", 2]])), wrong_type),
        (SERIES, points(json!([[1, true]])), wrong_type),
        (SERIES, points(json!([[1, null]])), "body.series[0].points[0][1] is null"),
        (SERIES, points(json!([[1, 2, 3]])), "number of items must be less than or equal to `2`"),
        (SERIES, points(json!([1, 2])), wrong_type),
        (DISTRIBUTIONS, points(json!([[1, 2]])), "body.series[0].points[0][1] is not a list"),
        (DISTRIBUTIONS, points(json!([[1, ["2"]]])), wrong_type),
        (DISTRIBUTIONS, distribution(json!({"type": "gauge"})), "type is not in ['distribution']"),
        (DISTRIBUTIONS, distribution(json!({"interval": 1})), "has the unknown property interval"),
    ]);
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn invalid_events_and_checks_are_rejected() {
    let event = |more| with(json!({"title": "a", "text": "b"}), &more).to_string();
    let check = |more| {
        let one = json!({"check": "a", "host_name": "h", "status": 0, "tags": []});
        json!([with(one, &more)]).to_string()
    };
    assert_rejected(&[
        (EVENTS, r#"{"title":"a"}"#.to_owned(), "missing 1 required positional argument: 'text'"),
        (EVENTS, event(json!({"hostname": "h"})), "body has the unknown property hostname"),
        (EVENTS, event(json!({"alert_type": "bad"})), "body.alert_type is not in ['error', "),
        (EVENTS, event(json!({"priority": null})), "body.priority is null"),
        (EVENTS, event(json!({"date_happened": "1"})), "Required value type is int"),
        (EVENTS, event(json!({"date_happened": 1.0})), "Required value type is int"),
        (EVENTS, event(json!({"text": "b".repeat(4_001)})), "less than or equal to `4000`"),
        (EVENTS, event(json!({"aggregation_key": "k".repeat(101)})), "less than or equal to `100`"),
        (CHECKS, check(json!({"status": 4})), "body[0].status is not in [0, 1, 2, 3]"),
        (CHECKS, check(json!({"status": "0"})), "body[0].status is not in [0, 1, 2, 3]"),
        (CHECKS, check(json!({"status": true})), "body[0] does not match its model"),
        (CHECKS, check(json!({"host": "h"})), "body[0] has the unknown property host"),
        (
            CHECKS,
            r#"[{"check":"a","host_name":"h","status":0}]"#.to_owned(),
            "body[0] does not match its model",
        ),
        (
            CHECKS,
            r#"{"check":"a","host_name":"h","status":0,"tags":[]}"#.to_owned(),
            "passed type was dict",
        ),
    ]);
}
