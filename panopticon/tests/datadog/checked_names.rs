//! Names and tags that `#[track_time]` accepts at compile time are sent unchanged: the macro and
//! the client follow the same rules.

use panopticon::datadog::testing::Recorder;

use crate::random::Random;

#[allow(dead_code, reason = "only the macro's checks are used here")]
#[path = "../../../panopticon-macros/src/metric.rs"]
mod metric;

#[test]
fn names_and_tags_that_the_macro_accepts_are_sent_unchanged() {
    let mut random = Random::new(5);
    let (mut names, mut tags) = (0, 0);
    for _ in 0..20_000 {
        let recorder = Recorder::new();
        let name = random.text(1..6);
        let (key, value) = (random.text(1..4), random.text(1..4));
        if metric::check_name(&name).is_ok() {
            names += 1;
            recorder.stats().increment(&name, 1, &[]);
            assert_eq!(recorder.metrics()[0].name, name);
        }
        let is_tag = metric::check_tag_key(&key).is_ok()
            && metric::check_tag_value(&value).is_ok()
            && metric::check_tag_length(&key, &value).is_ok();
        if is_tag {
            tags += 1;
            recorder.stats().increment("tagged", 1, &[(&key, &value)]);
            assert_eq!(recorder.metrics().last().unwrap().tags, [(key, value)]);
        }
    }
    assert!(names > 100 && tags > 100, "only {names} names and {tags} tags were tested");
}
