//! Kubernetes' probes, and what draining does to them.

use std::time::Duration;

use panopticon::{
    CheckOptions, Health, Override, Panopticon, Probe, Report, Selection, SelectionError, Status,
};

use crate::scripted::Scripted;

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

fn one_check_for_each_probe() -> Panopticon {
    Probe::ALL
        .into_iter()
        .fold(Panopticon::empty(), |builder, probe| {
            let options = options().probe(probe).tag("all").collection(format!("of-{probe}"));
            builder.check(format!("check-{probe}"), options, || async {})
        })
        .build()
        .unwrap()
}

fn names(report: &Report) -> Vec<&str> {
    report.components().map(|(name, _)| name).collect()
}

#[tokio::test]
async fn each_probe_is_answered_by_its_own_checks() {
    let health = one_check_for_each_probe();
    for asked in Probe::ALL {
        assert_eq!(names(&health.probe(asked).await), [format!("check-{asked}")]);
    }
    assert_eq!(health.report().await.components().len(), 3);
}

#[tokio::test]
async fn a_check_answers_every_probe_that_it_names() {
    const OF_TWO: CheckOptions = CheckOptions::new().probe(Probe::Startup).probe(Probe::Readiness);
    let check = Scripted::new(Health::unhealthy("no answer"));
    let health = Panopticon::empty()
        .check("database", OF_TWO.cache(Duration::ZERO), check.check())
        .check("again", options().probe(Probe::Startup).probe(Probe::Startup), || async {})
        .build()
        .unwrap();
    assert_eq!(names(&health.probe(Probe::Liveness).await), [""; 0]);
    assert_eq!(names(&health.probe(Probe::Readiness).await), ["database"]);
    assert_eq!(names(&health.probe(Probe::Startup).await), ["again", "database"]);
    for failing in [Probe::Readiness, Probe::Startup] {
        assert!(!health.probe(failing).await.service_healthy());
    }
    check.say(Health::healthy(""));
    for passing in Probe::ALL {
        assert!(health.probe(passing).await.service_healthy());
    }
    assert_eq!(health.report().await.components().len(), 2);
}

#[tokio::test]
async fn a_check_without_probes_is_in_the_full_report_and_in_transitions_only() {
    let health = Panopticon::empty()
        .check("backlog", options().no_probe(), || async { Health::unhealthy("too long") })
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    for asked in Probe::ALL {
        let report = health.probe(asked).await;
        assert_eq!((report.status(), names(&report)), (Status::Healthy, vec![]), "{asked}");
    }
    assert!(!health.report().await.service_healthy());
    let transition = transitions.next().await.unwrap().unwrap();
    assert_eq!(transition.to_string(), "backlog: unknown → unhealthy (too long)");
}

#[tokio::test]
async fn asking_for_a_probe_is_the_same_as_selecting_it() {
    let health = one_check_for_each_probe();
    for draining in [false, true] {
        for asked in Probe::ALL {
            let selected = health.report_for(Selection::all().probe(asked)).await.unwrap();
            let report = health.probe(asked).await;
            assert_eq!(names(&selected), names(&report));
            assert_eq!(selected.status(), report.status());
            assert_eq!((selected.is_draining(), report.is_draining()), (draining, draining));
        }
        health.drain();
    }
}

#[tokio::test]
async fn a_check_without_a_probe_answers_readiness() {
    let health = Panopticon::empty().check("plain", options(), || async {}).build().unwrap();
    assert_eq!(names(&health.probe(Probe::Readiness).await), ["plain"]);
}

#[tokio::test]
async fn a_probe_that_no_check_answers_is_healthy() {
    let fails = || async { Health::unhealthy("") };
    let health = Panopticon::empty().check("plain", options(), fails).build().unwrap();
    for asked in [Probe::Liveness, Probe::Startup] {
        let report = health.probe(asked).await;
        assert_eq!((report.status(), report.components().len()), (Status::Healthy, 0));
    }
    assert!(!health.probe(Probe::Readiness).await.service_healthy());
}

