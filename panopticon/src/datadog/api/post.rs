//! One post to Datadog's API, and what its answer means.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{self, HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use ureq::{Body, Error};

use super::outbox::Retry;
use super::payload::Endpoint;
use crate::datadog::settings::Secret;
use crate::http_client::HttpClient;

/// The longest wait that the API may ask for: what is older it does not take.
const MAX_RETRY_AFTER: u64 = 3_600;

/// How much of an answer is read, in bytes.
const MAX_ANSWER: u64 = 65_536;

/// How much of an answer's errors is shown, in characters.
const MAX_SHOWN: usize = 200;

/// What the API answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Taken,
    /// The body is too large: half of it may not be.
    TooLarge,
    /// No post will ever be taken.
    KeyRefused(String),
    /// This one will never be taken.
    Refused(String),
    /// This one may be taken later.
    Later {
        why: Retry,
        after: Option<Duration>,
        problem: String,
    },
}

/// Posts to the API. Shows the key nowhere.
pub(super) struct Poster {
    client: HttpClient,
    url: String,
    key: Secret,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<String>,
}

impl Poster {
    /// A way to post to `url`, or why it is none.
    pub(super) fn new(url: String, key: Secret) -> Result<Self, String> {
        check_url(&url)?;
        let config = Config::builder()
            .http_status_as_error(false)
            // The key is for this host only.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(AutoHeaderValue::from(concat!("panopticon/", env!("CARGO_PKG_VERSION"))))
            .build();
        Ok(Self { client: HttpClient::new(config), url, key })
    }

    /// Posts one body. Takes at most as long as given.
    pub(super) fn post(&mut self, endpoint: Endpoint, body: &str, timeout: Duration) -> Answer {
        match self.ask(endpoint, body, timeout) {
            Ok(mut answer) => {
                // Read for a success too, so that the connection can be used again.
                let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
                let status = answer.status();
                self.judge(status, answer.headers(), &body.unwrap_or_default())
            }
            Err(error) => Answer::Later {
                why: Retry::Unreachable,
                after: None,
                problem: format!(
                    "{} does not answer, and is asked again: {}",
                    self.url,
                    self.describe(&error, timeout)
                ),
            },
        }
    }

    fn ask(
        &mut self,
        endpoint: Endpoint,
        body: &str,
        timeout: Duration,
    ) -> Result<Response<Body>, Error> {
        let mut key = HeaderValue::from_str(&self.key.0).map_err(http::Error::from)?;
        key.set_sensitive(true);
        let request = Request::post(format!("{}{}", self.url, endpoint.path()))
            .header("content-type", "application/json")
            .header("dd-api-key", key)
            .body(body)?;
        let proxy = self.client.agent.config().proxy().cloned();
        self.client.send(request, proxy, timeout)
    }

    fn judge(&self, status: StatusCode, headers: &HeaderMap, body: &str) -> Answer {
        let url = &self.url;
        let later = |why| Answer::Later {
            why,
            after: asked_wait(headers),
            problem: format!(
                "{url} answers {}, and is asked again{}",
                status.as_u16(),
                self.errors(body)
            ),
        };
        match status.as_u16() {
            200..=299 => Answer::Taken,
            413 => Answer::TooLarge,
            401 | 403 => Answer::KeyRefused(format!(
                "{url} does not take the key ({}{}), and nothing is sent any more; set \
                 `DATADOG_API_KEY` to a key of an organisation at this site, or `DD_SITE` to that \
                 of the key",
                status.as_u16(),
                self.errors(body),
            )),
            429 => later(Retry::Limited),
            408 | 500..=599 => later(Retry::Failed),
            300..=399 => Answer::Refused(format!(
                "{url} answers {}, a redirect, which is not followed; set `DATADOG_HOST` to where \
                 the API is",
                status.as_u16()
            )),
            code => Answer::Refused(format!("{url} answers {code}{}", self.errors(body))),
        }
    }

    /// The beginning of what the API says is wrong, after a colon.
    fn errors(&self, body: &str) -> String {
        match serde_json::from_str::<Errors>(body) {
            Ok(Errors { errors }) if !errors.is_empty() => {
                format!(": {}", self.shown(&errors.join("; ")))
            }
            _ => String::new(),
        }
    }

    /// What ureq says may hold what others sent. Only what is known to be short and harmless is
    /// taken over.
    fn describe(&self, error: &Error, timeout: Duration) -> String {
        match error {
            Error::Timeout(_) => format!("it took longer than {timeout:?}"),
            Error::HostNotFound => "there is no such host".to_owned(),
            Error::Io(error) => self.shown(&error.to_string()),
            Error::Rustls(error) => self.shown(&error.to_string()),
            Error::ConnectProxyFailed(_) => "the proxy does not connect to it".to_owned(),
            _ => "it does not speak HTTP".to_owned(),
        }
    }

    /// A text of others: one line, short, and without the key, should it be echoed.
    fn shown(&self, text: &str) -> String {
        let text = text.replace(&self.key.0, "[hidden]");
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        text.chars().map(plain).take(MAX_SHOWN).collect()
    }
}

impl fmt::Debug for Poster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poster").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Whether the URL is one that can be posted to.
fn check_url(url: &str) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|error: ureq::http::uri::InvalidUri| error.to_string())?;
    let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
        return Err("it has no host".to_owned());
    };
    let after_host = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    if !after_host.is_empty() && authority.port_u16().is_none_or(|port| port == 0) {
        return Err("its port is not one from 1 to 65535".to_owned());
    }
    Ok(())
}

