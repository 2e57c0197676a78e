//! The shop with its default database, `SQLite`.

use std::time::Duration;

use panopticon::{Component, Report};

use crate::eventually;
use crate::process::{Folder, Shop};

#[test]
fn the_checks_of_both_crates_are_reported_and_an_order_is_billed() {
    let folder = Folder::new("sqlite");
    let shop = Shop::open(&folder, &[]);

    // All health checks, from two crates; no code registers them.
    let (payments, orders) = (Some("payments"), Some("orders"));
    let expected = [
        ("background_jobs", payments),
        ("database", orders),
        ("schema", orders),
        ("stuck_orders", orders),
    ];
    // `stuck_orders` is checked in the background, and may not have a result yet.
    let (status, report) = shop.health();
    assert_eq!(status, 200, "{report}");
    assert_eq!(with_collections(&report), expected);
    let report = shop.becomes_healthy(Duration::from_secs(10));
    assert_eq!(with_collections(&report), expected);

    let optional: Vec<_> =
        report.components().filter(|(_, component)| !component.critical()).collect();
    assert!(matches!(optional[..], [("stuck_orders", _)]), "{optional:?}");
    let queued_jobs =
        report.component("background_jobs").and_then(|jobs| jobs.detail("queued_jobs"));
    assert_eq!(queued_jobs, Some(&0.into()));

    shop.sell_something();
}

fn with_collections(report: &Report) -> Vec<(&str, Option<&str>)> {
    report.components().map(|(name, component)| (name, component.collection())).collect()
}

#[tokio::test]
async fn a_table_of_another_version_fails_the_startup_probe() {
    let folder = Folder::new("schema");
    alter_orders(&folder, "RENAME COLUMN quantity TO amount").await;

    let shop = Shop::open(&folder, &[("PANOPTICON_DISCLOSURE", "full")]);
    let (status, report) = shop.probe("startup");
    assert_eq!(status, 503, "{report}");
    let message = report.component("schema").and_then(Component::message);
    assert!(message.is_some_and(|message| message.contains("quantity")), "{report}");

    alter_orders(&folder, "RENAME COLUMN amount TO quantity").await;
    let startup = || shop.probe("startup");
    eventually(Duration::from_secs(10), startup, |(status, _)| *status == 200);
}

pub(crate) async fn alter_orders(folder: &Folder, change: &str) {
    let database = orders::connect(&folder.database_url()).await.expect("it can be opened");
    let alter = sqlx::AssertSqlSafe(format!("ALTER TABLE orders {change}"));
    sqlx::query(alter).execute(&database).await.expect("the table is as the test left it");
    database.close().await;
}

#[test]
fn an_invalid_order_is_refused_with_the_reason() {
    let folder = Folder::new("refused");
    let shop = Shop::open(&folder, &[]);
    for (json, status, reason) in [
        ("", 400, "EOF"),
        (r#"{"item": "tea"}"#, 422, "missing field `quantity`"),
        (r#"{"item": "tea", "quantity": 0}"#, 422, "expected a nonzero u32"),
        (r#"{"item": "", "quantity": 1}"#, 422, "an item must have 1 to 100 characters"),
        (r#"{"item": "\u0000", "quantity": 1}"#, 422, "an item must have 1 to 100 characters"),
    ] {
        let refused = shop.post_order(json);
        assert_eq!(refused.status, status, "{json}: {refused:?}");
        assert!(refused.body.contains(reason), "{json}: {refused:?}");
        assert!(refused.body.starts_with(r#"{"error":"#), "{json}: {refused:?}");
    }
    assert_eq!(shop.get("/orders/1").status, 404);
    assert_eq!(shop.get("/orders/tea").status, 400);
    let nothing = shop.get("/favicon.ico");
    assert_eq!(nothing.status, 404);
    assert_eq!(nothing.body, r#"{"error":"there is nothing at this path"}"#);
}

#[tokio::test]
async fn orders_that_an_earlier_shop_left_unbilled_are_billed() {
    let folder = Folder::new("reopened");
    let earlier = orders::connect(&folder.database_url()).await.expect("a new file");
    let order = serde_json::from_str(r#"{"item": "tea", "quantity": 2}"#).expect("an order");
    let order = orders::store(&earlier, order).await.expect("it has a table for it");
    earlier.close().await;

    let shop = Shop::open(&folder, &[]);
    let shown = || shop.get(&format!("/orders/{}", order.id));
    eventually(Duration::from_secs(10), shown, |shown| shown.body.contains(r#""billed":true"#));
}
