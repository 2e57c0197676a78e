//! What `Check` answers.

use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, Health, HealthRequest, Override, Panopticon, Probe, Selection, Status,
};
use tokio::time::advance;
use tonic::Code;
use tower_service::Service;

use super::{assert_code, client, error_of, named, serves, unhealthy};
use crate::scripted::Scripted;

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// A component of each kind, in two collections.
fn builder() -> Builder {
    Panopticon::empty()
        .check("database", options().collection("orders"), || async {})
        .check("search", options().collection("orders").critical(false), || async { unhealthy() })
        .check("mail", options().collection("mailing").tag("smtp"), || async {
            Health::degraded("slow")
        })
        .check("loop", options().probe(Probe::Liveness), || async {})
        .check("schema", options().probe(Probe::Startup), || async {})
        .grpc_name("orders.v1.Orders", Selection::all().collection("orders"))
        .grpc_name("mail.v1.Mail", Selection::all().probe(Probe::Readiness).tag("smtp"))
        .grpc_name("loops.v1.Loops", Selection::all().probe(Probe::Liveness))
}

#[tokio::test]
async fn each_name_answers_for_its_part() {
    let health = builder().build().unwrap();
    for (name, expected) in [
        ("", true),
        ("readiness", true),
        ("liveness", true),
        ("startup", true),
        ("database", true),
        ("search", false),
        ("mail", true),
        ("loop", true),
        ("schema", true),
        ("orders", true),
        ("mailing", true),
        ("orders.v1.Orders", true),
        ("mail.v1.Mail", true),
        ("loops.v1.Loops", true),
    ] {
        assert_eq!(serves(&health, name).await, expected, "{name}");
    }
}

#[tokio::test]
async fn an_unknown_name_is_not_found() {
    let health = builder().build().unwrap();
    let error = error_of(&health, "databse").await;
    assert_code(&error, Code::NotFound);
    assert_eq!(
        error.message(),
        "no probe, component or collection, and no name given to `grpc_name`, is \"databse\"; did \
         you mean \"database\"?"
    );
    let error = error_of(&health, "Readiness ").await;
    assert!(error.message().ends_with("did you mean \"readiness\"?"), "{error:?}");

    // The message is sent in a header, so a client cannot make it long.
    let error = error_of(&health, &"é".repeat(1000)).await;
    assert_code(&error, Code::NotFound);
    assert!(error.message().len() < 300, "{error:?}");
    assert_code(&error_of(&health, &"a".repeat(10_000)).await, Code::OutOfRange);
}

#[tokio::test]
async fn a_component_that_is_left_out_is_not_found() {
    let health = builder().without("mail").build().unwrap_err();
    // The name that selects by its tag selects nothing.
    assert!(health.to_string().contains("`.grpc_name(\"mail.v1.Mail\", …)`"), "{health}");
    let health = Panopticon::empty()
        .check("database", options(), || async {})
        .check("mail", options(), || async {})
        .without("mail")
        .build()
        .unwrap();
    assert_code(&error_of(&health, "mail").await, Code::NotFound);
}

#[tokio::test]
async fn degraded_serves_and_unknown_does_not() {
    let every_hour = options().interval(Duration::from_secs(3600));
    let late = every_hour.initial_delay(Duration::from_secs(3600));
    let health = Panopticon::empty()
        .check("degraded", options(), || async { Health::degraded("slow") })
        .check("late", late.critical(false), || async {})
        .build()
        .unwrap();
    assert!(serves(&health, "degraded").await);
    assert!(!serves(&health, "late").await);
    assert!(serves(&health, "").await);
}

#[tokio::test]
async fn liveness_fails_only_on_evidence() {
    let late = options().probe(Probe::Liveness).interval(Duration::from_secs(3600));
    let late = late.initial_delay(Duration::from_secs(3600));
    let health = Panopticon::empty()
        .check("late", late, || async {})
        .check("database", options().probe(Probe::Liveness), || async { unhealthy() })
        .build()
        .unwrap();
    assert!(!serves(&health, "late").await);
    assert!(!serves(&health, "liveness").await);
    let health_of_late = Override::new(Status::Healthy, "the disk is being replaced");
    let an_hour = Duration::from_secs(3600);
    health.set_override("database", health_of_late.lasting(an_hour)).unwrap();
    // Nothing is known about `late`, which is no reason to restart the process.
    assert!(!serves(&health, "late").await);
    assert!(serves(&health, "liveness").await);
}

#[tokio::test]
async fn startup_stays_passed() {
    let schema = Scripted::new(unhealthy());
    let options = options().probe(Probe::Startup).cache(Duration::ZERO);
    let health = Panopticon::empty().check("schema", options, schema.check()).build().unwrap();
    assert!(!serves(&health, "startup").await);
    schema.say(Health::healthy(""));
    assert!(serves(&health, "startup").await);
    schema.say(unhealthy());
    assert!(serves(&health, "startup").await);
    assert!(!serves(&health, "schema").await);
}

