//! A request from a server that does not run `tower` services.

use http::header::{
    AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION,
};
use http::{Method, Request, Uri};

/// A request for the health report in plain strings, from a server or framework that does not run
/// `tower` services; for [`Panopticon::answer`](crate::Panopticon::answer).
///
/// A malformed request is answered with 400 and an object with `error`.
#[derive(Debug)]
pub struct HealthRequest {
    pub(super) request: Request<()>,
    /// What was malformed and is therefore missing from the request.
    pub(super) malformed: Option<String>,
}

impl HealthRequest {
    /// Creates a request with a method such as `GET`, and with the path and query as the client
    /// sent them: percent-encoded, and beginning with a slash. A whole URL is accepted as well.
    #[must_use]
    pub fn new(method: &str, path_and_query: &str) -> Self {
        let mut read = Self { request: Request::new(()), malformed: None };
        match Method::from_bytes(method.as_bytes()) {
            Ok(method) => *read.request.method_mut() = method,
            Err(error) => read.refuse(format!("the method must not be {method:?}: {error}")),
        }
        match path_and_query.parse::<Uri>() {
            // `liveness` would be the name of a host, and its path that of the whole report.
            Ok(uri) if uri.authority().is_some() && uri.scheme().is_none() => read.refuse(format!(
                "the path must begin with a slash, which {path_and_query:?} does not"
            )),
            Ok(uri) => *read.request.uri_mut() = uri,
            Err(error) => read.refuse(format!(
                "the path and query of the request must not be {path_and_query:?}: {error}"
            )),
        }
        read
    }

    /// Creates a `GET` request.
    #[must_use]
    pub fn get(path_and_query: &str) -> Self {
        Self::new("GET", path_and_query)
    }

    /// Adds headers. Names and values are strings, bytes, or the types of any version of the `http`
    /// crate.
    ///
    /// `Accept` chooses the [format](crate::guide::http#formats) of the answer, and `Authorization`
    /// [how much of it](crate::guide::http#who-can-read-it) is shown. Pass all headers, so that your
    /// handler need not change when a later version reads another one.
    #[must_use]
    pub fn headers<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        mut self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        for (name, value) in headers {
            if let Err(error) = append(self.request.headers_mut(), name.as_ref(), value.as_ref()) {
                self.refuse(error);
            }
        }
        self
    }

    fn refuse(&mut self, error: String) {
        self.malformed.get_or_insert(error);
    }
}

fn append(headers: &mut HeaderMap, name: &[u8], value: &[u8]) -> Result<(), String> {
    let shown = String::from_utf8_lossy(name);
    let name = HeaderName::from_bytes(name)
        .map_err(|error| format!("a header must not be named {shown:?}: {error}"))?;
    // The value may be a secret.
    let mut value = HeaderValue::from_bytes(value)
        .map_err(|error| format!("the header {shown:?} must have a valid value: {error}"))?;
    // So that `Debug` does not show it.
    value.set_sensitive([AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(&name));
    let appended = headers.try_append(name, value);
    appended.map(|_| ()).map_err(|_| "the request must have fewer headers".to_owned())
}
