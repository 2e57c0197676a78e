//! Numbers as texts for people.

/// Returns a number with four significant digits, or two decimals if it is larger, and without
/// trailing zeros.
pub(super) fn rounded(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() || (magnitude != 0.0 && !(1e-3..1e15).contains(&magnitude)) {
        return exact(value);
    }
    let decimals = match magnitude {
        10.0.. => 2,
        1.0.. => 3,
        0.1.. => 4,
        0.01.. => 5,
        _ => 6,
    };
    without_trailing_zeros(&format!("{value:.decimals$}"))
}

/// Returns the shortest text that reads as the same number.
pub(super) fn exact(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        // Unlike `Display`, it writes large and small numbers with an exponent.
        let text = format!("{value:?}");
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    }
}

fn without_trailing_zeros(text: &str) -> String {
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (40.0, "40"),
            (93.456, "93.46"),
            (1.23456, "1.235"),
            (0.0123, "0.0123"),
            (-0.5, "-0.5"),
            (12_345.678, "12345.68"),
            (100.0, "100"),
            (1e20, "1e20"),
            (1.5e-7, "1.5e-7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(rounded(value), text);
        }
    }
}