#[tokio::test]
async fn a_probe_combines_with_other_criteria() {
    let health = one_check_for_each_probe();
    let selected = |selection| {
        let health = health.clone();
        async move { health.report_for(selection).await }
    };
    let readiness = || Selection::all().probe(Probe::Readiness);
    let report = selected(readiness().tag("all").collection("of-readiness")).await.unwrap();
    assert_eq!(names(&report), ["check-readiness"]);
    // Selecting nothing is an error here: only a probe alone may have no checks.
    let nothing = selected(readiness().without_name("check-readiness")).await;
    assert_eq!(nothing.unwrap_err(), SelectionError::Empty);
    let nothing = selected(readiness().collection("of-liveness")).await;
    assert_eq!(nothing.unwrap_err(), SelectionError::Empty);
}

#[tokio::test]
async fn startup_stays_passed() {
    let check = Scripted::new(Health::unhealthy("migrating"));
    let health = Panopticon::empty()
        .check("schema", options().probe(Probe::Startup), check.check())
        .check("plain", options(), || async {})
        .build()
        .unwrap();
    for _ in 0..2 {
        assert!(!health.probe(Probe::Startup).await.service_healthy());
    }
    check.say(Health::healthy("migrated"));
    assert!(health.probe(Probe::Startup).await.service_healthy());
    let runs = check.runs();
    check.say(Health::unhealthy("gone"));
    for _ in 0..3 {
        let report = health.probe(Probe::Startup).await;
        assert!(report.service_healthy());
        assert_eq!(report.component("schema").unwrap().message(), Some("migrated"));
    }
    assert_eq!(check.runs(), runs, "the check does not run again");
    // The report on everything still shows the failure.
    assert!(!health.report().await.service_healthy());
}

#[tokio::test]
async fn startup_latches_only_when_every_check_itself_is_healthy() {
    let check = Scripted::new(Health::unhealthy("migrating"));
    let warm = Scripted::new(Health::unhealthy("cold"));
    let health = Panopticon::empty()
        .check("schema", options().probe(Probe::Startup), check.check())
        .check("cache", options().probe(Probe::Startup).critical(false), warm.check())
        .build()
        .unwrap();
    let until = std::time::SystemTime::now() + Duration::from_secs(60);
    health
        .set_override("schema", Override::new(Status::Healthy, "I know better").until(until))
        .unwrap();
    assert!(health.probe(Probe::Startup).await.service_healthy());
    assert!(health.clear_override("schema").unwrap());
    assert!(!health.probe(Probe::Startup).await.service_healthy(), "an override does not latch");

    check.say(Health::healthy("migrated"));
    assert_eq!(health.probe(Probe::Startup).await.status(), Status::Degraded);
    check.say(Health::unhealthy("gone"));
    assert!(
        !health.probe(Probe::Startup).await.service_healthy(),
        "an optional check was still failing"
    );
}

#[tokio::test]
async fn draining_fails_readiness_only_and_every_report_shows_it() {
    let health = one_check_for_each_probe();
    assert!(!health.report().await.is_draining());
    health.probe(Probe::Startup).await;
    health.drain();
    for asked in Probe::ALL {
        let report = health.probe(asked).await;
        assert!(report.is_draining());
        assert_eq!(report.service_healthy(), asked != Probe::Readiness, "{asked}");
    }
    let report = health.report().await;
    assert!(report.service_healthy() && report.is_draining());
    assert!(report.to_string().starts_with("service healthy, draining: check-liveness healthy"));
    assert!(format!("{report:#}").starts_with("service healthy, draining at 20"));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["draining"], true);
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    let undrained = serde_json::to_value(one_check_for_each_probe().report().await).unwrap();
    assert_eq!(undrained.get("draining"), None);
    // This also holds for readiness with other criteria, and if no check answers it.
    let selection = Selection::all().probe(Probe::Readiness).tag("all");
    assert!(!health.report_for(selection).await.unwrap().service_healthy());
    let other = Panopticon::empty()
        .check("live", options().probe(Probe::Liveness), || async {})
        .build()
        .unwrap();
    other.drain();
    assert!(!other.probe(Probe::Readiness).await.service_healthy());
}

