//! What start-up costs, beside sorting the names that are in it:
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
        // Only what is asked for is measured: not how the names and the builder come to be, nor how
        // they go.
        let sort = |times| {
            sum(times, || {
                let mut names = names.clone();
                let start = Instant::now();
                names.sort();
                let elapsed = start.elapsed();
                black_box(names);
                elapsed
            })
        };
        let build = |times| {
            sum(times, || {
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

fn sum(times: u64, mut part: impl FnMut() -> Duration) -> Duration {
    (0..times).map(|_| part()).sum()
}

/// In the order in which a linker may leave them: none.
fn names(count: usize) -> Vec<String> {
    // Prime, and so every number below `count` comes once.
    (0..count).map(|number| format!("check_{:05}", number * 7_919 % count)).collect()
}

fn builder(names: &[String]) -> Builder {
    names.iter().fold(Panopticon::empty(), |builder, name| {
        builder.check(name.as_str(), CheckOptions::new(), || async { Health::healthy("available") })
    })
}
