//! How the shop exits after SIGTERM.

use std::time::{Duration, Instant};

use panopticon::{Report, Status};

use crate::eventually;
use crate::process::{Folder, Shop};

const ORDER: &str = r#"{"item": "tea", "quantity": 2}"#;

#[test]
fn a_draining_shop_reports_so_and_still_serves() {
    let folder = Folder::new("drains");
    // Longer than any test, so the grace period does not end.
    let shop = Shop::open(&folder, &[("GRACE", "3600")]);
    shop.becomes_healthy(Duration::from_secs(10));
    assert_eq!(shop.probe("readiness").0, 200);
    let order = shop.begin_order(ORDER);

    shop.send_sigterm();
    let is_draining = |(_, report): &(u16, Report)| report.is_draining();
    let (status, report) = eventually(Duration::from_secs(10), || shop.health(), is_draining);
    assert_eq!((status, report.status()), (503, Status::Healthy), "nothing is wrong with it");
    let (status, report) = shop.probe("readiness");
    assert_eq!((status, report.status()), (503, Status::Unhealthy), "{report}");
    assert!(report.is_draining());
    assert!(report.components().all(|(_, component)| component.healthy()), "{report}");
    assert_eq!(["liveness", "startup"].map(|probe| shop.probe(probe).0), [200, 200]);

    let placed = order.finish();
    assert_eq!(placed.status, 201, "{placed:?}");
    // Some clients have not noticed yet that they should go elsewhere.
    shop.sell_something();
}

#[test]
fn a_shop_exits_after_its_grace_period_and_the_requests_in_flight() {
    let folder = Folder::new("ends");
    let mut shop = Shop::open(&folder, &[("GRACE", "1")]);
    let order = shop.begin_order(ORDER);

    let asked = Instant::now();
    shop.send_sigterm();
    eventually(Duration::from_secs(30), || shop.is_open(), |is_open| !is_open);
    assert!(asked.elapsed() >= Duration::from_secs(1), "closed after {:?}", asked.elapsed());
    assert_eq!(shop.ended(), None, "an order is half placed");

    let placed = order.finish();
    assert_eq!(placed.status, 201, "{placed:?}");
    let ended = eventually(Duration::from_secs(10), || shop.ended(), Option::is_some);
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
}
