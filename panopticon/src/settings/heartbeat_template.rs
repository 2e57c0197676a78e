//! The URL that a heartbeat calls, with parts that depend on what it reports.

use crate::shown_url::shown_url;

/// A URL in which braces enclose `message`, or alternatives separated by `|`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeartbeatTemplate {
    /// Whether it is called with GET instead of POST.
    #[cfg_attr(not(feature = "heartbeat"), allow(dead_code, reason = "only calls need it"))]
    pub(crate) is_get: bool,
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Message,
    /// While the service is healthy, is unhealthy and, if there are three, starts.
    Alternatives(Vec<String>),
}

/// What a heartbeat reports of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    Healthy,
    Unhealthy,
    Starting,
}

impl HeartbeatTemplate {
    /// Parses a template, if it is the template of URLs that can be called.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (is_get, url) = match text.strip_prefix("GET ") {
            Some(url) => (true, url),
            None => (false, text.strip_prefix("POST ").unwrap_or(text)),
        };
        let template = Self { is_get, parts: parse_parts(url)? };
        // As in any message, one that is encoded, so that it cannot be in the host.
        let url = |beat| template.url(beat, "%20");
        let healthy = url(Beat::Healthy).filter(|url| is_url(url))?;
        // The receiver could not tell a URL that is the same from that of a healthy service.
        let are_distinct = [Beat::Unhealthy, Beat::Starting]
            .into_iter()
            .filter_map(url)
            .all(|url| is_url(&url) && url != healthy);
        are_distinct.then_some(template)
    }

    /// Returns the URL to call, with a message of which each character that is not a letter or digit is
    /// encoded. Returns `None` if the template has no alternative for this: to call the same URL as for a
    /// healthy service would say that it is one.
    pub(crate) fn url(&self, beat: Beat, encoded_message: &str) -> Option<String> {
        let position = beat as usize;
        let alternatives = self.parts.iter().filter_map(|part| match part {
            Part::Alternatives(alternatives) => Some(alternatives.len()),
            Part::Text(_) | Part::Message => None,
        });
        if beat != Beat::Healthy && alternatives.max().unwrap_or(1) <= position {
            return None;
        }
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Message => encoded_message.to_owned(),
            // A start that only another part of the URL shows.
            Part::Alternatives(all) => all.get(position).unwrap_or(&all[0]).clone(),
        };
        Some(self.parts.iter().map(part).collect())
    }
}

fn parse_parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}')?;
        parts.push(Part::Text(before.to_owned()));
        parts.push(if inside == "message" {
            Part::Message
        } else {
            let alternatives: Vec<_> = inside.split('|').map(str::to_owned).collect();
            matches!(alternatives.len(), 2 | 3).then_some(Part::Alternatives(alternatives))?
        });
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Some(parts)
}

/// Returns whether a text is a URL with a certain host, without a user, of characters that a request may
/// have, and without a fragment, which is not sent. <https://www.rfc-editor.org/rfc/rfc3986#appendix-A>
fn is_url(text: &str) -> bool {
    let is_plain = |c: char| {
        c.is_ascii_graphic()
            && !matches!(c, '"' | '#' | '<' | '>' | '@' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    let is_http = text.starts_with("https://") || text.starts_with("http://");
    let origin = shown_url(text);
    // The HTTP client takes no encoded characters in a host.
    is_http && text.chars().all(is_plain) && !origin.contains(['…', '%'])
}

#[cfg(test)]
mod tests {
    use super::Beat::{Healthy, Starting, Unhealthy};
    use super::*;

    fn urls(template: &str) -> [Option<String>; 3] {
        let template = HeartbeatTemplate::parse(template).unwrap_or_else(|| panic!("{template}"));
        [Healthy, Unhealthy, Starting].map(|beat| template.url(beat, "a%20b"))
    }

    #[test]
    fn alternatives_follow_the_status() {
        let expected =
            |urls: [&str; 3]| urls.map(|it| Some(it.to_owned()).filter(|it| !it.is_empty()));
        for (template, called) in [
            (
                "https://hc.example/id{|/fail|/start}",
                [
                    "https://hc.example/id",
                    "https://hc.example/id/fail",
                    "https://hc.example/id/start",
                ],
            ),
            (
                "GET https://kuma.example/t?status={up|down}&msg={message}&ping=",
                [
                    "https://kuma.example/t?status=up&msg=a%20b&ping=",
                    "https://kuma.example/t?status=down&msg=a%20b&ping=",
                    "",
                ],
            ),
            (
                "http://a:8080/{1|0}?m={message}{||&s}",
                ["http://a:8080/1?m=a%20b", "http://a:8080/0?m=a%20b", "http://a:8080/1?m=a%20b&s"],
            ),
            // A failing service is not called healthy.
            ("https://hc.example/id", ["https://hc.example/id", "", ""]),
            ("https://hc.example/{message}", ["https://hc.example/a%20b", "", ""]),
        ] {
            assert_eq!(urls(template), expected(called), "{template}");
        }
        assert!(HeartbeatTemplate::parse("GET http://a").unwrap().is_get);
        assert!(!HeartbeatTemplate::parse("POST http://a").unwrap().is_get);
    }

    #[test]
    fn what_cannot_be_called_is_no_template() {
        for text in [
            "",
            "hc.example",
            "ftp://hc.example",
            "https://",
            "https://user:secret@hc.example",
            "https://hc.example/a b",
            "https://hc.example/{fail}",
            "https://hc.example/{a|b|c|d}",
            "https://hc.example/{a|b",
            "https://hc.example/a|b}",
            "https://hc.example/{a|{message}}",
            "https://{a|b c}.example/",
            "https://hc.example:99999/",
            "get https://hc.example",
            "PUT https://hc.example",
            "https://hc.example/ä",
            "{https|ftp}://hc.example/",
            "https://%41.example/",
            "https://{message}.example/",
            "https://hc.example/#{up|down}",
            "https://hc.example/#",
            // A service that fails or starts would be called healthy.
            "https://hc.example/{|}",
            "https://hc.example/{up|up}",
            "https://hc.example/{||/start}",
            "https://hc.example/{|/fail|}",
        ] {
            assert_eq!(HeartbeatTemplate::parse(text), None, "{text}");
        }
    }
}
