//! One post to Datadog's API, and the meaning of its response.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{self, HeaderMap, HeaderValue, Request, Response, StatusCode};
use ureq::{Body, Error};

use super::outbox::RetryReason;
use super::payload::Endpoint;
use crate::datadog::secret::{Secret, SecretUrl};
use crate::escaped::is_escaped;
use crate::http_client::{HttpClient, describe_failure};

/// The longest wait in seconds that the API may ask for, since it does not accept older posts.
const MAX_WAIT: u64 = 3_600;

/// How much of a response is read, in bytes.
const MAX_RESPONSE: u64 = 65_536;

/// How much of an error message is shown, in characters.
const MAX_SHOWN: usize = 200;

/// The result of a post.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PostResult {
    Accepted,
    /// The body is too large; half of it may be accepted.
    TooLarge,
    /// The API will never accept this post.
    Rejected(String),
    /// The API may accept this post later, after the time it asks to wait.
    Retry {
        reason: RetryReason,
        wait: Option<Duration>,
        problem: String,
    },
}

/// A client of the API. It never shows the key.
pub(super) struct ApiClient {
    client: HttpClient,
    url: SecretUrl,
    key: Secret,
}

/// The body of an error response.
#[derive(Deserialize)]
struct ErrorBody {
    errors: Vec<String>,
}

