//! Every option, and the ways to write the attribute.

use panopticon::{Health, Panopticon, Probe, Selection, Status, healthcheck};

#[healthcheck]
fn bare() {}

#[healthcheck()]
fn empty() {}

#[healthcheck(timeout = "720h")]
fn trailing_comma() {}

#[healthcheck {timeout = "1h"}]
fn braces() {}

#[healthcheck[timeout = "1m"]]
fn brackets() {}

#[healthcheck(
    name = "all",
    timeout = "90s",
    critical = false,
    tags = ["queue", "team:orders/eu-1_a.b",],
    crate = panopticon,
)]
async fn everything() -> Health {
    Health::unhealthy("not critical")
}

#[healthcheck(tags = [], critical = true)]
fn no_tags() {}

#[healthcheck(timeout = "1ms", critical = false, tags = ["slow"])]
async fn never_ready() {
    std::future::pending().await
}

#[healthcheck(cache = "0s", readiness)]
fn ready() {}

#[healthcheck(
    interval = "1h",
    initial_delay = "1h",
    retry_interval = "3599999ms",
    failure_threshold = 3,
    success_threshold = 4294967295,
    critical = false
)]
fn scheduled() {}

#[healthcheck(liveness, cache = "2s")]
fn alive() {}

#[healthcheck(startup, failure_threshold = 0x2, depends_on = [ready, nested::deeper::below,])]
fn started() {}

#[healthcheck(readiness, liveness, startup)]
fn of_every_probe() {}

#[healthcheck(no_probe)]
fn reported_only() {}

mod nested {
    pub(crate) mod deeper {
        #[panopticon::healthcheck(depends_on = [crate::everything, self::super::super::bare])]
        pub(crate) fn below() {
            unreachable!("`all` is unhealthy")
        }
    }
}

fn main() {
    let health = Panopticon::builder().build().unwrap();
    let report = health.report_blocking();
    let names: Vec<_> = report.components().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "alive", "all", "bare", "below", "braces", "brackets", "empty", "never_ready",
            "no_tags", "of_every_probe", "ready", "reported_only", "scheduled", "started",
            "trailing_comma",
        ]
    );
    let message = |name| report.component(name).unwrap().message();
    assert_eq!(message("scheduled"), Some("not checked yet"));
    assert_eq!(message("below"), Some("not checked: `all` is unhealthy"));
    assert_eq!(message("started"), Some("not checked: `below` is unhealthy"));
    let answering = |probe| {
        let report = output_of(health.probe(probe));
        report.components().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(answering(Probe::Liveness), ["alive", "of_every_probe"]);
    assert_eq!(answering(Probe::Startup), ["of_every_probe", "started"]);
    let mut readiness = names;
    readiness.retain(|name| !["alive", "reported_only", "started"].contains(name));
    assert_eq!(answering(Probe::Readiness), readiness);
    assert_eq!(report.component("all").unwrap().status(), Status::Unhealthy);
    assert_eq!(report.component("never_ready").unwrap().status(), Status::Unhealthy);
    let critical = Selection::all().without_name("below").without_name("started");
    let report = output_of(health.report_for(critical)).unwrap();
    assert!(report.service_healthy(), "none of the others that fail is critical");

    for (tag, name) in [("queue", "all"), ("team:orders/eu-1_a.b", "all"), ("slow", "never_ready")]
    {
        let selected = output_of(health.report_for(Selection::all().tag(tag))).unwrap();
        assert_eq!(selected.components().map(|(name, _)| name).collect::<Vec<_>>(), [name]);
    }
}

/// The output of a future, on this thread.
fn output_of<F: Future>(future: F) -> F::Output {
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake};
    use std::thread::{self, Thread};

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
