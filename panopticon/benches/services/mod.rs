//! Services whose checks end at once, and repeated calls on a runtime.
#![allow(dead_code, reason = "each benchmark uses some of these")]

use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use panopticon::{Builder, CheckOptions, Health, Panopticon};
use tokio::runtime::Runtime;

/// Results stay cached for longer than any benchmark takes.
pub(crate) const CACHED: Duration = Duration::from_secs(24 * 60 * 60);

/// Every report runs the checks.
pub(crate) const COLD: Duration = Duration::ZERO;

pub(crate) fn names(count: usize) -> Vec<Arc<str>> {
    (0..count).map(|number| format!("check_{number:05}").into()).collect()
}

/// Builds a service of `count` async checks on the runtime.
pub(crate) fn service(runtime: &Runtime, count: usize, cache: Duration) -> Panopticon {
    built(runtime, count, cache, |builder, name| {
        builder.check(name, CheckOptions::new(), || async { Health::healthy("available") })
    })
}

/// Builds a service of `count` checks, each added to the builder by `add`.
pub(crate) fn built(
    runtime: &Runtime,
    count: usize,
    cache: Duration,
    add: impl Fn(Builder, &str) -> Builder,
) -> Panopticon {
    let _context = runtime.enter();
    let empty = Panopticon::empty().cache(cache);
    names(count).iter().fold(empty, |builder, name| add(builder, name)).build().unwrap()
}

/// Repeats an action in a task of the runtime, like a server. On the thread that blocks on the
/// runtime, each wake-up would come from another thread.
pub(crate) fn in_task<F>(
    runtime: &Runtime,
    action: impl Fn() -> F + Send + Sync + 'static,
) -> impl FnMut(u64)
where
    F: Future<Output: Send> + Send + 'static,
{
    let action = Arc::new(action);
    move |times| {
        let action = Arc::clone(&action);
        let repeated = async move {
            for _ in 0..times {
                black_box(action().await);
            }
        };
        runtime.block_on(runtime.spawn(repeated)).unwrap();
    }
}

/// Returns a report as JSON.
pub(crate) async fn report_as_json(health: Panopticon) -> Vec<u8> {
    health.report().await.to_json()
}
