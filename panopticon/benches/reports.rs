//! The cost of a report, from the call to the bytes of JSON, compared with code that does without
//! panopticon:
//!
//! ```text
//! cargo bench -p panopticon --bench reports
//! ```

mod paired;
mod plain;
mod services;

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use crate::paired::compare;
use crate::plain::PlainReport;
use crate::services::{CACHED, COLD, built, in_task, names, report_as_json, service};

fn main() {
    let runtime = Runtime::new().unwrap();
    let one_thread = Builder::new_current_thread().enable_all().build().unwrap();

    paired::print_head();
    for count in [1, 10, 100, 1_000] {
        cold(&runtime, count, "");
        cold(&one_thread, count, ", one thread");
    }
    for count in [1, 10, 100, 1_000] {
        blocking(&runtime, count);
    }
    for count in [1, 10, 100, 1_000] {
        cached(&one_thread, count);
    }
    for count in [10, 100, 1_000] {
        one_changed(&one_thread, count);
    }
    growth(&one_thread);
    wall_time(&runtime);
}

fn cold(runtime: &Runtime, count: usize, threads: &str) {
    let health = service(runtime, count, COLD);
    let plain = join_set(runtime, count);
    let ours = in_task(runtime, move || report_as_json(health.clone()));
    let what = format!("cold report of {count} async{threads}");
    compare(&what, "`JoinSet` with timeouts", "≤ 1.3", plain, ours);
}

/// Creates a report with a `JoinSet`, as JSON.
fn join_set(runtime: &Runtime, count: usize) -> impl FnMut(u64) {
    let names = Arc::new(names(count));
    in_task(runtime, move || {
        let names = Arc::clone(&names);
        async move { serde_json::to_vec(&PlainReport::of_tasks(&names).await).unwrap() }
    })
}

fn blocking(runtime: &Runtime, count: usize) {
    let health = built(runtime, count, COLD, |builder, name| {
        builder.check_blocking(name, CheckOptions::new(), || Health::healthy("available"))
    });
    let names = Arc::new(names(count));
    let plain = in_task(runtime, move || {
        let names = Arc::clone(&names);
        async move { serde_json::to_vec(&PlainReport::of_threads(&names).await).unwrap() }
    });
    let ours = in_task(runtime, move || report_as_json(health.clone()));
    let what = format!("cold report of {count} blocking");
    compare(&what, "`spawn_blocking`", "≤ 1.2", plain, ours);
}

fn cached(runtime: &Runtime, count: usize) {
    let health = service(runtime, count, CACHED);
    compare_with_plain_structs(
        runtime,
        count,
        &format!("cached report of {count}"),
        "≤ 1.2",
        health,
    );

    let [health, cold] = [CACHED, COLD].map(|cache| service(runtime, count, cache));
    let cached = in_task(runtime, move || report_as_json(health.clone()));
    let cold = in_task(runtime, move || report_as_json(cold.clone()));
    compare(&format!("cold report of {count}"), "the same, cached", "≥ 10", cached, cold);
}

/// Compares like [`cached`], except that one check runs for each report.
fn one_changed(runtime: &Runtime, count: usize) {
    let health = built(runtime, count, CACHED, |builder, name| {
        let options = match name {
            "check_00000" => CheckOptions::new().cache(COLD),
            _ => CheckOptions::new(),
        };
        builder.check(name, options, || async { Health::healthy("available") })
    });
    let what = format!("report of {count}, one check run");
    compare_with_plain_structs(runtime, count, &what, "", health);
}

/// Compares the service's report with writing the same number of plain structs.
fn compare_with_plain_structs(
    runtime: &Runtime,
    count: usize,
    what: &str,
    aim: &str,
    health: Panopticon,
) {
    let plain = runtime.block_on(PlainReport::of_tasks(&names(count)));
    let write = |times| {
        for _ in 0..times {
            black_box(serde_json::to_vec(black_box(&plain)).unwrap());
        }
    };
    let ours = in_task(runtime, move || report_as_json(health.clone()));
    compare(what, "`serde_json` on plain structs", aim, write, ours);
}

/// Compares one report of 10,000 checks with 1,000 reports of 10; and the same for a `JoinSet`,
/// which shows how much of the growth is due to the machine.
fn growth(runtime: &Runtime) {
    for (cache, what) in [(CACHED, "cached"), (COLD, "cold")] {
        let [few, many] = [10, 10_000].map(|count| service(runtime, count, cache));
        let mut few = in_task(runtime, move || report_as_json(few.clone()));
        let many = in_task(runtime, move || report_as_json(many.clone()));
        let what = format!("{what} report of 10,000");
        compare(&what, "1,000 reports of 10", "≤ 1", |times| few(times * 1_000), many);
    }
    let [mut few, many] = [10, 10_000].map(|count| join_set(runtime, count));
    compare("`JoinSet` of 10,000", "1,000 of 10", "", |times| few(times * 1_000), many);
}

/// Compares a hundred checks of 50 ms with one of them.
fn wall_time(runtime: &Runtime) {
    const TIME: Duration = Duration::from_millis(50);

    let [one, hundred] = [1, 100].map(|count| {
        built(runtime, count, COLD, |builder, name| {
            builder.check(name, CheckOptions::new(), || sleep(TIME))
        })
    });
    let one = in_task(runtime, move || report_as_json(one.clone()));
    let hundred = in_task(runtime, move || report_as_json(hundred.clone()));
    compare("100 async checks of 50 ms", "one such check", "≤ 1.1", one, hundred);

    let [one, hundred] = [1, 100].map(|count| {
        built(runtime, count, COLD, |builder, name| {
            builder.check_blocking(name, CheckOptions::new(), || thread::sleep(TIME))
        })
    });
    let one = in_task(runtime, move || report_as_json(one.clone()));
    let hundred = in_task(runtime, move || report_as_json(hundred.clone()));
    compare("100 blocking checks of 50 ms", "one such check", "≤ 1.5", one, hundred);
}
