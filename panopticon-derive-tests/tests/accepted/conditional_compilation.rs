//! A check is registered if and only if its function is compiled.

use panopticon::{Health, Panopticon, healthcheck};

#[healthcheck]
#[cfg(any())]
fn off_below() -> Missing {}

#[cfg(any())]
#[healthcheck]
fn off_above() -> Missing {}

#[healthcheck]
#[cfg(all())]
#[cfg(any())]
fn off_by_one_of_two() -> Missing {}

#[healthcheck]
#[cfg_attr(all(), cfg(any()))]
fn off_through_cfg_attr() -> Missing {}

#[healthcheck]
#[cfg_attr(all(), allow(unused), cfg_attr(all(), doc = "Off.", cfg(any())))]
fn off_through_nested_cfg_attr() -> Missing {}

#[cfg_attr(any(), healthcheck)]
#[allow(dead_code)]
fn not_a_check() -> bool {
    true
}

#[cfg_attr(all(), healthcheck(name = "annotated_through_cfg_attr"))]
fn annotated() {}

#[healthcheck]
#[cfg(any())]
fn database() -> Health {
    Health::unhealthy("the wrong one")
}

#[healthcheck]
#[cfg(not(any()))]
fn database() -> Health {
    Health::healthy("the right one")
}

fn main() {
    let report = Panopticon::builder().build().unwrap().report_blocking();
    let names: Vec<_> = report.components().map(|(name, _)| name).collect();
    assert_eq!(names, ["annotated_through_cfg_attr", "database"]);
    assert!(report.service_healthy());
}
