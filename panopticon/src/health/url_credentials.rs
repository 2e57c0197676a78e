//! Masks the credentials of URLs in a text, such as that of an error.

/// What is shown instead.
const MASK: char = '…';

/// Masks what is before the host of each URL in a text: `postgres://app:secret@db/orders` becomes
/// `postgres://…@db/orders`. The user is masked too, since it may be a token.
///
/// If a password should have been percent-encoded, such as one with an `@` or a slash, it is
/// uncertain where the host begins, so everything before the last `@` is masked. A password with a
/// space or a quote is masked as well, unless what is before that character looks like a port.
pub(super) fn mask_url_credentials(text: String) -> String {
    if !text.contains('@') || !text.contains("://") {
        return text;
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + "://".len());
        masked.push_str(before);
        rest = after;
        if let Some(end) = end_of_credentials(after) {
            masked.push(MASK);
            rest = &after[end..];
        }
    }
    masked.push_str(rest);
    masked
}

/// Returns the position of the `@` that ends the credentials of a URL, given what follows its
/// `://`, or `None` if it has none.
fn end_of_credentials(after: &str) -> Option<usize> {
    let authority = until(after, |c| ends_url(c) || matches!(c, '/' | '?' | '#' | '\\'));
    let port = after_brackets(authority).split_once(':').map(|(_, port)| port);
    if port.is_none() && !authority.contains('@') {
        return None;
    }
    // What looks like a port may be the beginning of a password, as in `user:12/34@host`.
    if let Some(end) = until(after, ends_url).rfind('@') {
        return Some(end);
    }
    // A password with a space or a quote. It ends before the next URL.
    let rest = &after[..after.find("://").unwrap_or(after.len())];
    rest.rfind('@').filter(|_| !port.is_some_and(is_port))
}

/// Returns whether a character is never part of a URL, though an unencoded password may contain it.
fn ends_url(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | '`' | '<' | '>')
}

fn until(text: &str, is_end: impl Fn(char) -> bool) -> &str {
    &text[..text.find(is_end).unwrap_or(text.len())]
}

/// Returns whether this is a port, or empty, since the colon may be punctuation.
fn is_port(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_ascii_punctuation());
    text.is_empty() || text.parse::<u16>().is_ok()
}

/// Returns what follows the brackets of an IPv6 address, or everything if there are none.
fn after_brackets(authority: &str) -> &str {
    let closing = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    closing.map_or(authority, |(_, after)| after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        mask_url_credentials(text.to_owned())
    }

    #[test]
    fn credentials_are_masked() {
        for (text, expected) in [
            ("postgres://app:secret@db/orders", "postgres://…@db/orders"),
            (
                "no answer from redis://:secret@cache:6379: refused",
                "no answer from redis://…@cache:6379: refused",
            ),
            ("https://secret@host/path", "https://…@host/path"),
            ("(amqp://a:secret@b, amqp://c:secret@d)", "(amqp://…@b, amqp://…@d)"),
            ("\"http://a:secret@[::1]:80/\"", "\"http://…@[::1]:80/\""),
            // Passwords that should have been encoded.
            ("postgres://app:sec@ret@db/orders", "postgres://…@db/orders"),
            ("postgres://app:sec/ret@db/orders", "postgres://…@db/orders"),
            ("postgres://app:12/secret@db/orders", "postgres://…@db/orders"),
            ("postgres://app:sec?r#et@db/orders", "postgres://…@db/orders"),
            ("postgres://app:sec ret@db/orders", "postgres://…@db/orders"),
            ("postgres://app:sec\"'ret@db/orders", "postgres://…@db/orders"),
            ("a://b:sec ret@c, d://e:sec ret@f", "a://…@c, d://…@f"),
            ("jdbc:postgresql://app:sec://ret@db", "jdbc:postgresql://…@db"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "",
            "@",
            "mail ops@example.org",
            "https://host:8080/path",
            "https://registry.example/@scope/package",
            "https://host/?mail=ops@example.org",
            "http://host:8080: refused; mail ops@example.org",
            "http://[::1]: refused; mail ops@example.org",
            "file:///tmp/a@b",
            "://",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
