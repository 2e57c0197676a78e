//! The rules for names, tags, metrics and durations, compared with a second statement of each: for every
//! character in every position, and for every short text of an alphabet that can express all mistakes.

#[path = "../../panopticon/src/check/duration.rs"]
mod duration;
#[path = "../../panopticon-macros/src/metric.rs"]
mod metric;
#[path = "../../panopticon/src/check/name.rs"]
mod name;

use std::time::Duration;

use metric::MetricRule;
use name::NameRule;

/// Every text of at most `length` characters of `alphabet`.
fn texts(alphabet: &[&str], length: usize) -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut longest = 0;
    for _ in 0..length {
        let longer: Vec<String> = texts[longest..]
            .iter()
            .flat_map(|text| alphabet.iter().map(move |part| format!("{text}{part}")))
            .collect();
        longest = texts.len();
        texts.extend(longer);
    }
    texts
}

fn every_character() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

/// The macros and the library each need the rules, and a proc-macro crate cannot export them.
#[test]
fn the_copies_of_the_rules_are_equal() {
    let copies = [
        (
            "name.rs",
            include_str!("../../panopticon/src/check/name.rs"),
            include_str!("../../panopticon-macros/src/name.rs"),
        ),
        (
            "duration.rs",
            include_str!("../../panopticon/src/check/duration.rs"),
            include_str!("../../panopticon-macros/src/duration.rs"),
        ),
        (
            "edit_distance.rs",
            include_str!("../../panopticon/src/edit_distance.rs"),
            include_str!("../../panopticon-macros/src/edit_distance.rs"),
        ),
    ];
    for (file, original, copy) in copies {
        assert!(
            // Git may check out either with other line ends.
            original.lines().eq(copy.lines()),
            "panopticon-macros/src/{file} must be a copy of panopticon's file; edit the latter, and \
             copy it over the former"
        );
    }
}

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[test]
fn a_name_starts_with_a_letter() {
    for character in every_character() {
        let name = format!("{character}x");
        assert_eq!(name::check_component(&name).is_ok(), LETTERS.contains(character), "{name:?}");
    }
}

#[test]
fn a_name_goes_on_with_letters_digits_and_three_marks() {
    let accepted = format!("{LETTERS}0123456789_.-");
    for character in every_character() {
        for name in [format!("x{character}"), format!("x{character}x")] {
            let answer = name::check_component(&name);
            if accepted.contains(character) {
                assert_eq!(answer, Ok(()), "{name:?}");
            } else {
                assert_eq!(answer, Err(NameRule::Only { character, name }));
            }
        }
    }
}

#[test]
fn a_name_is_at_most_64_characters_long() {
    for length in 1..200 {
        let expected = if length <= 64 { Ok(()) } else { Err(NameRule::AtMost { length }) };
        assert_eq!(name::check_component(&"x".repeat(length)), expected);
    }
    assert_eq!(name::check_component(""), Err(NameRule::NotEmpty));
}

#[test]
fn a_name_is_reserved_as_a_whole_and_in_its_own_case() {
    for reserved in ["liveness", "readiness", "startup", "metrics"] {
        let rule = NameRule::NotReserved { name: reserved.to_owned() };
        assert_eq!(name::check_component(reserved), Err(rule));
        for free in [format!("{reserved}s"), format!("x{reserved}"), reserved.to_uppercase()] {
            assert_eq!(name::check_component(&free), Ok(()));
        }
    }
    assert_eq!(name::RESERVED.len(), 4);
}

/// The error is about the first mistake: a foreign character, wherever it is, counts before how the
/// name starts and how long it is.
#[test]
fn a_name_with_several_mistakes_has_one_rule() {
    let long = "x".repeat(65);
    for (name, rule) in [
        ("ü", NameRule::Only { character: 'ü', name: "ü".to_owned() }),
        ("1ü", NameRule::Only { character: 'ü', name: "1ü".to_owned() }),
        ("-", NameRule::StartsWithLetter { name: "-".to_owned() }),
        (&format!("1{long}"), NameRule::StartsWithLetter { name: format!("1{long}") }),
        (&format!("{long} "), NameRule::Only { character: ' ', name: format!("{long} ") }),
    ] {
        assert_eq!(name::check_component(name), Err(rule));
    }
}

