//! Sizes and shares, as messages and details show them.

use crate::checks::trend::UNITS_OF_TIME;

/// Shows a number of bytes in the largest unit of which there is at least one.
pub(in crate::checks) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let exponent = bytes.checked_ilog2().unwrap_or(0) / 10;
    let Some(unit) = exponent.checked_sub(1).and_then(|index| UNITS.get(index as usize)) else {
        return format!("{bytes} B");
    };
    // In tenths, rounded down, so that what is shown is there.
    let tenths = (u128::from(bytes) * 10) >> (10 * exponent);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// Shows how fast a number of bytes changes, such as `grows by 1.5 MiB/s`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is not negative")]
pub(in crate::checks) fn rate(per_second: f64) -> String {
    let amount = per_second.abs();
    let is_enough = |&(seconds, _): &(f64, _)| amount * seconds >= 1024.0;
    let (seconds, unit) = UNITS_OF_TIME.into_iter().find(is_enough).unwrap_or(UNITS_OF_TIME[3]);
    let bytes = (amount * seconds) as u64;
    match per_second {
        _ if bytes == 0 => "steady".to_owned(),
        0.0.. => format!("grows by {}/{unit}", size(bytes)),
        _ => format!("falls by {}/{unit}", size(bytes)),
    }
}

/// Returns which share of the whole the part is. Nothing is free of a whole of 0, and whatever is
/// used is too much.
pub(in crate::checks) fn share(part: u64, whole: u64) -> f64 {
    as_f64(part) / as_f64(whole.max(1))
}

#[allow(clippy::cast_precision_loss, reason = "its 53 bits are as precise as a bound has to be")]
pub(in crate::checks) const fn as_f64(number: u64) -> f64 {
    number as f64
}

/// Rounds a share to ten thousandths, for a detail.
pub(in crate::checks) fn rounded_share(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// Shows a share as a percentage.
pub(in crate::checks) fn percentage(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_largest_unit_that_fits() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1024 * 1024 - 1, "1023.9 KiB"),
            (10 * 1024 * 1024, "10.0 MiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn rates_have_a_unit_of_time_in_which_something_happens() {
        for (per_second, expected) in [
            (1.5 * 1024.0 * 1024.0, "grows by 1.5 MiB/s"),
            (-1024.0, "falls by 1.0 KiB/s"),
            (20.0, "grows by 1.1 KiB/min"),
            (-1.0, "falls by 3.5 KiB/h"),
            (0.01, "grows by 864 B/d"),
            (0.0, "steady"),
        ] {
            assert_eq!(rate(per_second), expected);
        }
    }

    #[test]
    fn shares_are_of_the_whole() {
        for (part, whole, expected, text) in [
            (1, 4, "0.25", "25.0 %"),
            (0, 0, "0", "0.0 %"),
            (1, 0, "1", "100.0 %"),
            (1, 3, "0.3333", "33.3 %"),
            (u64::MAX, u64::MAX, "1", "100.0 %"),
        ] {
            let share = share(part, whole);
            assert_eq!(
                (rounded_share(share).to_string(), percentage(share)),
                (expected.into(), text.into())
            );
        }
    }
}