/// How long the API asks to wait. A date in `Retry-After` is left out: the API sends none.
/// <https://docs.datadoghq.com/api/latest/rate-limits/>
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = ["retry-after", "x-ratelimit-reset"]
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok())
        .max()?;
    Some(Duration::from_secs(seconds.min(MAX_RETRY_AFTER)))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Instant;

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";
    const PATIENCE: Duration = Duration::from_secs(20);

    fn poster(url: &str) -> Result<Poster, String> {
        Poster::new(url.to_owned(), Secret(KEY.to_owned()))
    }

    /// What one post is answered by a server that sends this, if anything, and hangs up.
    fn answer(sent: Option<&str>) -> Answer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut poster = poster(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"{}") {
                    let mut buffer = [0; 4_096];
                    let length = stream.read(&mut buffer).unwrap();
                    request.extend_from_slice(&buffer[..length]);
                }
                if let Some(sent) = sent {
                    stream.write_all(sent.as_bytes()).unwrap();
                }
            });
            poster.post(Endpoint::Events, "{}", PATIENCE)
        })
    }

    fn answer_of(status: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        answer(Some(&format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        )))
    }

    fn later(answer: Answer) -> (Retry, Option<u64>, String) {
        match answer {
            Answer::Later { why, after, problem } => {
                (why, after.map(|after| after.as_secs()), problem)
            }
            other => panic!("{other:?}"),
        }
    }

    fn refused(answer: Answer) -> String {
        match answer {
            Answer::Refused(problem) | Answer::KeyRefused(problem) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn answers_are_judged() {
        assert_eq!(answer_of("200 OK", "", "{}"), Answer::Taken);
        assert_eq!(answer_of("202 Accepted", "", r#"{"status":"ok"}"#), Answer::Taken);
        assert_eq!(answer_of("413 Payload Too Large", "", ""), Answer::TooLarge);
        let key = refused(answer_of("403 Forbidden", "", r#"{"errors":["Forbidden"]}"#));
        assert!(key.contains("does not take the key (403: Forbidden)"), "{key}");
        let bad = refused(answer_of("400 Bad Request", "", r#"{"errors":["a","b"]}"#));
        assert!(bad.ends_with(" answers 400: a; b"), "{bad}");
        let other = refused(answer_of("404 Not Found", "", "<html>"));
        assert!(other.ends_with(" answers 404"), "{other}");
        for (status, why) in [
            ("408 Request Timeout", Retry::Failed),
            ("429 Too Many Requests", Retry::Limited),
            ("500 Internal Server Error", Retry::Failed),
            ("503 Service Unavailable", Retry::Failed),
        ] {
            let (was, after, problem) = later(answer_of(status, "", ""));
            assert_eq!((was, after), (why, None));
            assert!(problem.contains(&status[..3]), "{problem}");
        }
    }

    #[test]
    fn the_wait_that_is_asked_for() {
        for (headers, seconds) in [
            ("retry-after: 7\r\n", Some(7)),
            ("X-RateLimit-Reset: 8\r\n", Some(8)),
            ("Retry-After: 7\r\nX-RateLimit-Reset: 8\r\n", Some(8)),
            ("Retry-After: 99999999999\r\n", Some(3_600)),
            ("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", None),
            ("Retry-After: -1\r\n", None),
        ] {
            let (_, after, _) = later(answer_of("429 Too Many Requests", headers, ""));
            assert_eq!(after, seconds, "{headers}");
        }
    }

    #[test]
    fn no_redirect_is_followed() {
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let location = format!("location: http://{}/\r\n", elsewhere.local_addr().unwrap());
        for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"] {
            let problem = refused(answer_of(status, &location, ""));
            assert!(problem.contains("redirect"), "{problem}");
        }
        assert!(elsewhere.accept().is_err());
    }

    #[test]
    fn a_key_that_is_echoed_is_not_shown() {
        let body = format!(r#"{{"errors":["no\nkey {KEY}"]}}"#);
        for status in ["403 Forbidden", "400 Bad Request"] {
            let problem = refused(answer_of(status, "", &body));
            assert!(problem.contains("no key [hidden]"), "{problem}");
        }
        let (_, _, problem) = later(answer_of("500 Internal Server Error", "", &body));
        assert!(problem.contains("[hidden]"), "{problem}");
        let long = refused(answer_of(
            "400 Bad Request",
            "",
            &format!(r#"{{"errors":["{}"]}}"#, "x".repeat(5_000)),
        ));
        assert!(long.len() < 300, "{long}");
        let (_, _, problem) = later(answer(Some(&format!("{KEY} no HTTP\r\n\r\n"))));
        assert!(!problem.contains(KEY), "{problem}");
        assert!(!format!("{:?}", poster("http://localhost").unwrap()).contains(KEY));
    }

    #[test]
    fn an_answer_that_does_not_come_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut poster = poster(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (start, timeout) = (Instant::now(), Duration::from_millis(100));
        // More than the buffers on the way hold.
        let (why, _, problem) =
            later(poster.post(Endpoint::Events, &" ".repeat(20_000_000), timeout));
        assert_eq!(why, Retry::Unreachable);
        assert!(problem.ends_with("it took longer than 100ms"), "{problem}");
        assert!(start.elapsed() < PATIENCE);
        let (_, _, problem) = later(answer(None));
        assert!(problem.contains("does not answer"), "{problem}");
    }

    #[test]
    fn nobody_there() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let (why, _, problem) = later(poster(&url).unwrap().post(Endpoint::Events, "", PATIENCE));
        assert_eq!(why, Retry::Unreachable);
        assert!(problem.contains("refused"), "{problem}");
    }

    #[test]
    fn urls_that_cannot_be_posted_to() {
        for url in ["http://:80", "http://a:99999", "http://a:b", "http://[::1", "http://a:0"] {
            poster(url).unwrap_err();
        }
        for url in ["http://a", "https://[::1]:8080/proxy", "http://127.0.0.1:80"] {
            poster(url).unwrap();
        }
    }
}
