//! Other attributes are kept, and the registration allows what they allow.

#![deny(warnings)]

use panopticon::{Panopticon, healthcheck};

/// Documented, above the attribute.
#[healthcheck]
/// And below it.
#[must_use]
#[inline]
#[doc(hidden)]
pub fn documented() -> Result<(), &'static str> {
    Ok(())
}

#[healthcheck]
#[deprecated(note = "ask the replica")]
fn deprecated_below() {}

#[deprecated]
#[healthcheck]
async fn deprecated_above() {}

#[healthcheck]
#[cfg_attr(all(), deprecated)]
fn deprecated_through_cfg_attr() {}

#[deprecated]
struct OldPool;

#[healthcheck]
#[allow(deprecated)]
fn allowed(_pool: &OldPool) {}

#[healthcheck]
#[expect(deprecated, reason = "until the pool is replaced")]
async fn expected(_pool: &OldPool) {}

#[healthcheck]
#[cfg_attr(all(), allow(deprecated))]
fn allowed_through_cfg_attr(_pool: &OldPool) {}

#[healthcheck]
#[rustfmt::skip]
#[doc = concat!("Documented ", "by a macro.")]
#[cfg_attr(all(), doc = concat!("And ", "again."), cold)]
#[unsafe(export_name = "exported_under_another_name")]
#[cfg(true)]
#[cfg_attr(true, must_use)]
#[track_caller]
/** In a block. */
pub fn of_every_syntax() -> Result<(), String> {
    Ok(())
}

#[healthcheck]
#[allow(deprecated, reason = "asked for directly")]
#[deprecated = "ask the replica"]
fn allowed_and_deprecated(_pool: &OldPool) {}

#[healthcheck]
fn parameter_attributes(#[allow(unused_variables)] pool: &u8) {}

fn main() {
    #[allow(deprecated)]
    let builder = Panopticon::builder().provide(OldPool);
    let report = builder.provide(7_u8).build().unwrap().report_blocking();
    assert_eq!(report.components().len(), 10);
    assert!(report.service_healthy());
}
