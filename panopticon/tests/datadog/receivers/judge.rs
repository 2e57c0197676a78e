//! Bodies for Datadog's API, before the models of Datadog's own client: `judge.py` tells how.

use serde_json::{Value, json};

use super::{lines_of, run_python};

const SERIES: &str = "/api/v1/series";
const DISTRIBUTIONS: &str = "/api/v1/distribution_points";
const EVENTS: &str = "/api/v1/events";
const CHECKS: &str = "/api/v1/check_run";

/// The verdict on each request, `taken` or `refused: ` and why.
pub(super) fn verdicts(requests: &[(String, String)]) -> Vec<String> {
    let lines: Vec<_> =
        requests.iter().map(|(path, body)| json!({"path": path, "body": body})).collect();
    let output = run_python("judge.py", &[], &lines_of(&lines));
    let verdicts = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<_> = verdicts.lines().map(str::to_owned).collect();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert_eq!(verdicts.len(), requests.len(), "{problem}");
    assert_eq!(output.status.success(), verdicts.iter().all(|verdict| verdict == "taken"));
    verdicts
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn the_judge_takes_what_is_right() {
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
    assert_eq!(verdicts(&requests), ["taken"; 5]);
}

#[test]
#[ignore = "needs .ci/with-datadog-receivers"]
fn the_judge_refuses_what_is_wrong() {
    let with = |mut json: Value, more: Value| {
        json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json
    };
    let series = |more| {
        let one = with(json!({"metric": "a", "points": [[1, 2]]}), more);
        json!({"series": [one]}).to_string()
    };
    let points = |points: Value| series(json!({"points": points}));
    let distribution = |more| {
        let one = with(json!({"metric": "a", "points": [[1, [2]]]}), more);
        json!({"series": [one]}).to_string()
    };
    let event = |more| with(json!({"title": "a", "text": "b"}), more).to_string();
    let check = |more| {
        let one = json!({"check": "a", "host_name": "h", "status": 0, "tags": []});
        json!([with(one, more)]).to_string()
    };
    let no_model = "body.series[0] is not of its model";
    let wrong = [
        ("/api/v1/serie", "{}".to_owned(), "there is no post to /api/v1/serie"),
        (SERIES, "x".to_owned(), "Expecting value"),
        (SERIES, "{}".to_owned(), "missing 1 required positional argument: 'series'"),
        (SERIES, r#"{"series":[{"metric":"a"}]}"#.to_owned(), no_model),
        (SERIES, r#"{"series":[],"series":[]}"#.to_owned(), "a name stands twice"),
        (
            SERIES,
            r#"{"series":[{"metric":"a","points":[[1,NaN]]}]}"#.to_owned(),
            "NaN is not of JSON",
        ),
        (SERIES, series(json!({"unit": "s"})), "body.series[0] has the unknown property unit"),
        (SERIES, series(json!({"metric": 1})), no_model),
        (SERIES, series(json!({"tags": null})), "body.series[0].tags is null"),
        (SERIES, series(json!({"tags": "a:b"})), no_model),
        (SERIES, series(json!({"tags": [1]})), no_model),
        (SERIES, series(json!({"interval": 1.5})), no_model),
        (SERIES, series(json!({"interval": "10"})), no_model),
        (SERIES, series(json!({"type": "counter"})), "body.series[0].type is counter"),
        (SERIES, points(json!([["1", 2]])), no_model),
        (SERIES, points(json!([[1, true]])), no_model),
        (SERIES, points(json!([[1, null]])), "body.series[0].points[0][1] is null"),
        (SERIES, points(json!([[1, 2, 3]])), "number of items must be less than or equal to `2`"),
        (SERIES, points(json!([1, 2])), no_model),
        (DISTRIBUTIONS, points(json!([[1, 2]])), "body.series[0].points[0][1] is no list"),
        (DISTRIBUTIONS, points(json!([[1, ["2"]]])), no_model),
        (DISTRIBUTIONS, distribution(json!({"type": "gauge"})), "type is none of ['distribution']"),
        (DISTRIBUTIONS, distribution(json!({"interval": 1})), "has the unknown property interval"),
        (EVENTS, r#"{"title":"a"}"#.to_owned(), "missing 1 required positional argument: 'text'"),
        (EVENTS, event(json!({"hostname": "h"})), "body has the unknown property hostname"),
        (EVENTS, event(json!({"alert_type": "bad"})), "body.alert_type is none of ['error', "),
        (EVENTS, event(json!({"priority": null})), "body.priority is null"),
        (EVENTS, event(json!({"date_happened": "1"})), "Required value type is int"),
        (EVENTS, event(json!({"date_happened": 1.0})), "Required value type is int"),
        (EVENTS, event(json!({"text": "b".repeat(4_001)})), "less than or equal to `4000`"),
        (EVENTS, event(json!({"aggregation_key": "k".repeat(101)})), "less than or equal to `100`"),
        (CHECKS, check(json!({"status": 4})), "body[0].status is none of [0, 1, 2, 3]"),
        (CHECKS, check(json!({"status": "0"})), "body[0].status is none of [0, 1, 2, 3]"),
        (CHECKS, check(json!({"status": true})), "body[0] is not of its model"),
        (CHECKS, check(json!({"host": "h"})), "body[0] has the unknown property host"),
        (
            CHECKS,
            r#"[{"check":"a","host_name":"h","status":0}]"#.to_owned(),
            "body[0] is not of its model",
        ),
        (
            CHECKS,
            r#"{"check":"a","host_name":"h","status":0,"tags":[]}"#.to_owned(),
            "passed type was dict",
        ),
    ];
    let requests = wrong.clone().map(|(path, body, _)| (path.to_owned(), body));
    for ((path, body, reason), verdict) in wrong.iter().zip(verdicts(&requests)) {
        assert!(verdict.starts_with("refused: "), "{path} {body}: {verdict}");
        assert!(verdict.contains(reason), "{path} {body}: {verdict}, not {reason}");
    }
}
