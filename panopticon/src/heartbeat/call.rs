//! One call of a heartbeat's URL.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::config::Config;
use ureq::http::{self, HeaderValue, Request};
use ureq::{Body, Error};

use crate::http_client::{HttpClient, describe_failure};
use crate::settings::{BearerToken, Beat, HeartbeatTemplate, SecretUrl};

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How much of a response is read, in bytes.
const MAX_RESPONSE: u64 = 1_024;

/// What healthchecks.io answers with status 200 although it drops the ping.
/// <https://healthchecks.io/docs/http_api/>
const DROPPED: [&str; 2] = ["OK (not found)", "OK (rate limited)"];

/// Calls the URL of a template. No log, error or `Debug` shows more of it than the host.
pub(crate) struct HeartbeatCaller {
    /// Only for messages.
    url: SecretUrl,
    template: HeartbeatTemplate,
    token: Option<BearerToken>,
    client: Mutex<HttpClient>,
}

impl HeartbeatCaller {
    /// Returns `None` if the URL is not a template, which `build()` does not accept.
    pub(crate) fn new(url: &SecretUrl, token: Option<BearerToken>) -> Option<Self> {
        let template = HeartbeatTemplate::parse(&url.0)?;
        let config = Config::builder()
            .http_status_as_error(false)
            // The token must not be sent to another host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        // Without the method, which is not a part of the URL.
        let shown = url.0.trim_start_matches("GET ").trim_start_matches("POST ");
        let url = SecretUrl(shown.to_owned());
        Some(Self { url, template, token, client: Mutex::new(HttpClient::new(config)) })
    }

    /// Returns whether there is anything to call for this.
    pub(crate) fn calls_for(&self, beat: Beat) -> bool {
        self.template.url(beat, "").is_some()
    }

    /// Calls the URL, and blocks until it has answered. The message is sent in its place in the URL, and
    /// as the body of a POST. An error says what is wrong, and never contains a secret.
    pub(crate) fn call(&self, beat: Beat, message: &str) -> Result<(), String> {
        let encoded = utf8_percent_encode(message, NON_ALPHANUMERIC).to_string();
        let Some(target) = self.template.url(beat, &encoded) else { return Ok(()) };
        let url = &self.url;
        let mut response = self.send(&target, message).map_err(|error| {
            format!("{url} does not respond: {}", describe_failure(&error, TIMEOUT))
        })?;
        let body = response.body_mut().with_config().limit(MAX_RESPONSE).read_to_string();
        match response.status().as_u16() {
            200..=299 => {
                match DROPPED.iter().find(|text| body.as_ref().is_ok_and(|it| it == *text)) {
                    Some(text) => Err(format!("{url} dropped the heartbeat: `{text}`")),
                    None => Ok(()),
                }
            }
            code @ 300..=399 => Err(format!(
                "{url} responded {code}, a redirect, which is not followed; set the URL that it \
                 redirects to"
            )),
            code @ (401 | 403) => {
                Err(format!("{url} responded {code}; check the token and the URL"))
            }
            code => Err(format!("{url} responded {code}")),
        }
    }

    fn send(&self, target: &str, message: &str) -> Result<http::Response<Body>, Error> {
        let mut request =
            if self.template.is_get { Request::get(target) } else { Request::post(target) };
        if !self.template.is_get {
            request = request.header("content-type", "text/plain; charset=utf-8");
        }
        if let Some(token) = &self.token {
            let mut header = HeaderValue::from_str(&format!("Bearer {}", token.as_str()))
                .map_err(http::Error::from)?;
            header.set_sensitive(true);
            request = request.header("authorization", header);
        }
        let request = request.body(message.as_bytes())?;
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.send(request, TIMEOUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_that_is_accepted_can_be_called() {
        let hosts = [
            "a",
            "A",
            "a_b",
            "-a",
            "a.",
            "a..b",
            ".",
            "%",
            "a%zz",
            "%41",
            "a,b",
            "a;b",
            "a=b",
            "a:b",
            "a:",
            "a:0",
            "a:80",
            "a:00080",
            "a:+1",
            "[::1]",
            "[::1]:80",
            "[::1]:",
            "[::1]a",
            "[]",
            "[a]",
            "[%]",
            "[::1%25eth0]",
            "1.2.3.4",
            "{a|b}",
            "{a|%}",
            "{message}",
        ];
        let rests = [
            "",
            "/",
            "//",
            "?",
            "?a",
            "/?a[]=b",
            "/'()*!$&,;=~",
            "/%",
            "/%zz",
            "/a?b?c",
            "/[",
            "/;",
            "#",
            "/{message}",
            "?{message}",
            "/{a|b}",
            "{|/fail|/start}",
        ];
        let mut accepted = 0;
        for text in
            hosts.map(|host| rests.map(|rest| format!("https://{host}{rest}"))).as_flattened()
        {
            let Some(template) = HeartbeatTemplate::parse(text) else { continue };
            accepted += 1;
            let beats = [Beat::Healthy, Beat::Unhealthy, Beat::Starting];
            for url in beats.into_iter().filter_map(|beat| template.url(beat, "a%20b")) {
                let request = Request::post(&url).body(()).unwrap_or_else(|e| panic!("{url}: {e}"));
                assert!(request.uri().host().is_some_and(|host| !host.is_empty()), "{url}");
            }
        }
        assert!(accepted > 100, "{accepted}");
    }
}
