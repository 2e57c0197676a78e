//! The statistics that the shop sends to the Agent.

use std::time::Duration;

use crate::agent::Agent;
use crate::eventually;
use crate::process::{Folder, Shop};
use crate::sqlite::alter_orders;

const ORDER: &str = r#"{"item": "tea", "quantity": 2}"#;

#[test]
fn orders_requests_and_health_arrive_at_the_agent() {
    let folder = Folder::new("statistics");
    let mut agent = Agent::new();
    let url = agent.url();
    let shop = Shop::open(
        &folder,
        &[
            ("DATADOG_STATS_ENABLED", "true"),
            ("DD_DOGSTATSD_URL", &url),
            ("DD_ENV", "test"),
            ("DATADOG_DEFAULT_TAGS", "team:sales"),
            // Every call is a line, so that those of the health checks can be compared.
            ("DATADOG_STATS_AGGREGATION", "false"),
        ],
    );
    shop.becomes_healthy(Duration::from_secs(10));
    shop.sell_something();
    shop.sell_something();
    assert_eq!(shop.post_order("{}").status, 422);
    assert_eq!(shop.get("/orders/7").status, 404);
    assert_eq!(shop.get("/favicon.ico").status, 404);
    assert_eq!(shop.probe("startup").0, 200);

    let of_all = "team:sales,env:test";
    let tagged = |tags: &str| format!("{tags},{of_all}");
    let components = ["background_jobs", "database", "schema", "statistics", "stuck_orders"];
    let unmatched = tagged("method:GET,route:unmatched,status:4xx");
    let results_of = |agent: &Agent, name: &str| {
        agent.values_of_check("shop.healthcheck.response_time", "ms", name).len()
    };
    // The last line of each sender: the worker, the API, the health checks.
    agent.receive_until(|agent| {
        agent.values("shop.billing.time", "h", &tagged("by:worker")).len() == 2
            && agent.values("shop.requests.time_ms", "h", &unmatched).len() == 1
            && components.iter().all(|name| {
                let results = agent.service_checks(name).len();
                results > 0 && results_of(agent, name) == results
            })
    });

    assert_eq!(agent.count("shop.orders.placed", of_all), 2);
    assert_eq!(agent.values("shop.orders.quantity", "d", of_all), ["2", "2"]);
    assert_eq!(agent.count("shop.orders.billed", of_all), 2);
    assert!(agent.values("shop.billing.queue_length", "g", of_all).contains(&"0"));

    // Two were stored, and one was refused before that.
    assert_eq!(agent.values("shop.place_order", "h", of_all).len(), 3);
    assert_eq!(agent.values("shop.orders.query", "h", &tagged("query:store")).len(), 2);

    for (request, count) in [
        ("method:POST,route:/orders,status:2xx", 2),
        ("method:POST,route:/orders,status:4xx", 1),
        ("method:GET,route:/orders/:id,status:4xx", 1),
        ("method:GET,route:unmatched,status:4xx", 1),
    ] {
        let tags = tagged(request);
        assert_eq!(agent.count("shop.requests.successful", &tags), count, "{request}");
        let times = agent.values("shop.requests.time_ms", "h", &tags);
        assert_eq!(times.len(), agent.values("shop.requests.successful", "c", &tags).len());
    }
    let is_failed_or_of_health =
        |line: &&String| line.contains("requests.failed") || line.contains("route:/healthcheck");
    assert_eq!(agent.lines().iter().find(is_failed_or_of_health), None);

    for component in components {
        let statuses = agent.service_checks(component);
        assert!(statuses.iter().all(|status| *status == "0"), "{component}: {statuses:?}");
        let gauges = agent.values_of_check("shop.healthcheck.status", "g", component);
        assert_eq!(gauges, statuses, "{component}");
    }
    let event = agent.lines().iter().find(|line| line.starts_with("_e{"));
    assert_eq!(event, None, "no status has changed");
}

