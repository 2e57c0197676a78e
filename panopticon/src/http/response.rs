//! An answer for a server that does not run `tower` services.

use http::Response;

use super::body::HealthBody;

/// An answer in plain numbers, strings and bytes; from
/// [`Panopticon::answer`](crate::Panopticon::answer).
#[derive(Debug)]
pub struct HealthResponse {
    pub(super) response: Response<HealthBody>,
}

impl HealthResponse {
    /// Returns the HTTP status, such as 200.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Returns the headers, with names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        // All of ours are visible ASCII, so none is left out.
        let headers = self.response.headers().iter();
        headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// Returns the body. For `HEAD`, it is the body of the answer to `GET`: HTTP servers send only
    /// its length. If yours does not do this by itself, send only the length.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.response.into_body().into_bytes()
    }
}
