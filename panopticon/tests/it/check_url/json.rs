//! JSON expected in the response's body.

use panopticon::Health;
use panopticon::checks::url::{JsonExpectation, UrlCheck, check_url};
use serde_json::{Value, json};

use super::server::{Server, respond};
use super::{assert_healthy, assert_unhealthy};

const CLUSTER: &str = r#"{
    "status": "yellow", "timed_out": false, "nodes": 3, "load": 0.5, "leader": null,
    "shards": [{"state": "STARTED"}, {"state": "INITIALIZING"}, {"state": "STARTED"}]
}"#;

fn health_of(body: &str, change: impl FnOnce(UrlCheck) -> UrlCheck) -> Health {
    let body = body.to_owned();
    let server = Server::answering(move |_| respond(200, &body));
    change(check_url(server.url("/"))).check_blocking()
}

fn at(path: &str, expected: impl Into<JsonExpectation>) -> Health {
    health_of(CLUSTER, |check| check.json_path(path, expected))
}

#[test]
fn a_value_is_as_expected() {
    assert_healthy(&at("$.status", "yellow"));
    assert_healthy(&at("$.status", String::from("yellow")));
    assert_healthy(&at("$.timed_out", false));
    assert_healthy(&at("$.nodes", 3));
    assert_healthy(&at("$.nodes", 3.0));
    assert_healthy(&at("$.load", 0.5));
    assert_healthy(&at("$.leader", Value::Null));
    assert_healthy(&at("$.leader", JsonExpectation::exists()));
    assert_healthy(&at("$.shards[0]", json!({"state": "STARTED"})));
    assert_healthy(&at("$.shards[*].state", JsonExpectation::exists()));
    assert_healthy(&at("$['shards'][0,2].state", JsonExpectation::equals("STARTED")));
    assert_healthy(&at("$.status", JsonExpectation::one_of(["green", "yellow"])));
    assert_healthy(&at("$[?length(@) == 3 && @[1]]", JsonExpectation::exists()));
}

#[test]
fn another_value_is_unhealthy_with_the_path_and_both() {
    for (path, expected, problem) in [
        ("$.status", json!("green").into(), "`$.status` is \"yellow\" (expected \"green\")"),
        ("$.timed_out", json!(true).into(), "`$.timed_out` is false (expected true)"),
        ("$.nodes", json!("3").into(), "`$.nodes` is 3 (expected \"3\")"),
        ("$.leader", json!("a").into(), "`$.leader` is null (expected \"a\")"),
        ("$.master", json!("a").into(), "`$.master` is missing (expected \"a\")"),
        ("$.master", JsonExpectation::exists(), "`$.master` is missing (expected a value)"),
        (
            "$.shards[*].state",
            json!("STARTED").into(),
            "`$.shards[*].state` is \"INITIALIZING\" in 1 of 3 places (expected \"STARTED\")",
        ),
        (
            "$.status",
            JsonExpectation::one_of(["green", "blue"]),
            "`$.status` is \"yellow\" (expected \"green\" or \"blue\")",
        ),
    ] {
        let health = at(path, expected);
        assert_unhealthy(&health, &format!("the response's JSON is not as expected: {problem}"));
        assert_eq!(health.detail("status_code"), Some(&200.into()));
    }
}

#[test]
fn all_paths_and_the_text_are_expected() {
    let health = health_of(CLUSTER, |check| {
        check.json_path("$.status", "green").json_path("$.nodes", 3).json_path("$.load", 0.1)
    });
    assert_unhealthy(
        &health,
        "the response's JSON is not as expected: `$.status` is \"yellow\" (expected \"green\"); \
         `$.load` is 0.5 (expected 0.1)",
    );
    let text = |text: &'static str| {
        health_of(CLUSTER, |check| check.body_contains(text).json_path("$.nodes", 3))
    };
    assert_healthy(&text("STARTED"));
    assert_unhealthy(&text("STOPPED"), "the response does not contain the expected text");
}

#[test]
fn what_is_not_json_is_unhealthy() {
    for (body, problem) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("<html>", "expected value at line 1 column 1"),
        ("{} {}", "trailing characters at line 1 column 4"),
    ] {
        let health = health_of(body, |check| check.json_path("$.a", 1));
        assert_unhealthy(&health, &format!("the response is not JSON ({problem})"));
    }
    let deep = "[".repeat(100_000);
    let health = health_of(&deep, |check| check.json_path("$.a", 1));
    assert!(health.message().unwrap().starts_with("the response is not JSON (recursion"));
}

#[test]
fn no_more_than_a_mebibyte_is_read() {
    let longest = format!("\"{}\"", "a".repeat(1024 * 1024 - 2));
    let exists = |check: UrlCheck| check.json_path("$", JsonExpectation::exists());
    assert_healthy(&health_of(&longest, exists));
    let health = health_of(&format!("{longest} "), exists);
    assert_unhealthy(&health, "the JSON is longer than 1 MiB, and no more is read");
}

#[test]
fn what_is_shown_of_a_value_is_bounded_and_has_no_credentials() {
    let body = json!({"a": "x".repeat(10_000), "url": "postgres://app:hunter2@db"}).to_string();
    let health = health_of(&body, |check| check.json_path("$.a", 1).json_path("$.url", 2));
    let message = health.message().unwrap();
    assert!(message.len() < 500, "{message}");
    assert!(!message.contains("hunter2"), "{message}");
    // JSON may have these as they are.
    let body = json!({"a": "\u{202e}\u{9b}\n"}).to_string();
    let health = health_of(&body, |check| check.json_path("$.a", 1));
    let message = health.message().unwrap();
    assert!(message.contains(r#"`$.a` is "\u{202e}\u{9b}\n" (expected 1)"#), "{message}");
}

#[test]
fn a_bad_path_is_a_mistake() {
    for path in ["", "status", "$.", "$.a[", "$[?nothing(@)]", " $.a"] {
        let check = check_url("http://localhost:1/").json_path("$.a", 1).json_path(path, 1);
        let health = check.check_blocking();
        let message = health.message().unwrap();
        let beginning = "URL not checked: `json_path` 2 must have a path such as `$.status`";
        assert!(message.starts_with(beginning), "{message}");
        assert!(message.contains(&format!("not {path:?} (")), "{message}");
    }
    let none = JsonExpectation::one_of(Vec::<Value>::new());
    assert_unhealthy(
        &check_url("http://localhost:1/").json_path("$.a", none).check_blocking(),
        "URL not checked: `json_path` 1 must expect at least one value",
    );
    assert_unhealthy(
        &check_url("http://localhost:1/").method("HEAD").json_path("$.a", 1).check_blocking(),
        "URL not checked: `json_path` 1 needs a `method` other than HEAD, whose response has no body",
    );
}
