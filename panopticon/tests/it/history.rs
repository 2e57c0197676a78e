//! The last results and transitions, as programs and readers over HTTP see them.

use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, ComponentHistory, Disclosure, Health, HealthRequest, History, Override,
    Panopticon, PastResult, Status,
};
use serde_json::{Value, json};
use tokio::time::advance;

use crate::schemas;
use crate::scripted::Scripted;

fn uncached() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

fn recorded() -> Builder {
    Panopticon::empty().history(true)
}

fn statuses(history: &History, name: &str) -> Vec<Status> {
    history.component(name).unwrap().results().iter().map(PastResult::status).collect()
}

fn transitions(history: &History) -> Vec<String> {
    history.transitions().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn results_are_those_of_the_check_and_transitions_those_of_the_component() {
    use Status::{Degraded, Healthy, Unhealthy};

    let database = Scripted::healthy();
    let health = recorded()
        .check("database", uncached().failure_threshold(2), database.check())
        .check("idle", uncached(), || async {})
        .build()
        .unwrap();
    for result in [
        Health::healthy("up").response_time(Duration::from_millis(7)),
        Health::unhealthy("first failure"),
        Health::unhealthy("second failure"),
        Health::degraded("slow"),
    ] {
        database.say(result);
        health.check("database").await.unwrap();
        advance(Duration::from_secs(1)).await;
    }

    let history = health.history().unwrap();
    assert_eq!(statuses(&history, "database"), [Healthy, Unhealthy, Unhealthy, Degraded]);
    assert_eq!(
        transitions(&history),
        [
            "database: unknown → healthy (up)",
            "database: healthy → unhealthy (second failure)",
            "database: unhealthy → degraded (slow)",
        ]
    );
    let component = history.component("database").unwrap();
    assert_eq!(component.results()[0].response_time(), Duration::from_millis(7));
    assert_eq!(component.last_good(), component.results().last().copied());
    assert_eq!(component.status_since(), Some(history.transitions().next_back().unwrap().at()));

    let idle = history.component("idle").unwrap();
    assert!(idle.results().is_empty() && idle.last_good().is_none());
    assert_eq!(idle.status_since(), None);
    let names: Vec<&str> = history.components().map(ComponentHistory::name).collect();
    assert_eq!(names, ["database", "idle"]);
    assert_eq!(history.component("other"), None);
}

async fn panics() -> Health {
    panic!("for this test")
}

#[tokio::test(start_paused = true)]
async fn a_check_that_does_not_answer_or_panics_has_unhealthy_results() {
    let health = recorded()
        .check("hangs", uncached(), std::future::pending::<()>)
        .check("panics", uncached(), panics)
        .build()
        .unwrap();
    health.report().await;
    let history = health.history().unwrap();
    assert_eq!(statuses(&history, "hangs"), [Status::Unhealthy]);
    assert_eq!(statuses(&history, "panics"), [Status::Unhealthy]);
    let hangs = history.component("hangs").unwrap().results()[0];
    assert_eq!(hangs.response_time(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn an_override_changes_the_status_but_not_the_results() {
    let health = recorded().check("mail", uncached(), || async {}).build().unwrap();
    health.report().await;
    let checked = health.history().unwrap().component("mail").unwrap().status_since();
    let maintenance = |status| Override::new(status, "moving").lasting(Duration::from_secs(60));
    health.set_override("mail", maintenance(Status::Healthy)).unwrap();
    let same = health.history().unwrap();
    assert_eq!(same.component("mail").unwrap().status_since(), checked, "it is still healthy");
    assert_eq!(same.transitions().len(), 2);

    health.set_override("mail", maintenance(Status::Unhealthy)).unwrap();
    health.report().await;
    let history = health.history().unwrap();
    assert_eq!(statuses(&history, "mail"), [Status::Healthy; 2]);
    let last = history.transitions().next_back().unwrap();
    assert_eq!((last.from(), last.to()), (Status::Healthy, Status::Unhealthy));
    assert_eq!(history.component("mail").unwrap().status_since(), Some(last.at()));
}

#[tokio::test(start_paused = true)]
async fn the_rings_are_bounded_in_number_and_in_bytes() {
    let message = "m".repeat(Health::MAX_MESSAGE_BYTES);
    let flaps = Scripted::healthy();
    let health = recorded().check("flaps", uncached(), flaps.check()).build().unwrap();
    for round in 0..2 * History::MAX_TRANSITIONS {
        let with = |health: Health| health.with("detail", "d".repeat(10_000));
        flaps.say(with(match round % 2 {
            0 => Health::unhealthy(message.clone()),
            _ => Health::healthy(""),
        }));
        health.report().await;
    }
    let history = health.history().unwrap();
    assert_eq!(history.component("flaps").unwrap().results().len(), History::MAX_RESULTS);
    // Half of them have a message.
    assert_eq!(history.transitions().len(), History::MAX_TRANSITIONS);

    for round in 0..History::MAX_TRANSITIONS {
        let text = format!("{round}{}", &message[round.to_string().len()..]);
        flaps.say(match round % 2 {
            0 => Health::unhealthy(text),
            _ => Health::degraded(text),
        });
        health.report().await;
    }
    let history = health.history().unwrap();
    let bytes: usize = history.transitions().filter_map(|it| it.message()).map(str::len).sum();
    assert_eq!(bytes, History::MAX_TRANSITION_BYTES);
    let last = history.transitions().next_back().unwrap().message().unwrap();
    assert!(last.starts_with("99m"), "the newest are kept");
}

#[tokio::test]
async fn no_history_is_recorded_unless_something_needs_it() {
    let unrecorded = || Panopticon::empty().check("disk", uncached(), || async {});
    let health = unrecorded().history(false).build().unwrap();
    assert_eq!(health.history(), None);
    let default = unrecorded().build().unwrap();
    assert_eq!(default.history().is_some(), cfg!(feature = "page"));
    assert_eq!(default.settings().history, cfg!(feature = "page"));

    let response = health.answer(HealthRequest::get("/healthcheck/_history")).await;
    assert_eq!(response.status(), 404);
    let body: Value = serde_json::from_slice(&response.into_body()).unwrap();
    assert!(body["error"].as_str().unwrap().contains("PANOPTICON_HISTORY"), "{body}");
}

async fn get(health: &Panopticon, target: &str) -> (u16, Value) {
    let response = health.answer(HealthRequest::get(target)).await;
    let status = response.status();
    let body = response.into_body();
    schemas::assert_answer_valid(status, "application/json", &body);
    (status, serde_json::from_slice(&body).unwrap())
}

fn withheld(disclosure: Disclosure) -> Builder {
    recorded()
        .disclosure(disclosure)
        .check("database", uncached(), || async { Err::<(), _>("no route to 10.0.0.7") })
        .check("disk", uncached().critical(false), || async { Health::degraded("nearly full") })
}

#[tokio::test]
async fn readers_see_as_much_of_the_history_as_of_a_report() {
    for (disclosure, database, disk, reason) in [
        (Disclosure::StatusOnly, None, None, None),
        (Disclosure::Authored, Some("the check returned"), Some("nearly full"), Some("moving")),
        (Disclosure::Full, Some("no route to 10.0.0.7"), Some("nearly full"), Some("moving")),
    ] {
        let health = withheld(disclosure).build().unwrap();
        health.report().await;
        let moving = Override::new(Status::Unhealthy, "moving").lasting(Duration::from_secs(60));
        health.set_override("disk", moving).unwrap();
        health.clear_override("disk").unwrap();

        let (status, body) = get(&health, "/healthcheck/_history").await;
        assert_eq!(status, 200);
        let text = |transition: &Value, key: &str| {
            transition[key].as_str().map(|text| text[..text.len().min(18)].to_owned())
        };
        let transitions = body["transitions"].as_array().unwrap();
        let of = |name: &str, to: &str| {
            transitions.iter().find(|it| it["component"] == name && it["to"] == to).unwrap()
        };
        let expected = |text: Option<&str>| text.map(|text| text[..text.len().min(18)].to_owned());
        assert_eq!(text(of("database", "unhealthy"), "message"), expected(database));
        assert_eq!(text(of("disk", "degraded"), "message"), expected(disk));
        assert_eq!(text(&of("disk", "unhealthy")["override"], "reason"), expected(reason));
        let ended = transitions.last().unwrap();
        assert_eq!(text(&ended["ended_override"], "reason"), expected(reason));
        assert_eq!(ended["ended_override"]["status"], "unhealthy");
    }
}

#[tokio::test(start_paused = true)]
async fn the_history_runs_no_check_and_is_json_alone() {
    let disk = Scripted::new(Health::degraded("nearly full"));
    let health = recorded().check("disk", uncached(), disk.check()).build().unwrap();
    let (_, body) = get(&health, "/healthcheck/_history").await;
    assert_eq!(body["components"], json!({"disk": {"results": []}}));
    assert_eq!(disk.runs(), 0);

    health.report().await;
    let (_, body) = get(&health, "/healthcheck/_history/?pretty&format=json").await;
    assert_eq!(disk.runs(), 1);
    let transition = &body["transitions"][0];
    assert_eq!(body["components"]["disk"]["status_since"], transition["at"]);
    let result = &body["components"]["disk"]["results"][0];
    assert_eq!(result["status"], "degraded");
    assert_eq!(result["checked_at"], transition["at"]);
    assert_eq!(body["components"]["disk"]["last_good"], *result);

    let (status, body) = get(&health, "/healthcheck/_history?format=text").await;
    assert_eq!(status, 400);
    assert_eq!(body["formats"], json!({"json": "application/json"}));
    let (status, _) = get(&health, "/healthcheck/_history?tag=sql").await;
    assert_eq!(status, 400);
    // As for a probe, a header alone is no reason to fail.
    let request = HealthRequest::get("/healthcheck/_history").headers([("accept", "text/html")]);
    assert_eq!(health.answer(request).await.status(), 200);
    let posted = health.answer(HealthRequest::new("POST", "/healthcheck/_history")).await;
    assert_eq!(posted.status(), 405);
}
