//! The cost of `build()`, compared with sorting the names of its checks:
//!
//! ```text
//! cargo bench -p panopticon --bench build
//! ```

mod paired;

use std::hint::black_box;
use std::time::{Duration, Instant};

use panopticon::{Builder, CheckOptions, Health, Panopticon};
use tokio::runtime::Runtime;

fn main() {
    let runtime = Runtime::new().unwrap();
    let _context = runtime.enter();

    paired::print_head();
    for count in [100, 1_000, 10_000] {
        let names = names(count);
        // Creating and dropping the names and the builder is not measured.
        let sort = |times| {
            total(times, || {
                let mut names = names.clone();
                let start = Instant::now();
                names.sort();
                let elapsed = start.elapsed();
                black_box(names);
                elapsed
            })
        };
        let build = |times| {
            total(times, || {
                let builder = builder(&names);
                let start = Instant::now();
                let health = builder.build().unwrap();
                let elapsed = start.elapsed();
                black_box(health);
                elapsed
            })
        };
        let what = format!("`build()` of {count} checks");
        paired::compare_parts(&what, "sorting the same names", "≤ 5", sort, build);
    }
}

fn total(times: u64, mut part: impl FnMut() -> Duration) -> Duration {
    (0..times).map(|_| part()).sum()
}

/// Returns names in no particular order, like a linker.
fn names(count: usize) -> Vec<String> {
    // The factor is prime, so every number below `count` occurs once.
    (0..count).map(|number| format!("check_{:05}", number * 7_919 % count)).collect()
}

fn builder(names: &[String]) -> Builder {
    names.iter().fold(Panopticon::empty(), |builder, name| {
        builder.check(name.as_str(), CheckOptions::new(), || async { Health::healthy("available") })
    })
}
