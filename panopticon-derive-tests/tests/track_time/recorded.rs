//! Access to what was recorded.

use std::sync::OnceLock;

use panopticon::datadog::testing::Recorder;

/// One call, timed.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) elapsed: f64,
    pub(crate) tags: Vec<(String, String)>,
}

/// Starts to record the times of the whole process, so each test times functions of its own.
pub(crate) fn record() -> &'static Recorder {
    static RECORDER: OnceLock<Recorder> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = Recorder::new();
        recorder.install().unwrap();
        recorder
    })
}

/// The times of a metric.
pub(crate) fn recorded(metric: &str) -> Vec<Record> {
    let metrics = record().metrics().into_iter().filter(|recorded| recorded.name == metric);
    metrics
        .map(|recorded| Record { elapsed: recorded.value.as_f64(), tags: recorded.tags })
        .collect()
}

/// Returns the number of times.
pub(crate) fn count(metric: &str) -> usize {
    recorded(metric).len()
}
