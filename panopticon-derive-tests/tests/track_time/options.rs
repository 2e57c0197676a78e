//! The name, unit and tags of what is recorded.

use std::thread;
use std::time::{Duration, Instant};

use panopticon::track_time;

use crate::recorded::{record, recorded};

#[track_time]
fn named_after_the_function() {}

#[track_time("options.named")]
fn named() {}

#[track_time]
fn r#try() {}

#[track_time("options.tagged", unit = "us", tags = [("kind", "book"), ("team", "a:b")])]
fn tagged() {}

#[track_time(tags = [("kind", "book"),],)]
fn tagged_without_a_name() {}

#[test]
fn the_metric_has_the_name_and_the_tags() {
    record();
    named_after_the_function();
    named();
    r#try();
    tagged();
    tagged_without_a_name();
    for (name, tags) in [
        ("named_after_the_function", &[] as &[_]),
        ("options.named", &[]),
        ("try", &[]),
        ("options.tagged", &[("kind", "book"), ("team", "a:b")]),
        ("tagged_without_a_name", &[("kind", "book")]),
    ] {
        let records = recorded(name);
        assert_eq!(records.len(), 1, "{name}");
        let recorded: Vec<_> = records[0].tags.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(recorded, tags, "{name}");
    }
}

macro_rules! waiting {
    ($($function:ident $unit:literal)*) => {
        $(
            #[track_time(unit = $unit)]
            fn $function() {
                thread::sleep(Duration::from_millis(20));
            }
        )*
    };
}
waiting!(in_s "s" in_ms "ms" in_us "us" in_ns "ns");

#[test]
fn the_time_is_in_the_unit() {
    record();
    let calls: [(&str, fn(), f64); 4] =
        [("in_s", in_s, 1.0), ("in_ms", in_ms, 1e3), ("in_us", in_us, 1e6), ("in_ns", in_ns, 1e9)];
    for (name, call, per_second) in calls {
        let start = Instant::now();
        call();
        let around = start.elapsed().as_secs_f64();
        let seconds = recorded(name)[0].elapsed / per_second;
        // Allows for rounding.
        assert!((0.02..=around + 1e-6).contains(&seconds), "{name}: {seconds}");
    }
}