impl ApiClient {
    pub(super) fn new(url: SecretUrl, key: Secret) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            // The key must not be sent to another host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(AutoHeaderValue::from(concat!("panopticon/", env!("CARGO_PKG_VERSION"))))
            .build();
        Self { client: HttpClient::new(config), url, key }
    }

    /// Posts a body within the timeout.
    pub(super) fn post(&mut self, endpoint: Endpoint, body: &str, timeout: Duration) -> PostResult {
        match self.send(endpoint, body, timeout) {
            Ok(mut response) => {
                // Also read after a success, so that the connection can be reused.
                let body = response.body_mut().with_config().limit(MAX_RESPONSE).read_to_string();
                let status = response.status();
                self.interpret(status, response.headers(), &body.unwrap_or_default())
            }
            Err(error) => PostResult::Retry {
                reason: RetryReason::Unreachable,
                wait: None,
                problem: format!(
                    "{} does not respond and will be retried: {}",
                    self.url,
                    self.shorten(&describe_failure(&error, timeout))
                ),
            },
        }
    }

    fn send(
        &mut self,
        endpoint: Endpoint,
        body: &str,
        timeout: Duration,
    ) -> Result<Response<Body>, Error> {
        let mut key = HeaderValue::from_str(&self.key.0).map_err(http::Error::from)?;
        key.set_sensitive(true);
        let request = Request::post(format!("{}{}", self.url.0, endpoint.path()))
            .header("content-type", "application/json")
            .header("dd-api-key", key)
            .body(body.as_bytes())?;
        self.client.send(request, timeout)
    }

    fn interpret(&self, status: StatusCode, headers: &HeaderMap, body: &str) -> PostResult {
        let (url, code) = (&self.url, status.as_u16());
        let errors = self.describe_errors(body);
        let retry = |reason| PostResult::Retry {
            reason,
            wait: requested_wait(headers),
            problem: format!("{url} responded {code} and will be retried{errors}"),
        };
        match code {
            200..=299 => PostResult::Accepted,
            413 => PostResult::TooLarge,
            // A new key may not be known everywhere yet, and a proxy may be misconfigured for a while.
            401 | 403 => PostResult::Retry {
                reason: RetryReason::KeyRejected,
                wait: requested_wait(headers),
                problem: format!(
                    "{url} rejected the key ({code}{errors}) and will be retried; set \
                     `DATADOG_API_KEY` to a key of an organization at this site, or `DD_SITE` to the \
                     site of the key"
                ),
            },
            429 => retry(RetryReason::RateLimited),
            408 | 500..=599 => retry(RetryReason::Failed),
            300..=399 => PostResult::Rejected(format!(
                "{url} responded {code}, a redirect, which is not followed; set `DATADOG_HOST` to \
                 the URL of the API"
            )),
            _ => PostResult::Rejected(format!("{url} responded {code}{errors}")),
        }
    }

    /// Returns the beginning of the API's error messages, after a colon. Nothing if the URL has a
    /// path: it may have a token, and a server that does not know the path often echoes it, whole
    /// or in part, decoded or not.
    fn describe_errors(&self, body: &str) -> String {
        if self.url.has_path() {
            return String::new();
        }
        match serde_json::from_str::<ErrorBody>(body) {
            Ok(ErrorBody { errors }) if !errors.is_empty() => {
                format!(": {}", self.shorten(&errors.join("; ")))
            }
            _ => String::new(),
        }
    }

    /// Shortens a text from elsewhere to one line, and hides the key in case it was echoed.
    fn shorten(&self, text: &str) -> String {
        let text = text.replace(&self.key.0, "[hidden]");
        let plain = |c: char| if is_escaped(c) { ' ' } else { c };
        text.chars().map(plain).take(MAX_SHOWN).collect()
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Returns how long the API asks to wait. Ignores a date in `Retry-After`, since the API sends
/// none. <https://docs.datadoghq.com/api/latest/rate-limits/>
fn requested_wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = ["retry-after", "x-ratelimit-reset"]
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok())
        .max()?;
    Some(Duration::from_secs(seconds.min(MAX_WAIT)))
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

    fn client(url: &str) -> ApiClient {
        ApiClient::new(SecretUrl(url.to_owned()), Secret(KEY.to_owned()))
    }

    /// Returns the result of a post to a server that sends this, if anything, and hangs up.
    fn post_result(sent: Option<&str>) -> PostResult {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = client(&format!("http://{}", listener.local_addr().unwrap()));
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
            client.post(Endpoint::Events, "{}", PATIENCE)
        })
    }

    fn result_of(status: &str, headers: &str, body: &str) -> PostResult {
        let length = body.len();
        post_result(Some(&format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        )))
    }

    fn retry(result: PostResult) -> (RetryReason, Option<u64>, String) {
        match result {
            PostResult::Retry { reason, wait, problem } => {
                (reason, wait.map(|wait| wait.as_secs()), problem)
            }
            other => panic!("{other:?}"),
        }
    }

    fn rejected(result: PostResult) -> String {
        match result {
            PostResult::Rejected(problem) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn status_codes_are_interpreted() {
        assert_eq!(result_of("200 OK", "", "{}"), PostResult::Accepted);
        assert_eq!(result_of("202 Accepted", "", r#"{"status":"ok"}"#), PostResult::Accepted);
        assert_eq!(result_of("413 Payload Too Large", "", ""), PostResult::TooLarge);
        for status in ["401 Unauthorized", "403 Forbidden"] {
            let (reason, _, key) = retry(result_of(status, "", r#"{"errors":["no"]}"#));
            assert_eq!(reason, RetryReason::KeyRejected);
            assert!(key.contains(&format!("rejected the key ({}: no)", &status[..3])), "{key}");
        }
        let bad = rejected(result_of("400 Bad Request", "", r#"{"errors":["a","b"]}"#));
        assert!(bad.ends_with(" responded 400: a; b"), "{bad}");
        let other = rejected(result_of("404 Not Found", "", "<html>"));
        assert!(other.ends_with(" responded 404"), "{other}");
        for (status, reason) in [
            ("408 Request Timeout", RetryReason::Failed),
            ("429 Too Many Requests", RetryReason::RateLimited),
            ("500 Internal Server Error", RetryReason::Failed),
            ("503 Service Unavailable", RetryReason::Failed),
        ] {
            let (actual, wait, problem) = retry(result_of(status, "", ""));
            assert_eq!((actual, wait), (reason, None));
            assert!(problem.contains(&status[..3]), "{problem}");
        }
    }

    #[test]
    fn the_wait_is_what_the_api_asks_for() {
        for (headers, seconds) in [
            ("retry-after: 7\r\n", Some(7)),
            ("X-RateLimit-Reset: 8\r\n", Some(8)),
            ("Retry-After: 7\r\nX-RateLimit-Reset: 8\r\n", Some(8)),
            ("Retry-After: 99999999999\r\n", Some(3_600)),
            ("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", None),
            ("Retry-After: -1\r\n", None),
        ] {
            let (_, wait, _) = retry(result_of("429 Too Many Requests", headers, ""));
            assert_eq!(wait, seconds, "{headers}");
        }
    }

    #[test]
    fn redirects_are_not_followed() {
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let location = format!("location: http://{}/\r\n", elsewhere.local_addr().unwrap());
        for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"] {
            let problem = rejected(result_of(status, &location, ""));
            assert!(problem.contains("redirect"), "{problem}");
        }
        assert!(elsewhere.accept().is_err());
    }

    #[test]
    fn an_echoed_key_is_not_shown() {
        let body = format!(r#"{{"errors":["no\nkey {KEY}"]}}"#);
        let problem = rejected(result_of("400 Bad Request", "", &body));
        assert!(problem.contains("no key [hidden]"), "{problem}");
        for status in ["403 Forbidden", "500 Internal Server Error"] {
            let (_, _, problem) = retry(result_of(status, "", &body));
            assert!(problem.contains("[hidden]"), "{problem}");
        }
        let long = rejected(result_of(
            "400 Bad Request",
            "",
            &format!(r#"{{"errors":["{}"]}}"#, "x".repeat(5_000)),
        ));
        assert!(long.len() < 300, "{long}");
        let (_, _, problem) = retry(post_result(Some(&format!("{KEY} no HTTP\r\n\r\n"))));
        assert!(!problem.contains(KEY), "{problem}");
        assert!(!format!("{:?}", client("http://localhost")).contains(KEY));
    }

    #[test]
    fn a_missing_response_ends_after_the_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = client(&format!("http://{}", listener.local_addr().unwrap()));
        let (start, timeout) = (Instant::now(), Duration::from_millis(100));
        // More than the socket buffers hold.
        let (reason, _, problem) =
            retry(client.post(Endpoint::Events, &" ".repeat(20_000_000), timeout));
        assert_eq!(reason, RetryReason::Unreachable);
        assert!(problem.ends_with("it took longer than 100ms"), "{problem}");
        assert!(start.elapsed() < PATIENCE);
        let (_, _, problem) = retry(post_result(None));
        assert!(problem.contains("does not respond"), "{problem}");
    }

    #[test]
    fn an_unused_port_is_unreachable() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let (reason, _, problem) = retry(client(&url).post(Endpoint::Events, "", PATIENCE));
        assert_eq!(reason, RetryReason::Unreachable);
        assert!(problem.contains("refused"), "{problem}");
    }
}
