//! A function can have any name that the expansion uses.

#![allow(non_snake_case)]

use panopticon::{Panopticon, healthcheck};

struct Pool;

macro_rules! checks {
    ($($name:ident)*) => {$(
        #[healthcheck]
        fn $name(_pool: &Pool) {}
    )*};
}

checks! { resources output health linkme core std panopticon HealthCheck CheckOptions }
checks! { HEALTH_CHECKS distributed_slice health_check_takes conversion function_id }
checks! { returned health_check_returned error_to_health ByError CheckOutput }

#[healthcheck(name = "underscores")]
fn __panopticon(_pool: &Pool) {}

#[healthcheck(name = "module")]
async fn __private(_pool: &Pool) {}

mod asynchronous {
    use super::Pool;
    use panopticon::healthcheck;

    #[healthcheck(name = "async-resources")]
    async fn resources(_pool: &Pool) {}

    #[healthcheck(name = "async-output")]
    async fn output(_pool: &Pool) {}
}

fn main() {
    let report = Panopticon::builder().provide(Pool).build().unwrap().report_blocking();
    assert_eq!(report.components().len(), 23);
    assert!(report.service_healthy());
}
