//! The body of a request.

use serde::Serialize;
use ureq::http::Method;
use ureq::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

/// A body as the user wrote it.
#[derive(Clone)]
pub(super) enum RequestBody {
    Bytes(Vec<u8>),
    /// The text of JSON, or why there is none.
    Json(Result<Vec<u8>, String>),
}

impl RequestBody {
    pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::Json(serde_json::to_vec(value).map_err(|error| error.to_string()))
    }

    /// Returns the name of the method that set it.
    pub(super) fn setting(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "`body`",
            Self::Json(_) => "`json`",
        }
    }

    /// Returns what is sent with this method, and adds the `Content-Type` if it is known and not
    /// given. The error completes "`body` …".
    pub(super) fn validate(
        self,
        method: Option<&Method>,
        headers: &mut HeaderMap,
    ) -> Result<Vec<u8>, String> {
        // RFC 9110, section 9.3: in other requests, a body has no meaning.
        if let Some(method) = method.filter(|method| !takes_body(method)) {
            return Err(format!("needs the `method` POST, PUT or PATCH, not {method}"));
        }
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Json(json) => {
                let json = json.map_err(|error| format!("cannot be serialized: {error}"))?;
                let entry = headers.entry(CONTENT_TYPE);
                entry.or_insert(HeaderValue::from_static("application/json"));
                Ok(json)
            }
        }
    }
}

fn takes_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}
