//! The JSON Schemas in `src/formats`, against which every JSON answer in these tests is validated.

use std::sync::LazyLock;

#[cfg(not(minimal_versions))]
use jsonschema::{Registry, Validator};
use serde_json::Value;

/// The schemas refer to each other by the names of their files.
#[cfg(not(minimal_versions))]
const BASE: &str = "file:///schemas/";

macro_rules! schemas {
    ($($name:ident = $file:literal;)*) => {
        $(static $name: LazyLock<Validator> = LazyLock::new(|| validator($file));)*

        const ALL: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../../src/formats/", $file)))),*];
    };
}

schemas! {
    COMPONENT = "component.schema.json";
    ERROR = "error.schema.json";
    HISTORY = "history.schema.json";
    HEALTH_JSON = "health_json.schema.json";
    REPORT = "report.schema.json";
}

fn schema(file: &str) -> Value {
    let (_, text) = ALL.iter().find(|(name, _)| *name == file).unwrap();
    serde_json::from_str(text).unwrap()
}

#[cfg(not(minimal_versions))]
fn validator(file: &str) -> Validator {
    let schemas = ALL.iter().map(|(file, _)| (format!("{BASE}{file}"), schema(file)));
    let registry = Registry::new().extend(schemas).unwrap().prepare().unwrap();
    jsonschema::options()
        .with_base_uri(format!("{BASE}{file}"))
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&schema(file))
        .unwrap()
}

#[cfg(not(minimal_versions))]
#[track_caller]
fn assert_valid(body: &Value, schema: &Validator) {
    let errors: Vec<_> = schema
        .iter_errors(body)
        .map(|error| format!("{} at {:?}", error, error.instance_path().to_string()))
        .collect();
    assert!(errors.is_empty(), "{}\n{body:#}", errors.join("\n"));
}

/// Accepts everything, since the validator does not compile with the lowest versions.
#[cfg(minimal_versions)]
struct Validator;

#[cfg(minimal_versions)]
fn validator(_: &str) -> Validator {
    Validator
}

#[cfg(minimal_versions)]
fn assert_valid(_: &Value, _: &Validator) {}

/// Validates the body of a response, as [`assert_answer_valid`] does.
#[track_caller]
pub(crate) fn assert_response_valid(response: &http::response::Parts, body: &[u8]) {
    let media_type = response.headers.get("content-type");
    let media_type = media_type.map_or("", |it| it.to_str().unwrap());
    assert_answer_valid(response.status.as_u16(), media_type, body);
}

/// Validates the body of an answer whose head was read from a socket and is in lower case.
#[cfg(any(feature = "axum", feature = "server"))]
#[track_caller]
pub(crate) fn assert_raw_answer_valid(head: &str, body: &str) {
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let media_type = head.lines().find_map(|line| line.strip_prefix("content-type: "));
    assert_answer_valid(status, media_type.unwrap_or_default(), body.as_bytes());
}

/// Validates the body of an answer if its media type is one of ours with a schema.
#[track_caller]
pub(crate) fn assert_answer_valid(status: u16, media_type: &str, body: &[u8]) {
    let read = || serde_json::from_slice::<Value>(body).unwrap();
    match media_type {
        // An answer to `HEAD`.
        _ if body.is_empty() => {}
        "application/json" => {
            let body = read();
            // Every component has the key `healthy`, and may have a detail of any other name.
            let schema = if body.get("service_healthy").is_some() {
                &*REPORT
            } else if body.get("healthy").is_some() {
                &*COMPONENT
            } else if body.get("transitions").is_some() {
                &*HISTORY
            } else {
                assert!(status >= 400, "{status} with {body}");
                &*ERROR
            };
            assert_valid(&body, schema);
        }
        "application/health+json" => {
            let body = read();
            assert_valid(&body, &HEALTH_JSON);
            // The draft requires this.
            assert_eq!(body["status"] == "fail", status >= 400, "{status} with {body}");
        }
        _ => {}
    }
}

#[test]
fn the_schemas_are_valid() {
    for (file, _) in ALL {
        let schema = schema(file);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        #[cfg(not(minimal_versions))]
        jsonschema::meta::validate(&schema).unwrap();
    }
}
