//! Other attributes are kept, above and below, with their effect on the function.

#![deny(warnings)]

use std::panic::Location;

use panopticon::{healthcheck, track_time};

/// Documented, above the attribute.
#[track_time]
/// And below it.
#[must_use = "for its number"]
#[inline]
#[doc(hidden)]
pub fn documented() -> u8 {
    7
}

#[track_time]
#[track_caller]
fn caller() -> u32 {
    Location::caller().line()
}

#[cfg(any())]
#[track_time]
fn absent() -> Absent {}

#[track_time]
#[cfg(any())]
fn absent() -> Absent {}

#[cfg_attr(all(), track_time("conditional"))]
#[cfg_attr(any(), track_time("absent"))]
#[unsafe(export_name = "exported_under_another_name")]
#[cold]
pub extern "C" fn conditional(#[allow(unused_variables)] number: u8) {}

#[track_time]
#[allow(clippy::needless_return, unused_variables)]
fn allowed() -> u8 {
    let unused = 1;
    return 1;
}

#[track_time]
#[healthcheck(name = "check.above", timeout = "1s")]
#[inline]
fn check_below() {}

#[healthcheck(name = "check.below")]
#[inline]
#[track_time("checks")]
async fn check_above() {}

#[test]
#[track_time]
fn tested() {}

fn main() {
    assert_eq!(documented(), 7);
    assert_eq!(caller(), line!());
    conditional(1);
    assert_eq!(allowed(), 1);
    let report = panopticon::Panopticon::builder().build().unwrap().report_blocking();
    let names: Vec<_> = report.components().map(|(name, _)| name).collect();
    assert_eq!(names, ["check.above", "check.below"]);
    check_below();
    let _ = check_above();
}
