//! Sizes and shares, as messages and details show them.

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

/// Returns which share of the whole the part is; 0 if there is no whole.
#[allow(clippy::cast_precision_loss, reason = "a share needs less than the 53 bits of an f64")]
pub(in crate::checks) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Rounds a share to ten thousandths, for a detail.
pub(in crate::checks) fn rounded(share: f64) -> f64 {
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
    fn shares_are_of_the_whole() {
        for (part, whole, expected, text) in [
            (1, 4, "0.25", "25.0 %"),
            (0, 0, "0", "0.0 %"),
            (1, 3, "0.3333", "33.3 %"),
            (u64::MAX, u64::MAX, "1", "100.0 %"),
        ] {
            let share = share(part, whole);
            assert_eq!(
                (rounded(share).to_string(), percentage(share)),
                (expected.into(), text.into())
            );
        }
    }
}
