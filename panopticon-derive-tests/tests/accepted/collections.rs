//! A check is in the innermost collection around it, or in its package's. Of its own options and the
//! defaults of collections, the nearest wins.

use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Probe, Selection, healthcheck};

#[healthcheck]
fn outside() {}

mod payments {
    panopticon::collection!(
        name = "payments",
        timeout = "500ms",
        critical = false,
        tags = ["pci"],
        startup,
        readiness,
        retry_interval = "1s",
    );

    use panopticon::healthcheck;

    #[healthcheck]
    async fn all_inherited() {
        std::future::pending().await
    }

    #[healthcheck(timeout = "1m", critical = true, tags = [], liveness)]
    fn none_inherited() {}

    pub(crate) fn start() {
        #[healthcheck]
        fn in_a_function() {}
    }

    mod cards {
        #[panopticon::healthcheck]
        fn in_a_module() {}

        mod networks {
            panopticon::collection!(name = "payments.networks", tags = ["network"], no_probe);

            #[panopticon::healthcheck]
            async fn innermost() {
                std::future::pending().await
            }

            #[panopticon::healthcheck(readiness)]
            fn with_a_probe() {}
        }
    }
}

// Its path begins with the other module's name.
mod payments_of_others {
    #[panopticon::healthcheck]
    fn elsewhere() {}
}

fn main() {
    payments::start();
    let by_hand = CheckOptions::new().collection("payments.networks").timeout(Duration::from_secs(1));
    let health = Panopticon::builder()
        .check("by_hand", by_hand, || async { Health::unhealthy("") })
        .build()
        .unwrap();

    let package = env!("CARGO_PKG_NAME");
    let report = health.report_blocking();
    let collections: Vec<_> = report
        .components()
        .map(|(name, component)| (name, component.collection().unwrap(), component.healthy()))
        .collect();
    assert_eq!(
        collections,
        [
            ("all_inherited", "payments", false),
            ("by_hand", "payments.networks", false),
            ("elsewhere", package, true),
            ("in_a_function", "payments", true),
            ("in_a_module", "payments", true),
            ("innermost", "payments.networks", false),
            ("none_inherited", "payments", true),
            ("outside", package, true),
            ("with_a_probe", "payments.networks", true),
        ]
    );
    // The components that fail are optional, because of their collections.
    assert!(report.service_healthy());

    let selected = |selection: Selection| {
        let runtime = health.clone();
        let report = block_on(async move { runtime.report_for(selection).await.unwrap() });
        report.components().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(selected(Selection::all().tag("pci")), ["all_inherited", "in_a_function", "in_a_module"]);
    assert_eq!(selected(Selection::all().tag("network")), ["by_hand", "innermost", "with_a_probe"]);
    assert_eq!(selected(Selection::all().collection(package)), ["elsewhere", "outside"]);

    // Probes are inherited as a whole: all of the nearest, and none of those around it.
    let answering = |probe| selected(Selection::all().probe(probe));
    assert_eq!(answering(Probe::Liveness), ["none_inherited"]);
    assert_eq!(answering(Probe::Startup), ["all_inherited", "in_a_function", "in_a_module"]);
    assert_eq!(
        answering(Probe::Readiness),
        ["all_inherited", "elsewhere", "in_a_function", "in_a_module", "outside", "with_a_probe"]
    );
}

/// A report needs no particular executor; this is the smallest one.
fn block_on<F: Future>(future: F) -> F::Output {
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake};

    struct Unpark(std::thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
