//! Decodes the percent-encoding that clients may use for any character of a path or query.

use std::borrow::Cow;

/// Decodes a segment of a path. An error says what is malformed.
pub(super) fn decode(text: &str) -> Result<Cow<'_, str>, String> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let [high, low, after @ ..] = rest else { return Err(malformed(text)) };
        let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) else {
            return Err(malformed(text));
        };
        decoded.push(high << 4 | low);
        rest = after;
    }
    let decoded = String::from_utf8(decoded)
        .map_err(|_| format!("{text:?} must be UTF-8 after percent-decoding"))?;
    Ok(Cow::Owned(decoded))
}

/// Decodes a name or value of a query, in which `+` is a space.
pub(super) fn decode_in_query(text: &str) -> Result<Cow<'_, str>, String> {
    if text.contains('+') {
        let decoded = decode(&text.replace('+', " "))?.into_owned();
        return Ok(Cow::Owned(decoded));
    }
    decode(text)
}

fn malformed(text: &str) -> String {
    format!(
        "{text:?} must have two hexadecimal digits after each `%`; write `%25` for a `%` itself"
    )
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