#[test]
fn every_rule_of_a_name_says_what_to_write_on_one_line() {
    for name in texts(&["a", "1", "-", " ", "\n", "\u{1b}[31m", "ü", "liveness"], 3) {
        if let Err(rule) = name::check_component(&name) {
            let rule = rule.to_string();
            assert!(rule.starts_with("have a name") || rule.starts_with("not be named"), "{rule}");
            assert!(rule.contains("; write "), "{rule}");
            assert!(!rule.contains(char::is_control), "{rule:?}");
        }
    }
}

#[test]
fn a_tag_has_letters_digits_and_five_marks() {
    let accepted = format!("{LETTERS}0123456789_.-:/");
    for character in every_character() {
        for tag in [format!("{character}"), format!("{character}x"), format!("x{character}")] {
            assert_eq!(name::is_tag(&tag), accepted.contains(character), "{tag:?}");
        }
    }
    for length in 0..200 {
        assert_eq!(name::is_tag(&"x".repeat(length)), (1..=64).contains(&length), "{length}");
    }
}

#[test]
fn a_metric_starts_with_a_letter_and_goes_on_with_letters_digits_and_two_marks() {
    let accepted = format!("{LETTERS}0123456789_.");
    for character in every_character() {
        let name = format!("{character}x");
        assert_eq!(metric::check_name(&name).is_ok(), LETTERS.contains(character), "{name:?}");
        for name in [format!("x{character}"), format!("x{character}x")] {
            let answer = metric::check_name(&name);
            if accepted.contains(character) {
                assert_eq!(answer, Ok(()), "{name:?}");
            } else {
                assert_eq!(answer, Err(MetricRule::NameOnly { character, name }));
            }
        }
    }
    assert_eq!(metric::check_name(""), Err(MetricRule::NameNotEmpty));
    for length in 1..400 {
        let expected = if length <= 200 { Ok(()) } else { Err(MetricRule::NameAtMost { length }) };
        assert_eq!(metric::check_name(&"x".repeat(length)), expected);
    }
}

#[test]
fn a_metrics_tag_has_letters_digits_and_five_marks_and_one_colon_at_its_place() {
    let accepted = format!("{LETTERS}0123456789_-./");
    for character in every_character() {
        for text in [format!("{character}"), format!("{character}x"), format!("x{character}")] {
            let is_accepted = accepted.contains(character);
            assert_eq!(metric::check_tag_key(&text).is_ok(), is_accepted, "{text:?}");
            let is_value = is_accepted || text == ":x";
            assert_eq!(metric::check_tag_value(&text).is_ok(), is_value, "{text:?}");
        }
    }
    assert_eq!(metric::check_tag_key(""), Err(MetricRule::KeyNotEmpty));
    assert_eq!(metric::check_tag_value(""), Err(MetricRule::ValueNotEmpty));
    for length in 1..400 {
        let (key, value) = ("x".repeat(length / 2), "y".repeat(length - length / 2));
        let length = format!("{key}:{value}").len();
        let expected = if length <= 200 { Ok(()) } else { Err(MetricRule::TagAtMost { length }) };
        assert_eq!(metric::check_tag_length(&key, &value), expected);
    }
}

#[test]
fn every_rule_of_a_metric_is_on_one_line() {
    for text in texts(&["a", "1", "-", ":", " ", "\n", "\u{1b}[31m", "ü"], 3) {
        let answers = [
            metric::check_name(&text),
            metric::check_tag_key(&text),
            metric::check_tag_value(&text),
        ];
        for rule in answers.into_iter().filter_map(Result::err) {
            let rule = rule.to_string();
            assert!(rule.starts_with("have ") || rule.starts_with("not have "), "{rule}");
            assert!(!rule.contains(char::is_control), "{rule:?}");
        }
    }
}

