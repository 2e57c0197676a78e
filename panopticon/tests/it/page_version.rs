//! A browser that polls reads the page again only if something on it has changed.

use std::time::Duration;

use panopticon::{CheckOptions, Disclosure, Health, HealthRequest, Override, Panopticon, Status};
use tokio::time::advance;

use crate::scripted::Scripted;

const REPORT: &str = "/healthcheck/?format=html";

/// Returns the status, the entity tag and the length of the body.
async fn get(health: &Panopticon, request: HealthRequest) -> (u16, String, usize) {
    let response = health.answer(request).await;
    let status = response.status();
    let header = |wanted: &str| {
        response.headers().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
    };
    let entity_tag = header("etag").unwrap_or_default();
    assert_eq!(header("content-type").is_some(), ![204, 304].contains(&status));
    assert_eq!(header("vary").unwrap(), "Accept");
    (status, entity_tag, response.into_body().len())
}

async fn poll(health: &Panopticon, known: &str) -> (u16, String, usize) {
    let request = HealthRequest::get(REPORT).headers([("if-none-match", known)]);
    get(health, request).await
}

/// Asserts that something has changed, and returns the new version.
#[track_caller]
fn changed(known: &str, (status, entity_tag, length): (u16, String, usize)) -> String {
    assert!(status != 304 && length > 1_000, "{status}, {length} bytes");
    assert_ne!(entity_tag, known);
    entity_tag
}

#[tokio::test(start_paused = true)]
async fn whatever_the_page_shows_changes_its_version() {
    let disk = Scripted::healthy();
    let cache = CheckOptions::new().cache(Duration::from_secs(10));
    let health = Panopticon::empty()
        .check("disk", cache.critical(false), disk.check())
        .check("schema", CheckOptions::new().probe(panopticon::Probe::Startup), || async {})
        .build()
        .unwrap();
    let (status, mut known, _) = get(&health, HealthRequest::get(REPORT)).await;
    assert_eq!(status, 200);

    let unchanged = poll(&health, &known).await;
    assert_eq!(unchanged, (304, known.clone(), 0));
    for listed in [format!("\"other\", {known}"), known.replace("W/", ""), "*".to_owned()] {
        assert_eq!(poll(&health, &listed).await.0, 304, "{listed}");
    }
    assert_eq!(poll(&health, "\"other\"").await.0, 200);

    // A result, even the same one, is a part of the history.
    advance(Duration::from_secs(10)).await;
    known = changed(&known, poll(&health, &known).await);
    assert_eq!(poll(&health, &known).await.0, 304);

    health.probe(panopticon::Probe::Startup).await;
    known = changed(&known, poll(&health, &known).await);

    let moving = Override::new(Status::Degraded, "moving").lasting(Duration::from_secs(5));
    health.set_override("disk", moving).unwrap();
    known = changed(&known, poll(&health, &known).await);
    advance(Duration::from_secs(5)).await;
    known = changed(&known, poll(&health, &known).await);

    health.drain();
    // A failure is answered in full.
    known = changed(&known, poll(&health, &known).await);
    let (status, _, length) = poll(&health, &known).await;
    assert!(status == 503 && length > 1_000);
    health.undrain();
    changed(&known, poll(&health, &known).await);
}

#[tokio::test]
async fn two_readers_and_two_processes_have_different_versions() {
    let built = |disclosure| {
        let disk = || async { Health::degraded("nearly full") };
        let empty = Panopticon::empty().disclosure(disclosure);
        empty.check("disk", CheckOptions::new(), disk).build().unwrap()
    };
    let (authored, full) = (built(Disclosure::Authored), built(Disclosure::Full));
    let (_, known, _) = get(&authored, HealthRequest::get(REPORT)).await;
    assert_eq!(poll(&full, &known).await.0, 200);
}

#[tokio::test]
async fn only_a_page_has_a_version_and_options_does_not_depend_on_it() {
    let health =
        Panopticon::empty().check("disk", CheckOptions::new(), || async {}).build().unwrap();
    let (_, known, _) = get(&health, HealthRequest::get(REPORT)).await;
    let json = HealthRequest::get("/healthcheck").headers([("if-none-match", "*")]);
    let (status, entity_tag, _) = get(&health, json).await;
    assert_eq!((status, &*entity_tag), (200, ""));

    let with_known =
        |method| HealthRequest::new(method, REPORT).headers([("if-none-match", &known)]);
    assert_eq!(get(&health, with_known("OPTIONS")).await.0, 204);
    assert_eq!(get(&health, with_known("HEAD")).await, (304, known.clone(), 0));
}
