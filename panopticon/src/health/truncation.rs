//! Texts of a bounded length.

const ELLIPSIS: char = '…';

/// Cuts a text to at most this number of bytes, including the ellipsis at its end. Returns whether
/// the text was longer.
pub(crate) fn truncate(text: &mut String, max_bytes: usize) -> bool {
    if text.len() <= max_bytes {
        return false;
    }
    let mut end = max_bytes - ELLIPSIS.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push(ELLIPSIS);
    text.shrink_to_fit();
    true
}