#[tokio::test]
async fn a_component_that_fails_and_recovers_sends_an_event_each_time() {
    let folder = Folder::new("events");
    alter_orders(&folder, "RENAME COLUMN quantity TO amount").await;
    let mut agent = Agent::new();
    let url = agent.url();
    let settings = [("DATADOG_STATS_ENABLED", "true"), ("DD_DOGSTATSD_URL", &*url)];
    let shop = Shop::open(&folder, &settings);

    assert_eq!(shop.probe("startup").0, 503);
    agent.receive_until(|agent| !agent.events("Healthcheck schema failed").is_empty());
    let failed = agent.events("Healthcheck schema failed");
    let meaning = "|k:healthcheck.schema|t:error|#check:schema,critical:true,collection:orders";
    assert!(failed[0].contains(meaning) && failed[0].contains("quantity"), "{failed:?}");
    assert!(failed[0].ends_with(",application:healthcheck"), "{failed:?}");
    assert_eq!(agent.service_checks("schema").first(), Some(&"2"));

    alter_orders(&folder, "RENAME COLUMN amount TO quantity").await;
    let startup = || shop.probe("startup").0;
    eventually(Duration::from_secs(10), startup, |status| *status == 200);
    agent.receive_until(|agent| !agent.events("Healthcheck schema recovered").is_empty());
    assert_eq!(agent.service_checks("schema").last(), Some(&"0"));
    assert_eq!(agent.events("Healthcheck schema failed").len(), 1, "it failed once");
}

#[tokio::test]
async fn orders_left_unbilled_send_an_event() {
    let folder = Folder::new("unbilled");
    let earlier = orders::connect(&folder.database_url()).await.expect("a new file");
    let order = serde_json::from_str(ORDER).expect("an order");
    orders::store(&earlier, order).await.expect("it has a table for it");
    earlier.close().await;
    let mut agent = Agent::new();
    let url = agent.url();
    let settings = [("DATADOG_STATS_ENABLED", "true"), ("DD_DOGSTATSD_URL", &*url)];
    let _shop = Shop::open(&folder, &settings);

    agent.receive_until(|agent| agent.count("shop.orders.billed", "") == 1);
    let events = agent.events("Unbilled orders at the start");
    assert_eq!(
        events,
        ["_e{28,9}:Unbilled orders at the start|1 of them|k:billing.unbilled|t:warning"]
    );
}

#[test]
fn the_last_statistics_are_sent_before_the_shop_exits() {
    let folder = Folder::new("flushes");
    let mut agent = Agent::new();
    let url = agent.url();
    let settings = [("DATADOG_STATS_ENABLED", "true"), ("DD_DOGSTATSD_URL", &*url), ("GRACE", "0")];
    let mut shop = Shop::open(&folder, &settings);
    for _ in 0..20 {
        assert_eq!(shop.post_order(ORDER).status, 201);
    }
    let order = shop.begin_order(ORDER);
    shop.send_sigterm();
    eventually(Duration::from_secs(30), || shop.is_open(), |is_open| !is_open);
    // The shop only waits for this request, while the statistics client waits for more calls to
    // combine.
    assert_eq!(order.finish().status, 201);
    let ended = eventually(Duration::from_secs(10), || shop.ended(), Option::is_some);
    assert_eq!(ended.and_then(|status| status.code()), Some(0));

    agent.receive_rest();
    assert_eq!(agent.count("shop.orders.placed", ""), 21);
    assert_eq!(agent.values("shop.place_order", "h", "").len(), 21);
    let posts = "method:POST,route:/orders,status:2xx";
    assert_eq!(agent.count("shop.requests.successful", posts), 21);
    assert_eq!(agent.values("shop.requests.time_ms", "h", posts).len(), 21);
}

#[test]
fn nothing_is_sent_unless_statistics_are_enabled() {
    let folder = Folder::new("silent");
    let mut agent = Agent::new();
    let url = agent.url();
    // A variable that every pod of a cluster may have.
    let mut shop = Shop::open(&folder, &[("DD_DOGSTATSD_URL", &url), ("GRACE", "0")]);
    let report = shop.becomes_healthy(Duration::from_secs(10));
    assert!(report.component("statistics").is_none(), "{report}");
    shop.sell_something();
    shop.send_sigterm();
    let ended = eventually(Duration::from_secs(30), || shop.ended(), Option::is_some);
    assert_eq!(ended.and_then(|status| status.code()), Some(0));

    agent.receive_rest();
    assert!(agent.lines().is_empty(), "{:#?}", agent.lines());
}
