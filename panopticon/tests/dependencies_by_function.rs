//! Annotated functions that depend on each other, in a binary of their own because other tests
//! count what is in their registry.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use panopticon::{Panopticon, Status};

static DATABASE_IS_DOWN: AtomicBool = AtomicBool::new(false);
static RUNS: AtomicUsize = AtomicUsize::new(0);

mod stock {
    use std::sync::atomic::Ordering;

    use panopticon::{Health, healthcheck};

    /// Its name differs from the function's, by which its dependents find it.
    #[healthcheck(name = "stock-database")]
    pub(crate) fn database() -> Health {
        if super::DATABASE_IS_DOWN.load(Ordering::SeqCst) {
            Health::unhealthy("no answer")
        } else {
            Health::healthy("")
        }
    }
}

mod orders {
    use std::sync::atomic::Ordering;

    use panopticon::healthcheck;

    use super::stock;

    #[healthcheck(depends_on = [stock::database])]
    pub(crate) async fn orders(runs: &super::Runs) {
        runs.0.fetch_add(1, Ordering::SeqCst);
    }

    #[healthcheck(depends_on = [orders, super::stock::database])]
    fn invoices() {}
}

struct Runs(&'static AtomicUsize);

#[tokio::test]
async fn a_dependent_does_not_run_while_the_function_it_names_is_unhealthy() {
    let health = Panopticon::builder().cache(Duration::ZERO).provide(Runs(&RUNS)).build().unwrap();
    assert!(health.report().await.service_healthy());
    DATABASE_IS_DOWN.store(true, Ordering::SeqCst);
    let report = health.report().await;
    for (name, message) in [
        ("stock-database", "no answer"),
        ("orders", "not checked: `stock-database` is unhealthy"),
        ("invoices", "not checked: `orders` is unhealthy"),
    ] {
        let component = report.component(name).unwrap();
        assert_eq!((component.status(), component.message()), (Status::Unhealthy, Some(message)));
    }
    assert_eq!(RUNS.load(Ordering::SeqCst), 1);
    DATABASE_IS_DOWN.store(false, Ordering::SeqCst);
    assert!(health.report().await.service_healthy());
    assert_eq!(RUNS.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn functions_can_still_be_called() {
    static OWN_RUNS: AtomicUsize = AtomicUsize::new(0);
    orders::orders(&Runs(&OWN_RUNS)).await;
    assert_eq!(OWN_RUNS.load(Ordering::SeqCst), 1);
    assert!(matches!(stock::database().status(), Status::Healthy | Status::Unhealthy));
}