#[tokio::test]
async fn while_the_service_drains_what_balances_load_is_not_serving() {
    let balanced =
        ["", "readiness", "orders", "mailing", "orders.v1.Orders", "mail.v1.Mail"].as_slice();
    let unaffected =
        ["liveness", "startup", "database", "mail", "loop", "schema", "loops.v1.Loops"].as_slice();
    let health = builder().build().unwrap();
    health.drain();
    for (names, expected) in [(balanced, false), (unaffected, true)] {
        for name in names {
            assert_eq!(serves(&health, name).await, expected, "{name}");
        }
    }
    health.undrain();
    for name in balanced {
        assert!(serves(&health, name).await, "{name}");
    }

    let health = builder().drain_fails_report(false).build().unwrap();
    health.drain();
    for (name, expected) in
        [("", false), ("mail.v1.Mail", false), ("orders", true), ("orders.v1.Orders", true)]
    {
        assert_eq!(serves(&health, name).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_component_comes_before_a_collection_of_the_same_name() {
    let health = Panopticon::empty()
        .check("orders", options().collection("orders"), || async {})
        .check("database", options().collection("orders"), || async { unhealthy() })
        .build()
        .unwrap();
    assert!(serves(&health, "orders").await);
}

/// The same rules answer both surfaces, whatever the state of the service.
#[tokio::test(start_paused = true)]
async fn http_answers_the_same() {
    let said = Scripted::healthy();
    for drain_fails_report in [true, false] {
        let twice = options().probe(Probe::Liveness).failure_threshold(2);
        let health = Panopticon::empty()
            .check("database", options().collection("orders"), said.check())
            .check("mail", options().critical(false).probe(Probe::Liveness), said.check())
            .check("loop", twice, said.check())
            .check("schema", options().probe(Probe::Startup), said.check())
            .drain_fails_report(drain_fails_report)
            .build()
            .unwrap();
        for drains in [false, true, false] {
            if drains {
                health.drain();
            } else {
                health.undrain();
            }
            for says in [unhealthy(), Health::healthy(""), Health::degraded(""), unhealthy()] {
                said.say(says.clone());
                // Both are then asked about one result, as it is cached for a second.
                advance(Duration::from_secs(2)).await;
                for (name, path) in [
                    ("readiness", "/readiness"),
                    ("liveness", "/liveness"),
                    ("startup", "/startup"),
                    ("database", "/database"),
                    ("mail", "/mail"),
                    ("orders", "?collection=orders"),
                ] {
                    let request = HealthRequest::get(&format!("/healthcheck{path}"));
                    let over_http = health.answer(request).await.status() == 200;
                    let over_grpc = serves(&health, name).await;
                    assert_eq!(over_grpc, over_http, "{name}: drains: {drains}, {says:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn metadata_and_the_token_change_nothing() {
    let health = builder().token("0123456789abcdef").build().unwrap();
    for token in ["Bearer 0123456789abcdef", "Bearer wrong"] {
        let mut request = tonic::Request::new(named("database"));
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        let answer = client(&health).check(request).await.unwrap();
        assert_eq!(answer.into_inner().status, 1);
    }
}

/// What no generated client sends.
#[tokio::test]
async fn a_malformed_message_is_an_error_and_no_answer() {
    let health = builder().build().unwrap();
    for (body, encoding, code) in [
        ("", None, Code::Internal),
        ("\0\0\0\0\u{5}\u{a}", None, Code::Internal),
        ("\0\0\0\0\u{2}\u{a}\u{7f}", None, Code::Internal),
        ("\u{1}\0\0\0\u{1}a", None, Code::Internal),
        ("\u{1}\0\0\0\u{1}a", Some("gzip"), Code::Unimplemented),
        ("\u{7}\0\0\0\0", None, Code::Internal),
        ("\u{0}\u{7f}\u{7f}\u{7f}\u{7f}", None, Code::OutOfRange),
        ("\u{0}\0\0\u{10}\u{1}", None, Code::OutOfRange),
    ] {
        for method in ["Check", "Watch", "List"] {
            let path = format!("/grpc.health.v1.Health/{method}");
            let mut request = http::Request::post(path).header("content-type", "application/grpc");
            if let Some(encoding) = encoding {
                request = request.header("grpc-encoding", encoding);
            }
            let request = request.body(body.to_owned()).unwrap();
            let answer = health.grpc_service().call(request).await.unwrap();
            let error =
                tonic::Status::from_header_map(answer.headers()).expect("it has no messages");
            assert_eq!(error.code(), code, "{method} {body:?}: {error:?}");
        }
    }
}
