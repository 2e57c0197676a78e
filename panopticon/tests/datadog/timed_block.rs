//! Timed blocks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::sleep;
use std::time::Duration;

use panopticon::datadog::testing::Recorder;
use panopticon::datadog::{self, Kind, Stats};

use crate::client::installed_recorder;

const TAGS: datadog::Tags<'static> = &[("test", "timed block")];

#[test]
fn the_end_of_a_block_sends_its_time() {
    let recorder = Recorder::new();
    let stats = recorder.stats();
    {
        let _timer = stats.timer("import").tags(TAGS);
        sleep(Duration::from_millis(5));
        assert!(recorder.metrics().is_empty());
    }
    let times = recorder.values("import", TAGS);
    assert!(times.len() == 1 && times[0] >= 5.0, "{times:?}");
    assert_eq!(recorder.metrics()[0].kind, Kind::Timing);
}

#[test]
fn a_block_that_ends_early_is_timed() {
    let recorder = Recorder::new();
    let stats = recorder.stats();
    let fails = || {
        let _timer = stats.timer("import");
        "x".parse::<u8>()?;
        Ok::<_, std::num::ParseIntError>(())
    };
    fails().unwrap_err();
    assert_eq!(recorder.metrics().len(), 1);
    let panics = || {
        let _timer = stats.timer("import");
        panic!("on purpose");
    };
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    assert_eq!(recorder.metrics().len(), 2);
}

#[test]
fn a_stopped_timer_is_sent_once_and_a_discarded_one_never() {
    let recorder = Recorder::new();
    let stats = recorder.stats();
    let timer = stats.timer("import");
    sleep(Duration::from_millis(5));
    let time = timer.stop();
    assert!((recorder.sum("import", &[]) - time.as_secs_f64() * 1e3).abs() < 1e-6);
    stats.timer("import").discard();
    assert_eq!(recorder.metrics().len(), 1);
    assert_eq!(Stats::disabled().timer("import").stop(), Duration::ZERO);
}

#[test]
fn the_function_uses_the_installed_client() {
    let recorder = installed_recorder();
    drop(datadog::timer("timed.block").tags(TAGS));
    assert_eq!(recorder.values("timed.block", TAGS).len(), 1);
}