#[cfg(feature = "http")]
mod over_http {
    use http::{Method, Request, StatusCode};
    use http_body_util::BodyExt;
    use serde_json::{Value, json};
    use tower_service::Service;

    use super::*;
    use crate::schemas;

    async fn request(health: &Panopticon, method: Method, uri: &str) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        let response = health.http_service().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        schemas::assert_response_valid(&parts, &body);
        (parts.status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn get(health: &Panopticon, uri: &str) -> (StatusCode, Value) {
        let (status, body) = request(health, Method::GET, uri).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    #[tokio::test]
    async fn each_probe_has_a_path() {
        let health = one_check_for_each_probe();
        for probe in Probe::ALL {
            for uri in [format!("/healthcheck/{probe}"), format!("/healthcheck/{probe}/?a=b")] {
                let (status, body) = get(&health, &uri).await;
                assert_eq!(status, StatusCode::OK);
                let components = body["components"].as_object().unwrap();
                assert_eq!(components.keys().collect::<Vec<_>>(), [&format!("check-{probe}")]);
            }
            let uri = format!("/healthcheck/{probe}");
            let (status, body) = request(&health, Method::HEAD, &uri).await;
            assert_eq!((status, &*body), (StatusCode::OK, ""));
            let (status, _) = request(&health, Method::POST, &uri).await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
            let (_, body) = request(&health, Method::GET, &format!("{uri}?pretty")).await;
            assert!(body.starts_with("{\n  \"service_healthy\": true"), "{body}");
        }
    }

    #[tokio::test]
    async fn collections_select_over_http() {
        let health = one_check_for_each_probe();
        let (status, body) =
            get(&health, "/healthcheck?collection=of-liveness&collection=of-startup").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body["components"].as_object().unwrap().len(), 2);
        let (status, body) =
            get(&health, "/healthcheck/liveness?collection=of-liveness&pretty").await;
        assert_eq!((status, body["components"].as_object().unwrap().len()), (StatusCode::OK, 1));
        let (status, body) = get(&health, "/healthcheck?collection=of-nothing").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(body["collections"], json!(["of-liveness", "of-readiness", "of-startup"]));
        let (status, _) = get(&health, "/healthcheck/check-liveness?collection=of-liveness").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn draining_fails_the_paths_of_readiness_and_the_report_only() {
        let health = one_check_for_each_probe();
        health.drain();
        let (ok, unavailable) = (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE);
        for (uri, expected, is_healthy) in [
            ("/healthcheck", unavailable, true),
            ("/healthcheck/", unavailable, true),
            ("/healthcheck?collection=of-liveness", unavailable, true),
            ("/healthcheck/readiness", unavailable, false),
            ("/healthcheck/readiness?collection=of-readiness", unavailable, false),
            ("/healthcheck/liveness", ok, true),
            ("/healthcheck/liveness?collection=of-liveness", ok, true),
            ("/healthcheck/startup", ok, true),
        ] {
            let (status, body) = get(&health, uri).await;
            assert_eq!((status, &body["draining"]), (expected, &json!(true)), "{uri}");
            assert_eq!(body["service_healthy"], json!(is_healthy), "{uri}");
            let (head, _) = request(&health, Method::HEAD, uri).await;
            assert_eq!(head, expected, "{uri}");
        }
        let (status, body) = get(&health, "/healthcheck/check-readiness").await;
        assert_eq!((status, &body["healthy"]), (ok, &json!(true)));

        health.undrain();
        for uri in ["/healthcheck", "/healthcheck/readiness"] {
            let (status, body) = get(&health, uri).await;
            assert_eq!((status, body.get("draining")), (ok, None), "{uri}");
        }
    }

    #[tokio::test]
    async fn draining_leaves_the_path_of_the_report_alone_if_so_configured() {
        let health = Panopticon::empty()
            .check("database", options(), || async {})
            .unhealthy_status(500)
            .drain_fails_report(false)
            .build()
            .unwrap();
        health.drain();
        let (status, body) = get(&health, "/healthcheck").await;
        assert_eq!((status, &body["draining"]), (StatusCode::OK, &json!(true)));
        let (status, _) = get(&health, "/healthcheck/readiness").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