/// Reads a duration in another way than `duration.rs`: removes the unit, and expects digits.
fn milliseconds(text: &str) -> Option<u128> {
    let (number, unit) = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let milliseconds = number.parse::<u128>().ok()?.checked_mul(unit)?;
    (milliseconds <= 30 * 24 * 3_600_000).then_some(milliseconds)
}

#[test]
fn a_duration_is_a_whole_number_with_a_unit() {
    let alphabet = ["0", "1", "9", "m", "s", "h", "d", "S", " ", ".", "-", "+", "_", "e", "µ", "١"];
    for text in texts(&alphabet, 4) {
        let read = duration::read(&text);
        assert_eq!(read.ok().map(|it| it.as_millis()), milliseconds(&text), "{text:?}");
        assert_eq!(duration::parse(&text), read.ok());
    }
}

#[test]
fn a_duration_is_at_most_30_days_in_every_unit() {
    for (unit, most) in [("ms", 2_592_000_000), ("s", 2_592_000), ("m", 43_200), ("h", 720)] {
        assert_eq!(duration::read(&format!("{most}{unit}")), Ok(duration::MAX));
        // One more; more than 32, 64 and 128 bits; and an overflow only in milliseconds.
        for number in [
            most + 1,
            1 << 32,
            u128::from(u64::MAX / 3_600_000 + 1),
            u128::from(u64::MAX),
            u128::from(u64::MAX) + 1,
            u128::MAX,
        ] {
            let text = format!("{number}{unit}");
            assert_eq!(duration::read(&text), Err(duration::DurationRule::AtMost { text: &text }));
        }
    }
    assert!(duration::read(&format!("{}s", "9".repeat(1000))).is_err());
    assert_eq!(duration::read(&format!("{}7s", "0".repeat(1000))), Ok(Duration::from_secs(7)));
}

#[test]
fn every_rule_of_a_duration_quotes_it_on_one_line() {
    for text in texts(&["0", "1", "s", "d", ".", " ", "\n", "\u{1b}[31m", "999999999999h"], 3) {
        if let Err(rule) = duration::read(&text) {
            let rule = rule.to_string();
            assert!(rule.contains(&format!("{text:?}")), "{rule}");
            assert!(!rule.contains(char::is_control), "{rule:?}");
        }
    }
}

#[test]
fn each_mistake_of_a_duration_has_its_own_rule() {
    for (text, rule) in [
        ("", "a whole number and a unit, not \"\""),
        ("s", "a whole number and a unit, not \"s\""),
        ("-2s", "a whole number and a unit, not \"-2s\""),
        ("1.5s", "a whole number and a unit, not \"1.5s\""),
        ("1_000ms", "a whole number and a unit, not \"1_000ms\""),
        ("2", "one of the units ms, s, m and h after its number, unlike \"2\""),
        ("2d", "one of the units ms, s, m and h, not the \"d\" of \"2d\""),
        ("2 s", "one of the units ms, s, m and h, not the \" s\" of \"2 s\""),
        ("1h30m", "one of the units ms, s, m and h, not the \"h30m\" of \"1h30m\""),
        ("721h", "at most 30 days (720h), not \"721h\""),
    ] {
        assert_eq!(duration::read(text).unwrap_err().to_string(), rule);
    }
}

#[test]
fn a_timeout_is_more_than_zero_and_at_most_30_days() {
    let nanosecond = Duration::from_nanos(1);
    for (duration, is_timeout) in [
        (Duration::ZERO, false),
        (nanosecond, true),
        (duration::MAX, true),
        (duration::MAX + nanosecond, false),
        (Duration::MAX, false),
    ] {
        assert_eq!(duration::is_timeout(duration), is_timeout, "{duration:?}");
    }
    assert!(duration::TIMEOUT.contains("30 days"));
    assert!(duration::SYNTAX.contains("ms, s, m, h"));
}
