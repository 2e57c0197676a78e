//! What is counted in instructions, by `.ci/instructions`; one figure a process, named by the
//! argument. Without one, their names are printed.

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
    // One thread, so that the same is done each time.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    // Cargo adds a `--bench`.
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
        Some(other) => panic!("there is no figure `{other}`"),
    }
}

/// Each check sets its response time, for one that is measured is longer or shorter as JSON.
fn service(runtime: &Runtime, count: usize, cache: Duration) -> Panopticon {
    built(runtime, count, cache, |builder, name| {
        builder.check(name, CheckOptions::new(), || async {
            Health::healthy("available").response_time(Duration::from_micros(1_230))
        })
    })
}

fn count<F: Future<Output: Send> + Send + 'static>(runtime: &Runtime, action: impl Fn() -> F) {
    // What is done at first only is no part of the figure.
    for _ in 0..10 {
        black_box(runtime.block_on(runtime.spawn(action())).unwrap());
    }
    counted(&mut || {
        for _ in 0..20 {
            black_box(runtime.block_on(runtime.spawn(action())).unwrap());
        }
    });
}

/// The counter is on while this runs, and finds it by its name.
#[inline(never)]
fn counted(action: &mut dyn FnMut()) {
    action();
    black_box(());
}

async fn request(health: Panopticon) -> impl Send {
    let request = Request::get("/healthcheck").body(()).unwrap();
    health.http_service().call(request).await
}
