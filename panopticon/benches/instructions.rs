//! The work whose instructions `.ci/instructions` counts: one figure per process, named by the
//! argument. Without an argument, prints the names of the figures.

mod services;

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use http::Request;
use panopticon::{CheckOptions, Health, Panopticon};
use tokio::runtime::{Builder, Runtime};
use tower_service::Service;

use crate::services::{CACHED, COLD, built, report_as_json};

fn main() {
    // One thread, so that each run does the same.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    // Cargo adds `--bench`.
    let figure = std::env::args().skip(1).find(|argument| argument != "--bench");
    match figure.as_deref() {
        None => println!("cached-report-of-10\ncold-report-of-100\nrequest-of-10"),
        Some("cached-report-of-10") => {
            let health = service(&runtime, 10, CACHED);
            count(&runtime, || report_as_json(health.clone()));
        }
        Some("cold-report-of-100") => {
            let health = service(&runtime, 100, COLD);
            count(&runtime, || report_as_json(health.clone()));
        }
        Some("request-of-10") => {
            let health = service(&runtime, 10, CACHED);
            count(&runtime, || request(health.clone()));
        }
        Some(other) => panic!("unknown figure `{other}`"),
    }
}

/// Builds a service whose checks set their response time, since a measured one varies in length as
/// JSON.
fn service(runtime: &Runtime, count: usize, cache: Duration) -> Panopticon {
    built(runtime, count, cache, |builder, name| {
        builder.check(name, CheckOptions::new(), || async {
            Health::healthy("available").response_time(Duration::from_micros(1_230))
        })
    })
}

fn count<F: Future<Output: Send> + Send + 'static>(runtime: &Runtime, action: impl Fn() -> F) {
    // The first times are not counted, because they also set things up.
    for _ in 0..10 {
        black_box(runtime.block_on(runtime.spawn(action())).unwrap());
    }
    counted(&mut || {
        for _ in 0..20 {
            black_box(runtime.block_on(runtime.spawn(action())).unwrap());
        }
    });
}

/// Runs the action. The counter, which finds this function by its name, is on only while it runs.
#[inline(never)]
fn counted(action: &mut dyn FnMut()) {
    action();
    black_box(());
}

async fn request(health: Panopticon) -> impl Send {
    let request = Request::get("/healthcheck").body(()).unwrap();
    health.http_service().call(request).await
}
