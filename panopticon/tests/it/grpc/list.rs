//! What `List` answers.

use std::collections::BTreeMap;
use std::time::Duration;

use panopticon::{CheckOptions, Panopticon, Probe, Selection};
use tonic::Code;

use super::health_v1::HealthListRequest;
use super::health_v1::health_check_response::ServingStatus::{self, NotServing, Serving};
use super::{assert_code, client, serving, unhealthy};
use crate::scripted::Scripted;

async fn list(health: &Panopticon) -> Result<BTreeMap<String, ServingStatus>, tonic::Status> {
    let listed = client(health).list(HealthListRequest {}).await?.into_inner();
    Ok(listed.statuses.into_iter().map(|(name, status)| (name, serving(status))).collect())
}

#[tokio::test]
async fn all_names_are_listed_with_their_statuses() {
    let database = Scripted::healthy();
    let health = Panopticon::empty()
        .check("database", CheckOptions::new().collection("orders"), database.check())
        .check("search", CheckOptions::new().critical(false), || async { unhealthy() })
        .check("loop", CheckOptions::new().probe(Probe::Liveness), || async { unhealthy() })
        .grpc_name("orders.v1.Orders", Selection::all().collection("orders"))
        .build()
        .unwrap();
    let expected = |readiness| {
        let pairs = [
            ("", readiness),
            ("database", Serving),
            ("liveness", NotServing),
            ("loop", NotServing),
            ("orders", readiness),
            ("orders.v1.Orders", readiness),
            ("readiness", readiness),
            ("search", NotServing),
            ("startup", Serving),
        ];
        pairs.map(|(name, status)| (name.to_owned(), status)).into()
    };
    assert_eq!(list(&health).await.unwrap(), expected(Serving));
    // Several names cover it, and share its run.
    assert_eq!(database.runs(), 1);
    health.drain();
    assert_eq!(list(&health).await.unwrap(), expected(NotServing));
}

#[tokio::test]
async fn more_than_a_hundred_names_are_too_many() {
    // Four names are those of the probes.
    for (count, is_listed) in [(96, true), (97, false)] {
        let builder = (0..count).fold(Panopticon::empty(), |builder, number| {
            builder.check(format!("check-{number}"), CheckOptions::new(), || async {})
        });
        let health = builder.build().unwrap();
        match list(&health).await {
            Ok(listed) => assert!(is_listed && listed.len() == 100),
            Err(error) => {
                assert!(!is_listed, "{error:?}");
                assert_code(&error, Code::ResourceExhausted);
                assert_eq!(
                    error.message(),
                    "there are 101 names, and at most 100 can be listed; call `Check` for each that \
                     you need"
                );
            }
        }
    }
}

/// All names are asked at once, so the list takes no longer than its slowest check.
#[tokio::test(start_paused = true)]
async fn checks_that_hang_are_waited_for_together() {
    let options = || CheckOptions::new().timeout(Duration::from_secs(3)).cache(Duration::ZERO);
    let health = (0..4).fold(Panopticon::empty(), |builder, number| {
        let options = options().collection(format!("collection-{number}"));
        builder.check(format!("hangs-{number}"), options, std::future::pending::<()>)
    });
    let health = health.build().unwrap();
    let start = tokio::time::Instant::now();
    list(&health).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}
