//! Services with checks that are ready at once, and the runtimes that they are asked on.
#![allow(dead_code, reason = "each benchmark takes what it needs")]

use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use panopticon::{Builder, CheckOptions, Health, Panopticon};
use tokio::runtime::Runtime;

/// Results are cached for longer than any benchmark takes.
pub(crate) const CACHED: Duration = Duration::from_secs(24 * 60 * 60);

/// Every question runs the checks.
pub(crate) const COLD: Duration = Duration::ZERO;

pub(crate) fn names(count: usize) -> Vec<Arc<str>> {
    (0..count).map(|number| format!("check_{number:05}").into()).collect()
}

/// A service of so many async checks, built on the runtime.
pub(crate) fn service(runtime: &Runtime, count: usize, cache: Duration) -> Panopticon {
    built(runtime, count, cache, |builder, name| {
        builder.check(name, CheckOptions::new(), || async { Health::healthy("available") })
    })
}

/// A service of so many checks, as they are added to the builder.
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

/// Does something again and again in a task of the runtime, as a server does; on the thread that
/// waits for the runtime each wake would go to another one.
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

/// A report as bytes.
pub(crate) async fn report_as_json(health: Panopticon) -> Vec<u8> {
    health.report().await.to_json()
}
