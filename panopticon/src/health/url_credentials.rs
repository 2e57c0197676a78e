//! Masks the credentials of URLs in a text, such as that of an error.

/// What is shown instead.
const MASK: char = '…';

/// Suffixes of the names of query parameters that are secrets, in lower case.
const SECRET_PARAMETERS: [&str; 9] =
    ["password", "passwd", "pwd", "passphrase", "secret", "token", "key", "signature", "sig"];

/// Masks the credentials in each URL of a text, in time proportional to its length, since an error
/// may quote what an attacker has sent.
pub(super) fn mask_url_credentials(text: String) -> String {
    if !text.contains("://") {
        return text;
    }
    let text = if text.contains('@') { mask_before_hosts(&text) } else { text };
    if text.contains('=') { mask_parameters(&text) } else { text }
}

/// Masks what is before the host of each URL: `postgres://app:secret@db/orders` becomes
/// `postgres://…@db/orders`. The user is masked too, since it may be a token.
///
/// If a password should have been percent-encoded, such as one with an `@` or a slash, it is
/// uncertain where the host begins, so everything before the last `@` is masked. A password with a
/// space or a quote is masked as well, unless what is before that character looks like a port.
fn mask_before_hosts(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut stretch = Stretch::default();
    let mut position = 0;
    while let Some(found) = text[position..].find("://") {
        let start = position + found + "://".len();
        masked.push_str(&text[position..start]);
        position = start;
        if let Some(end) = end_of_credentials(text, start, &mut stretch) {
            masked.push(MASK);
            position = end;
        }
    }
    masked.push_str(&text[position..]);
    masked
}

/// Masks the values of query parameters that are secrets: `https://host/?api_key=secret` becomes
/// `https://host/?api_key=…`. Punctuation after the URL stays.
fn mask_parameters(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for word in text.split_inclusive(ends_url) {
        let Some(query) = word.find("://").and_then(|url| Some(url + word[url..].find('?')? + 1))
        else {
            masked.push_str(word);
            continue;
        };
        masked.push_str(&word[..query]);
        for parameter in word[query..].split_inclusive(['?', '&', '#', ';']) {
            let value = parameter.split_once('=').filter(|(name, _)| is_secret(name));
            let Some((name, value)) = value else {
                masked.push_str(parameter);
                continue;
            };
            let end = value.trim_end_matches(|c: char| ends_url(c) || c.is_ascii_punctuation());
            masked.push_str(name);
            masked.push('=');
            masked.extend((!end.is_empty()).then_some(MASK));
            masked.push_str(&value[end.len()..]);
        }
    }
    masked
}

fn is_secret(parameter: &str) -> bool {
    let name = parameter.to_ascii_lowercase();
    SECRET_PARAMETERS.iter().any(|secret| name.ends_with(secret))
}

/// A part of a text that might be one URL, and the last `@` in it.
#[derive(Default)]
struct Stretch {
    end: usize,
    last_at: Option<usize>,
}

impl Stretch {
    /// Returns the position of the last `@` in the stretch after this position. Each stretch is
    /// searched only once.
    fn last_at(&mut self, text: &str, start: usize) -> Option<usize> {
        if start >= self.end {
            let stretch = until(&text[start..], ends_url);
            let last_at = stretch.rfind('@').map(|at| start + at);
            *self = Self { end: start + stretch.len(), last_at };
        }
        self.last_at.filter(|&at| at >= start)
    }
}

/// Returns the position of the `@` that ends the credentials of the URL whose `://` ends at
/// `start`, or `None` if it has none.
fn end_of_credentials(text: &str, start: usize, stretch: &mut Stretch) -> Option<usize> {
    let after = &text[start..];
    let authority = until(after, |c| ends_url(c) || matches!(c, '/' | '?' | '#' | '\\'));
    let port = after_brackets(authority).split_once(':').map(|(_, port)| port);
    if port.is_none() && !authority.contains('@') {
        return None;
    }
    // What looks like a port may be the beginning of a password, as in `user:12/34@host`.
    if let Some(end) = stretch.last_at(text, start) {
        return Some(end);
    }
    // A password with a space or a quote. It ends before the next URL.
    let rest = &after[..after.find("://").unwrap_or(after.len())];
    let end = rest.rfind('@').filter(|_| !port.is_some_and(is_port))?;
    Some(start + end)
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
            // In the query.
            (
                "postgres://db/orders?user=app&password=secret",
                "postgres://db/orders?user=app&password=…",
            ),
            (
                "for url (https://host/?api_key=secret): refused",
                "for url (https://host/?api_key=…): refused",
            ),
            (
                "https://a:secret@b?X-Amz-Signature=secret&a=b c",
                "https://…@b?X-Amz-Signature=…&a=b c",
            ),
            ("\"https://host/?a=b&Token=sec)ret\" d", "\"https://host/?a=b&Token=…\" d"),
            (
                "jdbc:sqlserver://db?user=app;password=secret;a=b",
                "jdbc:sqlserver://db?user=app;password=…;a=b",
            ),
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
            "https://host/?keyspace=orders&a=b",
            "https://host/?token=",
            "password=wrong? see https://host/",
            "://",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    /// In quadratic time, this would take minutes.
    #[test]
    fn long_texts_are_masked_in_linear_time() {
        const LENGTH: usize = 10_000;
        for part in ["a://b:c", "a://b:c ", "://", "a://b@", "a://?key=", "a://b:c\"@"] {
            for end in ["", "@", " @", "=", " ="] {
                let text = part.repeat(LENGTH) + end;
                assert!(masked(&text).len() <= 2 * text.len());
            }
        }
    }
}
